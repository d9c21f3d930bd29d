//! The conversation with a person: shows one work item after the other and asks for a decision.

use std::io::{self, BufRead, Write};

use serde_json::Value;

use super::card;
use crate::cli::error::CliError;
use crate::cli::terminal::Terminal;
use crate::engine::{self, Card, HumanDecision, HumanRuling, Review};
use crate::view::text;

const KEYS: &str = "[a]ccept, [r]eject, [e]dit, [p]rompt, [s]kip or [q]uit? ";

/// Counts the work items of a conversation by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReviewTally {
    pub accepted: usize,
    pub written: usize,
    pub rejected: usize,
    pub skipped: usize,
}

impl ReviewTally {
    pub fn decided(self) -> usize {
        self.accepted + self.written + self.rejected
    }

    pub fn seen(self) -> usize {
        self.decided() + self.skipped
    }

    fn count(&mut self, ruling: &HumanRuling) {
        match ruling {
            HumanRuling::Accept => self.accepted += 1,
            HumanRuling::Reject => self.rejected += 1,
            HumanRuling::Edit(_) => self.written += 1,
        }
    }
}

/// A person's reply on one work item.
enum InterviewReply {
    Decided(HumanDecision),
    Skip,
    Quit,
}

/// A conversation, with its input, its output and its editor.
pub struct Interview<'a, R, W> {
    pub answers: &'a mut R,
    pub out: &'a mut W,
    pub editor: &'a mut dyn FnMut(&str) -> io::Result<String>,
    pub terminal: Terminal,
    /// Who decides.
    pub by: String,
    /// The reason, if it is the same for all decisions.
    pub reason: Option<String>,
}

impl<R: BufRead, W: Write> Interview<'_, R, W> {
    /// Asks about each of `items` until the person quits or stdin ends.
    pub fn about(mut self, review: &mut Review, items: &[i64]) -> Result<ReviewTally, CliError> {
        let mut tally = ReviewTally::default();
        for (number, item) in (1..).zip(items) {
            let card = review.card(*item)?;
            card::show(self.out, &card, number, items.len(), self.terminal.out)?;
            loop {
                let decision = match self.decision(&card)? {
                    InterviewReply::Quit => return Ok(tally),
                    InterviewReply::Skip => {
                        tally.skipped += 1;
                        break;
                    }
                    InterviewReply::Decided(decision) => decision,
                };
                match review.decide(*item, &decision) {
                    Ok(status) => {
                        self.terminal.note(&format!("{status}."));
                        tally.count(&decision.ruling);
                        break;
                    }
                    Err(error) if error.is_usage() => CliError::from(error).print(self.terminal),
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(tally)
    }

    /// Asks for the decision on one work item.
    fn decision(&mut self, card: &Card) -> Result<InterviewReply, CliError> {
        loop {
            let Some(key) = self.ask(KEYS)? else { return Ok(InterviewReply::Quit) };
            let ruling = match key.to_lowercase().as_str() {
                "a" | "accept" => HumanRuling::Accept,
                "r" | "reject" => HumanRuling::Reject,
                "e" | "edit" => match self.edited(card)? {
                    Some(output) => HumanRuling::Edit(output),
                    None => continue,
                },
                "p" | "prompt" => {
                    card::show_prompt(self.out, card, self.terminal.out)?;
                    continue;
                }
                "s" | "skip" => return Ok(InterviewReply::Skip),
                "q" | "quit" => return Ok(InterviewReply::Quit),
                other => {
                    self.terminal.note(&format!("`{}` is not one of these.", text::line(other)));
                    continue;
                }
            };
            if card.output.is_none() && !matches!(ruling, HumanRuling::Edit(_)) {
                self.terminal.note("There is no valid output to accept or reject: [e] writes one.");
                continue;
            }
            let reason = match self.reason.clone() {
                Some(reason) => reason,
                None => match self.ask("reason: ")? {
                    Some(reason) if !reason.is_empty() => reason,
                    Some(_) => {
                        self.terminal.note("A decision needs a reason.");
                        continue;
                    }
                    None => return Ok(InterviewReply::Quit),
                },
            };
            return Ok(InterviewReply::Decided(HumanDecision { ruling, reason, by: self.by.clone() }));
        }
    }

    /// Has the person write an output that is valid against the schema; `None` if nothing was changed.
    fn edited(&mut self, card: &Card) -> Result<Option<Value>, CliError> {
        let last = card.item.attempts.iter().rev().filter(|it| it.current).find_map(|it| it.answer.clone());
        let mut text = match &card.output {
            Some(output) => serde_json::to_string_pretty(output).map_err(io::Error::from)? + "\n",
            None => last.unwrap_or_else(|| "{}\n".to_owned()),
        };
        loop {
            let edited = match (self.editor)(&text) {
                Ok(edited) => edited,
                Err(error) => {
                    self.terminal.note(&text::line(&error.to_string()));
                    return Ok(None);
                }
            };
            let wrong = match engine::read_written_json(&edited) {
                Err(error) => format!("this is not JSON: {error}"),
                Ok(output) => match card.contract.as_ref().map(|it| it.validate(&output)) {
                    Some(Err(violations)) => {
                        let lines: Vec<String> = violations.iter().map(ToString::to_string).collect();
                        format!("this is not valid against the schema:\n  {}", lines.join("\n  "))
                    }
                    _ if edited == text => {
                        self.terminal.note("Nothing was changed.");
                        return Ok(None);
                    }
                    _ => return Ok(Some(output)),
                },
            };
            self.terminal.note(&text::block(&wrong));
            match self.ask("[e]dit again or [g]ive up? ")?.as_deref() {
                Some("e" | "edit" | "") => text = edited,
                _ => return Ok(None),
            }
        }
    }

    /// Asks a question and reads a line; `None` at the end of stdin.
    fn ask(&mut self, question: &str) -> Result<Option<String>, CliError> {
        self.out.flush()?;
        let mut err = io::stderr().lock();
        write!(err, "{question}")?;
        err.flush()?;
        drop(err);
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(line.trim().to_owned()))
    }
}
