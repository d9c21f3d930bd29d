use serde_json::json;

use super::fixture::valid;

#[test]
fn what_repeats_and_what_is_missing_is_counted() {
    let mut set = valid();
    set.set("examples/1/expected_output", json!("Ok."));
    set.set("examples/2/expected_output", json!("Dear {{ name }}, hello."));
    set.set("examples/4/expected_output", json!("Question 5"));
    set.set("examples/5/input/messages/0/content", json!("question 5!"));
    for at in [12, 13] {
        for list in ["test_cases", "examples"] {
            set.set(&format!("{list}/{at}/policy_ids"), json!(["pol_001"]));
        }
    }
    set.set("test_cases/14/policy_ids", json!(["pol_001"]));
    set.set("examples/14/policy_ids", json!(["pol_001"]));
    set.set("examples/14/metadata/source", json!("tickets"));
    set.set("examples/14/input/messages/0/content", json!("Where is my parcel?"));
    let quality = set.check().quality;
    assert_eq!(quality.short_outputs.first, ["ex_002"]);
    assert_eq!(quality.placeholders.first, ["ex_003 expected_output: {{ name }}"]);
    assert_eq!(quality.outputs_like_input.first, ["ex_005"]);
    assert_eq!(quality.unused_policies.first, ["pol_005"]);
    assert_eq!(quality.without_corner.first, ["uc_005"]);
    let messages = quality.near_duplicates.iter().find(|it| it.of == "user messages").unwrap();
    assert_eq!((messages.texts, messages.equal.count), (15, 6), "five tickets after the first, and one more");
    assert_eq!(messages.equal.first[1], "ex_006 = ex_005");
    assert_eq!(quality.repeated_criteria[0].examples, 15);
    assert_eq!(quality.spread["source"]["tickets"], 6);
    let outputs = quality.lengths.iter().find(|it| it.of == "expected outputs").unwrap();
    assert_eq!((outputs.min, outputs.median, outputs.max), (3, 24, 25));
    assert_eq!(outputs.buckets.iter().map(|it| it.texts).sum::<u64>(), 15);
}
