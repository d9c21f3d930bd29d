//! Whether a text reads like a customer's message or like a rule, and what a heading or header announces.

use super::tone_words::{DEMANDS, OWN_WORDS, PERMISSIONS};
use super::vocabulary::{
    AND, CUSTOMERS, DEPARTMENTS, EXAMPLES, FILLERS, MESSAGES, OPERATORS, PHRASES, REPLIES, RULES, SAYS, TEXTS, TICKETS,
    any_in, is_in, words_of,
};

/// What a heading, or a line that ends with a colon, announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// What customers write: a list of tickets.
    Customers,
    /// Messages, which may be a customer's or what rules are about.
    Messages,
    /// What operators answer.
    Operators,
    Rules,
}

/// The topic of a heading; `None` if it does not clearly say whose words follow. That operators are named, as in
/// "Acme support", is not enough: a section about them may hold words of customers.
pub(super) fn topic_of(heading: &str) -> Option<Topic> {
    let words = words_of(heading);
    let has = |table: &[&str]| any_in(table, &words);
    let is_written = has(TICKETS) || has(MESSAGES);
    if has(RULES) {
        Some(Topic::Rules)
    } else if has(REPLIES) {
        // "Questions and answers" holds both.
        let is_both = is_written && (has(AND) || heading.contains(['&', '/']));
        (!is_both).then_some(Topic::Operators)
    } else if has(TICKETS) {
        Some(Topic::Customers)
    } else if let Some(speakers) = speakers_of(&words) {
        Some(speakers)
    } else if has(MESSAGES) && (has(CUSTOMERS) || has(EXAMPLES)) {
        Some(Topic::Customers)
    } else if has(MESSAGES) {
        Some(Topic::Messages)
    } else {
        None
    }
}

/// Whose words a heading announces by naming the speakers: "What operators say", "Phrases of agents", "Operator".
fn speakers_of(words: &[String]) -> Option<Topic> {
    let is_operator = |word: &str| is_in(OPERATORS, word);
    let is_person = |word: &str| is_operator(word) && !is_in(DEPARTMENTS, word);
    let topic_of_word = |word: &String| match word.as_str() {
        word if is_in(CUSTOMERS, word) => Some(Topic::Customers),
        word if is_operator(word) => Some(Topic::Operators),
        _ => None,
    };
    let said = words.windows(2).find_map(|pair| match pair {
        [one, other] if is_in(SAYS, other) => topic_of_word(one),
        [one, other] if is_in(SAYS, one) => topic_of_word(other),
        _ => None,
    });
    let has_customers = any_in(CUSTOMERS, words);
    let has_person = words.iter().any(|word| is_person(word));
    let telling: Vec<&String> = words.iter().filter(|word| !is_in(FILLERS, word)).collect();
    let is_only_person = matches!(telling.as_slice(), [word] if is_person(word));
    said.or_else(|| {
        let are_phrases = has_person && !has_customers && any_in(PHRASES, words);
        (are_phrases || is_only_person).then_some(Topic::Operators)
    })
}

/// What the header of a column announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    /// A customer's messages.
    Customers,
    /// Messages, most likely a customer's.
    Messages,
    /// Texts, tickets or customers: messages only if the cells read like them.
    Perhaps,
    Operators,
    Other,
}

/// What the header of a column announces.
pub(super) fn column_of(header: &str) -> Column {
    let words = words_of(header);
    let has = |table: &[&str]| any_in(table, &words);
    let only = |tables: &[&[&str]]| {
        words.iter().all(|word| is_in(FILLERS, word) || tables.iter().any(|table| is_in(table, word)))
    };
    if words.is_empty() {
        Column::Other
    } else if only(&[OPERATORS, REPLIES, MESSAGES, TEXTS, EXAMPLES]) && (has(OPERATORS) || has(REPLIES)) {
        Column::Operators
    } else if only(&[CUSTOMERS, MESSAGES, TEXTS, TICKETS, EXAMPLES]) {
        match (has(CUSTOMERS), has(MESSAGES), has(TEXTS), has(TICKETS)) {
            (true, true, _, _) | (true, _, true, _) | (_, _, true, true) => Column::Customers,
            (_, true, _, _) => Column::Messages,
            (true, ..) | (_, _, true, _) | (_, _, _, true) => Column::Perhaps,
            _ => Column::Other,
        }
    } else {
        Column::Other
    }
}

