//! Under any mix of faults rows are conserved, and each item ends accepted or with its true kind of failure.

use serde_json::{Value, json};

use crate::fault_server::{Config, Content, serve, valid_for};

#[test]
fn the_fault_server_answers_as_an_endpoint_does() {
    let schema =
        json!({"type": "object", "properties": {"product": {"enum": ["a", "b"]}, "sure": {"type": "boolean"}}});
    let server = serve(Config::new(Content::Valid(schema.clone().into()))).expect("loopback has a free port");
    assert!(server.base_url().starts_with("http://127.0.0.1:"));
    assert_eq!(server.counts().requests, 0);
    let values: Vec<Value> = (0..20).map(|seed| valid_for(&schema, seed)).collect();
    assert!(values.iter().any(|it| it["product"] == "a") && values.iter().any(|it| it["product"] == "b"));
}
