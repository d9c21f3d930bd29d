//! A server on loopback that speaks as much HTTP/1.1 and chat completions as the tests need.
//!
//! What it answers is a function of the request's body, so that every run gets the same answers. Tags in the text of a
//! row say how it misbehaves: `[500 2]` fails the first two times that one body is sent, `[malformed 1]` spoils the first
//! answer of a conversation. The first kind passes with asking again, the second with the conversation, so that how a
//! work item ends does not depend on how often anything was sent.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Far more than anything here takes; who waits longer waits for nothing.
pub const AMPLE: Duration = Duration::from_mins(2);

/// One request as it came in.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: Value,
    /// The messages alone, as [`key_of`] puts them: what a request on the tape and its body have in common.
    pub key: String,
    /// How many times this body has come, this time included.
    pub number: usize,
    /// When it came.
    pub at: Instant,
}

impl Ask {
    /// The messages with their roles.
    pub fn messages(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let messages = self.body["messages"].as_array().cloned().unwrap_or_default();
        messages.iter().map(|it| (text(&it["role"]), text(&it["content"]))).collect()
    }

    /// Whether a judge is asked: its system prompt says so.
    pub fn is_judge(&self) -> bool {
        self.messages().first().is_some_and(|(_, text)| text.starts_with("You judge"))
    }

    /// What the user asked first: the row is in it.
    pub fn question(&self) -> String {
        self.messages().into_iter().find(|(role, _)| role == "user").map(|(_, text)| text).unwrap_or_default()
    }

    /// Which turn of the conversation it is: 1 for the first.
    pub fn turn(&self) -> usize {
        self.messages().iter().filter(|(role, _)| role == "user").count()
    }

    /// The number in the tag `[name number]` of the row, if it has that tag; `[name]` alone means always.
    pub fn tag(&self, name: &str) -> Option<usize> {
        let question = self.question();
        question.split('[').skip(1).filter_map(|it| it.split(']').next()).find_map(|tag| {
            let (word, number) = tag.split_once(' ').unwrap_or((tag, ""));
            (word == name).then(|| number.parse().unwrap_or(usize::MAX))
        })
    }
}

/// The text by which a request is known on both sides of the wire.
pub fn key_of(messages: &[(String, String)]) -> String {
    serde_json::to_string(messages).expect("texts have a JSON form")
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Act {
    /// It answers.
    Reply { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// It says nothing for a while, then closes the connection.
    Hang(Duration),
    /// It closes the connection without a word.
    Close,
    /// It closes the connection in the middle of the body.
    CutBody,
    /// It waits until [`Server::release`], then does this.
    Hold(Box<Act>),
}

impl Act {
    /// An answer with a status and a body.
    pub fn reply(status: u16, body: impl Into<String>) -> Self {
        Self::Reply { status, headers: Vec::new(), body: body.into() }
    }

    /// A completion with `content`.
    pub fn says(content: &str) -> Self {
        Self::reply(200, completion(content).to_string())
    }

    /// An error in the form that providers share.
    pub fn error(status: u16, message: &str) -> Self {
        Self::reply(status, json!({"error": {"message": message, "type": "test"}}).to_string())
    }
}

/// A chat completion whose usage can be told from the text: as many tokens as bytes.
pub fn completion(content: &str) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "model": "model-as-served",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": content.len(), "total_tokens": 100 + content.len(),
                  "prompt_tokens_details": {"cached_tokens": 7}, "completion_tokens_details": {"reasoning_tokens": 3}},
    })
}

