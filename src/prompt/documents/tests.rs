//! The functions over documents, with documents that are made up here.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::config::Check;
use crate::prompt::origin::TemplateOrigin;
use crate::prompt::table::{TemplateColumns, TemplateRow};
use crate::prompt::template::Template;
use crate::prompt::{Checks, Known, TemplateUse, Vars};

/// One document of three lines, in the input and in the collection `kb`; every word finds it.
#[derive(Debug)]
struct OneDocument;

const LINES: [&str; 3] = ["# Returns", "Within 30 days. ", "No fee."];

impl DocumentLookup for OneDocument {
    fn retrieve(&self, knowledge: &str, query: &str, count: u32) -> Result<Retrieved, String> {
        assert_eq!(knowledge, "kb");
        let passage = |row: i64, line_start: i64, line_end: i64, page: Option<i64>, text: &str| Passage {
            row,
            document: "faq.md".into(),
            title: "Returns".into(),
            heading_path: "FAQ > Returns".into(),
            line_start,
            line_end,
            page,
            text: text.into(),
        };
        let mut passages =
            vec![passage(7, 1, 2, None, "# Returns\nWithin 30 days. "), passage(4, 3, 3, Some(2), "No fee.")];
        passages.truncate(if query.is_empty() { 0 } else { count as usize });
        Ok(Retrieved { dataset: 3, passages })
    }

    fn lines(
        &self,
        knowledge: Option<&str>,
        document: &str,
        first: i64,
        last: Option<i64>,
    ) -> Result<Vec<String>, String> {
        let last = last.unwrap_or(3);
        match (knowledge, document) {
            (None | Some("kb"), "faq.md") if first >= 1 && last <= 3 => {
                let lines = LINES.iter().zip(1..).filter(|(_, number)| (first..=last).contains(number));
                Ok(lines.map(|(line, _)| (*line).to_owned()).collect())
            }
            (None | Some("kb"), "faq.md") => Err(format!("`{document}` has 3 lines")),
            _ => Err(format!("there is no document `{document}`")),
        }
    }
}

fn columns() -> Arc<TemplateColumns> {
    TemplateColumns::new(["question", "document"])
}

fn known() -> Known {
    let names = DocumentNames { knowledge: vec!["kb".to_owned(), "manuals".to_owned()], input: true };
    Known::new(TemplateUse::Check, &columns(), None, None).with_documents(&names)
}

fn compiled(source: &str, known: &Known) -> Result<Template, String> {
    let template =
        Template::compile(source, TemplateOrigin::key("user".to_owned())).map_err(|error| error.to_string())?;
    let said = |error: crate::prompt::PromptError| {
        let message = error.to_string().replace("`user`, line 1 of the template: ", "");
        format!("{message}\n  hint: {}", error.hint().unwrap_or_default())
    };
    known.check(&template).map(|()| template).map_err(said)
}

fn rendered(source: &str) -> Result<(String, Vec<Retrieval>), String> {
    let log = RetrievalLog::default();
    let lookup: Arc<dyn DocumentLookup> = Arc::new(OneDocument);
    let vars = Vars::new()
        .row(&TemplateRow::new(&columns(), ["days?", "faq.md"]))
        .output(&json!({"n": 2, "f": 2.0, "quote": "Within 30 days. "}))
        .documents(TemplateDocuments::new(&lookup, &log));
    let text = compiled(source, &known())?.render(&vars).map_err(|error| error.to_string())?;
    Ok((text, log.take()))
}

fn text(source: &str) -> String {
    rendered(source).map_or_else(|error| error, |(text, _)| text)
}

