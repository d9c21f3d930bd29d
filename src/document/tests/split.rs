//! Rows of documents.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

#[test]
fn a_document_is_cut_at_its_headings() {
    let text = "intro\n\n# A\ntext\n## B\n\n### C\n\n```\n# no\n```\n## D\n# E\n\n> # no\n\nF\n--\nf\n";
    let expected = [" | 1-1", "A | 3-4", "A > B | 5-11", "A > D | 12-12", "E | 13-15", "E > F | 17-19"];
    assert_eq!(sections(text, &SplitRules::default()), expected);
    assert_eq!(sections(&text.replace('\n', "\r\n"), &SplitRules::default()), expected);
    assert_eq!(sections(&text.replace('\n', "\r"), &SplitRules::default()), expected);
    assert_eq!(sections(&format!("\u{FEFF}{text}"), &SplitRules::default()), expected);
    let level_1 = SplitRules { heading_level: 1, ..SplitRules::default() };
    assert_eq!(sections(text, &level_1), [" | 1-1", "A | 3-12", "E | 13-19"]);
}

#[test]
fn headings_within_other_blocks_are_none() {
    for text in [
        "> # quote\n>\n> ## too\n\nText\n",
        "- # item\n\n  ## too\n",
        "1. text\n\n   # item\n",
        "````\n```\n# no\n```\n# no\n````\n",
        "~~~\n# no\n",
        "<pre>\n\n# no\n\n</pre>\n",
        "<!--\n\n# no\n\n-->\n",
        "| a |\n| - |\n| # no |\n",
        "text[^1]\n\n[^1]: note\n\n    # no\n",
        "    # no\n",
        "\\# no\n",
        "#no\n",
    ] {
        let last = text.lines().count();
        assert_eq!(sections(text, &SplitRules::default()), [format!(" | 1-{last}")], "{text:?}");
    }
    // A blank line ends the block.
    assert_eq!(sections("<div>\n\n# yes\n\n</div>\n", &SplitRules::default()), [" | 1-1", "yes | 3-5"]);
}

#[test]
fn a_path_has_the_texts_of_headings_without_markup() {
    let text = "# A *b* `c` [d](e) &amp; <i>f</i>\ntext\n\nTwo\nlines  \nhere\n===\n\n### Deep ##\n## \n# \n";
    let split = split(&markdown(text), "doc.md", &SplitRules { heading_level: 6, ..SplitRules::default() });
    let paths: Vec<_> = split.sections.iter().map(|it| it.heading_path.join(" > ")).collect();
    assert_eq!(paths, ["A b c d & f", "Two lines here", "Two lines here > Deep", "Two lines here > ", ""]);
    assert_eq!(split.sections[3].title, "doc", "an empty heading is no title");
    let long = format!("# {}\n", "ab ".repeat(200));
    let split = super::split(&markdown(&long), "doc.md", &SplitRules::default());
    assert_eq!(split.sections[0].title.chars().count(), 201);
}

#[test]
fn headings_that_differ_by_html_or_marks_stay_different() {
    let titles = |text: &str| {
        let split = split(&markdown(text), "doc.md", &SplitRules::default());
        split.sections.into_iter().map(|it| it.title).collect::<Vec<_>>()
    };
    assert_eq!(
        titles("# Use <name> here\n# Use <other id=1> here\n# <!-- x -->A<a name='x'></a> `<b>`\n# B<br/>C\n"),
        ["Use <name> here", "Use <other id=1> here", "A <b>", "B C"]
    );
    assert_eq!(titles("# 10<sup>6</sup> H<sub>2</sub>O\n# <del>5</del> 6\n"), ["10^6 H_2O", "<del>5</del> 6"]);
}

