//! What answers cost or read otherwise than it seems: thoughts that were cut off, words for an end that are not known,
//! output that was not counted as such, and prompts that were cut in silence.
//!
//! [`Oddities`] counts what one run hears, for its notes. Of a step's manifest, [`Oddities::anomalies`] also reads the
//! record: one pass over the attempts at the step's planned work items, and none where nothing on record is odd.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::finished::settings;
use super::reading::{Reading, TapeAnswer};
use super::task::Task;
use crate::provider::thoughts::{Leftover, leftover};
use crate::provider::{Finish, WORD_CHARS, excerpt};
use crate::record::Stage;
use crate::schema::AnswerForm;
use crate::stage::Anomaly;
use crate::stage::record::Marks;
use crate::store::sql;

/// The most different words of one model that are told apart: a server may put an id into each.
pub const MOST_WORDS: usize = 32;

/// Something odd about how an answer reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Oddity {
    Thoughts,
    /// Thoughts or tokens of a template inside the answer, which are left out of the output.
    Inside,
    /// What may be some of these and may be said about them; it stays.
    Doubtful,
    /// With the provider's word.
    UnknownFinish(String),
}

/// How many answers read oddly, by the place of the step, the model, and what was odd.
#[derive(Clone, Debug, Default)]
pub struct Oddities(BTreeMap<(usize, String, Oddity), u64>);

/// What is odd about the answers of a step's model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedOddity {
    /// The place of the step.
    pub place: usize,
    /// About the model, with a sentence that has the count.
    pub anomaly: Anomaly,
}

/// How an answer is read.
#[derive(Clone, Copy, Debug)]
pub struct ReadAs<'a> {
    pub reading: &'a Reading,
    /// Whether JSON is looked for in it, so that all that may be a thought is left out.
    pub is_json: bool,
}

impl ReadAs<'_> {
    /// What is odd about an answer with this inside.
    fn inside(self, leftover: Option<Leftover>) -> Option<Oddity> {
        let leftover = leftover.filter(|_| !self.reading.keeps_thoughts)?;
        let is_cut = self.is_json || leftover == Leftover::Certain;
        Some(if is_cut { Oddity::Inside } else { Oddity::Doubtful })
    }
}

/// Whether JSON is looked for in the answers of a task.
#[must_use]
pub fn reads_json(task: &Task) -> bool {
    matches!(task.contract.form(), AnswerForm::Json)
}

impl Oddities {
    /// Counts what is odd about an answer of `model`.
    pub fn add(&mut self, place: usize, model: &str, read: ReadAs<'_>, answer: &TapeAnswer) {
        let reading = read.reading;
        if answer.thoughts.is_some() && !reading.keeps_thoughts {
            self.count(place, model, Oddity::Thoughts, 1);
        }
        if let Some(oddity) = read.inside(leftover(&answer.text)) {
            self.count(place, model, oddity, 1);
        }
        if reading.finish(answer) == Finish::Unknown {
            let word = self.told_apart(place, model, answer.finish_reason.as_deref().unwrap_or_default());
            self.count(place, model, Oddity::UnknownFinish(word), 1);
        }
    }

    fn count(&mut self, place: usize, model: &str, oddity: Oddity, more: u64) {
        *self.0.entry((place, model.to_owned(), oddity)).or_default() += more;
    }

    /// The word that an unknown finish reason is counted by: of very many, the later ones are counted together.
    fn told_apart(&self, place: usize, model: &str, word: &str) -> String {
        let of_model = |(at, name, oddity): &&(usize, String, Oddity)| {
            *at == place && name == model && matches!(oddity, Oddity::UnknownFinish(_))
        };
        let word = excerpt(word, WORD_CHARS);
        let is_known = self.0.contains_key(&(place, model.to_owned(), Oddity::UnknownFinish(word.clone())));
        if is_known || self.0.keys().filter(of_model).count() < MOST_WORDS { word } else { "…".to_owned() }
    }

