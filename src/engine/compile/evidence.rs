//! The evidence of a step, held against the schema of its outputs and against the input.

use std::sync::Arc;

use super::error::CompileError;
use crate::config;
use crate::project::{Project, Setup};
use crate::record::{ClaimPlaces, OutputPath};
use crate::schema::{Gap, GapKind, PathTypes, UnknownPath};
use crate::stage::generate::Evidence;

/// The columns in which rows of documents have their lines.
const NUMBERED: &str = "numbered";

/// The evidence of the step at `index`, and notes on its schema and its prompt. `columns` are those of the input.
pub(super) fn checked(
    project: &Project,
    index: usize,
    columns: &[String],
) -> Result<(Option<Arc<Evidence>>, Vec<String>), CompileError> {
    let setup = &project.steps[index];
    let declared = &setup.config.evidence;
    if declared.is_empty() {
        return Ok((None, Vec::new()));
    }
    let evidence =
        Evidence::of(declared, columns.iter().map(String::as_str)).map_err(|error| no_lines(error.to_string()))?;
    if project.documents().is_none() {
        let problem = "the rows of the input are those of a table, and claims are held against lines of documents";
        return Err(no_lines(problem.to_owned()));
    }
    let mut notes = Vec::new();
    // There is nothing to hold it against before the schema is written.
    if !setup.unwritten {
        for (number, entry) in declared.iter().enumerate() {
            let places = in_schema(project, setup, number, entry)?;
            notes.extend(unproved(setup, number, &places));
        }
    }
    notes.extend(unnumbered(setup));
    notes.extend(untold(setup));
    Ok((evidence.map(Arc::new), notes))
}

fn no_lines(problem: String) -> CompileError {
    let hint = "name documents in `input.path`: Markdown, text, HTML, docx or PDF files";
    CompileError::NoEvidence { key: "evidence".to_owned(), problem, hint: Some(hint.to_owned()) }
}

/// Checks that outputs can have the claims of an entry, with lines and a quote. Returns where they stand.
fn in_schema(
    project: &Project,
    setup: &Setup,
    number: usize,
    entry: &config::Evidence,
) -> Result<ClaimPlaces, CompileError> {
    let wrong = |key: &str, problem: String, hint: Option<String>| {
        let full = format!("evidence[{number}].{key}");
        let step = setup.config.step.name();
        let is_written = project.places.as_ref().is_none_or(|places| places.of_step(step, &full).is_some());
        let key = if is_written { full } else { format!("evidence[{number}]") };
        CompileError::NoEvidence { key, problem, hint }
    };
    let ClaimPlaces { at, lines, quote } = entry.places().map_err(|error| wrong("at", error.to_string(), None))?;
    let types = |key: &str, path: &OutputPath| {
        let found = setup.contract.types_at(path);
        let hint = |error: &UnknownPath| match error.fields.as_slice() {
            // What a claim has is a short list, and says more than the nearest name.
            fields if key != "at" && !fields.is_empty() => Some(format!("its fields are {}", fields.join(", "))),
            _ => error.hint(),
        };
        found.map_err(|error| wrong(key, format!("the schema has no `{path}`: {error}"), hint(&error)))
    };
    let claims = types("at", &at)?;
    if !claims.is_only("object") || claims.is_open {
        let hint = if claims.may_be("array") {
            Some(format!("write `{at}[]` for each element of the list"))
        } else {
            Some("a claim is an object with its lines and its quote".to_owned())
        };
        return Err(wrong("at", format!("`{at}` is {}, and not an object", described(&claims)), hint));
    }
    for (key, field, kind) in lines.iter().map(|field| ("lines", field, "integer")).chain([("quote", &quote, "string")])
    {
        let path = at.join(field);
        let found = types(key, &path)?;
        if !found.is_only(kind) || found.is_open {
            let (what, hint) = match kind {
                "integer" => ("a line is an integer", "write `\"type\": \"integer\"`, or another field"),
                _ => ("a quote is a text", "write `\"type\": \"string\"`, or another field"),
            };
            let problem = format!("{what}, and `{path}` is {} in the schema", described(&found));
            return Err(wrong(key, problem, Some(hint.to_owned())));
        }
        if let Some(keyword) = setup.contract.upper_bound_at(&path).filter(|_| kind == "integer") {
            let problem =
                format!("the schema bounds `{path}` by `{keyword}`, and accepted outputs have lines of the document");
            return Err(wrong(key, problem, Some("leave the keyword out: lines are held against the text".to_owned())));
        }
    }
    Ok(ClaimPlaces { at, lines, quote })
}

/// Says how an output can be valid without a claim of the entry `number`.
fn unproved(setup: &Setup, number: usize, places: &ClaimPlaces) -> Option<String> {
    let contract = &setup.contract;
    let mut ways: Vec<String> = contract.gaps_before(&places.at).into_iter().map(described_gap).collect();
    if places.lines.iter().chain([&places.quote]).all(|field| contract.may_lack(&places.at, field)) {
        let quote = &places.quote;
        ways.push(format!("a claim may have no lines and no quote (put `{quote}` into `required`, without null)"));
    }
    let ways = Some(ways.join(", and ")).filter(|ways| !ways.is_empty())?;
    Some(format!("`evidence[{number}]`: the schema lets outputs pass that prove nothing there: {ways}"))
}

fn described_gap(Gap { path, kind }: Gap) -> String {
    match kind {
        GapKind::Optional => format!("`{path}` may be left out (put it into `required`)"),
        GapKind::Nullable => format!("`{path}` may be null (leave null out of its type)"),
        GapKind::Empty => format!("`{path}` may be empty (write `\"minItems\": 1` there)"),
    }
}

/// The types that stand at a path, in words.
fn described(found: &PathTypes) -> String {
    if found.is_open {
        return "of any type".to_owned();
    }
    format!("of type {}", found.types.iter().copied().collect::<Vec<_>>().join(" or "))
}

/// Says that a prompt does not show the numbers of the lines that a model is to name.
fn unnumbered(setup: &Setup) -> Option<String> {
    let asking = setup.asking.as_ref()?;
    let context = &setup.config.context;
    let in_context = match &context.columns {
        config::Columns::Include(columns) => columns.iter().any(|column| column == NUMBERED),
        _ => false,
    } || context.row_template.as_ref().is_some_and(|template| template.contains(NUMBERED));
    let counts = asking.prompt.sources().any(|source| source.contains("loop.index"));
    let reads = asking.prompt.reads_of_all();
    let shows = counts
        || reads.iter().any(|path| path == "row" || path.split('.').nth(1) == Some(NUMBERED))
        || in_context && (asking.prompt.mentions("context") || asking.prompt.mentions("input_data"));
    (!shows).then(|| {
        "the prompt shows no numbers of lines, so that a model has to count them itself: show `{{ row.numbered }}`"
            .to_owned()
    })
}

/// Says that a prompt does not tell a model how to quote.
fn untold(setup: &Setup) -> Option<String> {
    let prompt = &setup.asking.as_ref()?.prompt;
    let speaks_of = |quote: &str| prompt.sources().any(|source| source.contains(quote));
    let quotes = setup.config.evidence.iter().map(|entry| entry.quote.as_str());
    let is_told = prompt.mentions("llm_schema") || quotes.map(|it| it.rsplit('.').next().unwrap_or(it)).all(speaks_of);
    (!is_told).then(|| {
        "the prompt does not say how to quote, which `{{ llm_schema }}` does: show that, or say that a quote is whole \
         lines of the text, without their numbers"
            .to_owned()
    })
}
