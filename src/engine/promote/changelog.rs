//! The entry of a promotion in the changelog of prompts, as Markdown. What it quotes means nothing to Markdown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::config::Pin;
use crate::record::PinStage;
use crate::view::difference::{self, Difference};

/// What the file begins with.
pub(super) const HEAD: &str = "# Promotions\n\nAn entry for each, written by `casebook promote`. The run files have the \
                               evidence (view `promotions`).\n";

/// A promotion on record.
#[derive(Clone, Debug)]
pub(super) struct RecordedPromotion {
    pub(super) id: i64,
    /// The uid of the invocation.
    pub(super) uid: String,
    pub(super) stage: PinStage,
    pub(super) pin: Pin,
    pub(super) metrics: Value,
    pub(super) gates: Value,
    pub(super) verdict: Option<String>,
    pub(super) reason: Option<String>,
    /// The configuration that was measured.
    pub(super) snapshot: Value,
}

impl RecordedPromotion {
    /// What tells its entry from others.
    pub(super) fn mark(&self) -> String {
        format!("<!-- casebook promotion {} {} -->", self.uid, self.id)
    }

    /// The entry; `before` is the last promotion to the same stage.
    pub(super) fn entry(&self, before: Option<&Self>) -> String {
        let pin = &self.pin;
        let mut text = String::new();
        let day = pin.promoted_at.get(..10).unwrap_or(&pin.promoted_at);
        line(&mut text, &format!("\n## {day}: {} → {}\n", plain(&pin.variant), self.stage));
        line(&mut text, &self.mark());
        line(&mut text, "");
        line(&mut text, &format!("- by {}, {}", plain(&pin.promoted_by), plain(&pin.promoted_at)));
        if let Some(reason) = &self.reason {
            line(&mut text, &format!("- reason: {}", plain(reason)));
        }
        line(&mut text, &format!("- verdict: {}", self.verdict_in_words()));
        let gold = pin.gold.as_deref().map_or("none".to_owned(), |it| format!("`{it}`"));
        line(&mut text, &format!("- gold answers: {gold}"));
        line(&mut text, &format!("- evidence: {}, evaluation `{}`", plain(&pin.run_file), plain(&pin.evaluation)));
        for gate in self.gates.as_array().into_iter().flatten() {
            let passed = if gate["passed"].as_bool() == Some(true) { "passes" } else { "fails" };
            let value = number(gate["value"].as_f64());
            line(
                &mut text,
                &format!("- gate {}: {passed} ({value})", plain(gate["gate"].as_str().unwrap_or_default())),
            );
        }
        for (name, step) in &pin.steps {
            let model = step.llm.get("model").and_then(Value::as_str).unwrap_or_default();
            let version = step.prompt.version.as_ref().map(|it| format!(" {}", plain(it))).unwrap_or_default();
            let (path, prompt, digest) = (plain(&step.prompt.path), plain(&step.prompt.name), &step.prompt.digest);
            let model = plain(model);
            line(&mut text, &format!("- step {}: {model}, prompt {path} ({prompt}{version}, `{digest}`)", plain(name)));
        }
        line(&mut text, "");
        self.table(&mut text, before);
        self.changes(&mut text, before);
        text
    }

    fn verdict_in_words(&self) -> String {
        let baseline = plain(self.metrics["baseline"].as_str().unwrap_or_default());
        match (&self.verdict, self.metrics["decided_by"].as_str()) {
            (Some(verdict), Some(by)) => format!("{verdict} in {}, against {baseline}", plain(by)),
            _ if self.pin.variant == self.metrics["baseline"].as_str().unwrap_or_default() => {
                "none: it is the baseline".to_owned()
            }
            _ => "none: no metric decides".to_owned(),
        }
    }

    fn table(&self, text: &mut String, before: Option<&Self>) {
        let earlier = |name: &str| {
            let figures = before.and_then(|it| it.metrics["figures"].as_array());
            figures
                .into_iter()
                .flatten()
                .find(|it| it["metric"].as_str() == Some(name))
                .and_then(|it| it["value"].as_f64())
        };
        line(text, "| figure | before | now | baseline |");
        line(text, "| --- | ---: | ---: | ---: |");
        for figure in self.metrics["figures"].as_array().into_iter().flatten() {
            let name = figure["metric"].as_str().unwrap_or_default();
            let (was, is, base) = (earlier(name), figure["value"].as_f64(), figure["baseline"].as_f64());
            line(text, &format!("| {} | {} | {} | {} |", plain(name), number(was), number(is), number(base)));
        }
    }

