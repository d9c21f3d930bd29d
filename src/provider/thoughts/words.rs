//! Words for thinking in the names of tags and the like.

/// How words for thinking begin. A name has several words, as in `reasoning_content`.
const STEMS: [&str; 16] = [
    "think",
    "thought",
    "reason",
    "rational",
    "reflect",
    "ponder",
    "contemplat",
    "deliberat",
    "brainstorm",
    "monolog",
    "scratch",
    "introspect",
    "cogitat",
    "analy",
    "consider",
    "musing",
];
/// Short words for thinking that begin other words too.
const WORDS: [&str; 3] = ["cot", "plan", "planning"];
/// How the words begin that name nothing but thoughts. A plan or an analysis may be the answer, where nothing follows
/// it.
const SURE: [&str; 5] = ["think", "thought", "reasoning", "monolog", "scratch"];

/// How words begin that begin like words for thinking.
const OTHERS: [&str; 10] = [
    "thoughtful",
    "thoughtless",
    "reasonabl",
    "considered",
    "considerab",
    "considerat",
    "analyst",
    "analytic",
    "scratched",
    "reflector",
];
/// Words for answers: a name that has one is the name of an answer, as in `analysis_result`.
const ANSWERS: [&str; 11] =
    ["label", "labels", "score", "verdict", "answer", "answers", "json", "output", "result", "results", "response"];

/// Whether a name has a word for thinking, and none for an answer.
pub(super) fn is_thinking(name: &str) -> bool {
    let is_other = |part: &str| OTHERS.iter().any(|it| part.starts_with(it));
    let is_stem = |part: &str| STEMS.iter().any(|it| part.starts_with(it)) && !is_other(part);
    has_part(name, |part| is_stem(part) || WORDS.contains(&part)) && !has_part(name, |part| ANSWERS.contains(&part))
}

/// Whether a name has a word that names nothing but thoughts.
pub(super) fn is_sure(name: &str) -> bool {
    has_part(name, |part| SURE.iter().any(|it| part.starts_with(it)))
}

/// Whether one of the words of a name is so: `camelCase` has two. They are in lower case.
pub(super) fn has_part(name: &str, is: impl Fn(&str) -> bool) -> bool {
    let is_inside = |at: usize| name[..at].ends_with(|it: char| it.is_ascii_lowercase());
    let humps = name.match_indices(|it: char| it.is_ascii_uppercase()).filter(|(at, _)| is_inside(*at));
    let starts = std::iter::once(0).chain(humps.map(|(at, _)| at));
    let words = starts.flat_map(|at| name[at..].split(|it: char| !it.is_alphanumeric()));
    words.map(str::to_ascii_lowercase).any(|it| is(&it))
}
