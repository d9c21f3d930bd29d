use serde_json::{Value, json};

use super::*;
use crate::record::{ClaimStatus, OutputPath};

const TEXT: &str = "# Refunds\n\n- Refunds are made within 30 days.  \n- They are paid in cash.\n\nSee *below*.\n\
                    Twice.\n\tTwice.\nTwice.";

fn path(text: &str) -> OutputPath {
    text.parse().unwrap()
}

fn rule(at: &str, matching: Matching, on_mismatch: OnMismatch) -> EvidenceRule {
    let lines = vec![path("from"), path("to")];
    EvidenceRule { places: ClaimPlaces { at: path(at), lines, quote: path("quote") }, matching, on_mismatch }
}

fn claim(from: i64, to: i64, quote: &str) -> Value {
    json!({"from": from, "to": to, "quote": quote})
}

/// The status of a claim, and its lines.
type Found = (ClaimStatus, Option<i64>, Option<i64>);

/// The status and the lines of each claim, what is wrong, and the claims with their lines.
fn held(claims: &Value, rule: &EvidenceRule) -> (Vec<Found>, String, Value) {
    let lines = RowLines::of(TEXT);
    let mut output = json!({"claims": claims});
    let held = hold(&lines, std::slice::from_ref(rule), &mut output);
    let all = held.claims.iter().map(|it| (it.status, it.line_start, it.line_end)).collect();
    (all, feedback(&lines, &held, 1), output["claims"].take())
}

fn statuses(claims: &Value, matching: Matching, on_mismatch: OnMismatch) -> Vec<ClaimStatus> {
    held(claims, &rule("claims[]", matching, on_mismatch)).0.into_iter().map(|(status, ..)| status).collect()
}

#[test]
fn a_quote_has_a_status() {
    use ClaimStatus::{Exact, NotFound, Part, Relocated, Trimmed};
    let exact = "- Refunds are made within 30 days.  ";
    let table = [
        (claim(3, 3, exact), [Exact, Exact, Exact]),
        (claim(3, 4, &format!("{exact}\n- They are paid in cash.")), [Exact, Exact, Exact]),
        // Blanks at the ends differ.
        (claim(3, 3, "- Refunds are made within 30 days."), [Part, Trimmed, Part]),
        (claim(3, 4, "- Refunds are made within 30 days.\n- They are paid in cash."), [NotFound, Trimmed, NotFound]),
        (
            claim(3, 4, "- Refunds are made within 30 days.  \r\n- They are paid in cash."),
            [NotFound, Trimmed, NotFound],
        ),
        (claim(4, 4, "- They are paid in cash.\n"), [NotFound, NotFound, Relocated]),
        // A part of the lines.
        (claim(3, 3, "within 30 days"), [Part, Part, Part]),
        (claim(3, 4, exact), [Part, Part, Relocated]),
        (claim(6, 6, "See below."), [NotFound, NotFound, NotFound]),
        // Elsewhere: once, or several times.
        (claim(1, 1, "See *below*."), [NotFound, NotFound, Relocated]),
        (claim(1, 2, "See *below*.\nTwice."), [NotFound, NotFound, Relocated]),
        (claim(1, 1, "Twice."), [NotFound, NotFound, NotFound]),
        (claim(7, 7, "Twice."), [Exact, Exact, Exact]),
        (claim(9, 9, "Twice."), [Exact, Exact, Exact]),
        (claim(8, 8, "Twice."), [Part, Trimmed, Part]),
        // Lines that are none.
        (claim(0, 1, "# Refunds"), [NotFound, NotFound, Relocated]),
        (claim(4, 3, "See *below*."), [NotFound, NotFound, Relocated]),
        (claim(-5, 99, "See nothing."), [NotFound, NotFound, NotFound]),
        (claim(i64::MAX, i64::MIN, "See *below*."), [NotFound, NotFound, Relocated]),
        (json!({"from": 3.0, "to": 3.0, "quote": exact}), [Exact, Exact, Exact]),
        (json!({"from": 1e300, "to": 2.5, "quote": "See *below*."}), [NotFound, NotFound, Relocated]),
        (json!({"from": null, "to": null, "quote": "See *below*."}), [NotFound, NotFound, Relocated]),
        (json!({"quote": "See *below*."}), [NotFound, NotFound, NotFound]),
        // Quotes that prove nothing.
        (claim(2, 2, ""), [NotFound, NotFound, NotFound]),
        (claim(2, 2, " \n"), [NotFound, NotFound, NotFound]),
        (json!({"from": 3, "to": 3}), [NotFound, NotFound, NotFound]),
        (json!({"from": 3, "to": 3, "quote": null}), [NotFound, NotFound, NotFound]),
    ];
    for (claim, [strict, trimmed, relocated]) in table {
        let claims = json!([claim]);
        assert_eq!(statuses(&claims, Matching::Exact, OnMismatch::Retry), [strict], "{claim}");
        assert_eq!(statuses(&claims, Matching::Exact, OnMismatch::Fail), [strict], "{claim}");
        assert_eq!(statuses(&claims, Matching::Trimmed, OnMismatch::Retry), [trimmed], "{claim}");
        assert_eq!(statuses(&claims, Matching::Exact, OnMismatch::Relocate), [relocated], "{claim}");
    }
}

