//! Compressed bodies: [`decoded`] unpacks them, bounded in size. No request asks for one, but proxies compress unasked.

use std::io::{self, Read};

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use serde::de::IgnoredAny;

use crate::provider::is_stream;

const GZIP: &[u8] = b"\x1f\x8b\x08";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// Why a body cannot be unpacked.
#[derive(Debug)]
pub enum EncodingError {
    /// It is larger than allowed.
    TooBig,
    /// It is damaged or cut off; with the name of its encoding and what is wrong.
    Broken(String, io::Error),
    /// Nothing here knows this encoding.
    Unknown(String),
}

/// The body without its `content-encoding`s. `most` is the most bytes that it may have at any time. A body that is not
/// what its header says is left as it is: some proxies unpack it and leave the header. One that says nothing and is
/// compressed all the same is unpacked.
pub fn decoded(encodings: &str, mut body: Vec<u8>, most: usize) -> Result<Vec<u8>, EncodingError> {
    let names = encodings.split(',').map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty());
    // The last one was put on last.
    for name in names.collect::<Vec<_>>().into_iter().rev() {
        body = match name.as_str() {
            "gzip" | "x-gzip" if body.starts_with(GZIP) => gunzip(&body, most)?,
            "zstd" if body.starts_with(ZSTD) => unzstd(&body, most)?,
            "gzip" | "x-gzip" | "zstd" | "identity" | "none" | "utf-8" => body,
            // Both have no mark to be known by: nearly any bytes can be the beginning of either.
            "deflate" | "br" if is_plain(&body) => body,
            "deflate" => match unpacked("deflate", ZlibDecoder::new(&body[..]), most) {
                // Some servers send it without the frame that it should have.
                Err(EncodingError::Broken(..)) => or_plain(unframed(&body, most), body)?,
                found => found?,
            },
            "br" => or_plain(unpacked("br", Decompressor::new(&body[..], 4096), most), body)?,
            _ => return Err(EncodingError::Unknown(name)),
        };
    }
    if body.starts_with(GZIP) {
        body = gunzip(&body, most)?;
    } else if body.starts_with(ZSTD) {
        body = unzstd(&body, most)?;
    }
    Ok(body)
}

fn gunzip(body: &[u8], most: usize) -> Result<Vec<u8>, EncodingError> {
    unpacked("gzip", MultiGzDecoder::new(body), most)
}

fn unzstd(body: &[u8], most: usize) -> Result<Vec<u8>, EncodingError> {
    let broken = |error| EncodingError::Broken("zstd".to_owned(), error);
    unpacked("zstd", zstd::Decoder::new(body).map_err(broken)?, most)
}

/// A `deflate` without its frame. JSON and events that it leaves bytes of were never packed.
fn unframed(body: &[u8], most: usize) -> Result<Vec<u8>, EncodingError> {
    let mut decoder = DeflateDecoder::new(body);
    let unpacked = unpacked("deflate", &mut decoder, most)?;
    if begins_plain(body) && usize::try_from(decoder.total_in()).is_ok_and(|read| read < body.len()) {
        let cause = io::Error::new(io::ErrorKind::InvalidData, "there are bytes after its end");
        return Err(EncodingError::Broken("deflate".to_owned(), cause));
    }
    Ok(unpacked)
}

fn unpacked(name: &str, reader: impl Read, most: usize) -> Result<Vec<u8>, EncodingError> {
    let mut body = Vec::new();
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(bound).read_to_end(&mut body).map_err(|error| EncodingError::Broken(name.to_owned(), error))?;
    if body.len() > most { Err(EncodingError::TooBig) } else { Ok(body) }
}

/// `unpacked`, or the body as it is if it is plain JSON or a stream of events all the same.
fn or_plain(unpacked: Result<Vec<u8>, EncodingError>, body: Vec<u8>) -> Result<Vec<u8>, EncodingError> {
    match unpacked {
        Err(EncodingError::Broken(..)) if begins_plain(&body) => Ok(body),
        unpacked => unpacked,
    }
}

/// Whether a body begins as JSON or a stream of events does.
fn begins_plain(body: &[u8]) -> bool {
    is_stream(None, body) || without_mark(body).starts_with(b"{") || without_mark(body).starts_with(b"[")
}

