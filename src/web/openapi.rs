//! The description of the service for programs, in the form of `OpenAPI` 3.1: made of the types of its messages, and of
//! the columns and the outputs of its task.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::access::AccessRules;
use super::body::{LARGEST_NUMBER, SMALLEST_NUMBER};
use super::messages::{BatchAnswer, BatchPage, ErrorBody, Health, RunAnswer};
use super::paths::{BATCH, BATCHES, DESCRIPTION, HEALTH, METRICS, MOST_RESULTS, MOST_ROWS, RUN, USUAL_RESULTS};
use crate::engine::{ColumnSpec, LiveTask};
use crate::record::{ColumnKind, ColumnType};

const SCHEMAS: &str = "#/components/schemas";

/// Describes the service of a task that takes at most `most_rows` rows at once.
pub(super) fn describe(task: &LiveTask, access: &AccessRules, most_rows: usize) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|it| {
        it.definitions_path = "/components/schemas".into();
        it.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let paths = Paths { access, schemas: &mut generator }.all();
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Value".to_owned(), anything(&ALL_TYPES));
    schemas.insert("Row".to_owned(), row(task));
    schemas.insert("RunRequest".to_owned(), run_request(most_rows));
    schemas.insert("BatchRequest".to_owned(), rows_alone(most_rows));
    outputs(&mut schemas, task);
    let mut described = json!({
        "openapi": "3.1.0",
        "info": {
            "title": task.name,
            "version": env!("CARGO_PKG_VERSION"),
            "description": format!("Casebook serves the task `{}`: {}.", task.name, task.steps.join(" → ")),
        },
        "paths": paths,
        "components": {"schemas": schemas},
    });
    if access.needs_token() {
        described["components"]["securitySchemes"] = json!({"token": {"type": "http", "scheme": "bearer"}});
        described["security"] = json!([{"token": []}]);
    }
    described
}

/// What a row has.
fn row(task: &LiveTask) -> Value {
    let of = |column: &ColumnSpec| (column.name.clone(), cell(column, task.key.as_ref() == Some(&column.name)));
    let properties: Map<String, Value> = task.columns.iter().map(of).collect();
    let required: Vec<&str> = task.columns.iter().filter(|it| it.required).map(|it| it.name.as_str()).collect();
    json!({
        "type": "object", "description": "Values by column.", "properties": properties, "required": required,
        "additionalProperties": false,
    })
}

/// What a cell may be. The key is not empty.
fn cell(column: &ColumnSpec, is_key: bool) -> Value {
    let mut schema = match column.kind {
        ColumnKind::Typed(ColumnType::Number) => bounded(&["number", "null"]),
        ColumnKind::Typed(ColumnType::Integer) => bounded(&["integer", "null"]),
        ColumnKind::Typed(ColumnType::Bool) => json!({"enum": [true, false, 1, 0, null]}),
        ColumnKind::Typed(ColumnType::Date) => {
            let kinds = [json!({"type": "null"}), json!({"type": "string", "format": "date"})];
            json!({"anyOf": [kinds[0], kinds[1], {"type": "string", "maxLength": 0}]})
        }
        ColumnKind::Typed(ColumnType::Json) => anything(&["array", "boolean", "null", "number", "object"]),
        ColumnKind::Typed(ColumnType::Text) | ColumnKind::Untyped | ColumnKind::Json => {
            let mut schema = anything(&ALL_TYPES);
            // A text has no NUL, which SQLite's own functions would end it at.
            schema["pattern"] = json!("^[^\\u0000]*$");
            schema
        }
    };
    if is_key {
        if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
            types.retain(|it| *it != "null");
        }
        schema["pattern"] = json!("^[^\\u0000]*[^\\u0000\\s][^\\u0000]*$");
    }
    schema
}

const ALL_TYPES: [&str; 6] = ["array", "boolean", "null", "number", "object", "string"];

