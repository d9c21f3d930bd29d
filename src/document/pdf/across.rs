//! Whether a page was read across: lines of its text that are put together from pieces which the file writes apart.
//!
//! The reader keeps columns whole, but not those of fewer than ten lines, nor cells that are written column by column.
//! It does not say so, and the text does not show it.

use pdfboss_text::TextSpan;

/// The most lines of a page that are looked at, and the most pairs of pieces that are looked for in its text.
const MAX_LINES: usize = 2_000;
const MAX_PAIRS: usize = 100;

/// How many lines have to be put together for a page to count.
const MIN_JOINED: usize = 2;

/// Pieces shorter than this, in characters without white space, are numbers and marks.
const MIN_CHARS: usize = 8;

/// Spans that follow each other on one line, in the order of the file.
struct Piece {
    y: f32,
    left: f32,
    right: f32,
    size: f32,
    /// Without white space.
    text: String,
}

/// Whether `text`, which was made of `spans`, has lines of pieces that are apart in the file: after the first it goes
/// to other lines before it comes back to the second.
pub(super) fn is_read_across(spans: &[TextSpan], text: &str) -> bool {
    let pieces = pieces(spans);
    if pieces.len() > MAX_LINES {
        return false;
    }
    let lines: Vec<String> = text.lines().map(without_space).collect();
    let is_joined = |one: &Piece, two: &Piece| lines.iter().any(|it| it.contains(&one.text) && it.contains(&two.text));
    let mut by_y: Vec<usize> = (0..pieces.len()).filter(|&it| pieces[it].text.chars().count() >= MIN_CHARS).collect();
    by_y.sort_by(|&one, &two| pieces[one].y.total_cmp(&pieces[two].y).then(one.cmp(&two)));
    let pairs = by_y.windows(2).filter_map(|pair| {
        let (one, two) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
        is_apart(&pieces, one, two).then(|| (&pieces[one], &pieces[two]))
    });
    pairs.take(MAX_PAIRS).filter(|(one, two)| is_joined(one, two)).take(MIN_JOINED).count() == MIN_JOINED
}

/// Whether two pieces are level and side by side, with another line between them in the file.
fn is_apart(pieces: &[Piece], one: usize, two: usize) -> bool {
    let (a, b) = (&pieces[one], &pieces[two]);
    let size = a.size.max(b.size);
    let is_level = (a.y - b.y).abs() < size;
    let is_beside = a.right <= b.left || b.right <= a.left;
    is_level && is_beside && pieces[one + 1..two].iter().any(|it| (it.y - a.y).abs() > size * 0.9)
}

fn pieces(spans: &[TextSpan]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for span in spans.iter().filter(|it| it.rotate == 0) {
        let (left, right) = (span.x.min(span.end_x), span.x.max(span.end_x));
        match pieces.last_mut() {
            Some(piece) if (piece.y - span.y).abs() < span.size * 0.5 => {
                piece.left = piece.left.min(left);
                piece.right = piece.right.max(right);
                piece.text.push_str(&without_space(&span.text));
            }
            _ => pieces.push(Piece { y: span.y, left, right, size: span.size, text: without_space(&span.text) }),
        }
    }
    pieces
}

fn without_space(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace()).collect()
}