    /// What is odd about the answers to the present work items of a step: those on record, and those that were counted
    /// here and are not read yet. At most one anomaly of each kind for a model, or for a model's word.
    pub fn anomalies(&self, connection: &Connection, task: &Task) -> rusqlite::Result<Vec<Anomaly>> {
        let after = Marks::of(connection, Stage::Generate)?.tape;
        let mut usage: BTreeMap<String, OddUsage> = BTreeMap::new();
        let mut read = Self::default();
        let values: &[(&str, &dyn rusqlite::ToSql)] = &[(":step", &task.step), (":after", &after)];
        sql::GENERATE_ODDITIES.each::<rusqlite::Error>(connection, values, |row| {
            usage.entry(row.get("served")?).or_default().add(row)?;
            read.add_recorded(task, row)
        })?;
        for (key, count) in self.0.iter().filter(|((place, ..), _)| *place == task.place) {
            let recorded = read.0.entry(key.clone()).or_default();
            *recorded = (*count).max(*recorded);
        }
        let mut found: Vec<Anomaly> = usage.iter().flat_map(|(model, usage)| usage.anomalies(model)).collect();
        found.extend(read.noted().into_iter().map(|it| it.anomaly));
        Ok(found)
    }

    /// Counts the answers of a row of the record.
    fn add_recorded(&mut self, task: &Task, row: &Row<'_>) -> rusqlite::Result<()> {
        let (judge, model): (Option<String>, String) = (row.get("judge")?, row.get("model")?);
        let name = judge.as_deref();
        let judged = name.and_then(|name| task.judges().iter().find(|it| it.recorded_name() == name));
        let reading = judged.map_or_else(|| task.reading(), |it| it.party.reading.clone());
        let read = ReadAs { reading: &reading, is_json: judge.is_some() || reads_json(task) };
        let leftover: Option<String> = row.get("leftover")?;
        if let Some(oddity) = read.inside(leftover.as_deref().and_then(Leftover::of_name)) {
            self.count(task.place, &model, oddity, whole(row, "answers")?);
        }
        let thoughts = whole(row, "thoughts")?;
        if thoughts > 0 && !reading.keeps_thoughts {
            self.count(task.place, &model, Oddity::Thoughts, thoughts);
        }
        let word: Option<String> = row.get("word")?;
        if let Some(word) = word.filter(|word| !reading.finish.contains_key(word)) {
            let word = self.told_apart(task.place, &model, &word);
            self.count(task.place, &model, Oddity::UnknownFinish(word), whole(row, "answers")?);
        }
        Ok(())
    }

    /// What was counted, in sentences.
    #[must_use]
    pub fn noted(&self) -> Vec<NotedOddity> {
        let note = |((place, model, oddity), count): (&(usize, String, Oddity), &u64)| {
            let answers = answers(*count);
            let model_shown = excerpt(model, WORD_CHARS);
            let (kind, detail) = match oddity {
                Oddity::Thoughts => (
                    "thoughts_cut",
                    format!(
                        "{answers} of `{model_shown}` began with thoughts, which are kept apart (column `thoughts`) and \
                         are no part of the answer; `llm.thoughts: keep` reads both as one text"
                    ),
                ),
                Oddity::Inside => (
                    "thoughts_inside",
                    format!(
                        "{answers} of `{model_shown}` had thoughts, or tokens of a chat template, after the beginning: \
                         they stay in the recorded answer and are no part of the output; `llm.thoughts: keep` leaves \
                         them in it"
                    ),
                ),
                Oddity::Doubtful => (
                    "thoughts_doubtful",
                    format!(
                        "{answers} of `{model_shown}` had tags of thoughts, or tokens of a chat template, that may be \
                         what the text is about: nothing was left out; look at them"
                    ),
                ),
                Oddity::UnknownFinish(word) => (
                    "finish_unknown",
                    format!(
                        "{answers} of `{model_shown}` ended with `{}`, which is not known as the end of a whole answer, \
                         and {} not accepted; if it is one, add {}",
                        excerpt(word, WORD_CHARS),
                        if *count == 1 { "was" } else { "were" },
                        settings(word)
                    ),
                ),
            };
            NotedOddity { place: *place, anomaly: Anomaly { kind, subject: model.clone(), detail } }
        };
        self.0.iter().map(note).collect()
    }
}

