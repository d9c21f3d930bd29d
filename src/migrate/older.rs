//! A configuration of the older framework ([`Older`]), and its translation ([`Migration`]).

use std::fmt::Write as _;
use std::sync::Arc;

use super::draft::Draft;
use super::error::MigrateError;
use super::row::{KeyOutcome, MigrationRow, Placement};
use super::{comments, rules, templates, yaml};
use crate::config::{Node, NodeValue, evidence_of_older};

/// The new configuration, and what happened to everything in the older one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The text of the new configuration.
    pub yaml: String,
    /// What happened to every key and comment, in the order of the older file.
    pub rows: Vec<MigrationRow>,
}

/// A configuration of an older framework.
#[derive(Clone, Debug)]
pub struct Older {
    node: Node,
    text: String,
}

impl Older {
    /// Reads the text of a configuration. `file` is its name in messages.
    pub fn parse(text: &str, file: &str) -> Result<Self, MigrateError> {
        // Editors leave these characters where a space is meant, and the older framework read them as one.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = text.replace(['\u{a0}', '\u{2007}', '\u{202f}', '\u{feff}'], " ");
        let node = Node::parse(&text, &Arc::from(file), "a configuration")?;
        if evidence_of_older(&node).is_none() {
            return Err(MigrateError::NotOlder(file.to_owned()));
        }
        Ok(Self { node, text })
    }

    /// Where files may be that the configuration does not name, as paths relative to the older project.
    pub fn looks_for() -> impl Iterator<Item = &'static str> {
        rules::GENERATION_PROMPTS.into_iter().chain(rules::JUDGE_PROMPTS)
    }

    /// The schema's Python module that the configuration names: a path, or dotted as Python imports it.
    #[must_use]
    pub fn python_module(&self) -> Option<String> {
        ["llm_schema.py_path", "llm_schema.path"].into_iter().find_map(|key| match self.node.get(key) {
            Some(Node { value: NodeValue::Text(path), .. }) if !path.trim().is_empty() => Some(path.trim().to_owned()),
            _ => None,
        })
    }

    /// Where the schema's Python module may be, the likeliest first.
    #[must_use]
    pub fn python_files(&self) -> Vec<String> {
        let Some(named) = self.python_module() else { return vec![rules::PYTHON_SCHEMA.to_owned()] };
        let dotted = format!("{}.py", named.strip_suffix(".py").unwrap_or(&named).replace('.', "/"));
        vec![named.clone(), format!("{named}.py"), dotted]
    }

    /// The position of the sheet to read, from 0, if it is given by that.
    #[must_use]
    pub fn sheet_position(&self) -> Option<usize> {
        match self.node.get("input.sheet")?.value {
            NodeValue::Whole(position, _) => usize::try_from(position).ok(),
            _ => None,
        }
    }

    /// Whether a context shows something of its row, or of its group.
    #[must_use]
    pub fn context_shows_rows(&self) -> bool {
        let (draft, _) = self.draft(&Placement::default());
        let shows = |key: &str, names: &[&str]| draft.text_of(key).map(|it| templates::shows(&it, names));
        let groups = draft.text_of("grouping.enabled").is_some_and(|it| it == "true");
        let of_group = ["context.group_header_template", "context.group_footer_template"]
            .iter()
            .any(|key| shows(key, &["group_key"]) == Some(true));
        shows("context.row_template", &["row", "kv_block"]) != Some(false) || (groups && of_group)
    }

    /// Whether rows are asked about with the context of their group.
    #[must_use]
    pub fn shows_groups(&self) -> bool {
        let (draft, _) = self.draft(&Placement::default());
        let is = |key, value| draft.text_of(key).is_some_and(|it| it == value);
        is("grouping.enabled", "true") && is("grouping.mode", "row_output_with_group_context")
    }

    /// The files that the configuration names, each with its new key, as paths relative to the older project. Of those
    /// that it does not name, the ones in `found` are taken.
    #[must_use]
    pub fn reads(&self, found: &[&'static str]) -> Vec<(&'static str, String)> {
        let (draft, _) = self.draft(&Placement { found: found.to_vec(), ..Placement::default() });
        let judges = draft.text_of("judge.enabled").is_some_and(|it| it == "true");
        ["input.path", "prompts.generation", "prompts.judge", "schema.path"]
            .into_iter()
            .filter(|key| judges || *key != "prompts.judge")
            .filter_map(|key| Some((key, draft.text_of(key)?)))
            .collect()
    }

    /// Whether a model writes the schema's file if it does not exist.
    #[must_use]
    pub fn writes_its_schema(&self) -> bool {
        self.draft(&Placement::default()).0.text_of("schema.auto_generate").is_some_and(|it| it == "true")
    }

    #[must_use]
    pub fn migrate(&self, placement: &Placement) -> Migration {
        let (draft, comments) = self.draft(placement);
        let (settings, mut rows) = draft.finish();
        let mut yaml = format!(
            "# Written by `casebook migrate` from {}.\n# Each line says where it comes from. Paths are relative to \
             this file.\n",
            yaml::one_line(&placement.file)
        );
        yaml.push_str(&yaml::write(&settings));
        rows.extend(comments);
        // Rows without a line in the older file come last.
        rows.sort_by_key(|row| row.line.unwrap_or(u32::MAX));
        yaml.push_str(&leftovers(&rows));
        Migration { yaml, rows }
    }

    fn draft(&self, placement: &Placement) -> (Draft<'_>, Vec<MigrationRow>) {
        let mut draft = Draft::new(&self.node, placement);
        rules::apply(&mut draft);
        let comments = comments::of(&self.text).into_iter().map(|(line, comment)| MigrationRow {
            line: Some(line),
            key: String::new(),
            value: comment,
            outcome: KeyOutcome::Comment,
            to: None,
            note: String::new(),
        });
        (draft, comments.collect())
    }
}

/// Comments for the end of the new configuration: everything of the older one that is not in it.
fn leftovers(rows: &[MigrationRow]) -> String {
    let mut text = String::new();
    let mut list = |title: &str, chosen: &dyn Fn(&MigrationRow) -> Option<String>| {
        let lines: Vec<String> = rows
            .iter()
            .filter_map(|row| Some((row.line?, chosen(row)?)))
            .map(|(line, said)| format!("#   line {line}: {}\n", yaml::one_line(&said)))
            .collect();
        if !lines.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n# {title}\n{}", lines.concat());
        }
    };
    list("Not carried over:", &|row| match row.outcome {
        KeyOutcome::Dropped | KeyOutcome::Wrong => Some(format!("{}: {}", row.key, row.note)),
        _ => None,
    });
    list("Unknown keys:", &|row| (row.outcome == KeyOutcome::Unknown).then(|| row.key.clone()));
    list("Comments:", &|row| (row.outcome == KeyOutcome::Comment).then(|| row.value.clone()));
    text
}
