//! Every form in which models write sections, a row each: what is read, and what is not.

use serde_json::{Value, json};

use crate::schema::{AnswerKind, Contract, OutputError, Scrutiny, SectionRules};

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "summary": {"type": "string"},
    "rating": {"type": "integer", "minimum": 1, "maximum": 10},
    "share": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    "topic": {"enum": ["delivery", "late payment"]},
    "refund": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "note": {"type": ["string", "null"]}
  },
  "required": ["summary", "rating", "tags"]
}"#;

fn contract(rules: SectionRules) -> Contract {
    Contract::parse_as(AnswerKind::Sections(rules), Some(SCHEMA), "s.json", Scrutiny::Full).unwrap()
}

/// The fields that were read, and the problems of those that were not for another reason than that they are missing.
#[track_caller]
fn read(rules: SectionRules, answer: &str) -> (Value, Vec<String>) {
    let read = match contract(rules).read(answer) {
        Ok(read) => read,
        Err(OutputError::NoSection(_)) => return (json!({}), Vec::new()),
        Err(error) => panic!("{answer}: {error}"),
    };
    let fields = read.as_object().unwrap().clone();
    let problems = fields["parse_errors"].as_array().unwrap().iter();
    let problems = problems.filter(|it| it["problem"] != "the answer has no such section");
    let problems = problems.map(|it| format!("{}: {}", it["field"].as_str().unwrap(), it["problem"].as_str().unwrap()));
    let problems = problems.collect();
    let read = fields.into_iter().filter(|(name, value)| name != "parse_errors" && !value.is_null());
    (Value::Object(read.collect()), problems)
}

#[test]
fn headings_are_found_in_every_form() {
    let both = json!({"summary": "They paid twice.", "rating": 7});
    for answer in [
        // Numbers and words before the name, at any level.
        "# Section 1: Summary\nThey paid twice.\n# Section 2: Rating\n7",
        "## 1. Summary\nThey paid twice.\n## 2. Rating\n7",
        "### 1) Summary\nThey paid twice.\n### 2) Rating\n7",
        "#### Part A - Summary\nThey paid twice.\n#### Part B - Rating\n7",
        "##### Part A — Summary\nThey paid twice.\n##### Part B — Rating\n7",
        "###### Step 1. Summary\nThey paid twice.\n###### Step 2. Rating\n7",
        "# I. Summary\nThey paid twice.\n# II. Rating\n7",
        "# A) Summary\nThey paid twice.\n# B) Rating\n7",
        "# 1.1 Summary\nThey paid twice.\n# 1.2 Rating\n7",
        "# (1) Summary\nThey paid twice.\n# (2) Rating: 7",
        "# Section 1: Summary\nThey paid twice.\n# Section 2: Rating - 7",
        "# 1. **Summary**\nThey paid twice.\n# 2. **Rating:** 7",
        "# **Section 1:** Summary\nThey paid twice.\n# **Section 2:** Rating\n7",
        // Without marks.
        "Section 1: Summary\nThey paid twice.\nSection 2: Rating\n7",
        "Section 1: Summary: They paid twice.\nSection 2: Rating: 7",
        "Part A - Summary\n\nThey paid twice.\n\nPart B - Rating\n\n7",
        "1. Summary\nThey paid twice.\n2. Rating\n7",
        "1. Summary\n\nThey paid twice.\n\n2. Rating\n\n7",
        "1. Summary: They paid twice.\n2. Rating: 7",
        // In bold, alone on the line.
        "**Summary**\nThey paid twice.\n\n**Rating**\n7",
        "**Summary:**\nThey paid twice.\n\n**Rating:** 7",
        "__Summary__\nThey paid twice.\n__Rating__\n7",
        "*Summary*\nThey paid twice.\n*Rating*\n7",
        "***Summary***\nThey paid twice.\n***Rating***\n7",
        "**1. Summary**\nThey paid twice.\n**2. Rating**\n7",
        "**Section 1: Summary**\nThey paid twice.\n**Section 2: Rating**\n7",
        "1. **Summary**\n\nThey paid twice.\n\n2. **Rating**\n\n7",
        "1. **Summary:** They paid twice.\n2. **Rating:** 7",
        "- **Summary**: They paid twice.\n- **Rating**: 7",
        // Underlined.
        "Summary\n=======\nThey paid twice.\n\nRating\n------\n7",
        "1. Summary\n=======\nThey paid twice.\n\n2. Rating\n======\n7",
        // A margin of the whole, other line ends, a fence around it.
        "    # Summary\n    They paid twice.\n    # Rating\n    7",
        "\t## Summary\n\tThey paid twice.\n\n\t## Rating\n\t7",
        "  **Summary:** They paid twice.\n  **Rating:** 7",
        "# Summary\rThey paid twice.\r# Rating\r7\r",
        "# Summary\r\nThey paid twice.\r\n\r\n# Rating\r\n7\r\n",
        "```markdown\n  # Summary\n  They paid twice.\n  # Rating\n  7\n```",
        "\u{feff}# Summary\nThey paid twice.\n# Rating\n7",
        // White space alone before the value.
        "# Summary\nThey paid twice.\n\nRating 7",
        "Rating 7\nSummary: They paid twice.",
        "Rating\t7\nSummary\tThey paid twice.",
        "Rating    7\nSummary   They paid twice.",
        "Summary: They paid twice.\nRating 7/10",
        "# Summary\nThey paid twice.\n## Rating 7",
        // Comments are no part of it.
        "<!-- # Rating\n3 -->\n# Summary\nThey paid twice.\n# Rating\n7 <!-- of 10 -->",
        "# Summary\n<!-- one sentence -->\nThey paid twice.\n# Rating\n<!-- 1 to 10 -->\n7",
        "# Summary\nThey paid twice.\n\n<!--\n# Note\nnone\n-->\n# Rating\n7",
        "Rating: 7\n<!-- Rating: 3 -->\nSummary: They paid twice.",
    ] {
        assert_eq!(read(SectionRules::default(), answer), (both.clone(), Vec::new()), "{answer}");
    }
}