/// Values of these types, and whatever they are made of.
fn anything(types: &[&str]) -> Value {
    let mut schema = bounded(types);
    let part = json!({"$ref": format!("{SCHEMAS}/Value")});
    schema["items"] = part.clone();
    schema["additionalProperties"] = part;
    schema
}

/// Values of these types, of which a number is not too large.
fn bounded(types: &[&str]) -> Value {
    json!({"type": types, "minimum": SMALLEST_NUMBER, "maximum": LARGEST_NUMBER})
}

fn run_request(most_rows: usize) -> Value {
    let one = json!({
        "type": "object", "properties": {"row": {"$ref": format!("{SCHEMAS}/Row")}}, "required": ["row"],
        "additionalProperties": false,
    });
    json!({"description": "One row, or a list of rows.", "oneOf": [one, rows_alone(most_rows)]})
}

fn rows_alone(most_rows: usize) -> Value {
    let rows = json!({
        "type": "array", "items": {"$ref": format!("{SCHEMAS}/Row")}, "minItems": 1, "maxItems": most_rows,
    });
    json!({"type": "object", "properties": {"rows": rows}, "required": ["rows"], "additionalProperties": false})
}

/// Says what the outputs of this task are, where the messages say only that there are some.
fn outputs(schemas: &mut Map<String, Value>, task: &LiveTask) {
    let mut schema = task.output_schema.clone().unwrap_or_else(|| json!({"type": "string"}));
    point_into(&mut schema, "Output");
    schemas.insert("Output".to_owned(), schema);
    let output = json!({"$ref": format!("{SCHEMAS}/Output")});
    let list = json!({"type": "array", "items": output});
    let of_row = if task.makes_several { list } else { output.clone() };
    for (name, schema) in [("RowAnswer", of_row), ("ItemAnswer", output)] {
        if let Some(property) = schemas.get_mut(name).and_then(|it| it.pointer_mut("/properties/output")) {
            let described = property.get("description").cloned();
            *property = json!({"anyOf": [schema, {"type": "null"}]});
            if let (Some(object), Some(described)) = (property.as_object_mut(), described) {
                object.insert("description".to_owned(), described);
            }
        }
    }
}

/// Makes references within a schema lead to where it stands in the description.
fn point_into(schema: &mut Value, name: &str) {
    match schema {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if let Some(inside) = target.strip_prefix('#') {
                            *target = format!("{SCHEMAS}/{name}{inside}");
                        }
                    }
                    value => point_into(value, name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|it| point_into(it, name)),
        _ => {}
    }
}

/// The statuses that say what is wrong with a request, or with the service.
const PROBLEMS: [(&str, &str); 12] = [
    ("400", "The body is not JSON, or the query is wrong."),
    ("401", "No token, or a wrong one."),
    ("404", "There is no such batch."),
    ("408", "The body did not come in time."),
    ("413", "The body is too large."),
    ("415", "The body is not `application/json`."),
    ("421", "The header `Host` names another machine."),
    ("422", "A row has unknown, missing or wrong columns, or there are too many rows; nothing is recorded."),
    ("429", "Too many rows wait; `Retry-After` says when to try again."),
    ("500", "The run file cannot be read."),
    ("503", "The service ends, its budget is reached, or its models do not answer."),
    ("504", "The rows are on record, and are decided later. Sent again, they cost nothing more."),
];

/// Makes the paths.
struct Paths<'a> {
    access: &'a AccessRules,
    schemas: &'a mut SchemaGenerator,
}

