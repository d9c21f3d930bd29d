//! The lines that a person types, until stdin ends or Ctrl-C is pressed.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use crate::engine::Interrupts;

/// The longest time until Ctrl-C is noticed.
const PAUSE: Duration = Duration::from_millis(50);

/// Lines of stdin. A thread reads them, so that a signal can end the wait as if stdin had ended. It reads only when a
/// line is asked for, since between two answers stdin belongs to the editor.
pub struct StdinLines {
    interrupts: Interrupts,
    line_requests: Sender<()>,
    lines: Receiver<io::Result<String>>,
    line: io::Cursor<String>,
}

impl StdinLines {
    pub fn new(interrupts: Interrupts) -> Self {
        let (line_requests, requests) = channel();
        let (answer, lines) = channel();
        // It ends when `line_requests` is dropped, or with the process.
        thread::spawn(move || {
            while requests.recv().is_ok() {
                let mut line = String::new();
                if answer.send(io::stdin().read_line(&mut line).map(|_| line)).is_err() {
                    return;
                }
            }
        });
        Self { interrupts, line_requests, lines, line: io::Cursor::new(String::new()) }
    }

    fn next(&self) -> io::Result<String> {
        // If the thread has ended, there are no more lines.
        let _ = self.line_requests.send(());
        loop {
            match self.lines.recv_timeout(PAUSE) {
                Ok(line) => return line,
                Err(RecvTimeoutError::Timeout) if !self.interrupts.stop_requested() => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(String::new()),
            }
        }
    }
}

impl Read for StdinLines {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(to)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for StdinLines {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.line.fill_buf()?.is_empty() {
            self.line = io::Cursor::new(self.next()?);
        }
        self.line.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.line.consume(count);
    }
}