/// What is odd about the usage of a model's answers.
#[derive(Debug, Default)]
struct OddUsage {
    hidden_answers: u64,
    hidden_tokens: u64,
    unpriced: u64,
    cut_answers: u64,
    most_read: u64,
}

impl OddUsage {
    /// Adds the answers of a row of the record.
    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        self.hidden_answers += whole(row, "hidden_answers")?;
        self.hidden_tokens = self.hidden_tokens.saturating_add(whole(row, "hidden_tokens")?);
        self.unpriced += whole(row, "unpriced")?;
        self.cut_answers += whole(row, "cut_answers")?;
        self.most_read = self.most_read.max(whole(row, "most_read")?);
        Ok(())
    }

    fn anomalies(&self, model: &str) -> Vec<Anomaly> {
        let mut found = Vec::new();
        let mut add = |kind, detail| found.push(Anomaly { kind, subject: model.to_owned(), detail });
        if self.hidden_answers > 0 {
            let noun = if self.hidden_tokens == 1 { "token" } else { "tokens" };
            let unknown = match (self.unpriced, self.hidden_answers) {
                (0, _) => String::new(),
                (_, 1) => "; its cost is not known".to_owned(),
                (unpriced, _) => format!("; the cost of {unpriced} of them is not known"),
            };
            let (answers, tokens) = (answers(self.hidden_answers), self.hidden_tokens);
            let detail = format!(
                "{answers} used {tokens} {noun} beyond what the server counted as output; they count as output here{unknown}"
            );
            add("hidden_output", detail);
        }
        if self.cut_answers > 0 {
            let (answers, read) = (answers(self.cut_answers), self.most_read);
            let detail = format!(
                "{answers}: the server has read at most {read} tokens of prompts that have more, so it has cut them"
            );
            add("prompt_cut", detail);
        }
        found
    }
}

fn answers(count: u64) -> String {
    if count == 1 { "1 answer".to_owned() } else { format!("{count} answers") }
}

/// A count; 0 where there is none.
fn whole(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(row.get::<_, Option<i64>>(column)?.unwrap_or_default().unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(finish: Finish, word: Option<&str>) -> TapeAnswer {
        TapeAnswer { finish, finish_reason: word.map(str::to_owned), ..TapeAnswer::of_text("a".to_owned()) }
    }

    #[test]
    fn each_step_and_model_has_its_own_count() {
        let mut odd = Oddities::default();
        let thinks = TapeAnswer { thoughts: Some("<think>a</think>".to_owned()), ..answer(Finish::Stop, None) };
        let (auto, keep) = (Reading::default(), Reading { keeps_thoughts: true, ..Reading::default() });
        let read = |reading| ReadAs { reading, is_json: false };
        for (place, model) in [(0, "m"), (0, "m"), (1, "m"), (0, "n")] {
            odd.add(place, model, read(&auto), &thinks);
        }
        odd.add(0, "m", read(&keep), &thinks);
        odd.add(1, "m", read(&auto), &answer(Finish::Unknown, Some("eos")));
        let noted: Vec<_> = odd.noted().into_iter().map(|it| (it.place, it.anomaly.kind, it.anomaly.detail)).collect();
        assert_eq!(noted.len(), 4);
        assert!(noted[0].2.starts_with("2 answers of `m` began with thoughts"), "{noted:?}");
        assert_eq!(noted[3].1, "finish_unknown");
        assert!(noted[3].2.contains("and was not accepted; if it is one, add `llm.finish: {eos: stop}`"), "{noted:?}");
    }

    #[test]
    fn odd_usage_is_told_with_its_counts() {
        let usage = OddUsage { hidden_answers: 3, hidden_tokens: 1, unpriced: 2, cut_answers: 1, most_read: 4096 };
        let found: Vec<_> = usage.anomalies("m").into_iter().map(|it| (it.kind, it.detail)).collect();
        assert_eq!(found.len(), 2);
        assert!(found[0].1.starts_with("3 answers used 1 token beyond"), "{found:?}");
        assert!(found[0].1.ends_with("; the cost of 2 of them is not known"), "{found:?}");
        assert!(found[1].1.starts_with("1 answer: the server has read at most 4096 tokens"), "{found:?}");
    }
}