    /// What changed in the prompts since the last promotion to the stage.
    fn changes(&self, text: &mut String, before: Option<&Self>) {
        let Some(before) = before else {
            line(text, &format!("\nThe first promotion to {}.", self.stage));
            return;
        };
        let (was, is) = (prompts(&before.snapshot), prompts(&self.snapshot));
        let keys: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let mut diff = String::new();
        for key in keys {
            let [was, is] = [&was, &is].map(|it| it.get(key).map_or("", String::as_str));
            for found in difference::texts(key, was, is) {
                hunk(&mut diff, &found);
            }
        }
        if diff.is_empty() {
            line(text, "\nThe prompts are those of the promotion before.");
            return;
        }
        let fence = "`".repeat(longest_run(&diff).max(2) + 1);
        line(text, &format!("\n{fence}diff\n{diff}{fence}"));
    }
}

/// The texts of prompts and of what they include, by their keys.
fn prompts(snapshot: &Value) -> std::collections::BTreeMap<String, String> {
    let is_prompt = |key: &str| key.contains("prompts.") || key.starts_with("include:") || key.contains("judge.");
    let files = snapshot["files"].as_object().into_iter().flatten();
    let texts = files.filter(|(key, _)| is_prompt(key));
    texts.map(|(key, file)| (key.clone(), file["text"].as_str().unwrap_or_default().to_owned())).collect()
}

fn hunk(diff: &mut String, found: &Difference) {
    line(diff, &format!("@@ {} @@", found.part.replace(char::is_control, " ")));
    for (sign, value) in [('-', &found.before), ('+', &found.after)] {
        for content in value.as_str().map(|it| it.split('\n')).into_iter().flatten() {
            let content: String = content.chars().filter(|it| !it.is_control() || *it == '\t').collect();
            line(diff, &format!("{sign}{content}"));
        }
    }
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|it| it != '`').map(str::len).max().unwrap_or_default()
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(
        || "–".to_owned(),
        |it| if it.abs() < 0.01 && it != 0.0 { format!("{it:.6}") } else { format!("{it:.3}") },
    )
}

/// A text on one line that means nothing to Markdown.
fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '#' | '!' => shown.extend(['\\', it]),
            it if it.is_control() => shown.push(' '),
            it => shown.push(it),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn promotion(id: i64, prompt: &str) -> RecordedPromotion {
        let pin = json!({
            "run": "r", "variant": "a|b <i>", "overlay": {}, "steps": {}, "gold": "00", "run_file": "r.db",
            "evaluation": "ab", "promoted_at": "2026-11-30T22:00:00.000Z", "promoted_by": "me\n## x",
        });
        RecordedPromotion {
            id,
            uid: "ab".to_owned(),
            stage: PinStage::Production,
            pin: serde_json::from_value(pin).unwrap(),
            metrics: json!({"baseline": "base", "decided_by": "accuracy", "figures": [
                {"metric": "accuracy", "value": 0.5 + 0.1 * f64::from(i32::try_from(id).unwrap()), "baseline": 0.5}]}),
            gates: json!([{"gate": "accuracy >= 0.5", "value": 0.6, "passed": true}]),
            verdict: Some("better".to_owned()),
            reason: None,
            snapshot: json!({"files": {"prompts.generation": {"text": prompt}, "schema.path": {"text": prompt}}}),
        }
    }

    #[test]
    fn an_entry_says_what_changed() {
        let (one, two) = (promotion(1, "user: a\n```\nend"), promotion(2, "user: b\n```\nend"));
        assert!(one.entry(None).contains("The first promotion to production."));
        let entry = two.entry(Some(&one));
        insta::assert_snapshot!(entry, @r"
        ## 2026-11-30: a\|b \<i\> → production

        <!-- casebook promotion ab 2 -->

        - by me \#\# x, 2026-11-30T22:00:00.000Z
        - verdict: better in accuracy, against base
        - gold answers: `00`
        - evidence: r.db, evaluation `ab`
        - gate accuracy \>= 0.5: passes (0.600)

        | figure | before | now | baseline |
        | --- | ---: | ---: | ---: |
        | accuracy | 0.600 | 0.700 | 0.500 |

        ```diff
        @@ prompts.generation line 1 @@
        -user: a
        +user: b
        ```
        ");
    }
}
