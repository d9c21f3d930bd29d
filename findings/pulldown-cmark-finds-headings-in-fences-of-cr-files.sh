#!/usr/bin/env bash
# pulldown-cmark: in a file whose lines end with CR alone, a comment in fenced code is a heading.
#
# Guessed: CommonMark has three line endings (LF, CRLF and a CR that no LF follows), so that a document has the same blocks
#          with each of them.
# Seen:    headings are found with all three, but fences and tables need an LF: with CR alone, `# comment` in fenced code is
#          a heading, and a table is a paragraph. A byte order mark costs the heading on line 1.
# So:      turn CRLF and CR into LF, and leave out the byte order mark, before parsing. Numbers of lines stay the same.
# With:    pulldown-cmark 0.13.6, Rust 1.95, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat >"$dir/Cargo.toml" <<'TOML'
[package]
name = "endings"
version = "0.0.0"
edition = "2024"
[dependencies]
pulldown-cmark = { version = "=0.13.6", default-features = false }
TOML
cat >"$dir/src/main.rs" <<'RUST'
use pulldown_cmark::{Event, Options, Parser, Tag};

/// How many headings, fences and tables a text has.
fn blocks(text: &str) -> (usize, usize, usize) {
    let mut found = (0, 0, 0);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => found.0 += 1,
            Event::Start(Tag::CodeBlock(_)) => found.1 += 1,
            Event::Start(Tag::Table(_)) => found.2 += 1,
            _ => {}
        }
    }
    found
}

fn main() {
    let text = "# Title\n\n```sh\n# comment\nls\n```\n\n| a | b |\n| - | - |\n| 1 | 2 |\n";
    let with = |ending: &str| blocks(&text.replace('\n', ending));
    println!("(headings, fences, tables): LF {:?}, CRLF {:?}, CR {:?}", with("\n"), with("\r\n"), with("\r"));
    assert_eq!(with("\n"), (1, 1, 1));
    assert_eq!(with("\r\n"), (1, 1, 1));
    let (headings, _, tables) = with("\r");
    assert_eq!((headings, tables), (2, 0));
    println!("after a byte order mark: {:?}", blocks(&format!("\u{FEFF}{text}")));
    assert_eq!(blocks(&format!("\u{FEFF}{text}")).0, 0);
}
RUST
(cd "$dir" && cargo run --quiet)
echo "as described"
