//! What a step's work items are made from, held against the outputs of the other step.

use super::error::CompileError;
use crate::config::{Config, Each, JoinKey};
use crate::project::Project;
use crate::record::OutputPath;

/// Checks that what a step is derived from can occur in outputs, before any of them is paid.
pub(super) fn check(project: &Project, config: &Config) -> Result<(), CompileError> {
    let (of, path, is_list) = match &config.step.each {
        Each::Element { of, path } => (std::slice::from_ref(of), path.clone(), true),
        Each::Pairs { of, path } => (std::slice::from_ref(of), path.clone(), false),
        Each::Join { of, by: JoinKey::Field(field) } => (of.as_slice(), OutputPath::field(field), false),
        _ => return Ok(()),
    };
    for setup in project.steps.iter().filter(|setup| of.contains(&setup.config.step.name)) {
        let fields = setup.contract.fields();
        // A rule without named fields may have any field.
        if setup.unwritten || fields.is_empty() {
            continue;
        }
        let wrong = |problem: String, hint: String| CompileError::NoField {
            step: config.step.name.clone(),
            of: setup.config.step.name.clone(),
            problem,
            hint,
        };
        match setup.contract.types_at(&path) {
            Err(unknown) => {
                let names = fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>();
                let of_all = format!("their fields are {}", names.join(", "));
                if path.parts().len() == 1 {
                    let hint = unknown.nearest.as_ref().and_then(|_| unknown.hint()).unwrap_or(of_all);
                    return Err(wrong(format!("have no field `{path}`"), hint));
                }
                return Err(wrong(format!("have no `{path}`: {unknown}"), unknown.hint().unwrap_or(of_all)));
            }
            Ok(found) if is_list && !found.may_be("array") => {
                let types = found.types.into_iter().collect::<Vec<_>>().join("|");
                let hint = "`output of STEP` makes one work item of each output".to_owned();
                return Err(wrong(format!("have no list in `{path}`, but: {types}"), hint));
            }
            Ok(_) => {}
        }
    }
    Ok(())
}
