use super::*;

fn markdown(text: &str) -> Document {
    Document::read(DocumentFormat::Markdown, text.as_bytes(), None).unwrap()
}

/// The sections as `path | first-last`.
fn sections(text: &str, rules: &SplitRules) -> Vec<String> {
    let split = split(&markdown(text), "folder/doc.md", rules);
    let shown = |it: &Section| format!("{} | {}-{}", it.heading_path.join(" > "), it.first_line, it.last_line);
    split.sections.iter().map(shown).collect()
}

#[test]
fn lines_end_with_lf_crlf_and_cr_alone() {
    let document = markdown("\u{FEFF}a \t\r\nb\u{2028}c\u{85}d\u{B}e\u{C}f\rg\n\nh\u{A0}");
    let lines: Vec<_> = document.lines().map(|it| (it.number, it.text, it.ending)).collect();
    assert_eq!(
        lines,
        [
            (1, "a \t", Ending::CrLf),
            (2, "b\u{2028}c\u{85}d\u{B}e\u{C}f", Ending::Cr),
            (3, "g", Ending::Lf),
            (4, "", Ending::Lf),
            (5, "h\u{A0}", Ending::None),
        ]
    );
    assert!(document.has_bom);
    assert_eq!(document.reader, "bytes");
}

#[test]
fn a_document_is_cut_at_its_headings() {
    let text = "intro\n\n# A\ntext\n## B\n\n### C\n\n```\n# no\n```\n## D\n# E\n\n> # no\n\nF\n--\nf\n";
    assert_eq!(
        sections(text, &SplitRules::default()),
        [" | 1-1", "A | 3-4", "A > B | 5-11", "A > D | 12-12", "E | 13-15", "E > F | 17-19"]
    );
}