#[test]
fn passages_read_well_and_have_parts() {
    insta::assert_snapshot!(text("{{ retrieve('kb', row.question) }}"), @"
    [faq.md, lines 1-2] FAQ > Returns
    # Returns
    Within 30 days. 

    [faq.md, line 3, page 2] FAQ > Returns
    No fee.
    ");
    let loops = "{% for p in retrieve('kb', row.question, k=1) %}\
                 {{ p.document }}:{{ p.line_start + 1 }}:{{ p.page }}{% endfor %}";
    assert_eq!(text(loops), "faq.md:2:None");
    assert_eq!(text("{{ retrieve('kb', row.question, 2)[1].text }}"), "No fee.");
    assert_eq!(text("{{ retrieve('kb', '') | length }}{{ retrieve('kb', '') }}"), "0");
    assert_eq!(text("{{ (retrieve('kb', 'x') | map(attribute='line_end') | list) }}"), "[2, 3]");
    assert_eq!(text("{% macro m(q) %}{{ retrieve('kb', q, 1) | length }}{% endmacro %}{{ m('x') }}"), "1");
    let json = text("{{ retrieve('kb', 'x', 1) | tojson }}");
    assert!(json.contains(r#""line_end":2"#) && json.contains(r#""page":null"#), "{json}");
}

#[test]
fn what_is_retrieved_is_logged_in_order() {
    let (_, log) =
        rendered("{{ retrieve('kb', 'a', 1) }}{{ retrieve('kb', 12, k=2) }}{{ retrieve('kb', '') }}").unwrap();
    let retrieval = |query: &str, count, passages: &[i64]| Retrieval {
        dataset: 3,
        query: query.to_owned(),
        count,
        passages: passages.to_vec(),
    };
    assert_eq!(log, [retrieval("a", 1, &[7]), retrieval("12", 2, &[7, 4]), retrieval("", 5, &[])]);
}

#[test]
fn lines_and_quotes_are_those_of_documents() {
    assert_eq!(text("{{ lines(row.document, 2, output.n + 1) | join('|') }}"), "Within 30 days. |No fee.");
    assert_eq!(text("{{ lines('faq.md', 1, 1, knowledge='kb') }}"), "['# Returns']");
    assert_eq!(text("{{ lines(row.document, 2) | join('|') }}"), "Within 30 days. |No fee.");
    assert_eq!(text("{{ evidence_ok(row.document, 2, 2, output.quote) }}"), "True");
    assert_eq!(text("{{ evidence_ok(row.document, 2, 2, 'Within 30 days.') }}"), "False");
    assert_eq!(text("{{ evidence_ok('faq.md', 1, 2, '# Returns\\nWithin 30 days. ') }}"), "True");
    assert!(text("{{ lines(row.document, 1, 4) }}").contains("`lines`: `faq.md` has 3 lines"));
    assert!(text("{{ evidence_ok('a.md', 1, 1, 'x') }}").contains("`evidence_ok`: there is no document `a.md`"));
    assert!(text("{{ lines(row.document, output.f, 3) }}").contains("`from` is the number 2.0, and must be a whole"));
    assert!(text("{{ lines(row.document, 1, output.quote) }}").contains("`to` is a text, and must be a whole number"));
    assert!(text("{{ retrieve('kb', none) }}").contains("`query` is none, and must be a text"));
    assert!(text("{{ retrieve('kb', 'x', output.n - 2) }}").contains("`k` is 0, and must be from 1 to 50"));
}

#[test]
fn a_name_of_the_templates_own_is_no_function() {
    assert_eq!(text("{% set lines = 3 %}{{ lines }}"), "3");
    assert_eq!(text("{% for retrieve in [1, 2] %}{{ retrieve }}{% endfor %}"), "12");
    assert_eq!(text("{{ 'a\nb' | lines | length }}"), "2");
}

#[test]
fn calls_that_cannot_work_are_found_before_anything_is_rendered() {
    let wrong = |source: &str| compiled(source, &known()).unwrap_err();
    insta::assert_snapshot!([
        "{{ retrieve('manual', row.question) }}",
        "{{ retrieve(row.question) }}",
        "{{ retrieve('kb', row.question, 5, 6) }}",
        "{{ retrieve('kb', row.question, n=5) }}",
        "{{ retrieve('kb', 'x', 5, k=5) }}",
        "{{ retrieve('kb', row.question, k=0) }}",
        "{{ retrieve('kb', row.question, k=51) }}",
        "{{ retrieve('kb', row.question, k='5') }}",
        "{{ retrieve('kb', row.question, 2.5) }}",
        "{{ retrieve(5, row.question) }}",
        "{{ retrieve('kb', [row.question]) }}",
        "{{ retrieve }}",
        "{{ lines(row.document, 1.5, 2) }}",
        "{{ lines(row.document) }}",
        "{{ lines(row.document, row.question, 2) }}",
        "{{ evidence_ok(row.document, 1, 2, 3) }}",
        "{{ lines(row.document, 1, 2, knowledge='kp') }}",
        "{% for p in retrieve('kb', 'x') %}{{ p.line }}{% endfor %}",
        "{{ retrieve('kb', 'x')[0].txt }}",
        "{{ retreive('kb', 'x') }}",
    ].map(wrong).join("\n"), @"
        `retrieve`: there is no knowledge `manual`
          hint: did you mean `manuals`?
        `retrieve` is not given `query`
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve` takes at most 3 arguments, and is given 4
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve` has no argument `n`: its arguments are knowledge, query, k
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve` is given `k` twice
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve`: `k` is 0, and must be from 1 to 50
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve`: `k` is 51, and must be from 1 to 50
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve`: `k` is no number: '5'
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve`: `k` is 2.5, and must be from 1 to 50
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve`: `knowledge` is no text: 5
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve`: `query` is no text: [row.question]
          hint: for example: retrieve('kb', row.question, k=5)
        `retrieve` is a function
          hint: call it: retrieve('kb', row.question, k=5)
        `lines`: `from` is no whole number: 1.5
          hint: for example: lines(row.document, 1, 3)
        `lines` is not given `from`
          hint: for example: lines(row.document, 1, 3)
        `lines`: `from` is no number: row.question
          hint: for example: lines(row.document, 1, 3)
        `evidence_ok`: `quote` is no text: 3
          hint: for example: evidence_ok(row.document, 1, 3, output.quote)
        `lines`: there is no knowledge `kp`
          hint: known: kb, manuals
        `p.line`: a passage has no field `line`
          hint: its fields are document, title, heading_path, line_start, line_end, text, page
        `retrieve('kb', 'x')[0].txt`: a passage has no field `txt`
          hint: its fields are document, title, heading_path, line_start, line_end, text, page
        `retreive` is not known
          hint: did you mean `retrieve`?
        ");
}

#[test]
fn documents_that_are_not_there_are_said() {
    let of = |names: Option<DocumentNames>, source: &str| {
        let known = Known::new(TemplateUse::Generation, &columns(), None, None);
        compiled(source, &names.map_or(known.clone(), |it| known.with_documents(&it))).unwrap_err()
    };
    insta::assert_snapshot!([
        of(Some(DocumentNames::default()), "{{ retrieve('kb', row.question) }}"),
        of(Some(DocumentNames::default()), "{{ lines(row.document, 1, 2) }}"),
        of(None, "{{ retrieve('kb', row.question) }}"),
    ].join("\n"), @"
        `retrieve`: the configuration has no `knowledge`
          hint: add it: `knowledge: [{name: kb, path: kb/**/*.md}]`
        `lines`: the input is no documents, but a table
          hint: lines of a knowledge collection: name it with `knowledge='NAME'`
        `retrieve` is not available here
          hint: prompts, `when`, rules, checks and recorded answers can call it
        ");
}

#[test]
fn what_a_template_reads_is_known() {
    let uses = |source: &str| compiled(source, &known()).unwrap().document_use();
    let knowledge = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<String>>();
    let all = "{{ retrieve('kb', 'x') }}{% for p in retrieve('manuals', 'x') %}{{ p }}{% endfor %}";
    assert_eq!(
        uses(all),
        DocumentUse { knowledge: knowledge(&["kb", "manuals"]), retrieves: true, ..DocumentUse::default() }
    );
    let computed = "{{ retrieve(row.question, 'x') }}";
    assert_eq!(uses(computed), DocumentUse { any_knowledge: true, retrieves: true, ..DocumentUse::default() });
    assert_eq!(uses("{{ lines(row.document, 1, 2) }}"), DocumentUse { input: true, ..DocumentUse::default() });
    let of_kb = "{{ evidence_ok(row.document, 1, 2, 'x', knowledge='kb') }}";
    assert_eq!(uses(of_kb), DocumentUse { knowledge: knowledge(&["kb"]), lines: true, ..DocumentUse::default() });
    assert_eq!(uses("retrieve, {{ row.question }}"), DocumentUse::default());
    assert!(uses("{{ lines(*[row.document, 1, 2]) }}").input);

    let check =
        Check { name: "c".to_owned(), expr: "evidence_ok(row.document, 1, 2, output.q)".to_owned(), message: None };
    let checks = Checks::compile(&[check], &known()).unwrap();
    assert!(checks.document_use().input);
}
