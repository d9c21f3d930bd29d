//! `--batch ID`: names one of several runs of a configuration, each with a run file and an output folder of its own.

use crate::store;

/// Parses the id of a batch; `today` becomes the present day. This is the one place where a run's name depends on the
/// clock.
pub fn batch_id(word: &str) -> Result<String, String> {
    if word == "today" {
        return store::today().map_err(|error| format!("the day is not known: {error}"));
    }
    let usable = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    if !word.starts_with(|it: char| it.is_ascii_alphanumeric()) || !word.chars().all(usable) {
        return Err(
            "use letters, digits, `.`, `_` and `-`, and begin with a letter or digit; or write `today`".to_owned()
        );
    }
    if word.len() > 100 {
        return Err(format!("expected at most 100 characters, found {}", word.len()));
    }
    Ok(word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_part_of_a_file_name() {
        for word in ["2026-11-30", "a", "Batch_7.b", "0"] {
            assert_eq!(batch_id(word).unwrap(), word);
        }
        let today = batch_id("today").unwrap();
        let shape: String = today.chars().map(|it| if it.is_ascii_digit() { '9' } else { it }).collect();
        assert_eq!(shape, "9999-99-99");
        for word in ["", ".", "..", "../x", "a/b", "a b", "-x", "_x", "März", "a\\b", "a\n", &"x".repeat(101)] {
            assert!(batch_id(word).is_err(), "{word:?}");
        }
    }
}
