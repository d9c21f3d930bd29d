//! The view `results`. Its columns are those of the input and of the output schema, so it is created again whenever
//! these change. This is the only place that builds SQL from names, and it quotes each of them.
//!
//! Every computed column is cast: that gives it its affinity in SQLite, without which `WHERE n = '5'` finds no 5, and
//! its type in DuckDB, which runs the text of the view itself. A column of integers has the type BIGINT while all of
//! them have at most 63 bits. Once one has more, integers that fit stay integers, and the others are texts with all
//! their digits. [`widen_results_view`] makes it so in the transaction that records the first of these. [`forms`] has
//! the expressions.

mod forms;

use rusqlite::{Connection, Transaction};
use serde_json::{Map, Value};

pub use self::forms::ResultsField;
use self::forms::{DIGITS, Forms, Mix, SAFE_DIGITS, is_long_whole, quoted};
use super::{last_steps, sql};
use crate::record::{ColumnKind, ColumnType, VariantAt};

/// The columns of a view `results`.
#[derive(Clone, Copy, Debug)]
pub struct ResultsColumns<'a> {
    /// The columns of the input in their order, with what their cells are; none if a work item is not a single row.
    pub input: &'a [(String, ColumnKind)],
    /// The names for [`FIXED`] and what `more` says.
    pub fixed: &'a [String],
    /// Which of `MORE` there are.
    pub more: MoreColumns,
    /// The columns of the output.
    pub fields: &'a [ResultsField],
}

/// Which columns of `MORE` the results of a task have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MoreColumns {
    /// `item`: a work item is an element, a combination or a value that outputs are joined by.
    pub item: bool,
    /// `perspective`: the last step has several.
    pub perspective: bool,
}

impl MoreColumns {
    /// The columns with their SQL expressions.
    pub fn list(self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        MORE.iter().zip([self.item, self.perspective]).filter(|(_, is_there)| *is_there).map(|(column, _)| column)
    }
}

/// A column of the view: its name, and the SQL expression of its value.
struct Column<'a> {
    name: &'a str,
    source: String,
}

/// Creates the view `results` of the last step over the rows of `dataset`, unless it exists with the same text: then
/// the schema does not change.
pub fn create_results_view(tx: &Transaction<'_>, dataset: i64, columns: ResultsColumns<'_>) -> rusqlite::Result<()> {
    let recorded = recorded_view(tx)?;
    let steps = last_steps(tx, VariantAt::BASE)?;
    let origin = origin(&steps, dataset);
    // Of the same step and rows, whatever became wide is still there in the recorded text.
    let known = recorded.as_deref().filter(|text| text.contains(&origin));
    let mut list = Vec::new();
    let (head, tail) = columns.fixed.split_at(HEAD.min(columns.fixed.len()));
    let (head_sources, tail_sources) = FIXED.split_at(HEAD);
    for (name, (_, source)) in head.iter().zip(head_sources) {
        list.push(Column { name, source: (*source).to_owned() });
    }
    let input_from = format!("FROM input_row WHERE input_row.dataset = {dataset}");
    for (index, (name, kind)) in columns.input.iter().enumerate() {
        list.push(Column { name, source: forms::of_input(index, *kind).pick(tx, known, &input_from)? });
    }
    let output_from = format!(
        "FROM cache_entry JOIN work_item ON work_item.id = cache_entry.work_item WHERE work_item.step IN ({})",
        listed(&steps)
    );
    for field in columns.fields {
        list.push(Column { name: &field.name, source: forms::of_output(field).pick(tx, known, &output_from)? });
    }
    for (name, (_, source)) in tail.iter().zip(tail_sources.iter().chain(columns.more.list())) {
        list.push(Column { name, source: (*source).to_owned() });
    }
    let list: Vec<String> =
        list.iter().map(|column| format!("    {} AS {}", column.source, quoted(column.name))).collect();
    // SQLite keeps exactly this text, so that an unchanged view is recognised.
    let text = format!(
        "CREATE VIEW results AS\n{COMMENT}\n{origin}\nSELECT\n{}\n{}",
        list.join(",\n"),
        from(&steps, columns.more)
    );
    if recorded.is_some_and(|recorded| recorded == text) {
        return Ok(());
    }
    replace_view(tx, &text)
}

/// Makes the columns of `output`, an output that was just recorded, as wide as its numbers need.
pub fn widen_results_view(tx: &Connection, output: &str) -> rusqlite::Result<()> {
    // Such numbers are rare, and looking for one is cheap.
    if !may_need_width(output) {
        return Ok(());
    }
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(output) else { return Ok(()) };
    let Some(recorded) = recorded_view(tx)? else { return Ok(()) };
    let mut text = recorded.clone();
    for (field, value) in fields.iter().filter(|(_, value)| value.is_number()) {
        for kind in [ColumnType::Integer, ColumnType::Number, ColumnType::Json] {
            let column = ResultsField { name: String::new(), field: field.clone(), kind };
            if let Some((from, to)) = forms::of_output(&column).widening(&text, value) {
                text = text.replace(&from, &to);
            }
        }
    }
    if text == recorded { Ok(()) } else { replace_view(tx, &text) }
}

