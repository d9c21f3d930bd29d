//! Required sections that accepted outputs lack.

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
        Ok((row.get::<_, Option<String>>("field")?.unwrap_or_default(), row.get::<_, i64>("outputs")?))
    })?;
    found.retain(|(field, _)| required.contains(field));
    if found.is_empty() {
        return Ok(None);
    }
    let named = found.iter().take(NAMED).map(|(field, outputs)| {
        let outputs = if *outputs == 1 { "1 output".to_owned() } else { format!("{outputs} outputs") };
        format!("`{}` in {outputs}", excerpt(field, NAME_CHARS))
    });
    let mut named = named.collect::<Vec<_>>().join(", ");
    if found.len() > NAMED {
        named = format!("{named} and {} more", found.len() - NAMED);
    }
    let detail = format!(
        "accepted outputs lack sections that the schema requires, which are null there: {named}; \
         `answer: {{as: sections, required: strict}}` asks the model again"
    );
    Ok(Some(Anomaly { kind: "sections_missing", subject: task.name.clone(), detail }))
}
