use super::*;
use crate::config::{self, Grouping, GroupingMode};

fn columns() -> Arc<TemplateColumns> {
    TemplateColumns::new(["id", "text", "Label"])
}

fn row(id: &str, text: &str) -> Arc<TemplateRow> {
    TemplateRow::new(&columns(), [id, text, ""])
}

/// A builder with settings in YAML's flow style.
fn builder(settings: &str) -> Result<ContextBuilder, PromptError> {
    let text = "run: {name: c}\ninput: {path: a}\nprompts: {generation: a}\nschema: {path: a}\nllm: {model: m}\n";
    let settings = vec![("context".to_owned(), settings.to_owned())];
    let config = config::parse(text, "c.yaml").and_then(|raw| config::resolve(raw, &settings, false))?.remove(0);
    let grouping = Grouping { column: "id".to_owned(), mode: GroupingMode::GroupOutput, max_rows_per_group: 3 };
    ContextBuilder::new(&config.context, Some(&grouping), &columns(), &TemplateSettings::default())
}

fn group(settings: &str, rows: usize) -> RenderedContext {
    let all = (0..rows).map(|index| row(&index.to_string(), "some text"));
    builder(settings).unwrap().group_context("k", rows, all).unwrap()
}

#[test]
fn a_row_is_its_columns_line_by_line() {
    let block = |settings: &str| builder(settings).unwrap().row_block(&row("1", "a\nb")).unwrap().text;
    assert_eq!(block("{}"), "id: 1\ntext: a\nb\nLabel: ");
    assert_eq!(block("{kv_order: alpha}"), "Label: \nid: 1\ntext: a\nb");
    assert_eq!(block("{columns: {include: [text, id]}}"), "id: 1\ntext: a\nb");
    assert_eq!(block("{kv_order: listed, columns: {include: [text, id]}}"), "text: a\nb\nid: 1");
    assert_eq!(block("{columns: {exclude: [text]}}"), "id: 1\nLabel: ");
    assert_eq!(block("{row_template: '<{{ row.id }}|{{ kv_block }}>', columns: {include: [text]}}"), "<1|text: a\nb>");
}

#[test]
fn long_values_are_cut_by_characters_and_counted() {
    let block = builder("{truncate_field_chars: 3}").unwrap().row_block(&row("1", "äöüß")).unwrap();
    assert_eq!(block.text, "id: 1\ntext: äöü… [truncated]\nLabel: ");
    assert_eq!(block.truncations, [Truncation { column: "text".to_owned(), chars: 4, shown: 3 }]);
    let exact = builder("{truncate_field_chars: 4}").unwrap().row_block(&row("1", "äöüß")).unwrap();
    assert!(exact.truncations.is_empty() && exact.text.contains("äöüß"));
}

#[test]
fn a_row_template_sees_cut_values_too() {
    let block = |settings: &str| builder(settings).unwrap().row_block(&row("1", "abcdef")).unwrap();
    let shown = block("{truncate_field_chars: 3, row_template: '{{ row.text }}'}");
    assert_eq!((shown.text.as_str(), shown.truncations.len()), ("abc… [truncated]", 1));
    let hidden = block("{truncate_field_chars: 3, row_template: '{{ row.text }}', columns: {exclude: [text]}}");
    assert_eq!((hidden.text.as_str(), hidden.truncations.len()), ("abc… [truncated]", 1));
    let unused = block("{truncate_field_chars: 3, row_template: '{{ row.id }}', columns: {exclude: [text]}}");
    assert_eq!((unused.text.as_str(), unused.truncations.len()), ("1", 0));
}

#[test]
fn a_group_has_a_header_rows_and_a_footer() {
    let settings = "{columns: {include: [id]}, group_header_template: '{{ group_key }}: {{ n_included }} of {{ n_rows }}', \
                    group_footer_template: end}";
    let context = group(settings, 2);
    assert_eq!(context.text, "k: 2 of 2\n\nid: 0\n\nid: 1\n\nend");
    assert_eq!((context.rows_included, context.rows_left_out, context.cut), (2, 0, None));
    let more = group(settings, 5);
    assert_eq!(more.text, "k: 3 of 5\n\nid: 0\n\nid: 1\n\nid: 2\n\nend");
    assert_eq!((more.rows_included, more.rows_left_out), (3, 2));
    assert_eq!(group("{}", 0).text, "");
}

