//! Required fields that accepted outputs lack, because the section is missing or could not be read.

use rusqlite::Connection;

use super::task::Task;
use crate::provider::excerpt;
use crate::schema::{AnswerForm, MISSING};
use crate::stage::Anomaly;
use crate::store::sql;

/// How many fields a note names.
const NAMED: usize = 10;
/// How many characters of a field's name a note shows.
const NAME_CHARS: usize = 100;

/// The anomaly that accepted outputs of a step lack sections which the schema requires: they are null there.
pub fn missing(connection: &Connection, task: &Task) -> rusqlite::Result<Option<Anomaly>> {
    let AnswerForm::Sections { form, .. } = task.contract.form() else { return Ok(None) };
    let required = form.required();
    let values: &[(&str, &dyn rusqlite::ToSql)] = &[(":step", &task.step), (":problem", &MISSING)];
    let mut found = sql::GENERATE_MISSING_SECTIONS.all(connection, values, |row| {
        let field = row.get::<_, Option<String>>("field")?.unwrap_or_default();
        Ok((field, row.get::<_, i64>("outputs")?, row.get::<_, i64>("absent")?))
    })?;
    found.retain(|(field, ..)| required.contains(field));
    if found.is_empty() {
        return Ok(None);
    }
    let named = found.iter().take(NAMED).map(|(field, outputs, absent)| {
        let unread = match outputs - absent {
            0 => String::new(),
            unread if unread == *outputs => " (could not be read)".to_owned(),
            unread => format!(" (could not be read in {unread})"),
        };
        let outputs = if *outputs == 1 { "1 output".to_owned() } else { format!("{outputs} outputs") };
        format!("`{}` in {outputs}{unread}", excerpt(field, NAME_CHARS))
    });
    let mut named = named.collect::<Vec<_>>().join(", ");
    if found.len() > NAMED {
        named = format!("{named} and {} more", found.len() - NAMED);
    }
    let detail = format!(
        "accepted outputs lack fields that the schema requires, which are null there: {named}; \
         `answer: {{as: sections, required: strict}}` asks the model again"
    );
    Ok(Some(Anomaly { kind: "sections_missing", subject: task.name.clone(), detail }))
}
