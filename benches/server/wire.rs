//! As much HTTP/1.1 as a client that posts JSON needs: heads with a `content-length`, bodies, one after the other.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The most that one request may hold.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Reads requests off a connection; what came too early stays for the next one.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    /// How much of the buffer belongs to the request that was read last.
    taken: usize,
    head: usize,
}

impl Reader {
    /// Reads the next request; `false` where the client has closed the connection in between.
    pub async fn next(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<bool> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        let mut searched = 0_usize;
        let head = loop {
            let from = searched.saturating_sub(3);
            if let Some(found) = memchr::memmem::find(&self.buffer[from..], b"\r\n\r\n") {
                break from + found + 4;
            }
            searched = self.buffer.len();
            if !self.fill(stream).await? {
                return if searched == 0 { Ok(false) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        };
        let end = head + content_length(&self.buffer[..head])?;
        while self.buffer.len() < end {
            if !self.fill(stream).await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        (self.head, self.taken) = (head, end);
        Ok(true)
    }

    /// The request's first line and headers.
    pub fn head(&self) -> &[u8] {
        &self.buffer[..self.head]
    }

    /// The request's body.
    pub fn body(&self) -> &[u8] {
        &self.buffer[self.head..self.taken]
    }

    /// The request's path with its query.
    pub fn path(&self) -> &str {
        let line = self.head().split(|byte| *byte == b'\r').next().unwrap_or_default();
        str::from_utf8(line).ok().and_then(|line| line.split(' ').nth(1)).unwrap_or_default()
    }

    async fn fill(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<bool> {
        if self.buffer.len() > MOST_BYTES {
            return Err(io::Error::other("the request is too large"));
        }
        self.buffer.reserve(16 * 1024);
        Ok(stream.read_buf(&mut self.buffer).await? > 0)
    }
}

fn content_length(head: &[u8]) -> io::Result<usize> {
    const NAME: &[u8] = b"content-length:";
    for line in head.split(|byte| *byte == b'\n') {
        if line.len() > NAME.len() && line[..NAME.len()].eq_ignore_ascii_case(NAME) {
            let value = str::from_utf8(&line[NAME.len()..]).ok().and_then(|text| text.trim().parse().ok());
            return value.ok_or_else(|| io::Error::other("the content-length is no number"));
        }
    }
    Ok(0)
}

/// Writes a response's head into `out`.
pub fn write_head(out: &mut Vec<u8>, status: u16, content_type: &str, length: u64, headers: &[(&str, String)]) {
    let reason = if status == 200 { "OK" } else { "Status" };
    out.extend_from_slice(
        format!("HTTP/1.1 {status} {reason}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n")
            .as_bytes(),
    );
    for (name, value) in headers {
        out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}
