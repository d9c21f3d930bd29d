//! What the fields of an object about the run see as `run`, as far as the configuration says it.
//!
//! Paths are as the configuration has them, relative to it and with `/` between names, so that they do not depend on
//! where the project is.

use serde_json::{Map, Value, json};

use crate::config::{Config, Llm, Provider};
use crate::project::{Project, spec};

/// The value of `run`. What the record says is null or 0 in it.
pub(super) fn run_object(project: &Project, out_path: &str) -> Value {
    let config = &project.config;
    let input = Some(&config.input.path).filter(|path| !path.is_empty()).map(|path| with_slashes(path));
    let models = || project.steps.iter().map(|setup| &setup.config);
    let steps: Map<String, Value> =
        models().map(|config| (config.step.name().to_owned(), json!({"llm": model(config)}))).collect();
    let files: Map<String, Value> =
        config.outputs.files.iter().filter(|it| it.step.is_some()).map(|it| (it.name.clone(), json!(0))).collect();
    json!({
        "name": config.run.name,
        "seed": config.run.seed,
        "input_path": input,
        "out_path": out_path,
        "timestamp": null,
        "casebook_version": null,
        "llm": models().find(|config| config.llm.is_some()).and_then(model),
        "steps": steps,
        "files": files,
    })
}

/// The folder of a project's files, as its configuration has it, with `/` between names. `stem` is the run file's name
/// without its ending.
pub(super) fn out_path(project: &Project, stem: &str) -> String {
    match &project.config.outputs.dir {
        Some(dir) if project.rehearsal => format!("{}/sample", with_slashes(dir).trim_end_matches('/')),
        Some(dir) => with_slashes(dir),
        None => format!("out/{stem}"),
    }
}

/// The model that a step asks; null where it asks none. `sample` and `recorded` are no models, unless one is named.
fn model(config: &Config) -> Option<Value> {
    let llm: &Llm = config.llm.as_ref()?;
    let provider = spec::provider_name(&llm.provider);
    let is_named = llm.model != provider || !matches!(llm.provider, Provider::Sample(_) | Provider::Recorded(_));
    let model = Some(&llm.model).filter(|_| is_named);
    Some(json!({"provider": provider, "model": model, "temperature": llm.temperature}))
}

fn with_slashes(path: &str) -> String {
    if std::path::MAIN_SEPARATOR == '\\' { path.replace('\\', "/") } else { path.to_owned() }
}

/// A schema of `value` in which objects have the names that they have here, and anything may stand behind them.
pub(super) fn shape_of(value: &Value) -> Value {
    let Value::Object(fields) = value else { return json!({}) };
    let properties: Map<String, Value> = fields.iter().map(|(name, field)| (name.clone(), shape_of(field))).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}
