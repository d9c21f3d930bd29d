//! Folding: [`folded`] leaves of a text what its words are.

/// The words of a text in lower case with a space between them: neither blanks nor marks make a difference.
pub(super) fn folded(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for word in text.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !words.is_empty() {
            words.push(' ');
        }
        if word.is_ascii() {
            words.extend(word.bytes().map(|it| char::from(it.to_ascii_lowercase())));
        } else {
            words.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
    words
}