/// Whether a text has enough words to be a message.
pub(super) fn is_wordy(text: &str, least: usize) -> bool {
    let unspaced = text.chars().filter(|it| matches!(it, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}')).count();
    unspaced >= 6
        || is_question(text)
        || text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count() >= least
}

/// Whether a text ends in a question mark.
pub(super) fn is_question(text: &str) -> bool {
    text.trim_end_matches(|it: char| !it.is_alphanumeric() && !matches!(it, '?' | '？' | '؟'))
        .ends_with(['?', '？', '؟'])
}

/// Whether a text reads like a message by somebody who asks for something: it is a question, or speaks of oneself.
pub(super) fn reads_like_customer(text: &str) -> bool {
    is_question(text) || any_in(OWN_WORDS, &words_of(text))
}

/// Whether a text reads like a rule.
pub(super) fn reads_like_rule(text: &str) -> bool {
    !reads_like_customer(text) && any_in(DEMANDS, &words_of(text))
}

/// Whether a text may be a rule, where nothing announces a customer's messages.
pub(super) fn may_be_rule(text: &str) -> bool {
    reads_like_rule(text) || !reads_like_customer(text) && any_in(PERMISSIONS, &words_of(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_announce_tickets_or_rules() {
        for (heading, topic) in [
            ("Tickets", Some(Topic::Customers)),
            ("Выгрузка тикетов за март", Some(Topic::Customers)),
            ("Обращения клиентов", Some(Topic::Customers)),
            ("Examples of questions", Some(Topic::Customers)),
            ("Beispiele für Anfragen", Some(Topic::Customers)),
            ("Messages des clients", Some(Topic::Customers)),
            ("Consultas de clientes", Some(Topic::Customers)),
            ("Vacation requests", Some(Topic::Messages)),
            ("How to handle tickets", Some(Topic::Rules)),
            ("Правила ответа на обращения", Some(Topic::Rules)),
            ("Example answers", Some(Topic::Operators)),
            ("Refunds", None),
            ("What operators say", Some(Topic::Operators)),
            ("Agent replies", Some(Topic::Operators)),
            ("Examples of operator messages", Some(Topic::Operators)),
            ("Фразы операторов", Some(Topic::Operators)),
            ("Was unsere Mitarbeiter sagen", Some(Topic::Operators)),
            ("Operator", Some(Topic::Operators)),
            ("What customers write to support", Some(Topic::Customers)),
            ("Что пишут клиенты", Some(Topic::Customers)),
            ("Support tickets", Some(Topic::Customers)),
            ("Questions and answers", None),
            ("Вопросы и ответы", None),
            ("Support FAQ", None),
            ("Acme support", None),
            ("Customer support", None),
            ("Служба поддержки Ромашка", None),
            ("Operator handbook", None),
            ("Handbuch für Mitarbeiter", None),
            ("Agent de voyage", None),
            ("Centro de soporte", None),
        ] {
            assert_eq!(topic_of(heading), topic, "{heading}");
        }
    }

    #[test]
    fn headers_announce_messages() {
        for (header, column) in [
            ("Customer message", Column::Customers),
            ("Текст обращения", Column::Customers),
            ("Question", Column::Messages),
            ("Сообщение", Column::Messages),
            ("Text", Column::Perhaps),
            ("ticket", Column::Perhaps),
            ("Answer", Column::Operators),
            ("Ответ оператора", Column::Operators),
            ("Request type", Column::Other),
            ("id", Column::Other),
        ] {
            assert_eq!(column_of(header), column, "{header}");
        }
    }

    #[test]
    fn a_rule_does_not_read_like_a_customer() {
        for rule in [
            "Refunds are possible within 14 days.",
            "The customer must show a receipt.",
            "Клиент обязан предъявить чек.",
        ] {
            assert!(may_be_rule(rule), "{rule}");
        }
        for message in
            ["My card was charged twice", "Can I get a refund within 14 days?", "Здравствуйте, не приходит код"]
        {
            assert!(!may_be_rule(message) && reads_like_customer(message), "{message}");
        }
    }
}