#[test]
fn a_claim_that_is_relocated_has_the_lines_where_it_stands() {
    use ClaimStatus::{Exact, Relocated};
    let relocate = rule("claims[]", Matching::Exact, OnMismatch::Relocate);
    let claims = json!([claim(1, 2, "See *below*.\nTwice."), claim(99, 98, "# Refunds"), claim(7, 7, "Twice.")]);
    let (held, feedback, output) = held(&claims, &relocate);
    let expected = [(Relocated, Some(6), Some(7)), (Relocated, Some(1), Some(1)), (Exact, Some(7), Some(7))];
    assert_eq!((held.as_slice(), feedback.as_str()), (&expected[..], ""));
    assert_eq!(output, json!([claim(6, 7, "See *below*.\nTwice."), claim(1, 1, "# Refunds"), claim(7, 7, "Twice.")]));
}

#[test]
fn blanks_may_differ_where_a_relocated_quote_stands_if_they_may_at_all() {
    let claims = json!([claim(1, 1, "- Refunds are made within 30 days.")]);
    let of = |matching| held(&claims, &rule("claims[]", matching, OnMismatch::Relocate)).0;
    assert_eq!(of(Matching::Exact), [(ClaimStatus::NotFound, Some(1), Some(1))]);
    assert_eq!(of(Matching::Trimmed), [(ClaimStatus::Relocated, Some(3), Some(3))]);
}

#[test]
fn nothing_is_claimed_where_nothing_is_written() {
    let claims = json!([null, {}, {"from": null, "to": null, "quote": null}, claim(1, 1, "# Refunds")]);
    assert_eq!(statuses(&claims, Matching::Exact, OnMismatch::Retry), [ClaimStatus::Exact]);
    let (found, feedback, output) = held(&json!([]), &rule("claims[]", Matching::Exact, OnMismatch::Fail));
    assert_eq!((found.len(), feedback.as_str(), output), (0, "", json!([])));
}

#[test]
fn a_claim_may_have_one_line_and_fields_below_it() {
    let places = ClaimPlaces { at: path("uses[].proof"), lines: vec![path("at.line")], quote: path("words") };
    let one = EvidenceRule { places, matching: Matching::Exact, on_mismatch: OnMismatch::Relocate };
    let lines = RowLines::of(TEXT);
    let proof = |line: i64, words: &str| json!({"proof": {"at": {"line": line}, "words": words}});
    let mut output = json!({"uses": [proof(6, "See *below*."), {"proof": null}, proof(2, "# Refunds"), proof(1, "See *below*.\nTwice.")]});
    let held = hold(&lines, &[one], &mut output);
    let found: Vec<_> =
        held.claims.iter().map(|it| (it.path.as_str(), it.status, it.line_start, it.line_end)).collect();
    assert_eq!(
        found,
        [
            ("uses[0].proof", ClaimStatus::Exact, Some(6), Some(6)),
            ("uses[2].proof", ClaimStatus::Relocated, Some(1), Some(1)),
            ("uses[3].proof", ClaimStatus::NotFound, Some(1), Some(1)),
        ]
    );
    assert_eq!(output["uses"][2], proof(1, "# Refunds"));
}

#[test]
fn only_a_rule_that_fails_is_final() {
    let lines = RowLines::of(TEXT);
    let mut output = json!({"a": [claim(1, 1, "x")], "b": [claim(1, 1, "# Refunds")]});
    let [retry, fail] = [OnMismatch::Retry, OnMismatch::Fail].map(|it| move |at: &str| rule(at, Matching::Exact, it));
    let is_final = |output: &mut Value, rules: &[EvidenceRule]| hold(&lines, rules, output).is_final;
    assert!(!is_final(&mut output, &[retry("a[]"), fail("b[]")]));
    assert!(is_final(&mut output, &[fail("a[]"), retry("b[]")]));
}