#[test]
fn what_only_looks_like_a_name_is_content() {
    for (answer, expected) in [
        // In a fence, in a comment, in code.
        ("# Summary\na\n```\n# Rating\n7\n```", json!({"summary": "a\n```\n# Rating\n7\n```"})),
        ("# Summary\na\n~~~\nRating: 7\n~~~\nb", json!({"summary": "a\n~~~\nRating: 7\n~~~\nb"})),
        ("# Summary\na\n<!-- Rating: 7 -->\nb", json!({"summary": "a\n<!-- Rating: 7 -->\nb"})),
        ("# Summary\nWrite `<!--` first.\n# Rating\n7", json!({"summary": "Write `<!--` first.", "rating": 7})),
        // A name in prose.
        ("# Summary\nThe rating: 7 is low.", json!({"summary": "The rating: 7 is low."})),
        ("# Summary\nThey gave a\nRating 7 of the best.", json!({"summary": "They gave a\nRating 7 of the best."})),
        (
            "# Summary\nThey say so. Their\nrating 7\nis low.",
            json!({"summary": "They say so. Their\nrating 7\nis low."}),
        ),
        ("# Summary\nRating is high.", json!({"summary": "Rating is high."})),
        ("# Summary\nRating 7 was given twice.", json!({"summary": "Rating 7 was given twice."})),
        ("# Summary\nRefund no later than May.", json!({"summary": "Refund no later than May."})),
        ("# Summary\nTopic late payment or delivery.", json!({"summary": "Topic late payment or delivery."})),
        ("# Summary\nSummary of it all", json!({"summary": "Summary of it all"})),
        // Bold in a paragraph.
        ("# Summary\n**Rating** was low, they say.", json!({"summary": "**Rating** was low, they say."})),
        ("# Summary\nIn short,\n**note** that it is late.", json!({"summary": "In short,\n**note** that it is late."})),
        ("# Summary\nA **rating** of 7.", json!({"summary": "A **rating** of 7."})),
        ("# Summary\n*Note* that it is late.", json!({"summary": "*Note* that it is late."})),
        // Items of a list that are names, or have numbers.
        ("# Tags\n1. rating\n2. refund", json!({"tags": ["rating", "refund"]})),
        ("# Tags\n- summary\n- note", json!({"tags": ["summary", "note"]})),
        ("# Summary\n1. Rating\n2. Refund", json!({"summary": "1. Rating\n2. Refund"})),
        ("Tags:\n1. rating\n2. refund\nRating: 7", json!({"tags": ["rating", "refund"], "rating": 7})),
        ("# Summary\n1. They paid.\n2. They paid again.", json!({"summary": "1. They paid.\n2. They paid again."})),
        // Numbers of sections, dates and times as content.
        ("# Summary\nSection 1 is missing.", json!({"summary": "Section 1 is missing."})),
        ("# Summary\nSection 1", json!({"summary": "Section 1"})),
        ("# Summary\nSection 1: the contract", json!({"summary": "Section 1: the contract"})),
        ("# Summary\n2024-05-01: they paid", json!({"summary": "2024-05-01: they paid"})),
        ("# Summary\n10:30 they paid", json!({"summary": "10:30 they paid"})),
        // Headings in a text, and other sections.
        ("## Summary\na\n### 1. Cause\nb", json!({"summary": "a\n### 1. Cause\nb"})),
    ] {
        assert_eq!(read(SectionRules::default(), answer), (expected, Vec::new()), "{answer}");
    }
}

