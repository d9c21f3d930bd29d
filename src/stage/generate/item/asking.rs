//! How a work item puts its next question into words: [`ItemInProgress::question`] renders the messages of the
//! conversation so far.

use super::ItemInProgress;
use super::retrieved::Rendered;
use crate::prompt::{PromptError, TurnRole, Vars, feedback};
use crate::provider::{ChatRequest, Message, Role};
use crate::record::AttemptOutcome;
use crate::schema::AnswerForm;
use crate::stage::generate::finished::HINT;
use crate::stage::generate::fold::{SharedText, fold};
use crate::stage::generate::question::{AskError, Question};
use crate::stage::generate::task::{Party, Purpose, Task};
use crate::stage::image::{self, ShownImage};

impl ItemInProgress {
    /// Returns its next question.
    pub fn question(&self, task: &Task) -> Result<Question, AskError> {
        let asked = self.next_question(task);
        let judged = self.current.output.as_ref().map(|_| Rendered::Judge(self.current.opinions.len()));
        self.retrieved.keep(Some(judged.unwrap_or(Rendered::Generation)));
        asked
    }

    fn next_question(&self, task: &Task) -> Result<Question, AskError> {
        if let Some(problem) = self.work.images.problem() {
            return Err(AskError::Image(problem));
        }
        let Some(asks) = task.asks() else { return Err(AskError::Rule("this step asks no model".to_owned())) };
        match (&self.current.output, asks.judges.get(self.current.opinions.len())) {
            (Some(output), Some(judge)) => {
                let vars = self.vars(task, self.number()).output(output).verdict_schema(&judge.verdict_schema);
                let mut messages = opening(&judge.party, &vars, &self.work.images.judge)?;
                for (answer, fault) in &self.current.judge_faults {
                    let text = feedback(&lines(fault), AnswerForm::Json.again());
                    go_on(&mut messages, answer, text);
                }
                self.put(task, &judge.party, Purpose::Judge, &vars, messages)
            }
            _ => {
                let vars = self.asking_vars(task, self.number());
                let own = self.row_call(task)?;
                let generation = own.party(asks, self.number())?;
                let mut messages = opening(generation, &vars, &self.work.images.generation)?;
                // The user message is the last one.
                let before = messages.len().saturating_sub(1);
                messages.splice(before..before, own.earlier());
                for attempt in &self.past {
                    let detail = attempt.detail.as_deref().unwrap_or_default();
                    let told = match attempt.outcome {
                        AttemptOutcome::EvidenceFailed => items(detail),
                        _ => lines(detail),
                    };
                    let wrong = feedback(&told, task.again);
                    let vars = self.asking_vars(task, attempt.number + 1).feedback(&wrong);
                    let text = generation.prompt.render_retry(&vars)?.unwrap_or(wrong);
                    go_on(&mut messages, attempt.answer.as_deref().unwrap_or_default(), text);
                }
                let mut question = self.put(task, generation, Purpose::Generation, &vars, messages)?;
                if let Some(spec) = own.own_spec(asks, &generation.spec) {
                    question.id = question.request.id(spec.id());
                    (question.request.spec, question.spec_row) = (spec, None);
                }
                Ok(question)
            }
        }
    }

    /// Returns the names of the images that its prompt shows, in order: the generation's, or those of the judge with
    /// this index.
    pub fn image_names(&self, task: &Task, judge: Option<usize>) -> Result<Vec<String>, AskError> {
        let Some(asks) = task.asks() else { return Ok(Vec::new()) };
        let party = judge.and_then(|index| asks.judges.get(index)).map_or(&asks.generation, |judge| &judge.party);
        Ok(party.prompt.render_images(&self.vars(task, self.number()))?)
    }

