//! Prose about tags: [`introduces`], [`names`], [`is_about`]. What may be prose is left in the text of an answer.

use super::tags::content;

/// Words after which a tag is spoken of, and ends nothing.
const NAMING: [&str; 38] = [
    "a", "an", "the", "with", "by", "to", "of", "in", "or", "and", "is", "use", "uses", "using", "write", "writes",
    "put", "add", "tag", "tags", "token", "called", "named", "closing", "literal", "before", "after", "until", "than",
    "as", "from", "at", "emit", "emits", "outputs", "find", "like", "for",
];

/// Words for what tags are.
const NOUNS: [&str; 20] = [
    "tag",
    "tags",
    "token",
    "tokens",
    "marker",
    "markers",
    "markup",
    "delimiter",
    "delimiters",
    "placeholder",
    "placeholders",
    "xml",
    "html",
    "balise",
    "balises",
    "etiqueta",
    "etiquetas",
    "标签",
    "標籤",
    "タグ",
];

/// Words that follow a tag which is spoken of.
const FOLLOWING: [&str; 30] = [
    "is", "are", "was", "were", "and", "or", "block", "blocks", "element", "elements", "pair", "pairs", "open",
    "opens", "close", "closes", "start", "starts", "begin", "begins", "end", "ends", "mark", "marks", "mean", "means",
    "wrap", "wraps", "should", "must",
];

/// What stands between two tags that are only named.
const BETWEEN: [&str; 22] = [
    "and", "or", "to", "vs", "und", "oder", "et", "ou", "y", "o", "e", "&", "+", "/", "|", ",", "-", "–", "->", "→",
    "和", "与",
];

/// What a text has beside a noun if it speaks of the tags of thoughts, and not of other tags. `I think the tag is …`
/// does not.
const THINKING: [&str; 11] = [
    "clos",
    "ends a ",
    "ends the ",
    "think tag",
    "thinking",
    "thought",
    "reasoning",
    "gedanke",
    "pensée",
    "思考",
    "推理",
];

/// What a sentence ends with.
pub(super) const SENTENCE_ENDS: [char; 7] = ['.', '!', '?', '…', '。', '！', '？'];

/// Whether a text speaks of the tags of thoughts.
pub(super) fn is_about(text: &str) -> bool {
    let mut words = text.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty());
    let has_noun = words.any(is_noun) || NOUNS.iter().any(|noun| !noun.is_ascii() && text.contains(noun));
    has_noun && {
        let lower = text.to_lowercase();
        THINKING.iter().any(|it| lower.contains(it))
    }
}

/// Whether a line ends with a word after which a tag is only named.
pub(super) fn names(line: &str) -> bool {
    let last = line.split_whitespace().next_back().unwrap_or_default();
    NAMING.iter().any(|word| word.eq_ignore_ascii_case(last))
}

/// Whether a line breaks off before a tag in the middle of a sentence, as in `Es endet mit </s>`. One or two words may
/// be the whole answer.
pub(super) fn mentions(line: &str) -> bool {
    let before = line.trim_end();
    let is_over = before.ends_with(SENTENCE_ENDS) || before.ends_with(['"', '”', ')', '}', '\'']);
    before.ends_with(['=', '(', '"', '“', '‘', '«', '„'])
        || line.ends_with([' ', '\t']) && !is_over && before.split_whitespace().count() > 2
}

/// Whether what stands before a tag introduces it as what is spoken of: the mark of a list or a quote on its line, or a
/// line before it that ends with a colon, or breaks off, and speaks of tags.
pub(super) fn introduces(head: &str, tail: &str) -> bool {
    let line = head[head.rfind('\n').map_or(0, |it| it + 1)..].trim();
    if !line.is_empty() {
        return is_mark(line) || line.ends_with([':', '：']) && is_about(line);
    }
    let last = head.trim_end().lines().next_back().unwrap_or_default().trim();
    let has_colon = last.ends_with([':', '：']);
    has_colon && tail.trim().is_empty() || !last.ends_with(SENTENCE_ENDS) && is_about(last)
}