/// Whether a body is JSON, or a stream of events: one of comments alone begins with a single byte, and has to be text.
fn is_plain(body: &[u8]) -> bool {
    let start = without_mark(body);
    match start.first() {
        Some(b'{' | b'[') => serde_json::from_slice::<IgnoredAny>(start).is_ok(),
        Some(b':') => str::from_utf8(start).is_ok(),
        _ => is_stream(None, start),
    }
}

/// A body without a byte order mark and white space before it.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"{\"choices\": []}";
    /// `TEXT`, uncompressed in a brotli stream: a window of 16 bits, one stored block, and the last empty one.
    fn brotli() -> Vec<u8> {
        let length = u32::try_from(TEXT.len()).unwrap() - 1;
        // WBITS 16 (0), ISLAST 0, MNIBBLES 4 (00), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1.
        let bits = u64::from(length) << 4 | 1 << 20;
        let mut bytes = bits.to_le_bytes()[..3].to_vec();
        bytes.extend_from_slice(TEXT);
        bytes.push(3);
        bytes
    }

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn packed() -> Vec<(&'static str, Vec<u8>)> {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(TEXT).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::fast());
        raw.write_all(TEXT).unwrap();
        vec![
            ("gzip", gzip(TEXT)),
            ("x-gzip", gzip(TEXT)),
            ("", gzip(TEXT)),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", raw.finish().unwrap()),
            ("br", brotli()),
            ("zstd", zstd::encode_all(TEXT, 1).unwrap()),
            ("", zstd::encode_all(TEXT, 1).unwrap()),
            ("GZIP, br", gzip(TEXT)),
            ("br, gzip", gzip(&brotli())),
        ]
    }

    #[test]
    fn every_encoding_is_unpacked() {
        for (name, body) in packed() {
            // The order of the last but one is wrong, and the body is not what it says.
            let is_wrong = name == "GZIP, br";
            match decoded(name, body, 1000) {
                Ok(body) => assert_eq!(body, TEXT, "{name}"),
                Err(error) => assert!(is_wrong, "{name}: {error:?}"),
            }
        }
        for name in ["gzip", "deflate", "br", "zstd", "identity", "", "none"] {
            assert_eq!(decoded(name, TEXT.to_vec(), 1000).unwrap(), TEXT, "{name}: the proxy has unpacked it");
        }
        assert!(matches!(decoded("compress", TEXT.to_vec(), 1000), Err(EncodingError::Unknown(_))));
    }

    #[test]
    fn a_body_that_was_unpacked_already_stays_as_it_is() {
        let pretty: &[u8] = b"{\n  \"id\": \"1\",\n  \"choices\": [\n    {\n      \"index\": 0\n    }\n  ]\n}\n";
        let marked = [b"\xef\xbb\xbf", pretty].concat();
        // As a `deflate`, it is one byte.
        assert_eq!(unpacked("deflate", DeflateDecoder::new(pretty), 1000).unwrap().len(), 1);
        let half = &pretty[..pretty.len() / 2];
        let list: &[u8] = b"[\n  {\n    \"a\": \"\\ud83d\"\n  }\n]";
        let events: [&[u8]; 4] =
            [b"data: {}\n\n", b"event: a\ndata: {}\n\n", b": hello\n\ndata: {}\n\n", b"id: 1\ndata: {}\n\n"];
        for body in [pretty, &marked, list].into_iter().chain(events) {
            for name in ["deflate", "br", "deflate, br"] {
                assert_eq!(decoded(name, body.to_vec(), 1000).unwrap(), body, "{name}");
            }
        }
        assert_eq!(decoded("deflate", half.to_vec(), 1000).unwrap(), half, "it is cut off, and no deflate");
    }

    #[test]
    fn the_bound_holds_for_what_is_unpacked() {
        let large = vec![b' '; 100_000];
        for (name, body) in [("gzip", gzip(&large)), ("zstd", zstd::encode_all(&large[..], 1).unwrap())] {
            assert!(body.len() < 1000);
            assert!(matches!(decoded(name, body.clone(), 99_999), Err(EncodingError::TooBig)), "{name}");
            assert_eq!(decoded(name, body.clone(), 100_000).unwrap(), large);
            let half = body[..body.len() / 2].to_vec();
            assert!(matches!(decoded(name, half, 100_000), Err(EncodingError::Broken(..))), "{name}");
        }
    }
}
