//! The names of a result's columns, where input columns, fixed columns and output fields stand side by side.

use std::collections::HashSet;

/// The names of a result's columns, unique even without regard to case. Each list keeps its order.
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
/// An input column keeps its header, so headers must be unique already. A fixed column that has the name of an input
/// column is prefixed `casebook_`, and an output field that has the name of either is prefixed `parsed_`, each again
/// until the name is free. The second of two fields that differ only in case is prefixed too. Case means that of ASCII
/// letters, which `SQLite` ignores when it compares names.
#[must_use]
pub fn column_names(input: &[String], fixed: &[&str], fields: &[String]) -> ColumnNames {
    let mut taken: HashSet<String> = input.iter().map(|name| name.to_ascii_lowercase()).collect();
    // A name that is free without a prefix is never taken away by another's prefix.
    let fixed = free_names(&mut taken, fixed.iter().copied(), "casebook_");
    let fields = free_names(&mut taken, fields.iter().map(String::as_str), "parsed_");
    ColumnNames { input: input.to_vec(), fixed, fields }
}

fn free_names<'a>(
    taken: &mut HashSet<String>,
    names: impl Iterator<Item = &'a str> + Clone,
    prefix: &str,
) -> Vec<String> {
    let free: Vec<bool> = names.clone().map(|name| taken.insert(name.to_ascii_lowercase())).collect();
    names
        .zip(free)
        .map(|(name, free)| {
            let mut name = name.to_owned();
            if !free {
                name.insert_str(0, prefix);
                while !taken.insert(name.to_ascii_lowercase()) {
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