#[test]
fn rows_that_do_not_fit_are_left_out_and_counted() {
    let settings = "{columns: {include: [id]}, max_context_chars: 17, group_header_template: '{{ n_included }}'}";
    let context = group(settings, 3);
    assert_eq!(context.text, "2\n\nid: 0\n\nid: 1");
    assert_eq!((context.rows_included, context.rows_left_out, context.cut), (2, 1, None));
    let exact = group("{columns: {include: [id]}, max_context_chars: 19}", 3);
    assert_eq!(exact.rows_included, 3);
}

#[test]
fn a_first_row_that_does_not_fit_is_cut() {
    let settings = "{columns: {include: [text]}, max_context_chars: 40, group_footer_template: end}";
    let long = row("1", &"x".repeat(100));
    let context = builder(settings).unwrap().group_context("k", 9, [long.clone(), long.clone()]).unwrap();
    assert_eq!(context.text, format!("text: {}… [truncated]\n\nend", "x".repeat(16)));
    assert_eq!(context.text.chars().count(), 40);
    assert_eq!(context.cut, Some(Cut { chars: 111, shown: 27 }));
    assert_eq!((context.rows_included, context.rows_left_out), (1, 8));
    let single = builder("{max_context_chars: 20}").unwrap().row_context(&long).unwrap();
    assert_eq!(single.text.chars().count(), 20);
    assert_eq!(single.cut.unwrap().shown, 7);
}

#[test]
fn says_what_is_wrong_with_the_settings() {
    let told = |settings: &str| {
        let error = builder(settings).unwrap_err();
        format!("{error} | {}", error.hint().unwrap_or_default())
    };
    assert_eq!(
        told("{columns: {include: [txet]}}"),
        "`context.columns`: the input has no column `txet` | did you mean `text`?"
    );
    assert_eq!(
        told("{columns: {exclude: [zzz]}}"),
        "`context.columns`: the input has no column `zzz` | columns: id, text, Label"
    );
    assert_eq!(
        told("{row_template: '{{ row.txt }}'}"),
        "`context.row_template`, line 1 of the template: `row.txt`: the input has no column `txt` | did you mean `row.text`?"
    );
    assert_eq!(
        told("{group_header_template: '{{ n_row }}'}"),
        "`context.group_header_template`, line 1 of the template: `n_row` is not known | did you mean `n_rows`?"
    );
    let odd = TemplateColumns::new(["\u{1b}[2J"]);
    let known = crate::prompt::Known::new(crate::prompt::TemplateUse::Generation, &odd, None, None);
    let prompt = crate::prompt::Prompt::parse("name: a\nuser: '{{ row.x }}'\n", "p.yaml").unwrap();
    assert_eq!(prompt.check(&known).unwrap_err().hint().unwrap(), "known: \\u{1b}[2J");
    assert!(told("{row_template: '{{ kv_block | nofilter }}'}").contains("unknown filter"));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn never_longer_than_allowed_and_every_row_counted(
        texts in proptest::collection::vec("[a-zäß\n]{0,40}", 0..6),
        chars in 1_usize..200,
        field in 1_usize..50,
        header in "[a-zé]{0,12}",
    ) {
        let settings = format!(
            "{{max_context_chars: {chars}, truncate_field_chars: {field}, group_header_template: '{header} {{{{ n_included }}}}', \
             group_footer_template: '{header}'}}"
        );
        let rows = texts.iter().map(|text| row("1", text));
        let context = builder(&settings).unwrap().group_context("k", texts.len() + 2, rows).unwrap();
        proptest::prop_assert!(context.text.chars().count() <= chars);
        proptest::prop_assert_eq!(context.rows_included + context.rows_left_out, texts.len() + 2);
        if context.cut.is_none() && !texts.is_empty() {
            let expected = format!("{header} {}", context.rows_included);
            proptest::prop_assert!(context.text.starts_with(&expected));
        }
        for text in &texts {
            let single = builder(&settings).unwrap().row_context(&row("1", text)).unwrap();
            proptest::prop_assert!(single.text.chars().count() <= chars);
        }
    }
}
