//! The values by which a recorded answer is looked up: [`MatchTemplates`].

use std::collections::BTreeMap;

use super::documents::DocumentUse;
use super::error::PromptError;
use super::known::Known;
use super::origin::TemplateOrigin;
use super::template::Template;
use super::vars::Vars;
use crate::record::OutputPath;

/// The templates of `match` and `values`: the columns that select a record, each with the template of its value.
#[derive(Clone, Debug)]
pub struct MatchTemplates {
    columns: Vec<(String, Template)>,
}

impl MatchTemplates {
    /// Compiles the templates of `match` and `values` under the key path `key` (`llm.recorded`) and checks their names.
    /// A value is named `values.NAME`.
    pub fn compile(
        matching: &BTreeMap<String, String>,
        values: &BTreeMap<String, String>,
        key: &str,
        known: &Known,
    ) -> Result<Self, PromptError> {
        let mut columns = Vec::with_capacity(matching.len() + values.len());
        let columns_to_match =
            matching.iter().map(|(column, source)| (column.clone(), format!("{key}.match.{column}"), source));
        let other_values = values.iter().map(|(name, source)| {
            let name = format!("values.{name}");
            (name.clone(), format!("{key}.{name}"), source)
        });
        for (name, key, source) in columns_to_match.chain(other_values) {
            let template = Template::compile(source, TemplateOrigin::key(key))?;
            known.check(&template)?;
            columns.push((name, template));
        }
        Ok(Self { columns })
    }

    /// The documents that the templates read.
    #[must_use]
    pub fn document_use(&self) -> DocumentUse {
        let uses = self.columns.iter().map(|(_, template)| template.document_use());
        uses.fold(DocumentUse::default(), DocumentUse::and)
    }

    /// The variables that the templates use, with their attributes.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        self.columns.iter().flat_map(|(_, template)| template.reads()).collect()
    }

    /// What the templates use of their variables.
    pub fn uses(&self) -> impl Iterator<Item = OutputPath> {
        self.columns.iter().flat_map(|(_, template)| template.uses())
    }

    /// The columns and their values, for one work item.
    pub fn render(&self, vars: &Vars) -> Result<Vec<(String, String)>, PromptError> {
        self.columns.iter().map(|(column, template)| Ok((column.clone(), template.render(vars)?))).collect()
    }
}