#[test]
fn feedback_says_what_is_wrong_and_where_the_quote_stands() {
    let claims = json!([
        claim(3, 3, "Refunds are made within 30 days."),
        claim(3, 4, "- Refunds are made within 30 days.\n- They are paid in cash."),
        claim(1, 1, "Twice."),
        claim(2, 2, "See *below*."),
        claim(6, 6, "They were paid in cash."),
        claim(40, 41, "They are paid"),
        claim(4, 3, "We pay nothing."),
        claim(1, 1, ""),
        claim(1, 1, "ninth"),
        claim(1, 1, "tenth"),
    ]);
    let (_, feedback, _) = held(&claims, &rule("claims[]", Matching::Exact, OnMismatch::Retry));
    insta::assert_snapshot!(feedback, @r"
    claims[0]: the quote is only part of line 3, without `-␠` before and `␠␠` after it; quote whole lines:
        3: - Refunds are made within 30 days.␠␠
    claims[1]: the quote differs from lines 3 to 4 in the blanks at the ends of a line:
        3: - Refunds are made within 30 days.␠␠
        4: - They are paid in cash.
      the quote is:
        - Refunds are made within 30 days.
        - They are paid in cash.
    claims[2]: the quote is not what stands on line 1, which is:
        1: # Refunds
      the quote stands several times: on line 7, line 9: name the lines that are meant
    claims[3]: the quote is not what stands on line 2, which is:
        2:
      the quote stands on line 6: name the lines that are meant
    claims[4]: the quote is not what stands on line 6, which is:
        6: See *below*.
      the quote is:
        They were paid in cash.
      the quote stands nowhere in the text; line 4 is nearest to it:
        4: - They are paid in cash.
    claims[5]: lines 40 to 41 are not in the text, which has lines 1 to 9
      the quote is only part of line 4; quote whole lines:
        4: - They are paid in cash.
    claims[6]: its last line, 3, comes before its first, 4
      the quote is:
        We pay nothing.
      the quote stands nowhere in the text: quote lines that are there, or leave the claim out
    claims[7]: the quote is missing or empty; quote the lines that prove it, or leave the claim out
    2 more claims do not hold
    `␠` shows a blank: a quote has the character itself
    a quote is whole lines, copied exactly and without their numbers, with a line break between two
    lines are counted from 1, as the numbers before them show
    ");
}

#[test]
fn tabs_are_shown_where_a_quote_differs_in_them() {
    let text = "| a\tb |\nfee\tten euros\n";
    let lines = RowLines::of(text);
    let rules = [rule("claims[]", Matching::Exact, OnMismatch::Retry)];
    let say = |from: i64, quote: &str| {
        let mut output = json!({"claims": [claim(from, from, quote)]});
        let held = hold(&lines, &rules, &mut output);
        feedback(&lines, &held, 1)
    };
    let said = say(2, "fee ten euros");
    assert!(said.contains("    2: fee→ten euros\n") && said.contains("`→` shows a tab"), "{said}");
    assert!(say(1, "fee ten euros").contains("    2: fee→ten euros\n"));
    assert!(say(2, "fee\tten euro").contains("    2: fee\tten euros\n"), "the quote has the tab");
    assert!(say(2, "fee\tnine euros").contains("    2: fee\tten euros\n"), "and here");
}

#[test]
fn people_are_told_the_lines_of_the_document() {
    let lines = RowLines::of(TEXT);
    let mut output = json!({"claims": [claim(1, 1, "Twice."), claim(12, 12, "x")]});
    let held = hold(&lines, &[rule("claims[]", Matching::Exact, OnMismatch::Retry)], &mut output);
    insta::assert_snapshot!(feedback(&lines, &held, 101), @r"
    claims[0]: the quote is not what stands on line 101, which is:
        101: # Refunds
      the quote stands several times: on line 107, line 109: name the lines that are meant
    claims[1]: line 112 is not in the text, which has lines 101 to 109
      the quote is:
        x
      the quote stands nowhere in the text: quote lines that are there, or leave the claim out
    a quote is whole lines, copied exactly and without their numbers, with a line break between two
    lines are those of the document
    ");
}

#[test]
fn feedback_is_bounded() {
    let long = "x".repeat(1_000_000);
    let many = "y\n".repeat(10_000);
    let mut claims: Vec<Value> = (0..1_000).map(|_| claim(1, 9, "z")).collect();
    claims[0] = claim(1, 1, &long);
    claims[1] = claim(1, 9, &many);
    let (_, feedback, _) = held(&json!(claims), &rule("claims[]", Matching::Exact, OnMismatch::Retry));
    assert!(feedback.len() < 10_000, "{}", feedback.len());
    assert!(feedback.contains("\n992 more claims do not hold\n"), "{feedback}");
}

#[test]
fn many_quotes_of_a_long_row_are_held_in_linear_time() {
    let text: Vec<String> = (0..100_000).map(|at| format!("line {} of the text", at % 70_000)).collect();
    let text = text.join("\n");
    let lines = RowLines::of(&text);
    let claims: Vec<Value> = (0..100_000_i64)
        .map(|at| match at % 4 {
            0 => claim(at + 1, at + 1, &format!("line {} of the text", at % 70_000)),
            1 => claim(1, 1, &format!("line {} of the text", at % 70_000)),
            2 => claim(at + 1, at + 1, "of the"),
            _ => claim(1, 100_000, "nowhere"),
        })
        .collect();
    let mut output = json!({"claims": claims});
    let held = hold(&lines, &[rule("claims[]", Matching::Exact, OnMismatch::Relocate)], &mut output);
    let count = |status| held.claims.iter().filter(|it| it.status == status).count();
    assert_eq!(count(ClaimStatus::Exact), 25_000);
    assert_eq!(count(ClaimStatus::Part), 25_000);
    assert_eq!(count(ClaimStatus::Relocated), 10_000);
}

#[test]
fn a_search_that_is_too_long_is_said() {
    let lines = RowLines::of(TEXT);
    let rules = [rule("claims[]", Matching::Exact, OnMismatch::Retry)];
    let claims = json!({"claims": [claim(3, 3, "Refunds"), claim(3, 3, "Refunds"), claim(1, 1, "# Refunds")]});
    let mut output = claims.clone();
    let held = super::hold::hold_within(45, &lines, &rules, &mut output);
    let found: Vec<_> = held.claims.iter().map(|it| it.status).collect();
    assert_eq!(found, [ClaimStatus::Part, ClaimStatus::NotFound, ClaimStatus::Exact]);
    let said = feedback(&lines, &held, 1);
    assert!(said.contains("\nquotes that were not looked for within the lines that they name: 1, since"), "{said}");
    assert!(!feedback(&lines, &hold(&lines, &rules, &mut output), 1).contains("not looked for"));
}

#[test]
fn made_up_claims_hold() {
    let rules = [rule("claims[]", Matching::Exact, OnMismatch::Retry)];
    let places: Vec<ClaimPlaces> = rules.iter().map(|it| it.places.clone()).collect();
    let lines = RowLines::of(TEXT);
    for seed in 0..50 {
        let mut output = json!({"claims": [claim(0, 0, ""), null, claim(7, 2, "x")]});
        quote_lines(&mut output, &places, TEXT, &|at| seed * 7 + at as u64);
        let held = hold(&lines, &rules, &mut output);
        assert!(held.is_sound() && held.claims.len() == 2, "{output}");
    }
    let mut output = json!({"claims": [claim(0, 0, "")]});
    quote_lines(&mut output, &places, " \n", &|_| 3);
    assert_eq!(output, json!({"claims": [claim(0, 0, "")]}));
}

#[test]
fn a_model_is_told_how_to_quote() {
    let two = rule("claims[]", Matching::Exact, OnMismatch::Retry).places;
    let one = ClaimPlaces { at: path("proof"), lines: vec![path("line")], quote: path("words") };
    insta::assert_snapshot!(instructions(&[two, one]), @r"
    How to quote in `claims[]`: `quote` is one or more whole lines of the text, copied exactly as they stand there, with the marks and blanks at both ends and without line numbers; several lines are joined by a line break (`\n` in JSON). `from` and `to` are the numbers of the first and the last of these lines, counted from 1 as in the text shown.

    How to quote in `proof`: `words` is one whole line of the text, copied exactly as it stands there, with the marks and blanks at both ends and without its number. `line` is the number of this line, counted from 1 as in the text shown.
    ");
}
