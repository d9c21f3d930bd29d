//! Files of objects that a run writes at its end: [`OutputFile`], its [`FileFields`] and its [`FileReferences`].

use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A JSON file of objects: one for each accepted output of a step, or one about the run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputFile {
    /// The name of the file, which stands beside the other exports. It ends in `.json`, or in `.jsonl` for an object
    /// on each line.
    pub name: String,
    /// The step whose accepted outputs become the objects, in the order of the plan. Without it, the file is one object
    /// about the run.
    pub step: Option<String>,
    /// The key of the list: `{"LIST": [...]}`. Without it, the file is a list.
    pub list: Option<String>,
    /// Gives each object an `id`: this text and the object's number in the file, with three digits at least.
    pub id_prefix: Option<String>,
    /// The fields of an object, in order: a list of names of fields of the output, or a block of names and expressions.
    /// By default all fields of the output.
    pub fields: Option<FileFields>,
    /// Fields with ids of objects of other files.
    pub references: Option<FileReferences>,
}

/// The fields of the objects in a file.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum FileFields {
    /// Names of fields of the output.
    Names(#[schemars(length(min = 1))] Vec<String>),
    /// Names, each with a Jinja expression for its value, or a block or a list of such. A name with nothing after it is
    /// that of a field of the output.
    Values(#[schemars(with = "std::collections::BTreeMap<String, Value>")] Vec<(String, Option<Value>)>),
}

/// Fields with ids of objects of other files, by name and in order.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(transparent)]
pub struct FileReferences(
    #[schemars(with = "std::collections::BTreeMap<String, FileReference>")] pub Vec<(String, FileReference)>,
);

/// A field with the id of an object of another file, or with several.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(untagged)]
pub enum FileReference {
    /// The step of the object that the work item goes back to.
    Step(String),
    /// How the objects are found.
    Lookup(ReferenceLookup),
}

/// How the objects that a field refers to are found.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReferenceLookup {
    /// The step whose objects are referred to.
    pub step: String,
    /// The field of that step's outputs that has the value. Without it, the object is the one that the work item goes
    /// back to.
    pub by: Option<String>,
    /// With `by`: an expression for the value, or for a list of values; by default the output's field with the name of
    /// the reference.
    pub value: Option<String>,
    /// Without `by`: whether the field is a list of all objects that the work item goes back to.
    #[schemars(extend("default" = false))]
    pub many: Option<bool>,
}

impl<'de> Deserialize<'de> for FileFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = FileFields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of fields, or a block of fields and expressions")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FileFields, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                Ok(FileFields::Names(names))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FileFields, A::Error> {
                entries(map).map(FileFields::Values)
            }
        }
        deserializer.deserialize_any(Fields)
    }
}

impl<'de> Deserialize<'de> for FileReferences {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct References<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for References<T> {
            type Value = Vec<(String, T)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a block of fields and the steps that they refer to")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                entries(map)
            }
        }
        deserializer.deserialize_map(References(PhantomData)).map(Self)
    }
}

impl<'de> Deserialize<'de> for FileReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reference;
        impl<'de> Visitor<'de> for Reference {
            type Value = FileReference;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a step, or a block with `step` and `by`")
            }

            fn visit_str<E: serde::de::Error>(self, step: &str) -> Result<FileReference, E> {
                Ok(FileReference::Step(step.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FileReference, A::Error> {
                ReferenceLookup::deserialize(MapAccessDeserializer::new(map)).map(FileReference::Lookup)
            }
        }
        deserializer.deserialize_any(Reference)
    }
}

/// The entries of a block, in order.
fn entries<'de, T: Deserialize<'de>, A: MapAccess<'de>>(mut map: A) -> Result<Vec<(String, T)>, A::Error> {
    let mut found = Vec::new();
    while let Some(entry) = map.next_entry()? {
        found.push(entry);
    }
    Ok(found)
}
