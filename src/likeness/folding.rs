//! Folds a text to its words: [`folded`].

/// The words of a text in lower case, without punctuation. Digits are words of their own, with the point or comma
/// between them. What is left of a text without letters and digits is the text itself.
pub(super) fn folded(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let in_number = word.starts_with(char::is_numeric);
        let joins = if in_number {
            character.is_numeric()
                || matches!(character, '.' | ',') && characters.peek().is_some_and(|next| next.is_numeric())
        } else {
            // The apostrophe of `don't` stands in one word, that of `l'article` between two.
            is_of_word(character) && !character.is_numeric()
                || is_apostrophe(character) && word.ends_with('n') && characters.peek() == Some(&'t')
        };
        if !joins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if is_of_word(character) || joins && in_number {
            word.extend(character.to_lowercase().map(|it| match it {
                'ё' => 'е',
                'ς' => 'σ',
                other => other,
            }));
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    if words.is_empty() { vec![text.split_whitespace().collect::<Vec<_>>().join(" ")] } else { words }
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}')
}

/// Whether a character is a letter, a digit or a mark on one.
fn is_of_word(character: char) -> bool {
    // Signs of vowels in Indic scripts and combining accents are no letters by themselves.
    character.is_alphanumeric() || matches!(character, '\u{300}'..='\u{36F}' | '\u{900}'..='\u{DFF}')
}

/// Whether a script puts no blanks between words, so that two characters stand for a word.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn a_text_is_folded_to_its_words() {
        for (text, words) in [
            ("Don’t pay -- the CUSTOMER's bill!", "dont pay the customer s bill"),
            ("within 14 days, 3.5 % or 1,000 €.", "within 14 days 3.5 or 1,000"),
            ("Возврат — в течение 30дней, ещё раз", "возврат в течение 30 дней еще раз"),
            ("L'article n'est pas", "l article n est pas"),
            ("ΤΕΛΟΣ τέλος", "τελοσ τέλοσ"),
            ("14日以内に返金", "14 日以内に返金"),
            (" 👍  👍 ", "👍 👍"),
            ("", ""),
        ] {
            assert_eq!(folded(text).join(" "), words, "{text}");
        }
    }
}