#[test]
fn occurrences_tell_equal_paths_apart_and_parts_the_pieces_of_one() {
    let text = "# A\n\n## B\nx\n\n## B\nx\n\n# A\n\n## B\n\none\n\ntwo\n\nthree\n";
    let split = split(&markdown(text), "doc.md", &at_most(12));
    let told: Vec<_> =
        split.sections.iter().map(|it| (it.heading_path.join(" > "), it.occurrence, it.part, it.first_line)).collect();
    let b = "A > B".to_owned();
    assert_eq!(
        told,
        [
            ("A".into(), 1, 1, 1),
            (b.clone(), 1, 1, 3),
            (b.clone(), 2, 1, 6),
            ("A".into(), 2, 1, 9),
            (b.clone(), 3, 1, 11),
            (b, 4, 2, 15),
        ]
    );
    assert_eq!(split.notes, []);
}

#[test]
fn front_matter_is_before_the_first_heading() {
    let titled = |text: &str| {
        let split = split(&markdown(text), "folder/the file.v2.md", &SplitRules::default());
        let first = &split.sections[0];
        (first.heading_path.join("|"), first.title.clone(), first.last_line, split.sections.len())
    };
    let row = |title: &str, last, count| (String::new(), title.to_owned(), last, count);
    assert_eq!(titled("---\ntitle: \"Own: title\"\n# comment\nTags: [a]\n---\n# A\n"), row("Own: title", 5, 2));
    assert_eq!(titled("---\ntitle: >\n  Folded\n  title\n...\n\ntext\n\n# A\n"), row("Folded title", 7, 2));
    assert_eq!(
        titled("+++\ntitle = 'Toml \"title\"'\n[params]\ntitle = 'no'\n+++\n# A\n"),
        row("Toml \"title\"", 5, 2)
    );
    assert_eq!(titled("+++\ndraft = true\ntitle = \"A \\\"b\\\"\" # c\n+++\n# A\n"), row("A \"b\"", 4, 2));
    assert_eq!(titled("---\n---\n# A\n"), row("the file.v2", 2, 2));
    assert_eq!(titled("intro\n---\ntitle: no\n---\n"), ("intro".into(), "intro".into(), 2, 2));
    // A thematic break, and a paragraph that a second one makes a heading.
    assert_eq!(titled("---\nText of a heading\n---\ntext\n"), row("the file.v2", 1, 2));
    assert_eq!(titled("---\nkey: never closed\n# A\n"), row("the file.v2", 2, 2));
    // Not at the very start: a thematic break and a heading.
    assert_eq!(titled("\n---\ntitle: no\n---\n"), row("the file.v2", 2, 2));
}

#[test]
fn a_whole_document_has_the_title_that_it_gives_itself() {
    let rules = SplitRules { by: SplitBy::Document, max_chars: 1, ..SplitRules::default() };
    let title = |text: &str| split(&markdown(text), "a/b.md", &rules).sections.remove(0).title;
    assert_eq!(title("---\ntitle: Own\n---\n# A\n"), "Own");
    assert_eq!(title("text\n## B\n# A\n"), "A");
    assert_eq!(title("text\n"), "b");
    let split = split(&markdown("\n\ntext\n\n# A\n\n"), "b.md", &rules);
    assert_eq!(shown(&split), [" | 1-6"]);
    assert_eq!(split.notes, []);
}

#[test]
fn a_long_section_is_cut_at_deeper_headings_first() {
    let text = "## A\n\nintro\n\n#### D\n\nd\n\n### C\n\none\n\ntwo\n\n#### E\n\ne\n\n## Z\n";
    assert_eq!(
        sections(text, &at_most(20)),
        ["A | 1-3", "A > D | 5-7", "A > C | 9-13", "A > C > E | 15-17", "Z | 19-19"],
        "the part before C is too long too"
    );
    assert_eq!(sections(text, &at_most(26)), ["A | 1-7", "A > C | 9-17", "Z | 19-19"]);
}

#[test]
fn a_long_section_without_headings_is_cut_at_blank_lines() {
    let text = "# A\n\naaaa\n\nbbbb\n\n\n\ncccc\ndddd\n";
    assert_eq!(sections(text, &at_most(15)), ["A | 1-5", "A | 9-10"]);
    assert_eq!(sections(text, &at_most(9)), ["A | 1-3", "A | 5-5", "A | 9-10"]);
    assert_eq!(sections("aaaa\n\nbbbb\n", &at_most(10)), [" | 1-3"]);
    assert_eq!(sections("aaaa\n\nbbbb\n", &at_most(9)), [" | 1-1", " | 3-3"]);
}