#[test]
fn what_is_not_read_is_null_and_said() {
    for (answer, expected, problem) in [
        ("# Rating\n2024-05-01\n# Note\nx", json!({"note": "x"}), "rating: \"2024-05-01\" is not a whole number"),
        ("# Rating\nI would say 8\n# Note\nx", json!({"note": "x"}), "rating: \"I would say 8\" is not a whole number"),
        ("# Rating\n7.5\n# Note\nx", json!({"note": "x"}), "rating: \"7.5\" is not a whole number"),
        ("# Rating\n7 or 8\n# Note\nx", json!({"note": "x"}), "rating: \"7 or 8\" is not a whole number"),
        ("# Rating\n11\n# Note\nx", json!({"note": "x"}), "rating: 11 is greater than 10"),
        ("# Rating\n0\n# Note\nx", json!({"note": "x"}), "rating: 0 is less than 1"),
        (
            "# Rating\n70/100\n# Note\nx",
            json!({"note": "x"}),
            "rating: \"70/100\" is on another scale: the highest value is 10",
        ),
        (
            "Rating 7\nRating: 8\n# Note\nx",
            json!({"note": "x"}),
            "rating: the answer says it 2 times, and not the same",
        ),
        (
            "# Tags\n- a\n\nSome remark\nMore remark",
            json!({"tags": ["a"]}),
            "tags: a text that is no item of the list is left out: \"Some remark\"",
        ),
        (
            "# Tags\n- a\nSome remark",
            json!({"tags": ["a"]}),
            "tags: a text that is no item of the list is left out: \"Some remark\"",
        ),
    ] {
        assert_eq!(read(SectionRules::default(), answer), (expected, vec![problem.to_owned()]), "{answer}");
    }
}

#[test]
fn nothing_is_lost_around_remarks_and_comments() {
    let both = json!({"summary": "It is lost.\nThey want 80 euros.", "rating": 7});
    for answer in [
        "## Summary (one line): It is lost.\nThey want 80 euros.\n## Rating (1-10): 7",
        "## Summary [short]\nIt is lost.\nThey want 80 euros.\n## Rating [1-10]: 7",
        "## Summary\nIt is lost.\n<!-- tone: calm -->They want 80 euros.\n## Rating\n<!-- of 10 --> 7",
        "## Summary\nIt is lost. <!-- b\nc -->They want 80 euros.\n## Rating\n7.",
    ] {
        assert_eq!(read(SectionRules::default(), answer), (both.clone(), Vec::new()), "{answer}");
    }
    for (answer, tags) in [
        ("## Tags\n- a\n<!-- q --> - b\n- c", json!(["a", "b", "c"])),
        ("## Tags\n$1,200, a (b, c), d", json!(["$1,200", "a (b, c)", "d"])),
        ("## Tags\n1,2,3", json!(["1", "2", "3"])),
        ("## Tags\n100,200,300", json!(["100", "200", "300"])),
    ] {
        assert_eq!(read(SectionRules::default(), answer), (json!({"tags": tags}), Vec::new()), "{answer}");
    }
    let summary = json!({"summary": "The parcel is lost.", "rating": 9});
    assert_eq!(
        read(SectionRules::default(), "**Summary (one line): The parcel is lost.**\n**Rating: 9**"),
        (summary, Vec::new())
    );
    // A value that is said twice, and not the same, is none.
    for answer in [
        "## Rating: 3\n9\n## Note\nx",
        "## Rating\n7\nRating: 9\n## Note\nx",
        "## Rating (1-10): 7\n3 (last time)\n## Note\nx",
    ] {
        let (value, problems) = read(SectionRules::default(), answer);
        assert_eq!(value, json!({"note": "x"}), "{answer}");
        assert!(problems[0].starts_with("rating: the answer says it 2 times, and not the same"), "{problems:?}");
    }
    for answer in ["{\n  \"summary\": \"Fine.\",\n  \"rating\": 3\n}", "{\"summary\":\"hi\",\"rating\":3}"] {
        assert_eq!(read(SectionRules::default(), answer).0, json!({}), "{answer}");
    }
}

