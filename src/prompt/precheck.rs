//! What cannot work in a template, found before it is rendered, so that nothing is paid for it: the checks of
//! [`Known`].

use super::absent::absent;
use super::documents::calls_fault;
use super::error::PromptError;
use super::fault::Fault;
use super::known::{Known, fails_for_every_row};
use super::mismatch::mismatch;
use super::operators::Expressions;
use super::paths::{called, excused};
use super::scope::Scope;
use super::template::Template;

impl Known {
    /// Whether the path is a column that the templates may not show, or that is gold.
    pub(super) fn hides(&self, path: &str) -> bool {
        let settings = self.settings();
        path.strip_prefix("row.").is_some_and(|column| settings.hides(column) || settings.is_gold(column))
    }

    /// Checks that `template` uses only names, filters, tests and functions that exist.
    pub(super) fn check(&self, template: &Template) -> Result<(), PromptError> {
        let source = template.source();
        if let Some(fault) = self.fault(template.names(), template.expressions(), source) {
            return Err(fault.at(template));
        }
        match template.try_out(self.trial()) {
            Err(error) if fails_for_every_row(&error) => Err(template.origin().jinja(&error, source)),
            _ => Ok(()),
        }
    }

    /// What cannot work in a template that uses `names` (sorted, with attributes): a name that cannot have a value, or
    /// values of different kinds that are compared.
    pub(super) fn fault(&self, names: &[String], expressions: &Expressions, source: &str) -> Option<Fault> {
        let (excused, called) = (excused(expressions, source), called(expressions, source));
        // No value has methods, which is said elsewhere and better.
        let is_method = |name: &str| name.contains('.') && called.contains(name);
        let unknown = names.iter().find_map(|name| {
            self.unknown(name).filter(|fault| {
                // To ask for a hidden column first, or for one that is gold, does not help.
                let is_excused = excused.contains(&fault.name) && !self.hides(&fault.name);
                !is_excused && !is_method(&fault.name)
            })
        });
        let scope = Scope { known: self, expressions, source };
        let unknown = unknown.or_else(|| calls_fault(&scope, self.documents()));
        unknown.or_else(|| absent(&scope, &excused, &called)).or_else(|| mismatch(&scope))
    }
}

#[cfg(test)]
mod tests;
