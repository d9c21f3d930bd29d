//! What is odd about answers: thoughts that were cut off, and words for an end that are not known. [`Oddities`] counts
//! them for the manifest and for people; [`FinishWords`] says when unknown words are all that a model gives.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;

use crate::provider::thoughts::{Leftover, leftover};
use crate::provider::{Finish, excerpt};
use crate::record::Stage;
use crate::schema::AnswerForm;
use crate::stage::Anomaly;
use crate::stage::generate::{Reading, TapeAnswer, Task, setting};
use crate::stage::record::Marks;
use crate::store::sql;

/// So many answers with the same unknown word, and none with a known one, stop a run.
pub const UNKNOWN_WORDS: u32 = 20;

/// The most different words of one model that are told apart: a server may put an id into each.
const MOST_WORDS: usize = 32;
/// The most characters of a provider's word in a message.
const WORD_CHARS: usize = 60;

/// Something odd about an answer.
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

/// How many answers were odd, by the place of the step, the model, and what was odd.
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
pub(super) struct ReadAs<'a> {
    pub(super) reading: &'a Reading,
    /// Whether JSON is looked for in it, so that all that may be a thought is left out.
    pub(super) is_json: bool,
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
pub(super) fn reads_json(task: &Task) -> bool {
    matches!(task.contract.form(), AnswerForm::Json)
}

impl Oddities {
    /// Counts what is odd about an answer of `model`, which is read as `reading` says.
    pub(super) fn add(&mut self, place: usize, model: &str, read: ReadAs<'_>, answer: &TapeAnswer) {
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

    /// Adds what is odd about the answers on record to the present work items of a step. Those that were counted in
    /// this run are among them.
    pub fn add_recorded(&mut self, connection: &Connection, task: &Task) -> rusqlite::Result<()> {
        let after = Marks::of(connection, Stage::Generate)?.tape;
        let mut recorded = Self::default();
        let values: &[(&str, &dyn rusqlite::ToSql)] = &[(":step", &task.step), (":after", &after)];
        sql::GENERATE_ODD_ANSWERS.each::<rusqlite::Error>(connection, values, |row| {
            let (judge, model): (Option<String>, String) = (row.get("judge")?, row.get("model")?);
            let judged =
                judge.as_ref().and_then(|name| task.judges().iter().find(|it| it.recorded_name() == name.as_str()));
            let reading = judged.map_or_else(|| task.reading(), |it| it.party.reading.clone());
            let (answers, thoughts) = (row.get::<_, i64>("answers")?, row.get::<_, i64>("thoughts")?);
            let (answers, thoughts) = (answers.unsigned_abs(), thoughts.unsigned_abs());
            let read = ReadAs { reading: &reading, is_json: judge.is_some() || reads_json(task) };
            let leftover: Option<String> = row.get("leftover")?;
            if let Some(oddity) = read.inside(leftover.as_deref().and_then(Leftover::of_name)) {
                recorded.count(task.place, &model, oddity, answers);
            }
            if thoughts > 0 && !reading.keeps_thoughts {
                recorded.count(task.place, &model, Oddity::Thoughts, thoughts);
            }
            let word: Option<String> = row.get("word")?;
            if let Some(word) = word.filter(|word| !reading.finish.contains_key(word)) {
                let word = recorded.told_apart(task.place, &model, &word);
                recorded.count(task.place, &model, Oddity::UnknownFinish(word), answers);
            }
            Ok(())
        })?;
        for (key, count) in recorded.0 {
            let counted = self.0.entry(key).or_default();
            *counted = count.max(*counted);
        }
        Ok(())
    }

    /// What was counted, in sentences.
    #[must_use]
    pub fn noted(&self) -> Vec<NotedOddity> {
        let note = |((place, model, oddity), count): (&(usize, String, Oddity), &u64)| {
            let answers = if *count == 1 { "1 answer".to_owned() } else { format!("{count} answers") };
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
                         and {} not accepted; if it is one, add `{}`",
                        excerpt(word, WORD_CHARS),
                        if *count == 1 { "was" } else { "were" },
                        setting(word)
                    ),
                ),
            };
            NotedOddity { place: *place, anomaly: Anomaly { kind, subject: model.clone(), detail } }
        };
        self.0.iter().map(note).collect()
    }
}

/// The words with which a model's answers ended.
#[derive(Debug, Default)]
pub(super) struct FinishWords {
    has_known: bool,
    unknown: HashMap<String, u32>,
}

impl FinishWords {
    /// Counts the word of an answer, which means `finish`; returns it if it is unknown and all that this model gives.
    pub(super) fn add(&mut self, answer: &TapeAnswer, finish: Finish) -> Option<String> {
        let word = answer.finish_reason.as_ref()?;
        if finish != Finish::Unknown {
            self.has_known = true;
            return None;
        }
        if self.unknown.len() >= MOST_WORDS && !self.unknown.contains_key(word) {
            self.unknown.clear();
        }
        let count = self.unknown.entry(word.clone()).or_default();
        *count += 1;
        (*count >= UNKNOWN_WORDS && !self.has_known).then(|| word.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(finish: Finish, word: Option<&str>) -> TapeAnswer {
        TapeAnswer { finish, finish_reason: word.map(str::to_owned), ..TapeAnswer::of_text("a".to_owned()) }
    }

    #[test]
    fn twenty_equal_unknown_words_and_no_known_one_are_too_many() {
        let mut words = FinishWords::default();
        let add = |words: &mut FinishWords, answer: &TapeAnswer| words.add(answer, answer.finish);
        for _ in 1..UNKNOWN_WORDS {
            assert_eq!(add(&mut words, &answer(Finish::Unknown, Some("eos"))), None);
            assert_eq!(add(&mut words, &answer(Finish::Stop, None)), None, "no word is no known one");
        }
        assert_eq!(add(&mut words, &answer(Finish::Unknown, Some("other"))), None);
        assert_eq!(add(&mut words, &answer(Finish::Unknown, Some("eos"))).as_deref(), Some("eos"));
        add(&mut words, &answer(Finish::Length, Some("length")));
        assert_eq!(add(&mut words, &answer(Finish::Unknown, Some("eos"))), None);
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
}
