//! Finds keywords that JSON Schema does not have, which would constrain nothing, in silence.
//!
//! A word that is nearly a constraining keyword (another case, a plural, up to two edits) is taken for a mistake. Words
//! that only describe pass. Any other word is told of and passes too. Looks only where a keyword can stand: never at
//! the names of fields, and never into `enum`, `const`, `default` or `examples`.

use jsonschema::Draft;

use super::json::JsonNode;
use super::{pointer, subschemas};

/// Keywords that constrain a value.
const CONSTRAINING: &[&str] = &[
    "type",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "patternProperties",
    "propertyNames",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "minContains",
    "maxContains",
    "minItems",
    "maxItems",
    "uniqueItems",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "then",
    "else",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "nullable",
    "$ref",
    "$dynamicRef",
];

/// The constraining keywords that draft 7 does not have.
const NOT_IN_DRAFT_7: &[&str] = &[
    "unevaluatedProperties",
    "unevaluatedItems",
    "dependentRequired",
    "dependentSchemas",
    "prefixItems",
    "minContains",
    "maxContains",
    "$dynamicRef",
];
/// The constraining keywords that draft 2020-12 does not have.
const NOT_IN_DRAFT_2020_12: &[&str] = &["additionalItems", "dependencies"];

/// Words that describe: JSON Schema's, `OpenAPI`'s, and those that editors, form builders and model vendors use.
const DESCRIBING: &[&str] = &[
    "$schema",
    "$id",
    "id",
    "$anchor",
    "$dynamicAnchor",
    "$recursiveAnchor",
    "$vocabulary",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "discriminator",
    "xml",
    "externalDocs",
    "propertyOrdering",
    "propertyOrder",
    "markdownDescription",
    "enumDescriptions",
    "markdownEnumDescriptions",
    "enumNames",
    "enumTitles",
    "errorMessage",
    "deprecationMessage",
    "defaultSnippets",
    "doNotSuggest",
    "suggestSortText",
    "allowComments",
    "allowTrailingCommas",
    "tsType",
    "tsEnumNames",
    "javaType",
    "existingJavaType",
    "strict",
    "name",
    "version",
    "kind",
    "tags",
    "label",
    "labels",
    "hint",
    "hints",
    "help",
    "placeholder",
    "widget",
    "unit",
    "units",
    "note",
    "notes",
    "comment",
    "comments",
    "count",
    "cost",
    "order",
    "group",
    "source",
    "text",
    "tone",
    "time",
    "role",
    "category",
    "meta",
    "metadata",
    "options",
    "display",
];

/// Whether `word` is a keyword that constrains values.
pub(super) fn constrains(word: &str) -> bool {
    CONSTRAINING.contains(&word)
}

/// A word that is nearly a keyword: the pointer to it, the word, and the keyword.
pub(super) struct Misspelling {
    pub(super) pointer: String,
    pub(super) word: String,
    pub(super) keyword: &'static str,
}

/// Looks through the keywords of `root`. With `refuse`, the first word that is nearly a constraining keyword is an
/// error. Returns a note on the words that constrain nothing, if there are any.
pub(super) fn check(root: &JsonNode, draft: Draft, refuse: bool) -> Result<Option<String>, Misspelling> {
    let mut unknown = Vec::new();
    find(root, draft, "", &mut unknown);
    if refuse {
        for (pointer, word) in &unknown {
            if let Some(keyword) = meant(word) {
                return Err(Misspelling {
                    pointer: format!("{pointer}/{}", pointer::escape(word)),
                    word: (*word).to_owned(),
                    keyword,
                });
            }
        }
    }
    Ok(note(&unknown, draft))
}

fn find<'a>(schema: &'a JsonNode, draft: Draft, pointer: &str, unknown: &mut Vec<(String, &'a str)>) {
    for (word, _) in schema.members() {
        let describes = DESCRIBING.contains(&word.as_str()) || is_extension(word);
        let constrains = CONSTRAINING.contains(&word.as_str()) && !missing(draft).contains(&word.as_str());
        if !describes && !constrains {
            unknown.push((pointer.to_owned(), word));
        }
    }
    subschemas::each(schema, &mut |node, _, _, step| find(node, draft, &format!("{pointer}{step}"), unknown));
}

/// Whether a word is marked as somebody's own: `x-…`, `ui:…`, `@type`, `_note`.
fn is_extension(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    lower.starts_with("x-") || lower.starts_with("x_") || lower.starts_with(['_', '@']) || lower.contains(':')
}

fn missing(draft: Draft) -> &'static [&'static str] {
    if draft == Draft::Draft7 { NOT_IN_DRAFT_7 } else { NOT_IN_DRAFT_2020_12 }
}

/// The constraining keyword that `word` nearly is. A keyword of another draft is none of these.
fn meant(word: &str) -> Option<&'static str> {
    if CONSTRAINING.contains(&word) {
        return None;
    }
    let plain = word.to_lowercase().replace(['_', '-', ' '], "");
    let distance = |keyword: &str| strsim::damerau_levenshtein(&plain, &keyword.to_lowercase());
    let nearest = CONSTRAINING.iter().copied().min_by_key(|keyword| distance(keyword))?;
    if CONSTRAINING.iter().any(|keyword| is_plural_of(&plain, keyword)) {
        return CONSTRAINING.iter().copied().find(|keyword| is_plural_of(&plain, keyword));
    }
    let allowed = match nearest.len() {
        ..=3 => 0,
        4 if !is_anagram(&plain, nearest) => 1,
        _ => 2,
    };
    (distance(nearest) <= allowed).then_some(nearest)
}

