//! Writes settings as YAML for people, each with a comment.

use std::fmt::Write as _;

use crate::config::keys_of;

/// A value of a setting.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Yaml {
    Text(String),
    /// A number or a truth value, as it is spelled.
    Plain(String),
    List(Vec<String>),
}

/// A dotted key with its value and its comment.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) key: &'static str,
    pub(super) value: Yaml,
    pub(super) comment: String,
}

/// The blocks, in the order in which they are written.
const BLOCKS: [&str; 11] =
    ["run", "input", "grouping", "context", "prompts", "schema", "llm", "judge", "cache", "outputs", "report"];

/// The YAML of `settings`. Settings of one block keep their order.
pub(super) fn write(settings: &[Setting]) -> String {
    let place = |it: &&Setting| BLOCKS.iter().position(|block| keys_of(it.key).next() == Some(block));
    let mut sorted: Vec<&Setting> = settings.iter().collect();
    sorted.sort_by_key(place);
    let mut text = String::new();
    let mut open: Vec<&str> = Vec::new();
    for setting in sorted {
        let path: Vec<&str> = keys_of(setting.key).collect();
        let Some((name, blocks)) = path.split_last() else { continue };
        let shared = open.iter().zip(blocks).take_while(|(a, b)| a == b).count();
        for (depth, block) in blocks.iter().enumerate().skip(shared) {
            if depth == 0 {
                text.push('\n');
            }
            add(&mut text, format_args!("{}{block}:\n", "  ".repeat(depth)));
        }
        open = blocks.to_vec();
        let indent = "  ".repeat(blocks.len());
        let comment = one_line(&setting.comment);
        let comment = if comment.is_empty() { comment } else { format!("  # {comment}") };
        match &setting.value {
            Yaml::Text(value) if reads_best_as_block(value) => {
                let indicator = if value.starts_with(' ') { "2" } else { "" };
                let end = match value.len() - value.trim_end_matches('\n').len() {
                    0 => "-",
                    1 => "",
                    _ => "+",
                };
                add(&mut text, format_args!("{indent}{name}: |{indicator}{end}{comment}\n"));
                for line in value.strip_suffix('\n').unwrap_or(value).split('\n') {
                    let indent = if line.is_empty() { "" } else { &indent };
                    let step = if line.is_empty() { "" } else { "  " };
                    add(&mut text, format_args!("{indent}{step}{line}\n"));
                }
            }
            value => add(&mut text, format_args!("{indent}{name}: {}{comment}\n", flow(value))),
        }
    }
    text
}

fn add(text: &mut String, part: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(part);
}

/// A value on one line.
pub(super) fn flow(value: &Yaml) -> String {
    match value {
        Yaml::Text(text) => scalar(text),
        Yaml::Plain(spelled) => spelled.clone(),
        Yaml::List(items) => {
            format!("[{}]", items.iter().map(|item| scalar(item)).collect::<Vec<_>>().join(", "))
        }
    }
}

/// `text` on one line, without characters that act on a terminal or end a comment.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|it| if it.is_control() || matches!(it, '\u{2028}' | '\u{2029}') { ' ' } else { it }).collect()
}

fn reads_best_as_block(text: &str) -> bool {
    let odd =
        |it: char| (it.is_control() && it != '\n') || matches!(it, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.trim_end_matches('\n').contains('\n')
        && !text.starts_with('\n')
        && !text.contains(odd)
        && text.lines().all(|line| !line.trim().is_empty() || line.is_empty())
}

/// A text, in quotes unless YAML can only read it as a text.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let starts = text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_' || it == '/')
        || text.starts_with("./")
        || text.starts_with("../");
    let plain = |it: char| it.is_ascii_alphanumeric() || "_./ -".contains(it);
    if starts && text.chars().all(plain) && !text.ends_with(' ') && !WORDS.contains(&&*text.to_ascii_lowercase()) {
        return text.to_owned();
    }
    // Every JSON string is a YAML string.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Node, NodeValue};

    fn setting(key: &'static str, value: Yaml) -> Setting {
        Setting { key, value, comment: "line 1: x\ny".to_owned() }
    }

    #[test]
    fn settings_are_written_by_block() {
        let text = |text: &str| Yaml::Text(text.to_owned());
        let settings = [
            setting("llm.model", text("gpt-4o")),
            setting("context.columns.mode", text("include")),
            setting("context.columns.include", Yaml::List(vec!["Role Name".to_owned(), "no".to_owned()])),
            setting("context.row_template", text("a: {{ row.a }}\n\n  b\n")),
            setting("run.name", text("1.5")),
            setting("llm.retries", Yaml::Plain("3".to_owned())),
        ];
        insta::assert_snapshot!(write(&settings), @r#"

        run:
          name: "1.5"  # line 1: x y

        context:
          columns:
            mode: include  # line 1: x y
            include: [Role Name, "no"]  # line 1: x y
          row_template: |  # line 1: x y
            a: {{ row.a }}

              b

        llm:
          model: gpt-4o  # line 1: x y
          retries: 3  # line 1: x y
        "#);
    }

    proptest::proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(value in "[ a-zé#:'\"|>\\[\\]{},&*!%@`\\\\\n\t~.0-9-]{0,40}") {
            let yaml = write(&[
                setting("run.name", Yaml::Text(value.clone())),
                setting("run.list", Yaml::List(vec![value.clone(), "x".to_owned()])),
                setting("run.seed", Yaml::Plain("1".to_owned())),
            ]);
            let node = Node::parse(&yaml, &Arc::from("c.yaml"), "x").map_err(|error| {
                proptest::test_runner::TestCaseError::fail(format!("{error}:\n{yaml}"))
            })?;
            let text = |node: &Node| match &node.value {
                NodeValue::Text(text) => text.clone(),
                other => format!("{other:?}"),
            };
            proptest::prop_assert_eq!(text(node.get("run.name").unwrap()), value.clone(), "{}", yaml);
            let NodeValue::List(items) = &node.get("run.list").unwrap().value else { panic!() };
            proptest::prop_assert_eq!(text(&items[0]), value);
        }
    }
}
