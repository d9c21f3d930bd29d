#!/usr/bin/env bash
# pdfboss: two columns of fewer than ten lines are read across, line by line, though the file writes one after the other.
#
# Guessed: `ReadingOrder::Content` keeps to the order of the content stream, "each column whole before the next", so that
#          a page whose stream has all of the left column first is read in that order, however short its columns are.
# Seen:    with 9 lines a column, each line of text is a line of the left column and one of the right, joined with a
#          space; with 10 lines the columns are whole. The gap between them (10 to 100 points), and whether their lines are
#          level, make no difference.
# So:      a short piece of a page in columns (addresses, a last page) can come out line by line. A quote from it equals the
#          text that was read, but that text is not what a reader of the page sees. Nothing in the report says so: hold
#          the lines against the order of the spans, and tell where they are of spans that are apart.
# With:    pdfboss-core, pdfboss-text and pdfboss-output 2.16.1, Rust 1.95, Linux, 2026-11-30
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/src"
cat >"$dir/Cargo.toml" <<'TOML'
[package]
name = "columns"
version = "0.0.0"
edition = "2024"
[dependencies]
pdfboss-core = "=2.16.1"
pdfboss-text = "=2.16.1"
pdfboss-output = "=2.16.1"
TOML
cat >"$dir/src/main.rs" <<'RUST'
use pdfboss_core::Document;
use pdfboss_output::extract_text_reporting;
use pdfboss_text::ReadingOrder;

/// A PDF of one page with two columns, the left one written first. `lower` is how far the right one is set off.
fn page(lines: usize, gap: usize, lower: usize) -> Vec<u8> {
    let mut stream = String::new();
    for (column, side) in ["left", "right"].iter().enumerate() {
        for line in 0..lines {
            let (x, y) = (40 + column * (190 + gap), 700 - 12 * line - column * lower);
            stream += &format!("BT /F1 10 Tf {x} {y} Td ({side} {line} with words enough to fill it) Tj ET\n");
        }
    }
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}endstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = String::new();
    for (index, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let start = pdf.len();
    pdf += &format!("xref\n0 6\n0000000000 65535 f \n{table}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    pdf.into_bytes()
}

/// How many lines of the text have words of both columns.
fn joined(lines: usize, gap: usize, lower: usize) -> usize {
    let document = Document::load(page(lines, gap, lower)).unwrap();
    let (text, report) =
        extract_text_reporting(&document, &document.page(0).unwrap(), ReadingOrder::Content).unwrap();
    assert!(report.is_complete());
    text.lines().filter(|line| line.contains("left") && line.contains("right")).count()
}

fn main() {
    for gap in [10, 30, 100] {
        for lower in [0, 5] {
            let found: Vec<_> = [3, 9, 10, 20].map(|lines| (lines, joined(lines, gap, lower))).to_vec();
            println!("gap {gap}, right column {lower} lower: (lines of a column, joined lines) {found:?}");
            assert_eq!(found, [(3, 3), (9, 9), (10, 0), (20, 0)]);
        }
    }
}
RUST
(cd "$dir" && cargo run --quiet)
echo "as described"
