//! The names of a result's columns, where input columns, fixed columns and output fields stand side by side.

use std::collections::HashSet;

/// The names of a result's columns, no two of which read alike. Each list keeps its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnNames {
    /// The input's columns, each named by its header.
    pub input: Vec<String>,
    /// The columns that every result has.
    pub fixed: Vec<String>,
    /// The output's fields.
    pub fields: Vec<String>,
}

/// Names the columns of a result, alike in views, psv and csv.
///
/// Two names collide if they read alike: if they are equal once case, blanks, hyphens and underscores are set aside.
/// An input column keeps its header, whatever others there are. A fixed column that collides with an input column is
/// prefixed `casebook_`, and an output field that collides with either is prefixed `parsed_`, each again until the name
/// is free. The second of two fields that collide is prefixed too, and so is a field whose name is empty.
#[must_use]
pub fn column_names(input: &[String], fixed: &[&str], fields: &[String]) -> ColumnNames {
    let mut taken: HashSet<String> = input.iter().map(|name| reading(name)).collect();
    // A name that is free without a prefix is never taken away by another's prefix.
    let fixed = free_names(&mut taken, fixed.iter().copied(), "casebook_");
    let fields = free_names(&mut taken, fields.iter().map(String::as_str), "parsed_");
    ColumnNames { input: input.to_vec(), fixed, fields }
}

/// A name as it reads: without case, blanks, hyphens and underscores. A name of nothing else stays as it is.
fn reading(name: &str) -> String {
    let letters: String = name.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '‐' | '‑')).collect();
    if letters.is_empty() { name.to_owned() } else { letters.to_lowercase() }
}

fn free_names<'a>(
    taken: &mut HashSet<String>,
    names: impl Iterator<Item = &'a str> + Clone,
    prefix: &str,
) -> Vec<String> {
    // Some readers take no column without a name.
    let free: Vec<bool> = names.clone().map(|name| !name.is_empty() && taken.insert(reading(name))).collect();
    names
        .zip(free)
        .map(|(name, free)| {
            let mut name = name.to_owned();
            if !free {
                name.insert_str(0, prefix);
                while !taken.insert(reading(&name)) {
                    name.insert_str(0, prefix);
                }
            }
            name
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn names_without_collision_stay() {
        let names = column_names(&owned(&["id", "text"]), &["work_id", "status"], &owned(&["product"]));
        assert_eq!(names.input, ["id", "text"]);
        assert_eq!(names.fixed, ["work_id", "status"]);
        assert_eq!(names.fields, ["product"]);
    }

    #[test]
    fn collisions_are_prefixed_until_free() {
        let names = column_names(
            &owned(&["Status", "product", "parsed_product", "casebook_status"]),
            &["status", "model"],
            &owned(&["product", "MODEL", "score", "Score", "parsed_score"]),
        );
        assert_eq!(names.input, ["Status", "product", "parsed_product", "casebook_status"]);
        assert_eq!(names.fixed, ["casebook_casebook_status", "model"]);
        assert_eq!(
            names.fields,
            ["parsed_parsed_product", "parsed_MODEL", "score", "parsed_parsed_Score", "parsed_score"]
        );
    }

    #[test]
    fn no_field_is_without_a_name() {
        assert_eq!(column_names(&owned(&["parsed"]), &[], &owned(&["", "a"])).fields, ["parsed_parsed_", "a"]);
    }

    #[test]
    fn names_that_read_alike_collide() {
        let names = column_names(
            &owned(&["Question ID", "work-id", "ÜBER", "_"]),
            &["work_id", "status"],
            &owned(&["question_id", "QuestionId", "question-id", "über", "__", "_", "parsed question"]),
        );
        assert_eq!(names.fixed, ["casebook_work_id", "status"]);
        assert_eq!(
            names.fields,
            [
                "parsed_question_id",
                "parsed_parsed_QuestionId",
                "parsed_parsed_parsed_question-id",
                "parsed_über",
                "__",
                "parsed__",
                "parsed question"
            ]
        );
    }

    proptest! {
        #[test]
        fn all_names_are_unique(
            input in prop::collection::hash_set("(parsed_|casebook_){0,2}[ab]", 0..6),
            fields in prop::collection::vec("(parsed_|casebook_){0,2}[abAB]", 0..6),
        ) {
            let input: Vec<String> = input.into_iter().collect();
            let names = column_names(&input, &["a", "b", "c"], &fields);
            let all: Vec<String> = names.input.iter().chain(&names.fixed).chain(&names.fields)
                .map(|name| name.to_ascii_lowercase()).collect();
            let unique: HashSet<&String> = all.iter().collect();
            prop_assert_eq!(unique.len(), all.len());
            prop_assert_eq!(names.input, input);
            prop_assert_eq!(names.fields.len(), fields.len());
        }
    }
}