impl Forms {
    /// The form that fits what is on record: as the recorded view has it, or else as the rows in `from` need it.
    fn pick(self, tx: &Connection, known: Option<&str>, from: &str) -> rusqlite::Result<String> {
        let exists = |condition: &str| -> rusqlite::Result<bool> {
            let query = format!("SELECT EXISTS (SELECT 1 {from} AND {condition})");
            tx.query_row(&query, [], |row| row.get(0))
        };
        let held = |form: &String| known.is_some_and(|known| known.contains(form));
        Ok(match self {
            Self::One(source) => source,
            // The plain form of numbers is a part of the other.
            Self::Whole { narrow: plain, wide, text } => {
                let is_wide = held(&wide) || (!held(&plain) && exists(&may_be_long(&text))?);
                if is_wide { wide } else { plain }
            }
            Self::Number { float: plain, exact, text } => {
                let is_exact = held(&exact) || (!held(&plain) && exists(&is_long_whole(&text))?);
                if is_exact { exact } else { plain }
            }
            Self::Mixed { mut forms, text } => {
                let place = match forms.iter().position(held) {
                    Some(place) => place,
                    None => Mix { decimals: exists(&is_decimal(&text))?, long: exists(&may_be_long(&text))? }.place(),
                };
                std::mem::take(&mut forms[place])
            }
        })
    }

    /// The form in a view's text, and the one that the value needs in its place.
    fn widening(self, view: &str, value: &Value) -> Option<(String, String)> {
        let is_long = value.as_i64().is_none() && (value.is_u64() || is_whole(value));
        match self {
            Self::Whole { narrow, wide, .. } if is_long && view.contains(&narrow) && !view.contains(&wide) => {
                Some((narrow, wide))
            }
            Self::Number { float, exact, .. } if view.contains(&float) && !view.contains(&exact) => {
                let digits = if value.is_f64() { 0 } else { value.to_string().trim_start_matches('-').len() };
                (digits > SAFE_DIGITS).then_some((float, exact))
            }
            Self::Mixed { mut forms, .. } => {
                let place = forms.iter().position(|form| view.contains(form.as_str()))?;
                let held = Mix::at(place);
                let needed =
                    Mix { decimals: held.decimals || !(value.is_i64() || is_long), long: held.long || is_long };
                let to = std::mem::take(&mut forms[needed.place()]);
                (needed != held).then(|| (std::mem::take(&mut forms[place]), to))
            }
            _ => None,
        }
    }
}

fn is_whole(value: &Value) -> bool {
    value.as_f64().is_some_and(|float| float.fract() == 0.0)
}

/// Whether the text of a number may be an integer of more than 63 bits.
fn may_be_long(text: &str) -> String {
    format!(
        "(ltrim(substr({text}, 1, 1), '+-0123456789') = '' AND (length(ltrim({text}, '+-0')) >= {DIGITS} OR \
             instr({text}, 'e+') > 0) AND instr({text}, '.') = 0)"
    )
}

/// Whether a JSON text is a number with decimals.
fn is_decimal(text: &str) -> String {
    format!("(ltrim(substr({text}, 1, 1), '-0123456789') = '' AND (instr({text}, '.') > 0 OR instr({text}, 'e') > 0))")
}

/// Whether a canonical JSON text may have a number that a column has to be widened for: one of many digits, with a
/// power of ten or with decimals. Some texts have such, too.
fn may_need_width(text: &str) -> bool {
    let (mut digits, mut is_begun) = (0, false);
    text.bytes().any(|byte| {
        // What follows a digit and a point, or a digit and an `e`.
        let is_going_on = is_begun && matches!(byte, b'0'..=b'9' | b'+' | b'-');
        is_begun = digits > 0 && matches!(byte, b'.' | b'e');
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        is_going_on || digits > SAFE_DIGITS
    })
}

fn recorded_view(tx: &Connection) -> rusqlite::Result<Option<String>> {
    sql::RECORD_RESULTS_VIEW.first(tx, &[], |row| row.get("sql"))
}

fn replace_view(tx: &Connection, text: &str) -> rusqlite::Result<()> {
    tx.execute_batch(&format!("DROP VIEW IF EXISTS results;\n{text};"))
}

fn listed(steps: &[i64]) -> String {
    if steps.is_empty() { "0".to_owned() } else { steps.iter().map(i64::to_string).collect::<Vec<_>>().join(", ") }
}

/// The comment that says which step and rows the view is of.
fn origin(steps: &[i64], dataset: i64) -> String {
    format!("-- The step is {}, the data set is {dataset}.", listed(steps))
}