#[test]
fn numbers_are_read_in_every_form() {
    for (written, rating) in [
        ("7", 7),
        ("[7]", 7),
        ("(7)", 7),
        ("\"7\"", 7),
        ("**7**", 7),
        ("`7`", 7),
        ("7/10", 7),
        ("[7/10]", 7),
        ("[7]/10", 7),
        ("**7/10**", 7),
        ("7 out of 10", 7),
        ("7 of 10", 7),
        ("7.0", 7),
        ("7 (good)", 7),
        ("7 – good", 7),
        ("- 7", 7),
        ("10", 10),
    ] {
        for answer in [format!("# Rating\n{written}"), format!("Rating: {written}"), format!("**Rating** {written}")] {
            assert_eq!(read(SectionRules::default(), &answer), (json!({"rating": rating}), Vec::new()), "{answer}");
        }
    }
    for (written, share) in [("0.75", 0.75), ("75%", 0.75), ("3/4", 0.75), ("[0.75]", 0.75)] {
        let answer = format!("# Share\n{written}");
        assert_eq!(read(SectionRules::default(), &answer), (json!({"share": share}), Vec::new()), "{answer}");
    }
}

#[test]
fn the_first_number_and_the_nearest_one_are_said() {
    let first = SectionRules { first_number: true, ..SectionRules::default() };
    let clamp = SectionRules { clamp: true, ..SectionRules::default() };
    let both = SectionRules { first_number: true, clamp: true, ..SectionRules::default() };
    for (rules, written, rating, problem) in [
        (first, "I would say 8", Some(8), "\"I would say 8\" is no number alone: the first one in it is taken, 8"),
        (first, "I would say 11", None, "11 is greater than 10"),
        (first, "on 2024-05-01", None, "\"on 2024-05-01\" is not a whole number"),
        (clamp, "11", Some(10), "11 is out of range: the nearest value is taken, 10"),
        (clamp, "-1", Some(1), "-1 is out of range: the nearest value is taken, 1"),
        (clamp, "I would say 11", None, "\"I would say 11\" is not a whole number"),
        (
            both,
            "I would say 11",
            Some(10),
            "\"I would say 11\" is no number alone: the first one in it is taken, 11; 11 is out of range: the nearest \
             value is taken, 10",
        ),
    ] {
        let mut expected = json!({"note": "x"});
        if let Some(rating) = rating {
            expected["rating"] = json!(rating);
        }
        let (found, problems) = read(rules, &format!("# Rating\n{written}\n# Note\nx"));
        assert_eq!(found, expected, "{written}");
        assert!(problems[0].starts_with("rating: "), "{problems:?}");
        assert!(problems.iter().any(|it| it.ends_with(problem)), "{problems:?}");
    }
}

#[test]
fn a_required_section_that_is_missing_fails_the_attempt_where_that_is_wished() {
    let strict = contract(SectionRules { required: true, ..SectionRules::default() });
    let whole = "# Summary\na\n# Rating\n7\n# Tags\nnone";
    assert_eq!(strict.read(whole).unwrap()["tags"], json!([]));
    for (answer, problems) in [
        ("# Summary\na\n# Rating\n7", &["tags: the answer has no such section"][..]),
        ("# Summary\na\n# Rating\nhigh\n# Tags\nnone", &["rating: \"high\" is not a whole number"]),
        ("# Summary\n# Rating\n7\n# Tags\n- a", &["summary: its section is empty"]),
        ("# Rating\n11\n# Tags\n- a", &["rating: 11 is greater than 10", "summary: the answer has no such section"]),
    ] {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(strict.read(answer).unwrap_err(), OutputError::NoRequired(problems), "{answer}");
    }
    // What the schema does not require may be missing or unreadable.
    assert!(strict.read(&format!("{whole}\n# Refund\nperhaps")).is_ok());
}
