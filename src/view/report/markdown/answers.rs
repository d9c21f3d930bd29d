//! What was answered: the values of output fields, the attempts, the judge's verdicts.

use super::super::chart::{bin_label, bin_labels};
use super::super::model::{CriterionScores, Report};
use super::super::present;
use super::escape::escape;
use super::page::{Left, MarkdownPage, Right, cell};

pub(super) fn values(page: &mut MarkdownPage, report: &Report) {
    if report.fields.is_empty() {
        return;
    }
    page.line(&format!("## Values of the accepted outputs{}", escape(&present::of_last(report))));
    for field in &report.fields {
        page.line(&format!("### {}", escape(&field.name)));
        if let Some(numbers) = field.numbers {
            page.line(&format!("{numbers}."));
        }
        page.slices(["Value", "Work items"], &field.overall);
        if field.by_group.is_empty() {
            continue;
        }
        let names: Vec<String> = field.shown_values.iter().map(|value| escape(value)).collect();
        let head: Vec<_> =
            [("Group", Left)].into_iter().chain(names.iter().map(|name| (name.as_str(), Right))).collect();
        page.table(
            &head,
            field.by_group.iter().map(|group| {
                let shares = group.slices.iter().map(|it| format!("{} ({})", it.share.part, it.share.percent()));
                [escape(&group.group)].into_iter().chain(shares).collect()
            }),
        );
    }
}

pub(super) fn attempts(page: &mut MarkdownPage, report: &Report) {
    page.line("## Attempts");
    if report.attempts.outcomes.is_empty() {
        page.line("There are no attempts yet.");
        return;
    }
    page.slices(["Outcome", "Attempts"], &report.attempts.outcomes);
    if !report.attempts.per_accepted.is_empty() {
        page.slices(["Attempts per accepted work item", "Work items"], &report.attempts.per_accepted);
    }
}

pub(super) fn judge(page: &mut MarkdownPage, report: &Report) {
    let Some(judging) = &report.judging else { return };
    page.line("## Judge");
    let least = judging.min_score.map(|score| format!(", PASS with a score of at least {score}")).unwrap_or_default();
    page.line(&format!(
        "Verdict PASS: {} of {} ({}). Accepted: {} ({}{least}).",
        judging.passed.part,
        judging.passed.whole,
        judging.passed.percent(),
        judging.accepted.part,
        judging.accepted.percent(),
    ));
    if let Some(shared) = present::shared_verdicts(judging) {
        page.line(&shared);
    }
    page.line(&format!("Score: {}.", judging.score));
    let bins = (0..).zip(judging.scores).map(|(place, count)| vec![bin_label(place), cell(count)]);
    page.table(&[("Score", Left), ("Verdicts", Right)], bins);
    if !judging.criteria.is_empty() {
        let row = |it: &CriterionScores| {
            let [lowest, mean, highest] = it.scores.shown();
            let about = [escape(&it.judge), escape(&it.criterion), cell(it.scores.count), lowest, mean, highest];
            about.into_iter().chain(it.bins.map(cell)).collect()
        };
        let bins = bin_labels();
        let head = [
            ("Judge", Left),
            ("Criterion", Left),
            ("Verdicts", Right),
            ("Lowest", Right),
            ("Mean", Right),
            ("Highest", Right),
        ];
        let head: Vec<_> = head.into_iter().chain(bins.iter().map(|it| (it.as_str(), Right))).collect();
        page.table(&head, judging.criteria.iter().map(row));
    }
    if !judging.reasons.is_empty() {
        page.table(
            &[("Reason", Left), ("Given", Right), ("For answers not accepted", Right)],
            judging.reasons.iter().map(|it| vec![escape(&it.text), cell(it.times), cell(it.not_accepted)]),
        );
    }
}
