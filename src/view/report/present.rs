//! The wording that both renderers share.

use super::model::{
    AnsweringModel, Calls, DocumentSection, EqualRows, JudgeSummary, OutcomeCounts, QualityCheck, Report, StageRun,
};
use super::number::{Count, Share};

/// A label with its value, in the section on the run.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: String,
}

/// The banner above a report whose answers are samples.
pub(super) const SAMPLE_BANNER: &str = "These answers are samples, made from the schema; no model was asked.";

pub(super) fn title(report: &Report) -> &str {
    match report.run.configuration.name.as_str() {
        "" => "Run without a name",
        name => name,
    }
}

/// Sums the report up in a sentence or two.
pub(super) fn summary(report: &Report) -> String {
    let counts = report.outcome();
    if counts.planned.0 == 0 {
        return match &report.experiment {
            Some(evaluation) => {
                format!("{} The task itself was not run.", crate::view::evaluation::about(evaluation))
            }
            None => "Nothing is planned yet.".to_owned(),
        };
    }
    let mut parts = vec![format!("{} accepted ({})", counts.accepted, counts.acceptance().percent())];
    let others = counts.parts();
    parts.extend(
        others
            .iter()
            .skip(1)
            .filter(|(_, share)| share.part.0 > 0)
            .map(|(word, share)| format!("{} {word}", share.part)),
    );
    let summary = format!("{}: {}.", counted(counts.planned, "work item"), parts.join(", "));
    if !report.has_steps() {
        return summary;
    }
    let count = |pick: fn(&OutcomeCounts) -> Count| report.steps.iter().map(|it| pick(&it.counts)).sum::<Count>();
    let odd = [
        (count(|it| it.rejected), "rejected"),
        (count(|it| it.failed), "failed"),
        (count(|it| it.skipped), "skipped"),
        (count(|it| it.blocked), "blocked"),
        (count(|it| it.pending), "pending"),
    ];
    let odd: Vec<String> =
        odd.iter().filter(|(count, _)| count.0 > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let all = if odd.is_empty() { "all accepted".to_owned() } else { odd.join(", ") };
    let planned = count(|it| it.planned);
    format!(
        "The last of {} steps, {}: {summary} In all steps: {}, {all}.",
        report.steps.len(),
        report.last.step,
        counted(planned, "work item")
    )
}

/// Returns what ran, line by line, without the lines that the record says nothing about.
pub(super) fn facts(report: &Report) -> Vec<Fact> {
    let run = &report.run;
    let config = &run.configuration;
    let mut facts = Vec::new();
    let mut say = |label, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            facts.push(Fact { label, value });
        }
    };
    say("Answered by", answerers(&run.answerers, "generation"));
    say("Judged by", answerers(&run.answerers, "judge"));
    let model_at_provider = |model: &Option<String>| match (&config.provider, model) {
        (Some(provider), Some(model)) => Some(format!("{model} at {provider}")),
        (only, other) => only.clone().or_else(|| other.clone()),
    };
    say("Configured", model_at_provider(&config.model));
    say("Parameters sent", parameters(&run.answerers));
    say(
        "Judge",
        config.judge_model.as_ref().map(|model| match config.min_score {
            Some(score) => format!("{model}, minimum score {score}"),
            None => model.clone(),
        }),
    );
    let config_id: String = config.config_id.chars().take(10).collect();
    say("Configuration", Some(config.file.iter().cloned().chain([config_id]).collect::<Vec<_>>().join(", ")));
    let files: Vec<String> = config.files.iter().map(|(what, path)| format!("{what} {path}")).collect();
    say("Files that it names", Some(files.join(", ")));
    let folder = config.out_dir.iter().map(|dir| format!("in {dir}"));
    say("Outputs", Some(folder.chain(config.artifacts.iter().cloned()).collect::<Vec<_>>().join(", ")));
    let steps = report.steps.iter().map(|it| it.step.as_str()).collect::<Vec<_>>().join(", ");
    say(if report.has_steps() { "Steps" } else { "Step" }, Some(steps));
    if let Some(data) = &run.dataset {
        let key = data.key_column.as_ref().map_or_else(|| "no key column".to_owned(), |key| format!("key {key}"));
        say(
            "Data set",
            Some(format!(
                "{}: {}, {}, {key}, {} ({})",
                data.name,
                counted(data.rows, "row"),
                counted(Count(i64::try_from(data.columns.len()).unwrap_or(i64::MAX)), "column"),
                counted(data.bytes, "byte"),
                data.format
            )),
        );
        say("Data set SHA-1", Some(data.sha1.clone()));
    }
    facts
}

/// The parameters that were sent to models, of each model.
fn parameters(all: &[AnsweringModel]) -> Option<String> {
    let mut said: Vec<String> = Vec::new();
    for it in all.iter().filter(|it| !it.parameters.is_empty()) {
        let parameters: Vec<String> = it.parameters.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let one = format!("{} ({}): {}", it.model, it.purpose, parameters.join(", "));
        if !said.contains(&one) {
            said.push(one);
        }
    }
    (!said.is_empty()).then(|| said.join("; "))
}

fn answerers(all: &[AnsweringModel], purpose: &str) -> Option<String> {
    let named = all.iter().filter(|it| it.purpose == purpose);
    let named: Vec<String> =
        named.map(|it| format!("{} at {} ({})", it.model, it.provider, counted(it.answers, "answer"))).collect();
    (!named.is_empty()).then(|| named.join(", "))
}

