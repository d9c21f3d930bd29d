//! Lines that name a field and have its value beside or below them: labels, names with white space alone before the
//! value, and names in a numbered list.

use super::{LABELS, LineOwner, ListLabel, Scan};
use crate::schema::sections::form::{FieldKind, FormField, Scalar};
use crate::schema::sections::label::{self, Label, LabelStyle};
use crate::schema::sections::markdown::{MarkdownLine, indent};
use crate::schema::sections::names;
use crate::schema::sections::rules::SectionRules;
use crate::schema::sections::scalar;
use crate::schema::sections::text::is_null;

impl<'a> Scan<'_, 'a> {
    /// Takes a line if it is a label with its value; returns whether it is.
    pub(super) fn label(&mut self, line: &MarkdownLine<'a>, head: bool) -> bool {
        let Some(headed) = &self.headed else { return false };
        let (place, labels) = label::labels(line);
        let indent = indent(line.raw);
        let level = LABELS + indent;
        let found = labels.into_iter().find_map(|label| Some((self.resolve(label.name, level)?, label)));
        // `Section 1: Summary` on a line of its own.
        let prefixed = || {
            let name = line.raw.trim();
            let has_word = names::without_number(name).is_some_and(|it| it.has_word) && place == LabelStyle::Plain;
            let found = if has_word { self.resolve(name, level) } else { None };
            found.map(|found| (found, Label { name, value: "", is_parted: true }))
        };
        let Some(((scope, field), label)) = found.or_else(prefixed) else { return false };
        let value = label.value;
        let Some(form_field) = self.field(scope, field) else { return false };
        let path = self.path(scope, field);
        if !label.is_parted && !self.is_bold_label(form_field, value) {
            return false;
        }
        // Not the head of a table whose columns are fields.
        let names_columns = head && self.resolve(value, level).is_some();
        if headed.contains(&path) || names_columns {
            return false;
        }
        let ends_here = match form_field.kind {
            _ if place == LabelStyle::TableRow => true,
            FieldKind::Scalar(Scalar::Text) | FieldKind::Object(_) => false,
            // A value that ends with one of these continues below.
            FieldKind::List(_) => !value.is_empty() && !value.ends_with([':', ',', ';']),
            FieldKind::Scalar(_) => !value.is_empty(),
        };
        let takes_items = matches!(form_field.kind, FieldKind::List(_));
        // `1. **Summary**` with the text below is a heading more than an item.
        let is_title = value.is_empty() && label::is_numbered(line.raw);
        let entry = self.add(scope, field, level, value);
        let behind = self.behind();
        if !ends_here {
            let item = (place == LabelStyle::ListItem && !is_title).then_some(ListLabel {
                indent,
                takes_items,
                after_blank: false,
            });
            self.open = LineOwner::Label { entry, item, behind };
        } else if let LineOwner::Label { .. } = self.open {
            self.open = behind.map_or(LineOwner::Nothing, |(entry, level)| LineOwner::Heading { entry, level });
        }
        true
    }

    /// Whether `**Name** value` is a label, and not a sentence that begins with a name in bold.
    fn is_bold_label(&self, field: &FormField, value: &str) -> bool {
        match &field.kind {
            FieldKind::Scalar(Scalar::Text) | FieldKind::List(_) | FieldKind::Object(_) => !self.in_prose,
            FieldKind::Scalar(scalar) => is_null(value) || scalar::read(scalar, value, SectionRules::default()).is_ok(),
        }
    }

    /// The field that a text names with white space alone before its value.
    pub(super) fn find_spaced(&self, text: &'a str, level: usize) -> Option<((usize, usize), &'a str)> {
        label::spaced(text).into_iter().find_map(|(label, is_wide)| {
            let (scope, field) = self.resolve_exactly(label.name, level)?;
            let is_value = match &self.field(scope, field)?.kind {
                FieldKind::Object(_) => false,
                FieldKind::Scalar(Scalar::Text) | FieldKind::List(_) => is_wide,
                FieldKind::Scalar(scalar) => scalar::is_value(scalar, label.value),
            };
            is_value.then_some(((scope, field), label.value))
        })
    }

    /// Takes a line if it is a name, white space and a value; returns whether it is.
    pub(super) fn spaced(&mut self, line: &MarkdownLine<'a>) -> bool {
        let Some(headed) = &self.headed else { return false };
        if self.in_prose || label::without_marker(line.raw).is_some() || line.raw.contains('|') {
            return false;
        }
        let level = LABELS + indent(line.raw);
        let Some(((scope, field), value)) = self.find_spaced(line.raw.trim(), level) else { return false };
        if headed.contains(&self.path(scope, field)) {
            return false;
        }
        let is_text = self.field(scope, field).is_some_and(|it| it.kind == FieldKind::Scalar(Scalar::Text));
        let behind = self.behind();
        let entry = self.add(scope, field, level, value);
        self.open = match behind {
            _ if is_text => LineOwner::Label { entry, item: None, behind },
            Some((entry, level)) => LineOwner::Heading { entry, level },
            None => LineOwner::Nothing,
        };
        true
    }

    /// Takes a line such as `2. Rating` with its value below as the name of a field; returns whether it is. It is an
    /// item of a list where other text is open.
    pub(super) fn numbered(&mut self, line: &MarkdownLine<'a>, next: Option<&MarkdownLine<'a>>) -> bool {
        let Some(headed) = &self.headed else { return false };
        let is_first = matches!(self.open, LineOwner::Nothing | LineOwner::Unknown { .. });
        let has_value = next.is_some_and(|next| !label::is_numbered(next.raw));
        if !(is_first || self.is_numbered) || !has_value || indent(line.raw) > 0 || !label::is_numbered(line.raw) {
            return false;
        }
        let name = label::without_marker(line.raw).unwrap_or_default();
        let Some((scope, field)) = self.resolve_exactly(name, LABELS) else { return false };
        if headed.contains(&self.path(scope, field)) {
            return false;
        }
        let behind = self.behind();
        let entry = self.add(scope, field, LABELS, "");
        self.open = LineOwner::Label { entry, item: None, behind };
        self.is_numbered = true;
        true
    }
}
