//! What the answers to a step's questions cost or read otherwise than it seems, for its manifest.

use rusqlite::Connection;

use crate::record::Stage;
use crate::stage::Anomaly;
use crate::stage::record::Marks;
use crate::store::sql;

/// The anomalies of the answers on record to a step (rowid) under its present task: at most one of each kind for a
/// model.
pub fn anomalies(connection: &Connection, step: i64) -> rusqlite::Result<Vec<Anomaly>> {
    let after = Marks::of(connection, Stage::Generate)?.tape;
    let mut found = Vec::new();
    sql::GENERATE_ODD_USAGE.each::<rusqlite::Error>(connection, &[(":step", &step), (":after", &after)], |row| {
        let model: String = row.get("model")?;
        let count = |column: &str| row.get::<_, i64>(column);
        let (hidden, unpriced, cut) = (count("hidden_answers")?, count("unpriced")?, count("cut_answers")?);
        if hidden > 0 {
            let tokens = count("hidden_tokens")?;
            let noun = if tokens == 1 { "token" } else { "tokens" };
            let unknown = match (unpriced, hidden) {
                (0, _) => String::new(),
                (_, 1) => "; its cost is not known".to_owned(),
                _ => format!("; the cost of {unpriced} of them is not known"),
            };
            let detail = format!(
                "{} used {tokens} {noun} beyond what the server counted as output; they count as output \
                 here{unknown}",
                answers(hidden)
            );
            found.push(Anomaly { kind: "hidden_output", subject: model.clone(), detail });
        }
        if cut > 0 {
            let detail = format!(
                "{}: the server has read at most {} tokens of prompts that have more, so it has cut them",
                answers(cut),
                count("most_read")?
            );
            found.push(Anomaly { kind: "prompt_cut", subject: model, detail });
        }
        Ok(())
    })?;
    Ok(found)
}

fn answers(count: i64) -> String {
    if count == 1 { "1 answer".to_owned() } else { format!("{count} answers") }
}
