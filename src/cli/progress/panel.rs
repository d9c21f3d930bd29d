//! Lines at the bottom of a terminal that are drawn again and again.

use std::io::{self, Write as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The shortest time between two drawings.
const SHORTEST: Duration = Duration::from_millis(100);
/// The longest time between two drawings: a clock on the panel goes on while nothing else happens.
const LONGEST: Duration = Duration::from_secs(1);

/// Makes the lines of the panel, none of which is as wide as the terminal.
pub type Lines = Box<dyn Fn(Instant) -> Vec<String> + Send>;

/// A panel on stderr. It is removed when it is dropped.
pub struct Panel {
    shared: Arc<Mutex<Drawing>>,
    /// The clock ends when this is dropped.
    _clock: Sender<()>,
}

/// What is drawn. The cursor rests on the line below it, so that a terminal's `^C` stands there, and is wiped with it.
#[derive(Default)]
struct Drawing {
    lines: Option<Lines>,
    /// How many lines are on the terminal.
    drawn: usize,
    at: Option<Instant>,
}

impl Panel {
    pub fn new() -> Self {
        let shared = Arc::new(Mutex::new(Drawing::default()));
        let (clock, ended) = channel();
        let ticking = Arc::clone(&shared);
        thread::spawn(move || {
            while ended.recv_timeout(LONGEST) == Err(RecvTimeoutError::Timeout) {
                locked(&ticking).draw(Instant::now());
            }
        });
        Self { shared, _clock: clock }
    }

    /// Shows these lines from now on.
    pub fn show(&self, lines: Lines, now: Instant) {
        let mut drawing = locked(&self.shared);
        drawing.lines = Some(lines);
        if drawing.at.is_none_or(|at| now.saturating_duration_since(at) >= SHORTEST) {
            drawing.draw(now);
        }
    }

    /// Prints something else above the panel.
    pub fn above(&self, print: impl FnOnce()) {
        let mut drawing = locked(&self.shared);
        drawing.wipe();
        print();
        drawing.draw(Instant::now());
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        let mut drawing = locked(&self.shared);
        drawing.wipe();
        drawing.lines = None;
    }
}

fn locked(shared: &Mutex<Drawing>) -> MutexGuard<'_, Drawing> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drawing {
    fn draw(&mut self, now: Instant) {
        let Some(lines) = self.lines.as_ref().map(|lines| lines(now)) else { return };
        write(&redrawn(self.drawn, &lines));
        self.drawn = lines.len();
        self.at = Some(now);
    }

    fn wipe(&mut self) {
        write(&redrawn(self.drawn, &[]));
        self.drawn = 0;
    }
}

/// What puts `lines` in the place of the `drawn` lines above the cursor.
fn redrawn(drawn: usize, lines: &[String]) -> String {
    let up = if drawn > 0 { format!("\r\u{1b}[{drawn}A\u{1b}[J") } else { String::new() };
    lines.iter().fold(up, |text, line| text + line + "\n")
}

fn write(text: &str) {
    let mut err = io::stderr().lock();
    // Nobody reads a closed stderr.
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_take_the_place_of_those_before() {
        let lines = ["work".to_owned(), "money".to_owned()];
        assert_eq!(redrawn(0, &lines), "work\nmoney\n");
        assert_eq!(redrawn(2, &lines[..1]), "\r\u{1b}[2A\u{1b}[Jwork\n");
        assert_eq!(redrawn(1, &[]), "\r\u{1b}[1A\u{1b}[J");
        assert_eq!(redrawn(0, &[]), "");
    }
}