/// A count with what it counts, such as `1 call` and `2 calls`.
pub(super) fn counted(count: Count, thing: &str) -> String {
    if count.0 == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// The cost of all calls, with how many it leaves out.
pub(super) fn cost(calls: &Calls) -> String {
    match (calls.cost.0, calls.unpriced) {
        (_, Count(0)) => calls.cost.to_string(),
        (None, unpriced) => format!("unknown ({})", counted(unpriced, "call")),
        (Some(_), unpriced) => format!("at least {}; {} of unknown cost", calls.cost, counted(unpriced, "call")),
    }
}

/// What stands in place of outcomes, failures and outputs, where variants alone were run.
pub(super) const VARIANTS_ALONE: &str = "The task itself was not run, only its variants, so that there are no outcomes, \
    failures and outputs of it to show.";

/// A stage with the step and the variant that it was about, where there are several.
pub(super) fn stage(report: &Report, it: &StageRun) -> String {
    // A metric that asks a model is a step beside those of the task.
    let step = it.step.as_ref().filter(|step| report.has_steps() || step.contains(':')).map(|step| format!(" {step}"));
    let variant = it.variant.as_ref().map(|name| format!(" ({name})"));
    format!("{}{}{}", it.stage, step.unwrap_or_default(), variant.unwrap_or_default())
}

/// The command that shows them of one variant.
pub(super) const REPORT_OF_VARIANT: &str = "casebook report FILE --variant NAME";

/// The statement that lists all failures, if the report does not.
pub(super) const ALL_FAILURES: &str = "SELECT * FROM failures";

/// The statement that lists everything that readers disagree on, if the report does not.
pub(super) const ALL_DISPUTES: &str = "SELECT * FROM agreements WHERE NOT agreed";

/// What the figures of agreement mean.
pub(super) const AGREEMENT: &str = "1 is full agreement, 0 is what chance would give; – is undefined, as where \
    everybody always says the same. Kappa is Cohen's for two raters, and Fleiss' for more who all rated each item. \
    Alpha is Krippendorff's: of labels (nominal), or of numbers by their distance (interval).";

/// A count, with thousands set apart.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
pub(super) fn count(count: &i64) -> Count {
    Count(*count)
}

/// Where all documents are, if the report does not show them.
pub(super) const ALL_DOCUMENTS: &str = "casebook report --documents writes a page for each";

/// A sentence in parts, each with whether it is a name between backticks.
pub(super) fn parts(sentence: &str) -> impl Iterator<Item = (&str, bool)> {
    sentence.split('`').enumerate().map(|(place, part)| (part, place % 2 == 1)).filter(|(part, _)| !part.is_empty())
}

/// How many documents there are, and how much of them is cited.
pub(super) fn cited(documents: &DocumentSection) -> String {
    let has = format!("{}, {}.", counted(documents.total, "document"), counted(documents.lines, "line"));
    let uncited = documents.uncited;
    let cited = Share::new(uncited.whole.0 - uncited.part.0, uncited.whole.0);
    match (uncited.part.0, uncited.whole.0) {
        (_, 0) => format!("{has} All lines are blank."),
        (0, _) => format!("{has} Every line that is not blank is cited."),
        (part, whole) if part == whole => format!("{has} Nothing cites any of the lines."),
        _ => format!(
            "{has} {} of the lines that are not blank are cited ({} of {}); nothing cites the other {} ({}).",
            cited.percent(),
            cited.part,
            cited.whole,
            uncited.part,
            uncited.percent()
        ),
    }
}

/// The addition ` of STEP` to the title of a section that covers only the last of several steps.
pub(super) fn of_last(report: &Report) -> String {
    if report.has_steps() { format!(" of {}", report.last.step) } else { String::new() }
}

/// Says that verdicts were used for more attempts than there are verdicts, if they were.
pub(super) fn shared_verdicts(judging: &JudgeSummary) -> Option<String> {
    let (verdicts, attempts) = (judging.passed.whole, judging.attempts);
    (attempts.0 > verdicts.0).then(|| {
        format!(
            "{verdicts} verdicts decided {attempts} attempts: an answer that equals an earlier one gets the verdict on \
             record."
        )
    })
}

/// What the data have nothing of, if all checks found nothing; else `None`.
pub(super) fn nothing_odd(report: &Report) -> Option<&'static str> {
    let is_clean = report.anomalies.is_empty() && report.checks.iter().all(|it| it.found.0 == 0);
    is_clean.then_some("No anomalies were found, and all answers could be used.")
}

/// The checks that found something, and that on invalid verdicts wherever there is a judge.
pub(super) fn checks(report: &Report) -> Vec<&QualityCheck> {
    let is_about_verdicts = |it: &QualityCheck| it.name.contains("verdicts") && report.judging.is_some();
    report.checks.iter().filter(|it| it.found.0 > 0 || is_about_verdicts(it)).collect()
}

/// How often a check found something.
pub(super) fn found(check: &QualityCheck) -> String {
    counted(check.found, check.of)
}

/// How many input rows equal an earlier one.
pub(super) fn equal_rows(equal: &EqualRows) -> String {
    let compared = match &equal.key_column {
        Some(key) => format!("in all columns but the key {key}"),
        None => "in every column".to_owned(),
    };
    match equal.rows {
        Count(0) => format!("No input row equals an earlier one {compared}."),
        rows => format!("Input rows that equal an earlier one {compared}: {rows}. Each is a work item of its own."),
    }
}

/// Whether there are groups.
pub(super) fn has_groups(report: &Report) -> bool {
    !report.groups.is_empty()
}

/// A range such as `1–8`.
pub(super) fn range((least, most): &(Count, Count)) -> String {
    if least == most { least.to_string() } else { format!("{least}–{most}") }
}