/// The columns of every `results` view with their SQL expressions. The first six come before the columns of the input,
/// the others after those of the output.
pub const FIXED: &[(&str, &str)] = &[
    ("work_id", "work_item.work_id"),
    ("variant", "CAST((SELECT named.name FROM variant AS named WHERE named.id = standing.variant) AS TEXT)"),
    ("repeat", "standing.repeat"),
    ("row_index", "input_row.row_index"),
    ("group_key", "row_group.group_key"),
    ("status", "standing.status"),
    ("verdict", "attempt.verdict"),
    ("score", "attempt.score"),
    ("attempts", "standing.attempts"),
    ("model", "CAST(coalesce(response.model, spec.model) AS TEXT)"),
    // Where a work item stands under several variants or in several repeats: of the calls whose answers the attempts at
    // the own exact task used. Otherwise of all its calls.
    (
        "cost_usd",
        "CAST(CASE WHEN EXISTS (
        SELECT 1 FROM standing AS other WHERE other.work_item = standing.work_item AND other.id <> standing.id
    ) THEN (
        SELECT CASE WHEN count(*) = count(paid.cost_usd) THEN coalesce(sum(round(paid.cost_usd * 1e12)), 0) / 1e12 END
        FROM (
            SELECT own.response FROM attempt AS own
            WHERE own.work_item = standing.work_item AND own.cache_id = standing.cache_id
            UNION
            SELECT judged.response FROM attempt AS own JOIN verdict AS judged ON judged.attempt = own.id
            WHERE own.work_item = standing.work_item AND own.cache_id = standing.cache_id
        ) AS used
        JOIN response AS paid ON paid.id = used.response
        JOIN call AS asked ON asked.id = paid.call
        WHERE asked.work_item = standing.work_item
    ) ELSE (
        SELECT CASE WHEN count(*) = count(paid.cost_usd) THEN coalesce(sum(round(paid.cost_usd * 1e12)), 0) / 1e12 END
        FROM call AS asked JOIN response AS paid ON paid.call = asked.id WHERE asked.work_item = standing.work_item
    ) END AS DOUBLE)",
    ),
    ("decided_by", "CAST('human:' || decision.decided_by AS TEXT)"),
    // The latest valid output that counts, whether the checks, a judge or a person rejected it.
    (
        "rejected",
        "CAST(CASE standing.status WHEN 'rejected' THEN (
        SELECT coalesce(tried.output, passed.output)
        FROM attempt AS tried
        LEFT JOIN cache_entry AS passed ON passed.work_item = tried.work_item AND passed.attempt = tried.id
        WHERE tried.work_item = standing.work_item AND tried.cache_id = standing.cache_id
          AND (tried.id = standing.last_attempt OR coalesce(tried.round, 0) >= coalesce(standing.round, 0))
          AND coalesce(tried.output, passed.output) IS NOT NULL
        ORDER BY tried.id DESC, passed.id DESC LIMIT 1
    ) END AS TEXT)",
    ),
];

/// Further columns, which only some tasks have.
pub const MORE: [(&str, &str); 2] = [
    (
        "item",
        // A text as it is, anything else as JSON.
        "CAST(CASE
        WHEN work_item.source_kind = 'join' AND substr(work_item.source -> '$[1].key', 1, 1) = '\"'
            THEN CAST(work_item.source ->> '$[1].key' AS TEXT)
        WHEN work_item.source_kind = 'join' THEN CAST(work_item.source -> '$[1].key' AS TEXT)
        WHEN work_item.source_kind <> 'join' AND standing.item IS NOT NULL THEN CAST(standing.item AS TEXT)
        WHEN substr(work_item.source -> '$[2]', 1, 1) = '\"' THEN CAST(work_item.source ->> '$[2]' AS TEXT)
        ELSE CAST(work_item.source -> '$[2]' AS TEXT)
    END AS TEXT)",
    ),
    ("perspective", "step.perspective"),
];

/// How many of [`FIXED`] come before the columns of the input.
const HEAD: usize = 6;

const COMMENT: &str =
    "-- One row per work item of the last step, variant and repeat, in the order of variants, repeats and the input.";

const JOINS: &str = "JOIN work_item ON work_item.id = standing.work_item
LEFT JOIN input_row ON input_row.id = standing.input_row
LEFT JOIN row_group ON row_group.id = standing.row_group
LEFT JOIN attempt ON attempt.id = standing.last_attempt
LEFT JOIN response ON response.id = attempt.response
LEFT JOIN request ON request.id = attempt.request
LEFT JOIN spec ON spec.id = request.spec
LEFT JOIN cache_entry ON cache_entry.id = standing.cache_entry
LEFT JOIN decision ON decision.attempt = attempt.id";

const ORDER: &str = "step.variant, step.repeat, standing.position, standing.path, work_item.work_id";

/// Where the columns come from: the standings of the last step under all variants, in all repeats. One step is looked
/// up each time, so that the view of a new run file fits too.
fn from(steps: &[i64], more: MoreColumns) -> String {
    if !more.perspective {
        return format!(
            "FROM step\nJOIN standing ON standing.step = step.id\n{JOINS}\nWHERE standing.planned = 1 AND step.name = \
             (SELECT last.name FROM step AS last WHERE last.variant = 1 AND last.repeat = 1 AND last.name NOT LIKE \
             'metric:%' ORDER BY last.position DESC LIMIT 1)\nORDER BY {ORDER}"
        );
    }
    format!(
        "FROM step\nJOIN standing ON standing.step = step.id\n{JOINS}\nWHERE standing.planned = 1 AND step.base IN \
         ({})\nORDER BY step.position, {ORDER}",
        listed(steps)
    )
}
