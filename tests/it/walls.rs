//! The walls between the rooms, which are the folders of `src/`: who may use whom, and what only some may do. The
//! sources are read as text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A room and the rooms it may use (its doors); `record` is open to all.
const DOORS: &[(&str, &[&str])] = &[
    ("record", &[]),
    // Its formats of tables, documents and files for evaluation tools.
    ("config", &["document", "tabular", "eval_tools"]),
    ("schema", &[]),
    ("evidence", &[]),
    ("likeness", &[]),
    ("tabular", &[]),
    ("document", &[]),
    // The files of a test set, held to their contract.
    ("testset", &["evidence", "likeness"]),
    ("stats", &[]),
    // Outputs held against gold answers, and variants compared.
    ("experiment", &["config", "prompt", "stats"]),
    // It writes cells of CSV.
    ("eval_tools", &["tabular"]),
    // Near-duplicates, and a customer's words in a document, are filters of templates.
    ("prompt", &["config", "likeness", "document"]),
    // It reads an older configuration and the older templates in it.
    ("migrate", &["config", "prompt"]),
    ("provider", &[]),
    ("price", &["config", "provider"]),
    ("store", &[]),
    ("transport", &["provider", "schema", "evidence"]),
    (
        "stage",
        &[
            "provider",
            "schema",
            "evidence",
            "prompt",
            "tabular",
            "document",
            "eval_tools",
            "experiment",
            "config",
            "store",
        ],
    ),
    ("view", &["store", "testset", "experiment", "stats"]),
    // Configuration, prompts, schemas and prices in, one valid project out.
    ("project", &["config", "prompt", "schema", "evidence", "tabular", "document", "provider", "price", "migrate"]),
    // It takes the types of these as values, and reads no configuration.
    ("dispatch", &["stage", "transport", "store", "provider", "price", "prompt", "schema"]),
    (
        "engine",
        &[
            "project",
            "dispatch",
            "stage",
            "view",
            "transport",
            "migrate",
            "price",
            "provider",
            "schema",
            "prompt",
            "tabular",
            "document",
            "testset",
            "experiment",
            "stats",
            "eval_tools",
            "config",
            "store",
        ],
    ),
    // The library: values in, the engine's work out.
    ("batch", &["engine"]),
    // Its own errors and the configuration's schema come from below; what it shows comes from `view`.
    ("cli", &["view", "engine", "config", "store"]),
];

/// Files that belong to no room: they re-export items, or start the program.
const FACES: &[&str] = &["lib", "main", "inside"];

/// Rooms without input and output, clock, environment and randomness.
const PURE: &[&str] = &[
    "record",
    "config",
    "schema",
    "evidence",
    "likeness",
    "testset",
    "stats",
    "experiment",
    "prompt",
    "tabular",
    "document",
    "eval_tools",
    "provider",
    "price",
    "migrate",
];

/// What a pure room never names.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "now_utc",
    "rand::",
    "reqwest",
    "rusqlite",
    "tokio",
    "println!",
    "eprintln!",
];

struct Source {
    path: PathBuf,
    room: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every source of a room, without its tests and its comments.
fn sources() -> Vec<Source> {
    let src = root().join("src");
    let source = |path: PathBuf| {
        let inside = path.strip_prefix(&src).unwrap().to_owned();
        let first = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let for_tests = inside.components().any(|it| {
            let name = it.as_os_str().to_string_lossy();
            name == "tests" || name == "tests.rs" || name == "fixture.rs"
        });
        let room = first.strip_suffix(".rs").unwrap_or(&first).to_owned();
        (!for_tests && !FACES.contains(&&*room)).then(|| {
            let text = without_tests(&fs::read_to_string(&path).unwrap());
            Source { path: inside, room, text }
        })
    };
    files(&src, "rs").into_iter().filter_map(source).collect()
}

fn without_tests(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            // What is for tests alone is a line, or ends with a brace at the margin.
            for line in lines.by_ref() {
                if line.ends_with(';') && !line.starts_with(' ') || line == "}" {
                    break;
                }
            }
            continue;
        }
        if !line.trim_start().starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The rooms that a text names after `crate::`, those in braces too.
fn used(text: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String { text.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect() };
    let mut rooms = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => drop(rooms.insert(word(rest))),
            Some(group) => {
                // Only the names on the first level are rooms.
                let mut depth = 0;
                let mut name = String::new();
                for letter in group.chars() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => rooms.extend([word(std::mem::take(&mut name).trim())]),
                        _ if depth == 0 => name.push(letter),
                        _ => {}
                    }
                }
                rooms.insert(word(name.trim()));
            }
        }
    }
    rooms.retain(|it| !it.is_empty());
    rooms
}

#[test]
fn names_after_crate_are_found() {
    let text = "use crate::a::{b, c};\nuse crate::{d::{e, f}, g, h::i};\nlet x = crate::j::k();";
    assert_eq!(used(text).into_iter().collect::<Vec<_>>(), ["a", "d", "g", "h", "j"]);
}

