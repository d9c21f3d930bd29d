//! The provider-neutral request ([`ChatRequest`]) and its id.

use std::sync::Arc;

use serde_json::{Value, json};

use super::message::{Image, Message};
use super::spec::RequestSpec;
use crate::record::{RequestId, SpecId, WorkId, canonical};

/// A request to a model, the same for every provider.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    pub spec: Arc<RequestSpec>,
    /// The conversation; a system message comes first.
    pub messages: Vec<Message>,
    /// The number of this sample of the same question, 1 for the first.
    pub sample: u32,
    /// For answers from a table: the columns that select a record with their values, and under `values.NAME` the other
    /// values that the answer's template sees.
    pub matched: Option<Vec<(String, String)>>,
    /// The work item, if equal requests of different work items must not share one call.
    pub item: Option<WorkId>,
}

impl ChatRequest {
    /// The request's id, the digest of its content. `spec` is `self.spec.id()`, which is computed once for each kind.
    #[must_use]
    pub fn id(&self, spec: SpecId) -> RequestId {
        let mut bytes = Vec::with_capacity(1024);
        bytes.extend_from_slice(b"{\"item\":");
        match &self.item {
            Some(item) => canonical::write_str(&item.to_string(), &mut bytes),
            None => bytes.extend_from_slice(b"null"),
        }
        bytes.extend_from_slice(b",\"matched\":");
        match &self.matched {
            Some(pairs) => {
                let object = pairs.iter().map(|(column, value)| (column.clone(), json!(value))).collect();
                canonical::write(&Value::Object(object), &mut bytes);
            }
            None => bytes.extend_from_slice(b"null"),
        }
        bytes.extend_from_slice(b",\"messages\":[");
        for (index, message) in self.messages.iter().enumerate() {
            bytes.extend_from_slice(if index == 0 { b"{\"content\":" } else { b",{\"content\":" });
            canonical::write_str(&message.content, &mut bytes);
            // Absent without pictures, so that such requests keep the ids that they have in older run files.
            if !message.images.is_empty() {
                bytes.extend_from_slice(b",\"images\":");
                canonical::write(&message.images.iter().map(Image::to_value).collect(), &mut bytes);
            }
            bytes.extend_from_slice(b",\"role\":");
            canonical::write_str(message.role.as_str(), &mut bytes);
            bytes.push(b'}');
        }
        bytes.extend_from_slice(format!("],\"sample\":{},\"spec\":\"{spec}\"}}", self.sample).as_bytes());
        RequestId::of_canonical(&[&bytes])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::super::message::Role;
    use super::super::spec::{LimitField, Parameters};
    use super::*;

    fn request() -> ChatRequest {
        ChatRequest {
            spec: Arc::new(RequestSpec {
                endpoint: json!({"provider": "openai", "base_url": "https://api.openai.com/v1"}),
                model: "m".into(),
                parameters: Parameters::default(),
                response_schema: None,
            }),
            messages: vec![Message::new(Role::System, "s"), Message::new(Role::User, "u\n")],
            sample: 1,
            matched: None,
            item: None,
        }
    }

    #[test]
    fn the_id_is_of_the_canonical_form() {
        let request = request();
        let spec = request.spec.id();
        let value = json!({
            "item": null, "matched": null, "sample": 1, "spec": spec.to_string(),
            "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u\n"}],
        });
        assert_eq!(request.id(spec), RequestId::of(&[value]));
    }

    #[test]
    fn what_is_not_set_is_not_part_of_the_id() {
        let mut spec = RequestSpec::clone(&request().spec);
        let mut seen = vec![spec.id()];
        assert_eq!(spec.to_value()["parameters"], json!({"temperature": null, "max_output_tokens": null}));
        assert_eq!(spec.id().to_string(), "a07ca785527066ac5d5ce12e6716184740a78f1e", "as it always was");
        let changes: [fn(&mut Parameters); 10] = [
            |it| it.limit_field = Some(LimitField::MaxTokens),
            |it| it.top_p = Some(0.5),
            |it| it.seed = Some(7),
            |it| it.stop = vec!["END".into()],
            |it| it.reasoning_effort = Some("low".into()),
            |it| it.service_tier = Some("flex".into()),
            |it| it.cache_prompt = true,
            |it| it.json_object = true,
            |it| it.extra_body = Map::from_iter([("top_k".into(), json!(3))]),
            |it| it.max_output_tokens = Some(7),
        ];
        for change in changes {
            spec.parameters = Parameters::default();
            change(&mut spec.parameters);
            assert!(!seen.contains(&spec.id()), "{:?}", spec.parameters);
            seen.push(spec.id());
        }
    }

    #[test]
    fn each_part_changes_the_id() {
        let base = request();
        let id = |request: &ChatRequest| request.id(request.spec.id());
        let mut other = base.clone();
        other.sample = 2;
        assert_ne!(id(&base), id(&other));
        let mut other = base.clone();
        other.messages[0].content.push('!');
        assert_ne!(id(&base), id(&other));
        let mut other = base.clone();
        other.matched = Some(vec![("id".into(), "1".into())]);
        assert_ne!(id(&base), id(&other));
        let mut other = base.clone();
        other.item = Some(WorkId::of(&[json!(1)]));
        assert_ne!(id(&base), id(&other));
        let mut other = base.clone();
        Arc::make_mut(&mut other.spec).endpoint = json!({"provider": "openai", "base_url": "http://localhost/v1"});
        assert_ne!(id(&base), id(&other));
    }
}