impl Paths<'_> {
    fn all(mut self) -> Value {
        let sending = ["400", "408", "413", "415", "422", "429", "503", "504"];
        let run = self.schemas.subschema_for::<RunAnswer>();
        let batch = self.schemas.subschema_for::<BatchAnswer>();
        let page = self.schemas.subschema_for::<BatchPage>();
        let health = self.schemas.subschema_for::<Health>();
        let run = self
            .operation("run", "Decide rows, and wait for what comes of them.", &sending)
            .with("requestBody", body("RunRequest"))
            .answers("200", json!({"description": "What came of each row.", "content": content(&json!(run))}));
        let submit = self
            .operation("submitBatch", "Record rows that are decided later.", &sending)
            .with("requestBody", body("BatchRequest"))
            .answers("202", accepted(&json!(batch)));
        let page = self
            .operation("getBatch", "How a batch stands, and a page of its results.", &["400", "404", "500"])
            .with("parameters", page_parameters())
            .answers("200", json!({"description": "The batch.", "content": content(&json!(page))}));
        let health_content = content(&json!(health));
        let health = self
            .operation("health", "Whether the service takes rows.", &[])
            .with("security", json!([]))
            .answers("200", json!({"description": "It takes rows.", "content": health_content.clone()}))
            .answers("503", json!({"description": "It takes none now.", "content": health_content}))
            .without("401");
        let text = json!({"text/plain": {"schema": {"type": "string"}}});
        let metrics = self
            .operation("metrics", "Figures for Prometheus.", &[])
            .answers("200", json!({"description": "The figures.", "content": text}));
        let this = json!({"application/json": {"schema": {"type": "object"}}});
        let description = self
            .operation("describe", "This description.", &[])
            .answers("200", json!({"description": "The description.", "content": this}));
        json!({
            RUN: {"post": run.0}, BATCHES: {"post": submit.0}, BATCH: {"get": page.0},
            HEALTH: {"get": health.0}, METRICS: {"get": metrics.0}, DESCRIPTION: {"get": description.0},
        })
    }

    /// An operation with the statuses of problems that it may have.
    fn operation(&mut self, id: &str, summary: &str, problems: &[&str]) -> Operation {
        let error = content(&json!(self.schemas.subschema_for::<ErrorBody>()));
        let everywhere = [("401", self.access.needs_token()), ("421", self.access.is_loopback())];
        let is_possible =
            |status: &str| problems.contains(&status) || everywhere.iter().any(|(it, holds)| *it == status && *holds);
        let mut responses = Map::new();
        for (status, description) in PROBLEMS.iter().filter(|(status, _)| is_possible(status)) {
            let mut response = json!({"description": description, "content": error});
            if ["429", "503"].contains(status) {
                let header = json!({"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}});
                response["headers"] = json!({"Retry-After": header});
            }
            responses.insert((*status).to_owned(), response);
        }
        Operation(json!({"operationId": id, "summary": summary, "responses": responses}))
    }
}

/// An operation that is being described.
struct Operation(Value);

impl Operation {
    fn with(mut self, key: &str, value: Value) -> Self {
        self.0[key] = value;
        self
    }

    fn answers(mut self, status: &str, response: Value) -> Self {
        self.0["responses"][status] = response;
        self
    }

    fn without(mut self, status: &str) -> Self {
        if let Some(responses) = self.0["responses"].as_object_mut() {
            responses.shift_remove(status);
        }
        self
    }
}

fn content(schema: &Value) -> Value {
    json!({"application/json": {"schema": schema}})
}

fn body(name: &str) -> Value {
    json!({"required": true, "content": content(&json!({"$ref": format!("{SCHEMAS}/{name}")}))})
}

fn accepted(schema: &Value) -> Value {
    json!({
        "description": "The rows are on record.",
        "content": content(schema),
        "headers": {"Location": {"description": "The path of the batch.", "schema": {"type": "string"}}},
        "links": {"batch": {"operationId": "getBatch", "parameters": {"id": "$response.body#/batch_id"}}},
    })
}

fn page_parameters() -> Value {
    let after = "The `next` of the page before.";
    json!([
        {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
        {"name": "after", "in": "query", "description": after,
         "schema": {"type": "integer", "minimum": 0, "maximum": MOST_ROWS, "default": 0}},
        {"name": "limit", "in": "query", "description": "The most results of the page.",
         "schema": {"type": "integer", "minimum": 1, "maximum": MOST_RESULTS, "default": USUAL_RESULTS}},
    ])
}