#[test]
fn rooms_use_only_those_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, open)) = DOORS.iter().find(|(room, _)| *room == source.room) else {
            wrong.push(format!("{}: the room `{}` is not in the table", source.path.display(), source.room));
            continue;
        };
        for room in used(&source.text) {
            if room != "record" && room != source.room && !open.contains(&room.as_str()) {
                wrong.push(format!("{}: `{}` may not use `{room}`", source.path.display(), source.room));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_transport_knows_the_http_client() {
    only("reqwest", &["transport"]);
    // The engine takes its channels alone, on which those wait who give rows to a live run.
    only("tokio", &["transport", "engine"]);
}

#[test]
fn only_those_who_keep_or_read_the_record_know_sqlite() {
    only("rusqlite", &["store", "stage", "view", "dispatch", "engine"]);
    only("refinery", &["store"]);
}

#[test]
fn tables_and_templates_are_read_in_one_place() {
    only("calamine", &["tabular"]);
    only("csv::", &["tabular"]);
    only("pulldown_cmark", &["document"]);
    only("htmd", &["document"]);
    only("pdfboss_core", &["document"]);
    only("pdfboss_text", &["document"]);
    only("jsonschema::", &["schema"]);
    only("clap", &["cli"]);
    only("askama", &["view"]);
}

#[track_caller]
fn only(name: &str, rooms: &[&str]) {
    // The name as a path or an import, not as a part of another one.
    let names = |text: &str| {
        text.match_indices(name).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            let after = text[at + name.len()..].chars().next();
            let apart = |it: Option<char>| it.is_none_or(|it| !it.is_alphanumeric() && it != '_' && it != '"');
            apart(before) && before != Some('.') && (name.ends_with("::") || after == Some(':'))
        })
    };
    let wrong: Vec<_> =
        sources().into_iter().filter(|it| !rooms.contains(&&*it.room) && names(&it.text)).map(|it| it.path).collect();
    assert!(wrong.is_empty(), "{name} belongs to {rooms:?}, but {wrong:?} name it");
}

#[test]
fn pure_rooms_have_no_input_output_clock_environment_or_randomness() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|it| PURE.contains(&&*it.room)) {
        for name in IMPURE.iter().filter(|it| source.text.contains(**it)) {
            wrong.push(format!("{}: {name}", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn stages_and_views_do_no_io_of_their_own() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|it| it.room == "stage" || it.room == "view") {
        let names = ["std::fs", "std::env", "std::net", "std::process", "SystemTime", "Instant::now", "now_utc"];
        for name in names.iter().filter(|it| source.text.contains(**it)) {
            wrong.push(format!("{}: {name}", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn sql_is_not_put_together_from_text() {
    let mut wrong = Vec::new();
    for source in sources() {
        // `results` is made of the input's and the output's names, each of them quoted. What the command line and the
        // report suggest to people is text, and never executed.
        let texts = ["store/results.rs", "store/results/forms.rs", "cli/summary.rs", "view/report/gather.rs"];
        if texts.iter().any(|it| source.path == Path::new(it)) {
            continue;
        }
        for word in ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM"] {
            if source.text.match_indices("format!(").any(|(at, _)| {
                let call: String = source.text[at..].chars().take(200).collect();
                call.split(';').next().is_some_and(|it| it.contains(word))
            }) {
                wrong.push(format!("{}: format! with {word}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_says_what_it_is_for() {
    let all = files(&root().join("src"), "rs").into_iter().chain(files(&root().join("tests/it"), "rs"));
    let tests = |path: &Path| path.components().any(|it| matches!(it.as_os_str().to_str(), Some("tests" | "tests.rs")));
    let in_src = |path: &Path| path.starts_with(root().join("src"));
    let silent: Vec<_> = all
        .filter(|path| !(in_src(path) && tests(path)))
        .filter(|path| !fs::read_to_string(path).unwrap().trim_start().starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn lines_are_not_too_long() {
    let mut long = Vec::new();
    let folders = ["src", "docs"];
    let found = folders
        .iter()
        .flat_map(|folder| ["rs", "md"].into_iter().flat_map(move |extension| files(&root().join(folder), extension)));
    let for_tests =
        |path: &Path| ["tests", "tests.rs", "fixture.rs"].iter().any(|it| path.iter().any(|part| part == *it));
    for path in found.chain([root().join("README.md")]).filter(|path| !for_tests(path)) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let is_code = path.extension().is_some_and(|it| it == "rs");
        let lines = text.lines().take_while(|line| !(is_code && *line == "#[cfg(test)]"));
        let broken = lines.enumerate().filter(|(_, line)| {
            // Links, texts in quotes and rows of tables cannot be broken.
            let whole = line.contains("://") || (is_code && line.contains('"')) || line.starts_with('|');
            line.chars().count() > 120 && !whole
        });
        long.extend(broken.map(|(index, _)| format!("{}:{}", path.display(), index + 1)));
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn nothing_unsafe_and_nothing_that_panics_on_data() {
    let mut wrong = Vec::new();
    for source in sources() {
        for name in [".unwrap()", ".expect(\"", "panic!(", "todo!(", "unimplemented!(", "dbg!("] {
            if source.text.contains(name) {
                wrong.push(format!("{}: {name}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
