//! The variants that are asked for, by their names.

use crate::config::{Variant, nearest};
use crate::engine::error::EngineError;
use crate::project::Project;

/// Keeps the variants that are called by one of `names`, in their own order; all of them where no name is given. Case
/// does not matter.
pub(super) fn named(
    variants: Vec<(Variant, Project)>,
    names: &[String],
) -> Result<Vec<(Variant, Project)>, EngineError> {
    let is = |variant: &Variant, name: &str| variant.name.to_lowercase() == name.trim().to_lowercase();
    for name in names {
        if !variants.iter().any(|(variant, _)| is(variant, name)) {
            let known: Vec<&str> = variants.iter().map(|(variant, _)| variant.name.as_str()).collect();
            let near = nearest(name, known.iter().copied()).map(str::to_owned);
            return Err(EngineError::NoVariant { name: name.clone(), near, known: known.join(", ") });
        }
    }
    let is_asked = |(variant, _): &(Variant, Project)| names.is_empty() || names.iter().any(|name| is(variant, name));
    Ok(variants.into_iter().filter(is_asked).collect())
}
