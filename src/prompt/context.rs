//! The text that a prompt sees as `context`: [`ContextBuilder`] makes a [`RenderedContext`] of a row or a group of
//! rows.
//!
//! Whatever is cut or left out is counted in the result, so that it can be reported.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::Value;

use super::error::PromptError;
use super::known::Known;
use super::lineage::TemplateValue;
use super::origin::TemplateOrigin;
use super::rendered::{Cut, RenderedContext, RowText, Truncation};
use super::settings::TemplateSettings;
use super::table::{TemplateColumns, TemplateRow};
use super::template::Template;
use crate::config::{self, KvOrder, nearest};

/// The end of a text that was cut.
pub const MARKER: &str = "… [truncated]";

/// Makes contexts of the rows of one table, with the settings of `context` and `grouping`.
#[derive(Clone, Debug)]
pub struct ContextBuilder {
    columns: Arc<TemplateColumns>,
    /// The positions of the columns that are shown, in the order in which they are shown.
    shown: Vec<usize>,
    /// The positions of the columns that only the row template can show.
    hidden: Vec<usize>,
    row: Option<Template>,
    header: Option<Template>,
    footer: Option<Template>,
    /// The variables of the configuration.
    vars: TemplateValue,
    max_rows: usize,
    max_chars: usize,
    max_field_chars: usize,
}

impl ContextBuilder {
    /// Compiles the templates, and checks their names and that the columns exist. Without `grouping`, only contexts of
    /// single rows can be made.
    pub fn new(
        options: &config::Context,
        grouping: Option<&config::Grouping>,
        columns: &Arc<TemplateColumns>,
        settings: &TemplateSettings,
    ) -> Result<Self, PromptError> {
        if let config::Columns::Include(named) | config::Columns::Exclude(named) = &options.columns {
            named.iter().try_for_each(|name| exists(name, columns))?;
        }
        let names: Vec<&str> = columns.names().collect();
        let is_named = matches!(options.columns, config::Columns::Include(_));
        let (mut shown, hidden): (Vec<usize>, Vec<usize>) = (0..names.len())
            .filter(|&position| !columns.hides(position))
            .partition(|&it| options.columns.shows(names[it]) && (is_named || !columns.keeps_back(it)));
        match (options.kv_order, &options.columns) {
            (KvOrder::Alpha, _) => shown.sort_by_key(|&position| names[position]),
            (KvOrder::Listed, config::Columns::Include(listed)) => {
                shown.sort_by_key(|&position| listed.iter().position(|name| name == names[position]));
            }
            (KvOrder::InputOrder | KvOrder::Listed, _) => {}
        }
        let template = |key: &str, source: &Option<String>| {
            let origin = TemplateOrigin::key(format!("context.{key}"));
            source.as_deref().map(|source| Template::compile(source, origin)).transpose()
        };
        let builder = Self {
            row: template("row_template", &options.row_template)?,
            header: template("group_header_template", &options.group_header_template)?,
            footer: template("group_footer_template", &options.group_footer_template)?,
            columns: columns.clone(),
            vars: settings.value(),
            shown,
            hidden,
            max_rows: grouping.map_or(usize::MAX, |it| it.max_rows_per_group),
            max_chars: options.max_context_chars,
            max_field_chars: options.truncate_field_chars,
        };
        builder.check(settings)?;
        Ok(builder)
    }

    /// The paths that its templates read.
    #[must_use]
    pub fn reads(&self) -> Vec<String> {
        self.row.iter().chain(&self.header).chain(&self.footer).flat_map(Template::reads).collect()
    }

    /// The most rows of a group that a context shows.
    #[must_use]
    pub fn max_rows(&self) -> usize {
        self.max_rows
    }

    /// The positions of the columns that the context of a row shows; `None` if it may show any.
    #[must_use]
    pub fn columns_shown(&self) -> Option<Vec<usize>> {
        let Some(template) = &self.row else { return Some(self.shown.clone()) };
        let names = template.reads();
        let mut read = self.columns.read_by(&names)?;
        if names.iter().any(|name| name == "kv_block") {
            read.extend(&self.shown);
        }
        Some(read)
    }

