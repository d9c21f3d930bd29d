//! Makes texts that match a regular expression. Look-around is not supported.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::random::Random;

/// How long a text may become, in bytes.
const MAX_CHARACTERS: usize = 100_000;

/// Makes a text that matches `pattern`. Repetitions occur up to `extra` times more often than they must.
pub(super) fn matching(pattern: &str, extra: usize, random: &mut Random) -> Result<String, String> {
    let hir = regex_syntax::parse(pattern).map_err(|_| {
        format!("the `pattern` {pattern} uses something that samples are not made for, such as look-around")
    })?;
    let mut out = String::new();
    write(&hir, extra, random, &mut out)?;
    Ok(out)
}

fn write(hir: &Hir, extra: usize, random: &mut Random, out: &mut String) -> Result<(), String> {
    if out.len() > MAX_CHARACTERS {
        return Err(format!("the `pattern` asks for more than {MAX_CHARACTERS} characters"));
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => {
            let sign = one_of(class, random).ok_or("the `pattern` has a class of characters that is empty")?;
            out.push(sign);
        }
        HirKind::Repetition(repetition) => {
            let least = usize::try_from(repetition.min).unwrap_or(usize::MAX);
            let bound = repetition.max.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX);
            for _ in 0..random.between(least, least.saturating_add(extra).min(bound)) {
                write(&repetition.sub, extra, random, out)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, extra, random, out)?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, extra, random, out)?;
            }
        }
        HirKind::Alternation(parts) => {
            if let Some(part) = random.pick(parts) {
                write(part, extra, random, out)?;
            }
        }
    }
    Ok(())
}

/// A character of a class: an ASCII letter or digit if it has one, else printable ASCII, else any.
fn one_of(class: &Class, random: &mut Random) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => class.iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let has = |sign: char| ranges.iter().any(|(start, end)| (*start..=*end).contains(&sign));
    let printable: Vec<char> = (' '..='~').filter(|sign| has(*sign)).collect();
    let plain: Vec<char> = printable.iter().copied().filter(char::is_ascii_alphanumeric).collect();
    for choice in [&plain, &printable] {
        if let Some(sign) = random.pick(choice) {
            return Some(*sign);
        }
    }
    let (start, end) = *random.pick(&ranges)?;
    let code = random.between(start as usize, end as usize);
    Some(u32::try_from(code).ok().and_then(char::from_u32).unwrap_or(start))
}