#[test]
fn code_tables_and_html_blocks_are_never_cut() {
    for block in [
        "```\none\n\ntwo\n\n\nthree\n```",
        "- item\n\n  ~~~~\n  one\n\n  ~~~\n\n  two\n  ~~~~",
        "> ```\n> one\n>\n> two\n> ```",
        "<pre>\none\n\ntwo\n\nthree\n</pre>",
        "    one\n\n    two\n\n\n    three",
        "<script>\none\n\ntwo\n</script>",
        "| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |",
    ] {
        let lines = block.lines().count();
        let text = format!("before\n\n{block}\n\nafter\n");
        let split = split(&markdown(&text), "doc.md", &at_most(8));
        // An item's first line may be apart from its fence.
        let holder = split.sections.iter().find(|it| it.last_line == lines + 2).unwrap();
        let first = if block.starts_with("- ") { 5 } else { 3 };
        assert_eq!(holder.first_line, first, "{block:?}: {:?}", shown(&split));
        let told = split.notes.iter().filter(|it| it.to_string().contains("no place to cut them")).count();
        assert_eq!(told, 1, "{block:?}");
    }
}

#[test]
fn a_heading_stays_with_a_block_that_is_too_long() {
    let split = split(&markdown("# A\n\nlong without end\nlong without end\n\nb\n"), "doc.md", &at_most(10));
    assert_eq!(shown(&split), ["A | 1-4", "A | 6-6"]);
    assert_eq!(
        split.notes[0].to_string(),
        "lines 1 to 4 have 38 characters, more than `max_chars` (10), and no place to cut them: they stay one row"
    );
}

#[test]
fn a_text_is_cut_at_blank_lines_and_else_at_any() {
    let text = "# no heading\naaaa\nbbbb\n\ncccc\ndddd\neeee\nffff\n";
    let split = |max_chars| super::split(&plain(text), "doc.txt", &at_most(max_chars));
    assert_eq!(shown(&split(100)), [" | 1-8"]);
    assert_eq!(shown(&split(22)), [" | 1-3", " | 5-8"]);
    assert_eq!(shown(&split(18)), [" | 1-2", " | 3-6", " | 7-8"]);
    let split = split(9);
    assert_eq!(shown(&split), [" | 1-1", " | 2-3", " | 5-6", " | 7-8"]);
    assert_eq!(split.notes.len(), 1, "line 1 alone is too long");
}

