//! The names of work items' folders: the key of the input where it has one, made safe for every file system.

/// How many bytes of a key a name has at most.
const MOST: usize = 80;
/// How many digits of the work id tell names apart.
const DIGITS: usize = 12;

/// Names that Windows keeps for devices, with or without an extension.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The name of the folder of the work item `work_id`: its `label` (the key of its row or group), or else its id. The
/// label alone is not enough where it had to be cut, is reserved, is no `whole` name of the work item, or was `seen`
/// before: then a part of the id follows it. Upper and lower case make no difference there, as on some file systems.
pub(super) fn of(label: Option<&str>, work_id: &str, whole: bool, seen: &mut dyn FnMut(&str) -> bool) -> String {
    let short = work_id.get(..DIGITS).unwrap_or(work_id);
    let name = match label.map(safe).filter(|it| it.bytes().any(|byte| byte.is_ascii_alphanumeric())) {
        None => short.to_owned(),
        Some(label) => {
            let cut = label.len() > MOST;
            let mut label: String = label.chars().take(MOST).collect();
            let reserved = is_reserved(&label);
            if reserved {
                label = label.replace('.', "_");
            }
            if whole && !cut && !reserved && !seen(&label.to_ascii_lowercase()) {
                return label;
            }
            format!("{label}~{short}")
        }
    };
    // Two ids with the same beginning are very rare, and then the whole id tells them apart.
    if seen(&name.to_ascii_lowercase()) { name.replace(short, work_id) } else { name }
}

/// The label in letters, digits, `-`, `_` and `.` alone, which neither begins nor ends with a dot.
fn safe(label: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let mut name: String = label.trim().chars().map(|letter| if plain(letter) { letter } else { '_' }).collect();
    if name.starts_with(['.', '-']) {
        name.replace_range(..1, "_");
    }
    if name.ends_with('.') {
        name.pop();
        name.push('_');
    }
    name
}

fn is_reserved(name: &str) -> bool {
    let base = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |device: &str| base.strip_prefix(device).is_some_and(|it| matches!(it.as_bytes(), [b'0'..=b'9']));
    RESERVED.contains(&base.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";
    const OTHER: &str = "fedcba9876543210fedcba9876543210fedcba98";

    fn names(labels: &[(Option<&str>, &str, bool)]) -> Vec<String> {
        let mut before = HashSet::new();
        let mut seen = |name: &str| !before.insert(name.to_owned());
        labels.iter().map(|(label, id, whole)| of(*label, id, *whole, &mut seen)).collect()
    }

    #[test]
    fn a_key_is_the_name_where_it_can_be() {
        for (label, expected) in [
            ("page_0001", "page_0001"),
            ("TKT-7", "TKT-7"),
            ("v1.2", "v1.2"),
            (" a b/c ", "a_b_c"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("-rf", "_rf"),
            ("x.", "x_"),
            ("con", "con~0123456789ab"),
            ("AUX.txt", "AUX_txt~0123456789ab"),
            ("com1", "com1~0123456789ab"),
            ("comet", "comet"),
            ("\u{6848}\u{4ef6}", "0123456789ab"),
            ("", "0123456789ab"),
            ("..", "0123456789ab"),
        ] {
            assert_eq!(names(&[(Some(label), ID, true)]), [expected], "{label}");
        }
        let long = "k".repeat(300);
        assert_eq!(names(&[(Some(&long), ID, true)]), [format!("{}~0123456789ab", "k".repeat(80))]);
        assert_eq!(names(&[(None, ID, true)]), ["0123456789ab"]);
    }

    #[test]
    fn no_two_names_are_equal_in_any_case() {
        assert_eq!(names(&[(Some("A"), ID, true), (Some("a"), OTHER, true)]), ["A", "a~fedcba987654"]);
        assert_eq!(names(&[(Some("a/b"), ID, true), (Some("a:b"), OTHER, true)]), ["a_b", "a_b~fedcba987654"]);
        // An element of a row is not the row.
        assert_eq!(names(&[(Some("a"), ID, false), (Some("a"), OTHER, true)]), ["a~0123456789ab", "a"]);
        let same_beginning = format!("{}{}", &ID[..12], &OTHER[12..]);
        assert_eq!(names(&[(None, ID, true), (None, &same_beginning, true)]), [&ID[..12], &same_beginning]);
    }
}
