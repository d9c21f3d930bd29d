use serde_json::{Map, Value, json};

use crate::testset::{AskedCounts, Checked, CustomerWords, FileContent, SetContent, SourceDocument, check};

/// The document of the set: each line is a policy or a ticket.
const LINES: [&str; 9] = [
    "# Returns",
    "",
    "Refund within 30 days.",
    "Never ask for a password.",
    "Send threats to a person.",
    "Write in plain words.",
    "End with a greeting.",
    "",
    "| T-1 | Where is my **parcel**? |",
];
const NAMES: [&str; 5] =
    ["Return a kettle", "Track a parcel", "Change an address", "Pay an invoice", "Cancel a subscription"];
const TYPES: [&str; 5] = ["must", "must_not", "escalate", "style", "format"];
const SOURCES: [&str; 3] = ["tickets", "faq_paraphrase", "corner"];

/// The files of a set as values.
#[derive(Clone)]
pub(super) struct Set {
    pub(super) use_cases: Value,
    pub(super) policies: Value,
    pub(super) test_cases: Value,
    pub(super) dataset: Value,
    pub(super) manifest: Value,
    pub(super) documents: Option<Vec<SourceDocument>>,
}

fn evidence(line: usize) -> Value {
    json!([{"input_file": "faq.md", "line_start": line, "line_end": line, "quote": LINES[line - 1]}])
}

/// A set without faults.
pub(super) fn valid() -> Set {
    let (mut use_cases, mut policies, mut test_cases, mut examples) = (vec![], vec![], vec![], vec![]);
    for at in 0..5 {
        use_cases.push(json!({
            "id": format!("uc_00{}", at + 1), "case": "support_bot", "name": NAMES[at],
            "description": format!("A customer wants to {}.", NAMES[at].to_lowercase()), "evidence": evidence(1),
        }));
        policies.push(json!({
            "id": format!("pol_00{}", at + 1), "case": "support_bot", "type": TYPES[at],
            "statement": LINES[at + 2], "evidence": evidence(at + 3),
        }));
    }
    for at in 0..15 {
        let (number, use_case) = (at + 1, format!("uc_00{}", at / 3 + 1));
        let policy = format!("pol_00{}", at / 3 + 1);
        test_cases.push(json!({
            "id": format!("tc_{number:03}"), "case": "support_bot", "use_case_id": use_case,
            "parameters": {"mood": (["calm", "angry", "lost"][at % 3]), "orders": at % 3},
            "policy_ids": [policy],
        }));
        let source = SOURCES[at % 3];
        let asked = if source == "tickets" { "Where is my parcel?".to_owned() } else { format!("Question {number}") };
        examples.push(json!({
            "id": format!("ex_{number:03}"), "case": "support_bot", "format": "single_turn_qa",
            "use_case_id": use_case, "test_case_id": format!("tc_{number:03}"),
            "input": {"messages": [{"role": "user", "content": asked}]},
            "expected_output": format!("This is answer number {number}."),
            "evaluation_criteria": ["It is polite.", "It is true.", format!("It answers question {number}.")],
            "policy_ids": [policy], "metadata": {"source": source, "split": "test"},
        }));
    }
    let document = SourceDocument {
        name: "faq.md".into(),
        path: "docs/faq.md".into(),
        text: LINES.join("\n"),
        customer_words: CustomerWords::Messages,
        messages: Vec::new(),
    };
    Set {
        use_cases: json!({"use_cases": use_cases}),
        policies: json!({"policies": policies}),
        test_cases: json!({"test_cases": test_cases}),
        dataset: json!({"examples": examples}),
        manifest: json!({
            "input_path": "docs/faq.md", "out_path": "out/support", "seed": 42, "timestamp": "2025-01-31T12:00:00Z",
            "generator_version": "1.0", "llm": {"provider": "sample", "model": null, "temperature": null},
            "documents": 1,
        }),
        documents: Some(vec![document]),
    }
}

/// A set whose examples are corrections of operators.
pub(super) fn of_operators() -> Set {
    let mut set = valid();
    for list in [&mut set.use_cases["use_cases"], &mut set.policies["policies"], &mut set.test_cases["test_cases"]] {
        list.as_array_mut().unwrap().iter_mut().for_each(|it| it["case"] = json!("operator_quality"));
    }
    let said = |role: &str| json!({"role": role, "content": format!("The {role} says so.")});
    for (at, it) in set.dataset["examples"].as_array_mut().unwrap().iter_mut().enumerate() {
        it["case"] = json!("operator_quality");
        it["metadata"]["source"] = json!("handbook");
        if at % 2 == 0 {
            it["format"] = json!("single_utterance_correction");
            it["input"] = json!({"messages": [said("operator")]});
        } else {
            it["format"] = json!("dialog_last_turn_correction");
            it["input"] = json!({"messages": [said("user"), said("operator")], "target_message_index": 1});
        }
    }
    set
}

impl Set {
    pub(super) fn content(&self) -> SetContent {
        let bytes = |value: &Value| FileContent::Bytes(serde_json::to_vec_pretty(value).unwrap());
        SetContent {
            use_cases: bytes(&self.use_cases),
            policies: bytes(&self.policies),
            test_cases: bytes(&self.test_cases),
            dataset: bytes(&self.dataset),
            manifest: bytes(&self.manifest),
        }
    }

    pub(super) fn check(&self) -> Checked {
        check(&self.content(), self.documents.as_deref(), AskedCounts::CONTRACT)
    }

    /// The value that a JSON pointer names, in the file that its first part names.
    pub(super) fn at(&mut self, pointer: &str) -> &mut Value {
        let (file, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
        let (value, list) = match file {
            "use_cases" => (&mut self.use_cases, true),
            "policies" => (&mut self.policies, true),
            "test_cases" => (&mut self.test_cases, true),
            "examples" => (&mut self.dataset, true),
            _ => (&mut self.manifest, false),
        };
        let whole = match (list, rest) {
            (true, "") => format!("/{file}"),
            (true, _) => format!("/{file}/{rest}"),
            (false, "") => String::new(),
            (false, _) => format!("/{rest}"),
        };
        value.pointer_mut(&whole).unwrap_or_else(|| panic!("nothing at {pointer}"))
    }

    pub(super) fn set(&mut self, pointer: &str, value: Value) {
        if let Some((parent, key)) = pointer.rsplit_once('/')
            && let Value::Object(members) = self.at(parent)
        {
            members.insert(key.to_owned(), value);
        } else {
            *self.at(pointer) = value;
        }
    }

    pub(super) fn remove(&mut self, pointer: &str) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match self.at(parent) {
            Value::Object(members) => drop(members.shift_remove(key)),
            Value::Array(elements) => drop(elements.remove(key.parse().unwrap())),
            _ => panic!("{pointer}"),
        }
    }
}

/// The faults, a line each.
pub(super) fn lines(checked: &Checked) -> Vec<String> {
    let line = |it: &crate::testset::Fault| {
        let (line, item) = (it.line.unwrap_or(0), it.item.as_deref().unwrap_or("-"));
        format!("{}:{line} {item} {} [{}] {}; expected: {}", it.file, it.path, it.kind.as_str(), it.found, it.expected)
    };
    checked.faults.iter().map(line).collect()
}

pub(super) fn members(value: &mut Value) -> &mut Map<String, Value> {
    value.as_object_mut().unwrap()
}
