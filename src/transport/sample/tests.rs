use super::*;
use crate::provider::TokenUsage;
use crate::schema::Contract;

fn ask(purpose: SamplePurpose, faults: Faults, seed: u8) -> SampleAsk {
    let schema = Arc::new(json!({"type": "object"}));
    SampleAsk { schema, form: AnswerForm::Json, seed: [seed; 20], purpose, faults: Arc::new(faults), quoted: None }
}

fn text(faults: Faults) -> (String, Finish) {
    let completion = answer(&ask(SamplePurpose::Judge { min_score: 70 }, faults, 7)).unwrap();
    (completion.text, completion.finish)
}

#[test]
fn without_faults_the_answer_is_json_and_always_the_same() {
    let first = answer(&ask(SamplePurpose::Generation, Faults::default(), 1)).unwrap();
    assert_eq!(first, answer(&ask(SamplePurpose::Generation, Faults::default(), 1)).unwrap());
    assert!(serde_json::from_str::<Value>(&first.text).unwrap().is_object());
    assert_eq!(
        (first.finish, first.usage, first.model.as_deref()),
        (Finish::Stop, TokenUsage::default(), Some("sample"))
    );
}

#[test]
fn a_schema_without_samples_is_an_error() {
    let mut ask = ask(SamplePurpose::Generation, Faults::default(), 1);
    ask.schema = Arc::new(json!("text"));
    assert_eq!(answer(&ask).unwrap_err().kind, ProviderErrorKind::BadRequest);
}

#[test]
fn each_fault_does_what_it_says() {
    let (malformed, finish) = text(Faults { malformed: 1.0, ..Faults::default() });
    assert!(serde_json::from_str::<Value>(&malformed).is_err() && malformed.starts_with("Here is the answer:\n{"));
    assert!(!malformed.contains('}'), "{malformed}");
    assert_eq!(finish, Finish::Stop);

    let (extra, _) = text(Faults { extra_field: 1.0, ..Faults::default() });
    assert!(serde_json::from_str::<Value>(&extra).unwrap().get("unexpected_field").is_some());

    let (truncated, finish) = text(Faults { truncated: 1.0, malformed: 1.0, ..Faults::default() });
    assert!(serde_json::from_str::<Value>(&truncated).is_err());
    assert_eq!(finish, Finish::Length);
    assert!(text(Faults::default()).0.starts_with(&truncated));
}

#[test]
fn a_verdict_and_its_score_agree() {
    for min_score in [0, 1, 50, 70, 100, 255] {
        for seed in 0..50 {
            for (rate, verdict) in [(0.0, "PASS"), (1.0, "FAIL")] {
                let faults = Faults { judge_fail: rate, ..Faults::default() };
                let completion = answer(&ask(SamplePurpose::Judge { min_score }, faults, seed)).unwrap();
                let value: Value = serde_json::from_str(&completion.text).unwrap();
                let score = value["score"].as_u64().unwrap();
                assert_eq!(value["verdict"], verdict);
                assert!(!value["reasons"].as_array().unwrap().is_empty());
                let lowest = u64::from(min_score.min(100));
                assert!(score <= 100 && if rate == 0.0 { score >= lowest } else { score < lowest.max(1) }, "{score}");
            }
        }
    }
}

#[test]
fn a_verdict_adds_no_field_that_its_schema_lacks() {
    let mut ask = ask(SamplePurpose::Judge { min_score: 70 }, Faults::default(), 3);
    ask.schema = Arc::new(json!({"type": "object", "properties": {"verdict": {}, "score": {}}}));
    let value: Value = serde_json::from_str(&answer(&ask).unwrap().text).unwrap();
    assert_eq!(value.as_object().unwrap().keys().collect::<Vec<_>>(), ["verdict", "score"]);
}

#[test]
fn rates_hold_over_many_answers_and_seeds_draw_anew() {
    let mut struck = 0_u32;
    for number in 0..2000_u32 {
        let mut ask = ask(SamplePurpose::Generation, Faults { malformed: 0.25, ..Faults::default() }, 9);
        ask.seed[..4].copy_from_slice(&number.to_be_bytes());
        struck += u32::from(answer(&ask).unwrap().text.starts_with("Here"));
    }
    assert!((400..600).contains(&struck), "{struck}");
}

#[test]
fn slow_answers_take_longer() {
    let faults = Faults {
        latency: Duration::from_millis(5),
        slow_latency: Duration::from_millis(90),
        slow: 1.0,
        ..Faults::default()
    };
    assert_eq!(latency(&ask(SamplePurpose::Generation, faults.clone(), 1)), Duration::from_millis(95));
    assert_eq!(latency(&ask(SamplePurpose::Generation, Faults { slow: 0.0, ..faults }, 1)), Duration::from_millis(5));
}

#[test]
fn samples_come_in_the_form_that_answers_have() {
    let schema = r#"{"type": "object", "properties": {"label": {"enum": ["a", "b"]}, "why": {"type": "string"}},
                     "required": ["label", "why"]}"#;
    let contract = Contract::parse_sections(schema, "s.json").unwrap();
    let sampled = |faults: Faults, seed: u8| {
        let (schema, form) = (Arc::new(contract.as_written().clone()), contract.form().clone());
        let ask = SampleAsk { schema, form, ..ask(SamplePurpose::Generation, faults, seed) };
        answer(&ask).unwrap().text
    };
    for seed in 0..20 {
        let output = contract.read(&sampled(Faults::default(), seed)).unwrap();
        assert_eq!(output["parse_errors"], json!([]), "{output}");
    }
    let extra = contract.read(&sampled(Faults { extra_field: 1.0, ..Faults::default() }, 1)).unwrap();
    assert_eq!(extra["parse_errors"][0]["field"], "unexpected_field");
    assert!(contract.read(&sampled(Faults { malformed: 1.0, ..Faults::default() }, 1)).is_err());

    let text = Contract::parse_text(None, "answer").unwrap();
    let (schema, form) = (Arc::new(text.as_written().clone()), text.form().clone());
    let ask = SampleAsk { schema, form, ..ask(SamplePurpose::Generation, Faults::default(), 1) };
    assert!(text.read(&answer(&ask).unwrap().text).is_ok());
}