/// Whether a line has only the mark of a list, a heading or a quote, as in `- ` or `2. **`.
pub(super) fn is_mark(line: &str) -> bool {
    let is_sign =
        |it: char| matches!(it, '-' | '*' | '+' | '>' | '#' | '•' | '|' | '~' | '_' | '`' | '"' | '\'' | '(' | '[');
    let rest = line.trim_start_matches(|it: char| is_sign(it) || it.is_whitespace());
    let numbered = rest.trim_start_matches(|it: char| it.is_ascii_digit());
    let rest = if numbered.len() < rest.len() { numbered.strip_prefix(['.', ')']).unwrap_or(rest) } else { rest };
    !line.is_empty() && rest.trim_start_matches(|it: char| is_sign(it) || it.is_whitespace()).is_empty()
}

/// Whether a block of tags at the start of a text, or one that is never closed, only names them: `<think> and </think>
/// are tags`, `<think> opens a thought`.
pub(super) fn is_named(block: &str, after: &str) -> bool {
    let inside = content(block);
    if inside.trim_start_matches([' ', '\t']).starts_with('\n') {
        return false;
    }
    if after.is_empty() && block.len() > inside.len() && !closes(block) {
        // Never closed: a thought does not begin with a blank and the rest of a sentence.
        return inside.starts_with(' ') && follows(inside) || inside.starts_with([',', ';', ':', ')']);
    }
    if inside.contains('\n') {
        return false;
    }
    let words = inside.split_whitespace().count();
    let is_between = BETWEEN.iter().any(|it| it.eq_ignore_ascii_case(inside.trim()));
    let is_noun_after = first_word(after).is_some_and(is_noun);
    let goes_on = after.starts_with([',', ';', '.', ')', '?', '!', ':'])
        || after.starts_with(' ') && after.trim_start().starts_with(char::is_lowercase);
    is_between
        || is_empty(inside) && after.starts_with(' ') && follows(after)
        || words <= 3 && after.starts_with(' ') && is_noun_after
        || inside.starts_with(' ') && follows(inside) && goes_on
        || inside.starts_with([',', ';', ')']) && goes_on
}

/// Whether what stands on the line after a token goes on as a sentence does.
pub(super) fn goes_on(after: &str) -> bool {
    after.starts_with([',', ';', ':', ')', '.']) || after.starts_with(' ') && follows(after)
}

/// Whether a sentence that breaks off before a tag goes on after it: `The tag`, `</think>`, `must be there.`
pub(super) fn surrounds(head: &str, tail: &str) -> bool {
    let last = head.trim_end();
    if last.ends_with(SENTENCE_ENDS) {
        return false;
    }
    let next = tail.trim_start();
    let line = next.lines().next().unwrap_or_default();
    let words = line.split_whitespace().count();
    let has_verb =
        words > 1 && first_word(line).is_some_and(|word| line.starts_with(word) && FOLLOWING.contains(&word));
    let is_rest = line.starts_with(char::is_lowercase) && words > 2 && line.trim_end().ends_with(SENTENCE_ENDS);
    has_verb || !last.is_empty() && is_rest
}

/// Whether a thought is none: nothing, or dots, or a word for what would stand there.
pub(super) fn is_placeholder(inside: &str) -> bool {
    let inside = inside.trim();
    if inside.starts_with('{') && inside.ends_with('}') && !inside.contains(['"', '\n']) {
        return true;
    }
    let inside = inside.trim_matches(['.', '…', '[', ']', '(', ')', '{', '}']).trim();
    let lower = inside.to_lowercase();
    !inside.contains(char::is_alphanumeric)
        || lower.starts_with("your ") && !inside.contains('\n')
        || lower.ends_with(" here") && lower.split_whitespace().count() <= 8
}

fn is_empty(inside: &str) -> bool {
    !inside.contains(char::is_alphanumeric)
}

fn is_noun(word: &str) -> bool {
    NOUNS.iter().any(|it| it.eq_ignore_ascii_case(word))
}

/// Whether a text goes on as a sentence does after a tag that it speaks of.
fn follows(text: &str) -> bool {
    first_word(text).is_some_and(|word| is_noun(word) || FOLLOWING.contains(&word))
}

fn first_word(text: &str) -> Option<&str> {
    text.split(|it: char| !it.is_alphanumeric()).find(|word| !word.is_empty())
}

/// Whether a block has its closing tag.
fn closes(block: &str) -> bool {
    super::tags::opening(block).is_some_and(|(tag, _)| tag.length + content(block).len() < block.len())
}