    fn check(&self, settings: &TemplateSettings) -> Result<(), PromptError> {
        let known = |names: &[&'static str]| Known::of_context(names, &self.columns).with_settings(settings);
        let (row, around) =
            (known(&["row", "kv_block", "vars"]), known(&["group_key", "n_rows", "n_included", "vars"]));
        self.row.as_ref().map_or(Ok(()), |template| row.check(template))?;
        self.header.iter().chain(&self.footer).try_for_each(|template| around.check(template))
    }

    /// The text of one row: its lines, or the row template's text.
    pub fn row_block(&self, row: &Arc<TemplateRow>) -> Result<RowText, PromptError> {
        let mut text = String::new();
        let mut truncations = Vec::new();
        for (index, &position) in self.shown.iter().enumerate() {
            if index > 0 {
                text.push('\n');
            }
            text.push_str(self.column(position));
            text.push_str(": ");
            self.push_field(&mut text, row, position, &mut truncations);
        }
        let Some(template) = &self.row else { return Ok(RowText { text, truncations }) };
        let row = self.shortened(row, template, &mut truncations);
        let vars = [
            ("row", Value::from_dyn_object(row.visible())),
            ("kv_block", Value::from(text)),
            ("vars", self.vars.0.clone()),
        ];
        Ok(RowText { text: template.render_value(Value::from(BTreeMap::from(vars)))?, truncations })
    }

    /// The context of a single row.
    pub fn row_context(&self, row: &Arc<TemplateRow>) -> Result<RenderedContext, PromptError> {
        let RowText { text, truncations } = self.row_block(row)?;
        let (text, cut) = self.fit(text);
        Ok(RenderedContext { text, truncations, rows_included: 1, rows_left_out: 0, cut })
    }

    /// The context of a group of `rows_total` rows: a header, the first rows with a blank line between them, a footer.
    ///
    /// It has as many of `rows` as the limits allow; the others are counted. The first row that does not fit ends it,
    /// so that it always shows the group's beginning.
    pub fn group_context(
        &self,
        group_key: &str,
        rows_total: usize,
        rows: impl IntoIterator<Item = Arc<TemplateRow>>,
    ) -> Result<RenderedContext, PromptError> {
        let mut blocks: Vec<(RowText, usize)> = Vec::new();
        let mut chars = 0;
        for row in rows.into_iter().take(self.max_rows) {
            let block = self.row_block(&row)?;
            let length = block.text.chars().count();
            chars += length + SEPARATOR.len();
            blocks.push((block, length));
            // No row after this one can fit, whatever the header and the footer are.
            if chars > self.max_chars + SEPARATOR.len() {
                break;
            }
        }
        let mut included = blocks.len();
        let (header, footer) = loop {
            let around = |template: &Option<Template>| self.around(template.as_ref(), group_key, rows_total, included);
            let (header, footer) = (around(&self.header)?, around(&self.footer)?);
            let fitting = self.fitting(&blocks[..included], &header, &footer);
            // A single row stays even if it does not fit: a cut row is better than none.
            if fitting == included || included <= 1 {
                break (header, footer);
            }
            included = fitting.max(1);
        };
        blocks.truncate(included);
        let mut truncations = Vec::new();
        let mut body = Vec::with_capacity(included);
        for (block, _) in blocks {
            truncations.extend(block.truncations);
            body.push(block.text);
        }
        let (text, cut) = self.joined(header, &body.join(SEPARATOR), &footer);
        Ok(RenderedContext {
            text,
            truncations,
            rows_included: included,
            rows_left_out: rows_total.saturating_sub(included),
            cut,
        })
    }

    /// The text of the header or the footer.
    fn around(&self, template: Option<&Template>, key: &str, rows: usize, shown: usize) -> Result<String, PromptError> {
        let Some(template) = template else { return Ok(String::new()) };
        let vars = [
            ("group_key", Value::from(key)),
            ("n_rows", Value::from(rows)),
            ("n_included", Value::from(shown)),
            ("vars", self.vars.0.clone()),
        ];
        template.render_value(Value::from(BTreeMap::from(vars)))
    }

    /// The number of `blocks` that fit between `header` and `footer`.
    fn fitting(&self, blocks: &[(RowText, usize)], header: &str, footer: &str) -> usize {
        let part = |text: &str| if text.is_empty() { 0 } else { text.chars().count() + SEPARATOR.len() };
        // One separator is counted for each row, which is one too many.
        let room = (self.max_chars + SEPARATOR.len()).saturating_sub(part(header) + part(footer));
        let mut used = 0;
        blocks
            .iter()
            .take_while(|(_, length)| {
                used += length + SEPARATOR.len();
                used <= room
            })
            .count()
    }

    /// Joins header, body and footer. A text that is too long is cut in the body, so that the footer stays, or at its
    /// end if that is not enough.
    fn joined(&self, header: String, body: &str, footer: &str) -> (String, Option<Cut>) {
        let mut text = header;
        if !text.is_empty() && !body.is_empty() {
            text.push_str(SEPARATOR);
        }
        let before = text.chars().count();
        text.push_str(body);
        let mut end = String::new();
        if !footer.is_empty() {
            if !text.is_empty() {
                end.push_str(SEPARATOR);
            }
            end.push_str(footer);
        }
        let (chars, after) = (text.chars().count(), end.chars().count());
        let marker = MARKER.chars().count();
        let room = self.max_chars.saturating_sub(after + marker);
        if chars + after <= self.max_chars || room <= before {
            text.push_str(&end);
            return self.fit(text);
        }
        let shown = room;
        text.truncate(byte_of(&text, shown));
        text.push_str(MARKER);
        text.push_str(&end);
        (text, Some(Cut { chars: chars + after, shown: shown + after }))
    }

    /// Cuts `text` to `max_context_chars`, the marker included.
    fn fit(&self, mut text: String) -> (String, Option<Cut>) {
        if text.len() <= self.max_chars {
            return (text, None);
        }
        let chars = text.chars().count();
        if chars <= self.max_chars {
            return (text, None);
        }
        let shown = self.max_chars.saturating_sub(MARKER.chars().count());
        text.truncate(byte_of(&text, shown));
        text.extend(MARKER.chars().take(self.max_chars - shown));
        (text, Some(Cut { chars, shown }))
    }

    fn column(&self, position: usize) -> &str {
        self.columns.name(position)
    }

    fn push_field(&self, text: &mut String, row: &TemplateRow, position: usize, truncations: &mut Vec<Truncation>) {
        let field = row.field(position);
        let chars = if field.len() <= self.max_field_chars { 0 } else { field.chars().count() };
        if chars <= self.max_field_chars {
            text.push_str(field);
            return;
        }
        text.push_str(&field[..byte_of(field, self.max_field_chars)]);
        text.push_str(MARKER);
        let column = self.column(position).to_owned();
        truncations.push(Truncation { column, chars, shown: self.max_field_chars });
    }

    /// The row as the row template sees it, each value cut to the same limit. The cut of a column that is not shown
    /// counts only if the template names the column.
    fn shortened(
        &self,
        row: &Arc<TemplateRow>,
        template: &Template,
        truncations: &mut Vec<Truncation>,
    ) -> Arc<TemplateRow> {
        let all = self.shown.iter().chain(&self.hidden);
        if all.clone().all(|&position| row.field(position).len() <= self.max_field_chars) {
            return row.clone();
        }
        let mut shorter = Vec::new();
        for &position in all {
            let (mut text, mut cut) = (String::new(), Vec::new());
            self.push_field(&mut text, row, position, &mut cut);
            if !cut.is_empty() {
                shorter.push((position, text));
            }
            if self.hidden.contains(&position) && template.source().contains(self.column(position)) {
                truncations.append(&mut cut);
            }
        }
        row.with_texts(shorter)
    }
}

/// The text between the header, the rows and the footer.
const SEPARATOR: &str = "\n\n";

/// The byte offset after the first `chars` characters.
fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(byte, _)| byte)
}

fn exists(column: &str, columns: &TemplateColumns) -> Result<(), PromptError> {
    if columns.position(column).is_some() {
        return Ok(());
    }
    let hint = nearest(column, columns.names()).map_or_else(
        || format!("columns: {}", columns.names().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Err(PromptError::Template {
        what: "`context.columns`".to_owned(),
        message: format!("the input has no column `{column}`"),
        location: None,
        hint: Some(hint),
    })
}

#[cfg(test)]
mod tests;