/// Does what the tags of the row say, and answers well otherwise.
pub fn by_tags(ask: &Ask) -> Act {
    let first = |tag| ask.tag(tag).is_some_and(|times| ask.number <= times);
    if first("500") {
        return Act::error(500, "a passing failure");
    }
    if first("429") {
        let headers = vec![if ask.number.is_multiple_of(2) { "retry-after" } else { "retry-after-ms" }];
        let headers = headers.into_iter().map(|name| (name, "0".to_owned())).collect();
        return Act::Reply { status: 429, headers, body: r#"{"error":{"message":"slow down"}}"#.into() };
    }
    if first("hang") {
        return Act::Hang(Duration::from_millis(50));
    }
    if first("close") {
        return Act::Close;
    }
    if first("cut") {
        return Act::CutBody;
    }
    if first("garbage") {
        return Act::reply(200, "<html>not now</html>");
    }
    if first("400") {
        return Act::error(400, "this row is not for me");
    }
    let answer = if ask.is_judge() { verdict(ask) } else { output(ask) };
    if ask.tag("hold").is_some() { Act::Hold(Box::new(answer)) } else { answer }
}

fn output(ask: &Ask) -> Act {
    let turn = ask.turn();
    let early = |tag| ask.tag(tag).is_some_and(|turns| turn <= turns);
    let question = ask.question();
    let product = ["billing", "login", "other"][question.len() % 3];
    let note = format!("turn {turn}, {} bytes asked", question.len());
    let good = json!({"product": product, "urgent": question.len().is_multiple_of(2), "note": note});
    if early("malformed") {
        return Act::says(&format!("{{\"product\": turn {turn}"));
    }
    if early("empty") {
        return Act::says("");
    }
    if early("extra") {
        let mut extra = good;
        extra["surplus"] = json!(turn);
        return Act::says(&extra.to_string());
    }
    if early("wrong") {
        let mut wrong = good;
        wrong["product"] = json!(format!("nonsense {turn}"));
        return Act::says(&wrong.to_string());
    }
    if early("length") {
        let mut cut = completion("{\"product\": \"bil");
        cut["choices"][0]["finish_reason"] = json!("length");
        return Act::reply(200, cut.to_string());
    }
    if early("refusal") {
        let mut refused = completion("");
        refused["choices"][0]["message"] =
            json!({"role": "assistant", "content": null, "refusal": "I would rather not"});
        return Act::reply(200, refused.to_string());
    }
    Act::says(&good.to_string())
}

/// The judge's prompt shows the note, and the note says which turn it was.
fn verdict(ask: &Ask) -> Act {
    if ask.tag("odd").is_some_and(|turns| ask.turn() <= turns) {
        return Act::says("I like it.");
    }
    let question = ask.question();
    let turn = question.split("turn ").nth(1).and_then(|it| it.split(',').next()).and_then(|it| it.parse().ok());
    let fails = ask.tag("fail").is_some_and(|turns| turn.unwrap_or(0) <= turns);
    let (word, score) = if fails { ("FAIL", 20) } else { ("PASS", 90) };
    let reasons = if fails { vec![format!("turn {} is too short", turn.unwrap_or(0))] } else { Vec::new() };
    Act::says(&json!({"verdict": word, "score": score, "reasons": reasons}).to_string())
}

type Script = dyn Fn(&Ask) -> Act + Send + Sync;

struct Shared {
    script: Box<Script>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    log: Vec<Ask>,
    counts: HashMap<String, usize>,
    latency: Duration,
    open: usize,
    most_open: usize,
    released: bool,
    stopped: bool,
    streams: Vec<TcpStream>,
    /// What it says of itself, as a whole response.
    about: Option<String>,
    /// The questions about itself.
    probes: Vec<String>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread of the server panics")
    }

    /// Waits until `wanted`, or until the server stops.
    fn wait(&self, what: &str, wanted: impl Fn(&State) -> bool) {
        let state = self.state();
        let (state, timeout) =
            self.changed.wait_timeout_while(state, AMPLE, |it| !it.stopped && !wanted(it)).expect("no thread panics");
        assert!(!timeout.timed_out(), "waited for {what}, but saw only {} requests", state.log.len());
    }
}

