//! What the server answers: a pure function of the texts that it is sent, so that no history can change it. And the gate
//! that stops a run at its n-th request.

use std::sync::{Condvar, Mutex};

use serde_json::{Value, json};

use super::random::digest;
use crate::support::server::{AMPLE, Act, Ask, completion};

/// The answer to a request.
pub fn answer(ask: &Ask) -> Act {
    let question = ask.question();
    let (head, payload) = question.split_once('\n').unwrap_or(("", question.as_str()));
    let model = ask.body["model"].as_str().unwrap_or_default();
    if ask.is_judge() {
        let system = ask.messages().remove(0).1;
        let version = system.split('.').next().unwrap_or_default().to_owned();
        return verdict(&[model, &version, question.trim()]);
    }
    let (who, version) = head.split_once(" version ").unwrap_or((head, ""));
    if ["step s0", "step s0 p"].contains(&who) && payload.contains("down") {
        return Act::error(500, "out of order");
    }
    if who.starts_with("review") {
        return verdict(&[who, version, payload]);
    }
    output(who, version, payload, ask.turn())
}

fn verdict(of: &[&str]) -> Act {
    let drawn = digest(of);
    let said = match drawn % 16 {
        0 => return Act::says("I like it."),
        1..=4 => json!({"verdict": "FAIL", "score": 20 + drawn % 3, "reasons": ["too short"]}),
        5 => json!({"verdict": "PASS", "score": 40, "reasons": ["hardly"]}),
        6..=9 => json!({"verdict": "PASS", "score": 60, "reasons": []}),
        _ => json!({"verdict": "PASS", "score": 90, "reasons": []}),
    };
    Act::says(&said.to_string())
}

fn output(who: &str, version: &str, payload: &str, turn: usize) -> Act {
    // Half of the answers come out the same under another prompt.
    let plain = digest(&[who, payload]);
    let drawn = if plain.is_multiple_of(2) { digest(&[who, payload, version]) } else { plain };
    let first = turn == 1;
    match (drawn >> 8) % 24 {
        0 => return Act::error(400, &format!("this one is not for me: {drawn}")),
        1 => return Act::says(&json!({"kind": "d", "items": turn, "text": "never right"}).to_string()),
        2 | 3 if first => return Act::says(&json!({"kind": "a", "items": []}).to_string()),
        4 if first => return Act::says("no JSON"),
        5 if first => {
            let mut cut = completion("{\"kind\": \"a");
            cut["choices"][0]["finish_reason"] = json!("length");
            return Act::reply(200, cut.to_string());
        }
        6 => {
            let mut refused = completion("");
            refused["choices"][0]["message"] = json!({"role": "assistant", "content": null, "refusal": "no"});
            return Act::reply(200, refused.to_string());
        }
        _ => {}
    }
    let drawn = if first { drawn } else { digest(&[&drawn.to_string(), "again"]) };
    let items: Vec<Value> =
        (0..(drawn >> 16) % 4).map(|it| json!(["x", "y", "z"][((drawn >> (20 + 4 * it)) % 3) as usize])).collect();
    let kind = ["a", "b", "c"][((drawn >> 40) % 3) as usize];
    Act::says(&json!({"kind": kind, "items": items, "text": format!("t{}", drawn % 50)}).to_string())
}

/// Where requests wait, from the n-th one on, until it is opened.
#[derive(Default)]
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// How many requests still go through; `None`: all.
    left: Option<u64>,
    waiting: bool,
}

impl Gate {
    /// Lets `count` requests through, and no more.
    pub fn close_after(&self, count: u64) {
        *self.state.lock().unwrap() = State { left: Some(count), waiting: false };
    }

    /// Whether a request waits.
    pub fn is_reached(&self) -> bool {
        self.state.lock().unwrap().waiting
    }

    /// Lets everything through.
    pub fn open(&self) {
        *self.state.lock().unwrap() = State::default();
        self.changed.notify_all();
    }

    /// A request comes.
    pub fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        match &mut state.left {
            None => {}
            Some(0) => {
                state.waiting = true;
                drop(self.changed.wait_timeout_while(state, AMPLE, |it| it.left.is_some()).unwrap());
            }
            Some(left) => *left -= 1,
        }
    }
}
