//! The variants that are asked for, by their names.

use crate::config::{Variant, nearest};
use crate::engine::error::EngineError;

/// Which of `variants` are called by one of `names`; all of them where no name is given. Case does not matter.
pub(super) fn named(variants: &[&Variant], names: &[String]) -> Result<Vec<bool>, EngineError> {
    let is = |variant: &Variant, name: &str| variant.name.to_lowercase() == name.trim().to_lowercase();
    for name in names {
        if !variants.iter().any(|variant| is(variant, name)) {
            let known: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
            let near = nearest(name, known.iter().copied()).map(str::to_owned);
            return Err(EngineError::NoVariant { name: name.clone(), near, known: known.join(", ") });
        }
    }
    let is_asked = |variant: &&Variant| names.is_empty() || names.iter().any(|name| is(variant, name));
    Ok(variants.iter().map(is_asked).collect())
}
