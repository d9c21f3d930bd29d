//! Makes the characters of a line visible that one cannot see: [`visible`].

use std::fmt::Write as _;

/// How much of a text is shown, in characters.
const SHOWN: usize = 200;

/// Which tabs get a mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tabs {
    /// Those at the ends of a line.
    #[default]
    AtEnds,
    /// All of them.
    All,
}

/// What marks stand in texts that were made visible.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) tabs: Tabs,
    blank: bool,
    tab: bool,
    other: bool,
}

impl Marks {
    /// Says what the marks stand for; `None` if there are none.
    pub(super) fn legend(self) -> Option<String> {
        let kinds = [
            (self.blank, "`␠` shows a blank"),
            (self.tab, "`→` a tab"),
            (self.other, "`⟨U+00A0⟩` the character of that number"),
        ];
        let shown: Vec<&str> = kinds.iter().filter(|(is_there, _)| *is_there).map(|(_, what)| *what).collect();
        let shown = shown.join(", ");
        let shown = if self.blank || shown.is_empty() { shown } else { shown.replacen("` ", "` shows ", 1) };
        (!shown.is_empty()).then(|| format!("{shown}: a quote has the character itself"))
    }
}

/// A line, shortened in its middle, with marks for the blanks at its ends and for characters that cannot be seen, and
/// for all tabs if `marks` says so.
pub(super) fn visible(line: &str, marks: &mut Marks) -> String {
    let mut shown = String::with_capacity(line.len().min(4 * SHOWN) + 8);
    let (head, tail) = shortened(line);
    let inside = line.len() - line.trim_start_matches([' ', '\t']).len()..line.trim_end_matches([' ', '\t']).len();
    let mut add = |part: &str, from: usize, shown: &mut String| {
        for (at, character) in part.char_indices() {
            push(character, !inside.contains(&(from + at)), shown, marks);
        }
    };
    add(head, 0, &mut shown);
    if let Some(tail) = tail {
        shown.push_str(" … ");
        add(tail, line.len() - tail.len(), &mut shown);
    }
    shown
}

fn push(character: char, is_at_end: bool, shown: &mut String, marks: &mut Marks) {
    match character {
        ' ' if is_at_end => {
            marks.blank = true;
            shown.push('␠');
        }
        '\t' if is_at_end || marks.tabs == Tabs::All => {
            marks.tab = true;
            shown.push('→');
        }
        ' ' | '\t' => shown.push(character),
        _ if character.is_whitespace() || character.is_control() || is_invisible(character) => {
            marks.other = true;
            let _ = write!(shown, "⟨U+{:04X}⟩", u32::from(character));
        }
        _ => shown.push(character),
    }
}

/// Whether a character has no width of its own: soft hyphen, zero-width characters, marks of direction.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The beginning of a text, and its end if something between the two is left out.
fn shortened(text: &str) -> (&str, Option<&str>) {
    let Some((cut, _)) = text.char_indices().nth(SHOWN) else { return (text, None) };
    let (middle, _) = text.char_indices().nth(SHOWN * 3 / 4).unwrap_or((cut, ' '));
    let (end, _) = text.char_indices().rev().nth(SHOWN / 4 - 1).unwrap_or((cut, ' '));
    (&text[..middle], Some(&text[end.max(middle)..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> (String, Option<String>) {
        let mut marks = Marks::default();
        (visible(line, &mut marks), marks.legend())
    }

    #[test]
    fn what_cannot_be_seen_is_marked() {
        for (line, expected) in [
            ("a b", "a b"),
            ("a  ", "a␠␠"),
            ("\ta\tb \t", "→a\tb␠→"),
            ("  - a", "␠␠- a"),
            ("a\u{a0}b", "a⟨U+00A0⟩b"),
            ("a\u{200b}\u{ad}\r", "a⟨U+200B⟩⟨U+00AD⟩⟨U+000D⟩"),
            ("\u{c}\u{2028}", "⟨U+000C⟩⟨U+2028⟩"),
            ("   ", "␠␠␠"),
            ("", ""),
            ("é日", "é日"),
        ] {
            assert_eq!(shown(line).0, expected);
        }
        assert_eq!(shown("a  ").1.as_deref(), Some("`␠` shows a blank: a quote has the character itself"));
        assert_eq!(shown("a\t").1.as_deref(), Some("`→` shows a tab: a quote has the character itself"));
        assert_eq!(shown("a b").1, None);
    }

    #[test]
    fn tabs_within_a_line_are_marked_on_request() {
        let mut marks = Marks { tabs: Tabs::All, ..Marks::default() };
        assert_eq!(visible("a\tb c ", &mut marks), "a→b c␠");
        let legend = "`␠` shows a blank, `→` a tab: a quote has the character itself";
        assert_eq!(marks.legend().as_deref(), Some(legend));
    }

    #[test]
    fn a_long_line_is_cut_in_its_middle() {
        let line = format!("{}{}z  ", "ä".repeat(5_000), "b".repeat(100));
        let (text, _) = shown(&line);
        assert!(text.starts_with("ää") && text.ends_with("bz␠␠"), "{text}");
        assert!(text.contains("ä … b"), "{text}");
        assert!(text.chars().count() < 210, "{}", text.chars().count());
        assert_eq!(shown(&" ".repeat(1_000)).0.chars().filter(|it| *it == '␠').count(), 200);
    }
}