    /// Completes a question from its messages.
    fn put(
        &self,
        task: &Task,
        party: &Party,
        purpose: Purpose,
        vars: &Vars,
        messages: Vec<Message>,
    ) -> Result<Question, AskError> {
        let matched = match &party.matching {
            Some(matching) => {
                Some(matching.render(&vars.clone().model(&party.spec.model).candidate(self.candidates.number()))?)
            }
            None => None,
        };
        let mut shared: Vec<&SharedText> = Vec::with_capacity(party.shared.len() + 1);
        shared.extend(self.work.shared_context.as_deref());
        shared.extend(&party.shared);
        let folded = fold(&messages, &shared);
        let request = ChatRequest {
            spec: party.spec.clone(),
            messages,
            sample: self.work.sample + self.candidates.number() - 1,
            matched,
            item: (!task.share).then_some(self.work.work_id),
        };
        let id = request.id(party.spec_id);
        Ok(Question {
            purpose,
            route: party.route,
            request,
            id,
            spec_row: Some(party.spec_row),
            messages: folded,
            reading: party.reading.clone(),
            quoted: task.evidence.clone().zip(self.work.row.clone()).filter(|_| purpose == Purpose::Generation),
        })
    }

    /// Returns what the prompt for an answer sees: the row without its hidden columns. One for a verdict sees all.
    fn asking_vars(&self, task: &Task, attempt: u32) -> Vars {
        let vars = self.vars(task, attempt);
        match &self.work.row {
            Some(row) if !task.verdict => vars.row(&row.visible()),
            _ => vars,
        }
    }

    /// Returns what templates, checks and conditions see in attempt `attempt`, from 1.
    pub(super) fn vars(&self, task: &Task, attempt: u32) -> Vars {
        let mut vars = Vars::new().llm_schema(&task.llm_schema).attempt(attempt).variables(&task.variables);
        if let Some(column) = &task.input_column {
            vars = vars.input_column(column);
        }
        if let Some(row) = &self.work.row {
            vars = vars.row(row);
        }
        if let Some(group) = &self.work.group {
            vars = vars.group(group);
        }
        if let Some(context) = &self.work.context {
            vars = vars.context(context);
        }
        if let Some(lineage) = &self.work.lineage {
            vars = vars.lineage(lineage);
            if task.verdict {
                vars = vars.output_of(lineage).verdict_schema(&task.verdict_schema);
            }
        }
        if !task.gold.is_empty() {
            vars = vars.gold(self.work.gold.as_ref().unwrap_or(&serde_json::Value::Null));
        }
        if let Some(perspective) = &task.perspective {
            vars = vars.perspective(perspective);
        }
        self.retrieved.add_to(vars, task)
    }
}

/// Renders the messages before the first answer. The last one, the user's, shows the images.
fn opening(party: &Party, vars: &Vars, images: &[ShownImage]) -> Result<Vec<Message>, PromptError> {
    let turn = |(role, text): (TurnRole, String)| {
        let role = match role {
            TurnRole::System => Role::System,
            TurnRole::User => Role::User,
            TurnRole::Assistant => Role::Assistant,
        };
        Message::new(role, text)
    };
    let mut messages: Vec<Message> = party.prompt.render(vars)?.into_iter().map(turn).collect();
    if let Some(last) = messages.last_mut() {
        last.images = image::of_message(images);
    }
    Ok(messages)
}

/// Appends the model's answer and what was wrong with it. Providers refuse empty messages, so an empty answer is left
/// out.
fn go_on(messages: &mut Vec<Message>, answer: &str, text: String) {
    if !answer.is_empty() {
        messages.push(Message::new(Role::Assistant, answer));
    }
    messages.push(Message::new(Role::User, text));
}

/// The items of a fault in which lines that begin with two blanks belong to the item before them.
fn items(detail: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in detail.split('\n') {
        match items.last_mut().filter(|_| line.starts_with("  ")) {
            Some(item) => {
                item.push('\n');
                item.push_str(line.strip_prefix("  ").unwrap_or(line));
            }
            None => items.push(line.to_owned()),
        }
    }
    items
}

/// The lines of a fault that a model is told.
fn lines(detail: &str) -> Vec<String> {
    detail.lines().filter(|line| !line.starts_with(HINT)).map(str::to_owned).collect()
}