/// Whether one is the plural of the other.
fn is_plural_of(word: &str, keyword: &str) -> bool {
    let keyword = keyword.to_lowercase();
    let with_s = |one: &str, two: &str| one.strip_suffix('s') == Some(two);
    let with_ies =
        |one: &str, two: &str| one.strip_suffix("ies").zip(two.strip_suffix('y')).is_some_and(|(a, b)| a == b);
    with_s(word, &keyword) || with_s(&keyword, word) || with_ies(word, &keyword) || with_ies(&keyword, word)
}

fn is_anagram(one: &str, two: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(one) == sorted(two)
}

/// One note on all words that constrain nothing, each with the first place where it stands.
fn note(unknown: &[(String, &str)], draft: Draft) -> Option<String> {
    let mut seen: Vec<&str> = Vec::new();
    let mut parts = Vec::new();
    for (pointer, word) in unknown {
        if seen.contains(word) {
            continue;
        }
        seen.push(word);
        let place = pointer::shown(pointer);
        let other_draft = missing(draft).contains(word);
        let draft = if draft == Draft::Draft7 { "draft 7" } else { "draft 2020-12" };
        let why = if other_draft { format!(", which {draft} does not have") } else { String::new() };
        let shown: String = word.chars().take(60).collect();
        parts.push(format!("`{shown}` ({place}{why})"));
    }
    match parts.len() {
        0 => None,
        1 => Some(format!("{} is no keyword of JSON Schema here, and constrains nothing", parts[0])),
        _ => Some(format!("{} are no keywords of JSON Schema here, and constrain nothing", parts.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::schema::{AnswerKind, Contract, Scrutiny};

    fn parsed(text: &str, scrutiny: Scrutiny) -> Result<Contract, String> {
        let parsed = Contract::parse_as(AnswerKind::Json, Some(text), "s.json", scrutiny);
        parsed.map_err(|error| format!("{error}; {}", error.hint().unwrap_or_default()))
    }

    #[test]
    fn a_misspelled_keyword_is_an_error_with_its_line() {
        let text = "{\n  \"type\": \"object\",\n  \"properties\": {\"a\": {\"anyOf\": [{\"type\": \"string\",\n  \
                    \"enums\": [\"x\"]}]}}\n}";
        assert_eq!(
            parsed(text, Scrutiny::Full).unwrap_err(),
            "s.json: line 4: /properties/a/anyOf/0/enums: `enums` is no keyword of JSON Schema and would constrain \
             nothing: did you mean `enum`?; if it is meant as it is, begin it with `x-`, or set \
             `schema.check_keywords: false`"
        );
        let contract = parsed(text, Scrutiny::AnyKeyword).unwrap();
        assert_eq!(
            contract.notes(),
            ["`enums` (/properties/a/anyOf/0) is no keyword of JSON Schema here, and constrains nothing"]
        );
    }

    #[test]
    fn words_pass_where_no_keyword_stands_and_where_they_describe() {
        let data = json!({"enums": 1, "Type": 2});
        let schema: Value = json!({"type": "object", "$comment": "c", "$id": "s", "x-enums": 1, "properties": {
            "enums": {"type": "string", "examples": [data], "default": data, "markdownDescription": "d"},
            "Type": {"enum": [data], "discriminator": {"propertyName": "kind"}, "xml": {"Type": 1}, "deprecated": true},
            "requird": {"const": data, "propertyOrdering": ["a"], "externalDocs": {}, "example": data, "readOnly": true},
        }, "$defs": {"minlength": {"type": "string"}}, "definitions": {}, "patternProperties": {"types": {}}});
        assert_eq!(parsed(&schema.to_string(), Scrutiny::Full).unwrap().notes(), Vec::<String>::new());
    }

    #[test]
    fn other_words_are_one_note() {
        let field = json!({"type": "string", "min": 1, "optional": true, "choices": ["a"]});
        let schema = json!({"type": "object", "properties": {"a": field, "b": field}});
        assert_eq!(
            parsed(&schema.to_string(), Scrutiny::Full).unwrap().notes(),
            ["`min` (/properties/a), `optional` (/properties/a), `choices` (/properties/a) are no keywords of JSON \
              Schema here, and constrain nothing"]
        );
        let older = json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
            "properties": {"a": {}}, "dependentRequired": {"a": ["b"]}});
        assert_eq!(
            parsed(&older.to_string(), Scrutiny::Full).unwrap().notes(),
            ["`dependentRequired` (/, which draft 7 does not have) is no keyword of JSON Schema here, and constrains \
              nothing"]
        );
    }

    #[test]
    fn what_is_nearly_a_keyword_is_known() {
        for (word, keyword) in [
            ("enums", "enum"),
            ("enmu", "enum"),
            ("emun", "enum"),
            ("Enum", "enum"),
            ("minlength", "minLength"),
            ("min_length", "minLength"),
            ("minLenght", "minLength"),
            ("requird", "required"),
            ("Type", "type"),
            ("types", "type"),
            ("tpye", "type"),
            ("property", "properties"),
            ("propertys", "properties"),
            ("additionalproperties", "additionalProperties"),
            ("additionalProperty", "additionalProperties"),
            ("item", "items"),
            ("patterns", "pattern"),
            ("oneof", "oneOf"),
            ("ref", "$ref"),
            ("uniqueItem", "uniqueItems"),
            ("maximun", "maximum"),
            ("multipleof", "multipleOf"),
            ("Not", "not"),
            ("nullabel", "nullable"),
        ] {
            assert_eq!(meant(word), Some(keyword), "{word}");
        }
        for word in ["min", "max", "length", "optional", "values", "choices", "nuance", "of", "it", "size", "tile"] {
            assert_eq!(meant(word), None, "{word}");
        }
    }
}
