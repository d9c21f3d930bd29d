//! Which encoding bytes that are not UTF-8 seem to be in. The answer is for messages: nothing is decoded by it.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, KOI8_R, MACINTOSH, SHIFT_JIS, WINDOWS_1251, WINDOWS_1252};

const LOOKED_AT: usize = 64 << 10;

/// How many characters of an encoding with several bytes for each there have to be.
const LEAST_FOUND: usize = 4;

/// An encoding, the characters that a text in it has, and the least share of them among those beyond ASCII.
type Candidate<'a> = (&'static Encoding, &'a dyn Fn(char) -> bool, f64);

/// The label of the likely encoding of `bytes`; `None` where they are no likely text in any.
pub(super) fn likely_encoding(bytes: &[u8]) -> Option<&'static str> {
    // From the first byte that is not ASCII, since a long document may have few.
    let start = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or_default().saturating_sub(64);
    let sample = &bytes[start..bytes.len().min(start + LOOKED_AT)];
    let label = if is_isolated(sample) { single_byte(sample) } else { double_byte(sample) };
    if sample.iter().any(|it| it.is_ascii_control() && !it.is_ascii_whitespace()) {
        return None;
    }
    Some(match label? {
        it if it == SHIFT_JIS => "shift_jis",
        it if it == EUC_JP => "euc-jp",
        it if it == EUC_KR => "euc-kr",
        it if it == GBK => "gbk",
        it if it == BIG5 => "big5",
        it if it == WINDOWS_1251 => "windows-1251",
        it if it == KOI8_R => "koi8-r",
        it if it == MACINTOSH => "macintosh",
        _ => "windows-1252",
    })
}

/// Whether bytes beyond ASCII mostly stand alone, as the accented letters of a Latin text do.
fn is_isolated(bytes: &[u8]) -> bool {
    let (mut alone, mut all) = (0usize, 0usize);
    for (index, byte) in bytes.iter().enumerate().filter(|(_, byte)| !byte.is_ascii()) {
        let neighbours = [index.checked_sub(1).and_then(|it| bytes.get(it)), bytes.get(index + 1)];
        all += 1;
        alone += usize::from(neighbours.into_iter().flatten().all(u8::is_ascii) && !byte.is_ascii());
    }
    alone * 2 > all
}

fn single_byte(bytes: &[u8]) -> Option<&'static Encoding> {
    // Letters of Mac OS Roman are where Windows-1252 has few letters and its quotation marks and dashes.
    let low = bytes.iter().filter(|&&it| (0x80..0xA0).contains(&it)).count();
    let typographic = bytes.iter().filter(|&&it| matches!(it, 0x80 | 0x85 | 0x91..=0x97)).count();
    let high = bytes.iter().filter(|&&it| it >= 0xC0).count();
    if low > 2 * typographic && low > high {
        return Some(MACINTOSH);
    }
    is_western(bytes).then_some(WINDOWS_1252)
}

/// Whether the characters beyond ASCII are where a Latin text in Windows-1252 has them: letters beside letters, and
/// signs that are not between them.
fn is_western(bytes: &[u8]) -> bool {
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    let text: Vec<char> = text.chars().collect();
    let (mut good, mut all) = (0usize, 0usize);
    for (index, &it) in text.iter().enumerate().filter(|(_, it)| !it.is_ascii()) {
        let before = index.checked_sub(1).map_or(' ', |at| text[at]);
        let after = text.get(index + 1).copied().unwrap_or(' ');
        let is_between = before.is_alphabetic() && after.is_alphabetic();
        all += 1;
        good += usize::from(match it {
            '\u{80}'..='\u{9F}' => false,
            '\u{2019}' | '\u{2013}' | '\u{2014}' | '\u{AD}' => true,
            _ if it.is_uppercase() => !before.is_lowercase(),
            _ if it.is_alphabetic() => before.is_alphabetic() || after.is_alphabetic() || matches!(it, 'à' | 'ª' | 'º'),
            _ => !is_between,
        });
    }
    good * 10 >= all * 8
}

fn double_byte(bytes: &[u8]) -> Option<&'static Encoding> {
    let kana = |it: char| matches!(it, '\u{3040}'..='\u{30FF}');
    let hangul = |it: char| matches!(it, '\u{AC00}'..='\u{D7A3}');
    let han = |it: char| matches!(it, '\u{4E00}'..='\u{9FFF}' | '\u{3000}'..='\u{3002}' | '\u{FF01}'..='\u{FF5E}');
    let lower = |it: char| matches!(it, 'а'..='я');
    let share = |encoding, of: &dyn Fn(char) -> bool| share(bytes, encoding, of);
    // In GBK's common part the second byte is never ASCII; in Big5 it often is.
    let chinese = if has_ascii_seconds(bytes) { BIG5 } else { GBK };
    let candidates: [Candidate<'_>; 6] = [
        (SHIFT_JIS, &kana, 0.2),
        (EUC_JP, &kana, 0.2),
        (WINDOWS_1251, &lower, 0.6),
        (KOI8_R, &lower, 0.6),
        (EUC_KR, &hangul, 0.6),
        (chinese, &han, 0.6),
    ];
    candidates.into_iter().find(|(encoding, of, least)| share(encoding, of) >= *least).map(|(encoding, ..)| encoding)
}

/// The share of `of` among the characters beyond ASCII that `bytes` are in `encoding`; 0 where they are not in it.
fn share(bytes: &[u8], encoding: &'static Encoding, of: &dyn Fn(char) -> bool) -> f64 {
    let (text, invalid) = encoding.decode_without_bom_handling(bytes);
    // The sample's ends may cut a character, each of which makes one replacement.
    let replaced = text.chars().filter(|&it| it == '\u{FFFD}').count();
    if invalid && replaced > 2 {
        return 0.0;
    }
    let beyond: Vec<char> = text.chars().filter(|it| !it.is_ascii()).collect();
    let found = beyond.iter().filter(|&&it| of(it)).count();
    if found < LEAST_FOUND {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a small sample")]
    let share = found as f64 / beyond.len().max(1) as f64;
    share
}

fn has_ascii_seconds(bytes: &[u8]) -> bool {
    let (mut seconds, mut ascii, mut index) = (0usize, 0usize, 0);
    while index + 1 < bytes.len() {
        if bytes[index].is_ascii() {
            index += 1;
            continue;
        }
        seconds += 1;
        ascii += usize::from(bytes[index + 1].is_ascii_graphic());
        index += 2;
    }
    ascii * 10 > seconds
}
