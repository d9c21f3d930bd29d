//! What a work item of a later step is made from, as templates see it: [`Lineage`], of [`ParentItem`]s and
//! [`TemplateValue`] values.

use std::collections::BTreeMap;

use minijinja::value::{Serde, Value};

/// A value in the form that templates see. A clone shares it and costs nothing.
#[derive(Clone, Debug)]
pub struct TemplateValue(pub(super) Value);

impl TemplateValue {
    #[must_use]
    pub fn new(value: &serde_json::Value) -> Self {
        Self(Value::from(Serde(value)))
    }

    #[must_use]
    pub fn list(values: Vec<Self>) -> Self {
        Self(values.into_iter().map(|it| it.0).collect())
    }

    /// An object of these fields.
    #[must_use]
    pub fn object(fields: BTreeMap<String, Self>) -> Self {
        Self(fields.into_iter().map(|(name, it)| (name, it.0)).collect::<BTreeMap<String, Value>>().into())
    }
}

/// A work item that another one is made from: an element of `parents` in templates.
#[derive(Clone, Debug)]
pub struct ParentItem {
    /// The name of the step.
    pub step: String,
    pub work_id: String,
    /// The work item's own `item`, if it has one.
    pub item: Option<serde_json::Value>,
    pub output: TemplateValue,
}

/// What a work item of a later step is made from: `item`, `steps` and `parents` in templates.
#[derive(Clone, Debug)]
pub struct Lineage {
    pub(super) item: Option<Value>,
    pub(super) steps: Value,
    pub(super) parents: Value,
}

impl Lineage {
    /// `item` is the element, output or combination that became the work item, `steps` has the outputs by the names of
    /// their steps, and `parents` the work items that it is made from.
    #[must_use]
    pub fn new(item: Option<TemplateValue>, steps: TemplateValue, parents: Vec<ParentItem>) -> Self {
        let parent = |it: ParentItem| {
            let item = it.item.map_or(Value::from(()), |item| Value::from(Serde(&item)));
            let fields: [(&str, Value); 4] =
                [("item", item), ("output", it.output.0), ("step", it.step.into()), ("work_id", it.work_id.into())];
            Value::from(BTreeMap::from(fields))
        };
        Self {
            item: item.map(|it| it.0).filter(|it| !it.is_none()),
            steps: steps.0,
            parents: parents.into_iter().map(parent).collect(),
        }
    }
}