/// The server. It ends when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// A server that does what the rows' tags say.
    pub fn start() -> Self {
        Self::with(by_tags)
    }

    /// A server that does what `script` says.
    pub fn with(script: impl Fn(&Ask) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared =
            Arc::new(Shared { script: Box::new(script), state: Mutex::new(State::default()), changed: Condvar::new() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.state().stopped {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let _ = stream.set_nodelay(true);
                if let Ok(copy) = stream.try_clone() {
                    accepting.state().streams.push(copy);
                }
                let serving = Arc::clone(&accepting);
                thread::spawn(move || serve(&serving, stream));
            }
        });
        Self { address, shared }
    }

    /// What goes into `llm.base_url`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// From now on it says of itself what a server with this header and this list of models says.
    pub fn is_a(&self, header: &str, models: &str) {
        self.says_of_itself(200, header, models);
    }

    /// From now on it answers questions about itself with this status.
    pub fn says_of_itself(&self, status: u16, header: &str, body: &str) {
        let text =
            format!("HTTP/1.1 {status} Status\r\nserver: {header}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        self.shared.state().about = Some(text);
    }

    /// The heads of the questions about itself, in the order in which they came.
    pub fn probes(&self) -> Vec<String> {
        self.shared.state().probes.clone()
    }

    /// Each answer takes this long from now on.
    pub fn latency(&self, latency: Duration) {
        self.shared.state().latency = latency;
    }

    /// All requests so far, in the order in which they came.
    pub fn log(&self) -> Vec<Ask> {
        self.shared.state().log.clone()
    }

    /// How many requests came so far.
    pub fn count(&self) -> usize {
        self.shared.state().log.len()
    }

    /// The most requests that were open at once.
    pub fn most_open(&self) -> usize {
        self.shared.state().most_open
    }

    /// Forgets what was asked, so that another run begins anew.
    pub fn forget(&self) {
        let mut state = self.shared.state();
        state.log.clear();
        state.counts.clear();
        state.most_open = 0;
        state.released = false;
    }

    /// Waits until `count` requests came.
    pub fn wait_for(&self, count: usize) {
        self.shared.wait(&format!("{count} requests"), |state| state.log.len() >= count);
    }

    /// Lets go what is held.
    pub fn release(&self) {
        self.shared.state().released = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let streams = {
            let mut state = self.shared.state();
            state.stopped = true;
            std::mem::take(&mut state.streams)
        };
        self.shared.changed.notify_all();
        for stream in streams {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the thread that accepts, which closes the port.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(shared: &Shared, mut stream: TcpStream) {
    while let Some((head, body)) = read_request(&mut stream) {
        // A question about the server itself: it is none of the kinds that say what they are, unless a test says so.
        if head.starts_with("GET ") {
            let answer = shared
                .state()
                .about
                .clone()
                .unwrap_or_else(|| "HTTP/1.1 404 Status\r\ncontent-length: 0\r\n\r\n".to_owned());
            shared.state().probes.push(head);
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
            continue;
        }
        let ask = {
            let mut state = shared.state();
            let body: Value = serde_json::from_slice(&body).unwrap_or_default();
            let mut ask = Ask { head, body, key: String::new(), number: 0, at: Instant::now() };
            ask.key = key_of(&ask.messages());
            let count = state.counts.entry(ask.key.clone()).or_default();
            *count += 1;
            ask.number = *count;
            state.log.push(ask.clone());
            state.open += 1;
            state.most_open = state.most_open.max(state.open);
            ask
        };
        shared.changed.notify_all();
        let latency = shared.state().latency;
        if !latency.is_zero() {
            thread::sleep(latency);
        }
        let goes_on = act(shared, &mut stream, (shared.script)(&ask));
        if !goes_on {
            let _ = stream.shutdown(Shutdown::Both);
            return;
        }
    }
}

/// Does one thing; says whether the connection is of further use.
fn act(shared: &Shared, stream: &mut TcpStream, act_now: Act) -> bool {
    // Whoever has read the answer may ask again at once, so that the request must not count as open any more by then.
    let close = || shared.state().open -= 1;
    match act_now {
        Act::Reply { status, headers, body } => {
            close();
            let mut lines = vec![format!("HTTP/1.1 {status} Status"), format!("content-length: {}", body.len())];
            lines.push("content-type: application/json".to_owned());
            lines.extend(headers.into_iter().map(|(name, value)| format!("{name}: {value}")));
            let text = format!("{}\r\n\r\n{body}", lines.join("\r\n"));
            stream.write_all(text.as_bytes()).is_ok()
        }
        Act::Hang(time) => {
            thread::sleep(time);
            close();
            false
        }
        Act::Close => {
            close();
            false
        }
        Act::CutBody => {
            close();
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"choices\": [");
            false
        }
        Act::Hold(then) => {
            shared.wait("being released", |state| state.released);
            act(shared, stream, *then)
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length =
                head.lines().find_map(|it| it.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            let start = end + 4;
            let length: usize = length.unwrap_or(0);
            while bytes.len() < start + length {
                let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
                bytes.extend_from_slice(&chunk[..count]);
            }
            return Some((head, bytes[start..start + length].to_vec()));
        }
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
    }
}