#[test]
fn runs_of_lines_repeat_as_many_as_they_are_told_to() {
    let rules =
        |max_chars, overlap_lines| SplitRules { by: SplitBy::Lines, max_chars, overlap_lines, ..SplitRules::default() };
    let text = "aaa\nbbb\nccc\nddd\neee\n";
    assert_eq!(sections(text, &rules(11, 0)), [" | 1-3", " | 4-5"]);
    assert_eq!(sections(text, &rules(11, 1)), [" | 1-3", " | 3-5"]);
    // No more than half a run is repeated, so that each adds a line.
    assert_eq!(sections(text, &rules(11, 9)), [" | 1-3", " | 3-5"]);
    assert_eq!(sections(text, &rules(3, 1)), [" | 1-1", " | 2-2", " | 3-3", " | 4-4", " | 5-5"]);
    assert_eq!(sections("a\n\n\n\nbbbbbbbbbbbb\nc\n\n", &rules(5, 1)), [" | 1-1", " | 5-5", " | 6-6"]);
    assert_eq!(sections("aaa\nbbb\n\n\n\n\n\n", &rules(7, 1)), [" | 1-2"], "blank lines alone are no row");
    let split = split(&markdown("aaaaaa\nb\n"), "doc.md", &rules(5, 0));
    assert_eq!(split.sections.iter().map(|it| it.occurrence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(split.notes.len(), 1);
}

#[test]
fn an_edit_in_one_section_leaves_the_others() {
    let document = |inserted: &str| {
        let sections: Vec<_> = (0..200).map(|it| format!("## Part {it}\n\nText {it}.\n\n")).collect();
        format!("# Handbook\n\n{inserted}{}", sections.concat())
    };
    let rows = |text: &str| -> HashSet<(Vec<String>, u32, String)> {
        let document = markdown(text);
        let split = split(&document, "doc.md", &SplitRules::default());
        let row = |it: Section| (it.heading_path, it.occurrence, document.text_of(it.first_line, it.last_line));
        split.sections.into_iter().map(row).collect()
    };
    let (before, after) = (rows(&document("")), rows(&document(&"new line\n".repeat(10))));
    assert_eq!(before.len(), 201);
    assert_eq!(after.difference(&before).count(), 1);
}

#[test]
fn large_documents_are_split_in_linear_time() {
    let headings = (0..100_000).map(|it| format!("# H{it}\n")).collect::<Vec<_>>().concat();
    assert_eq!(split(&markdown(&headings), "doc.md", &SplitRules::default()).sections.len(), 100_000);
    let nested = format!("{}text\n\n{}text\n\n# A\n", ">".repeat(10_000), "- ".repeat(10_000));
    assert_eq!(sections(&nested, &SplitRules { max_chars: 100_000, ..SplitRules::default() }), [" | 1-3", "A | 5-5"]);
    let overlapping =
        SplitRules { by: SplitBy::Lines, max_chars: 1000, overlap_lines: usize::MAX, ..SplitRules::default() };
    assert!(split(&markdown(&headings), "doc.md", &overlapping).sections.len() < 10_000);
}

proptest! {
    #[test]
    fn every_line_that_is_not_blank_is_in_one_section(
        lines in proptest::collection::vec(
            prop_oneof![
                "[#]{1,4} [ab]{1,2}", "[ab ]{0,12}", Just("```".to_owned()), Just("---".to_owned()), "> [#a]", "- [#a] x",
                Just("| a |".to_owned()), Just("| - |".to_owned()), Just("<div>".to_owned()), Just("\u{A0}".to_owned()),
            ],
            1..40,
        ),
        ending in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
        by in prop_oneof![Just(SplitBy::Section), Just(SplitBy::Lines)],
        max_chars in 1usize..60,
        overlap_lines in 0usize..4,
        format in prop_oneof![Just(DocumentFormat::Markdown), Just(DocumentFormat::Text)],
    ) {
        let text = lines.join(ending);
        prop_assume!(!text.trim().is_empty());
        let document = Document::read(format, text.as_bytes(), None).unwrap();
        let rules = SplitRules { by, heading_level: 2, max_chars, overlap_lines };
        let split = split(&document, "doc", &rules);
        let mut seen = vec![0; document.line_count() + 1];
        for section in &split.sections {
            (section.first_line..=section.last_line).for_each(|line| seen[line] += 1);
            let text = document.text_of(section.first_line, section.last_line);
            prop_assert!(!document.line(section.first_line).unwrap().text.trim().is_empty());
            prop_assert!(!document.line(section.last_line).unwrap().text.trim().is_empty());
            let told = split.notes.iter().any(|it| matches!(
                it, DocumentNote::TooLong { first_line, .. } if *first_line == section.first_line
            ));
            prop_assert_eq!(told, text.chars().count() > max_chars);
        }
        for line in document.lines().filter(|it| !it.text.trim().is_empty()) {
            let repeats = by == SplitBy::Lines && overlap_lines > 0;
            prop_assert!(seen[line.number] == 1 || (repeats && seen[line.number] > 1), "line {}", line.number);
        }
        let ids: HashSet<_> = split.sections.iter().map(|it| (&it.heading_path, it.occurrence)).collect();
        prop_assert_eq!(ids.len(), split.sections.len());
        prop_assert!(split.sections.is_sorted_by_key(|it| it.first_line));
    }
}
