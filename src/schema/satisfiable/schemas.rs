//! The schemas of a file, with which of them apply to the same value.

use std::collections::HashMap;

use jsonschema::Draft;

use crate::schema::json::JsonNode;
use crate::schema::{refs, subschemas};

/// A contradiction: the pointer to it in the closed schema, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::schema) struct Contradiction {
    pub(in crate::schema) pointer: String,
    pub(in crate::schema) message: String,
}

/// One schema that applies to a value, with its pointer.
#[derive(Clone)]
pub(super) struct Part<'a> {
    pub(super) schema: &'a JsonNode,
    pub(super) pointer: String,
}

/// All schemas in a file, the root first.
pub(super) struct Schemas<'a> {
    root: &'a JsonNode,
    pub(super) draft: Draft,
    pub(super) all: Vec<Part<'a>>,
    /// The index of a schema by its address.
    index: HashMap<*const JsonNode, usize>,
}

impl<'a> Schemas<'a> {
    pub(super) fn of(root: &'a JsonNode, draft: Draft) -> Self {
        let mut all = vec![Part { schema: root, pointer: String::new() }];
        let mut at = 0;
        while at < all.len() {
            let Part { schema, pointer } = all[at].clone();
            subschemas::each(schema, &mut |schema, _, _, step| {
                all.push(Part { schema, pointer: format!("{pointer}{step}") });
            });
            at += 1;
        }
        let index = all.iter().enumerate().map(|(at, part)| (std::ptr::from_ref(part.schema), at)).collect();
        Self { root, draft, all, index }
    }

    pub(super) fn index(&self, schema: &JsonNode) -> Option<usize> {
        self.index.get(&std::ptr::from_ref(schema)).copied()
    }

    /// The target of a schema's own `$ref`.
    pub(super) fn target(&self, schema: &JsonNode) -> Option<usize> {
        let reference = schema.get("$ref").and_then(JsonNode::as_str)?;
        self.index(refs::resolve(self.root, reference)?)
    }

    /// Whether the keywords beside a `$ref` say nothing, as in draft 7.
    pub(super) fn is_only_reference(&self, schema: &JsonNode) -> bool {
        self.draft == Draft::Draft7 && schema.has("$ref")
    }

    /// The schema itself and those that always apply to the same value.
    pub(super) fn always(&self, part: &Part<'a>) -> Vec<Part<'a>> {
        let mut found: Vec<Part<'a>> = Vec::new();
        let mut open = vec![part.clone()];
        while let Some(part) = open.pop() {
            if found.iter().any(|it| std::ptr::eq(it.schema, part.schema)) {
                continue;
            }
            if let Some(target) = self.target(part.schema) {
                open.push(self.all[target].clone());
            }
            if !self.is_only_reference(part.schema) {
                for (at, schema) in part.schema.get("allOf").map_or(&[][..], JsonNode::items).iter().enumerate() {
                    open.push(Part { schema, pointer: format!("{}/allOf/{at}", part.pointer) });
                }
                found.push(part);
            }
        }
        found
    }
}
