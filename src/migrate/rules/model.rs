//! Rules for the prompts, the schema, the model and the judge.

use crate::migrate::draft::Draft;
use crate::migrate::row::{PythonSchema, SameFields};
use crate::migrate::yaml::Yaml;

/// Where a prompt is that no key names, the likeliest first.
pub(in crate::migrate) const GENERATION_PROMPTS: [&str; 3] =
    ["prompts/generation.yaml", "prompts/generation_prompt.yaml", "generation_prompt.yaml"];
/// The same for the judge's prompt.
pub(in crate::migrate) const JUDGE_PROMPTS: [&str; 3] =
    ["prompts/judge.yaml", "prompts/judge_prompt.yaml", "judge_prompt.yaml"];
/// Where a schema is that no key names.
pub(in crate::migrate) const PYTHON_SCHEMA: &str = "schema/llm_schema.py";

const IN_PYTHON: &str = "the schema is in Python; a model would write another one";
const NO_MODULE: &str = "the Python module that is named was not found; a model would write another schema";

pub(super) fn prompts(draft: &mut Draft<'_>) {
    match draft.text("prompts.generation.path") {
        Some((leaf, path)) => draft.put(&leaf, "prompts.generation", draft.path(&path), ""),
        None => {
            let path = draft.path(draft.placement().prompt(&GENERATION_PROMPTS));
            draft.put_default("prompts.generation", path);
        }
    }
    judge(draft);
    let python = "it asks for Python, and a schema is JSON; `prompts.schema` names another prompt";
    draft.drop("prompts.schema_auto_py_generation.path", python);
    draft.drop("prompts.schema_auto_json_summarization.path", python);
}

/// The judge has its block among the prompts, or one of its own.
fn judge(draft: &mut Draft<'_>) {
    let enabled = draft.first_of(["prompts.judge.enabled", "judge.enabled"], "judge.enabled", Draft::flag);
    let judges = enabled.as_ref().is_some_and(|(_, flag)| *flag);
    let paths = ["prompts.judge.path", "judge.path", "judge.prompt_path", "judge.prompt"];
    let path = draft.first_of(paths, "prompts.judge", Draft::text);
    let is_named = path.is_some();
    match path {
        Some((leaf, path)) => draft.put(&leaf, "prompts.judge", draft.path(&path), ""),
        None if judges => {
            let path = draft.path(draft.placement().prompt(&JUDGE_PROMPTS));
            draft.put_default("prompts.judge", path);
        }
        None => {}
    }
    draft.add("prompts.syntax", Yaml::Text("braces".to_owned()), "placeholders are in single braces");
    match enabled {
        Some((leaf, flag)) => draft.put(&leaf, "judge.enabled", Yaml::Plain(flag.to_string()), ""),
        None if is_named => draft.put_default("judge.enabled", Yaml::Plain("false".to_owned())),
        None => {}
    }
    if judges {
        draft.add("judge.min_score", Yaml::Plain("0".to_owned()), "the verdict alone decided, not the score");
    }
}

pub(super) fn schema(draft: &mut Draft<'_>) {
    match draft.text("llm_schema.txt_path") {
        Some((leaf, path)) => draft.put(&leaf, "schema.path", draft.path(&path), "`LLMOutput` in it"),
        None => draft.put_default("schema.path", draft.path("schema/llm_schema.txt")),
    }
    let module = match draft.placement().python {
        PythonSchema::Beside(SameFields::Yes) => "Casebook runs no Python; `schema.path` has the same fields",
        PythonSchema::Beside(SameFields::No) => "Casebook runs no Python; `schema.path` is taken, and has other fields",
        PythonSchema::Beside(SameFields::Unknown) => {
            "Casebook runs no Python; `schema.path` is taken, and nothing tells whether it is the same schema"
        }
        PythonSchema::None | PythonSchema::Missing(_) | PythonSchema::Alone(_) => "Casebook runs no Python",
    };
    draft.drop("llm_schema.py_path", module);
    draft.drop("llm_schema.path", module);
    let in_python = draft.placement().python.is_needed();
    let why = if matches!(draft.placement().python, PythonSchema::Missing(_)) { NO_MODULE } else { IN_PYTHON };
    match draft.flag("llm_schema.auto_generate") {
        Some((leaf, true)) if in_python => {
            draft.put(&leaf, "schema.auto_generate", Yaml::Plain("false".to_owned()), why);
        }
        None if in_python => draft.add("schema.auto_generate", Yaml::Plain("false".to_owned()), why),
        Some((leaf, flag)) => draft.put(&leaf, "schema.auto_generate", Yaml::Plain(flag.to_string()), ""),
        None => draft.put_default("schema.auto_generate", Yaml::Plain("true".to_owned())),
    }
    if let Some((leaf, flag)) = draft.flag("llm_schema.force_regenerate") {
        if in_python {
            draft.leave_out(&leaf, Some("schema.auto_generate"), why);
        } else {
            draft.put(&leaf, "schema.force_regenerate", Yaml::Plain(flag.to_string()), "");
        }
    }
    draft.drop("llm_schema.archive_dir", "a schema that is written over is kept in `archived/` beside it");
}

pub(super) fn llm(draft: &mut Draft<'_>) {
    let name = match draft.first_of(["llm.model_name", "llm.model"], "llm.model", Draft::text) {
        Some((leaf, name)) => {
            draft.put(&leaf, "llm.model", Yaml::Text(name.clone()), "");
            name
        }
        None => {
            let name = "gemini-3-flash-preview".to_owned();
            draft.put_default("llm.model", Yaml::Text(name.clone()));
            name
        }
    };
    provider(draft, &name);
    match draft.number("llm.temperature") {
        Some((leaf, spelled)) => draft.put(&leaf, "llm.temperature", Yaml::Plain(spelled), ""),
        None => draft.put_default("llm.temperature", Yaml::Plain("1.0".to_owned())),
    }
    // The number counted every attempt, the first included.
    match draft.first_of(["llm.max_retries", "llm.retries"], "llm.retries", Draft::whole) {
        Some((leaf, attempts)) => {
            let note = format!("{attempts} attempts there, the first included");
            draft.put(&leaf, "llm.retries", Yaml::Plain(attempts.saturating_sub(1).to_string()), &note);
        }
        None => draft.put_default("llm.retries", Yaml::Plain("2".to_owned())),
    }
    draft.drop("llm.runner_max_retries", "an invalid answer uses up one of `llm.retries`");
    if let Some((leaf, spelled)) = draft.number("llm.timeout_sec") {
        draft.put(&leaf, "llm.timeout_sec", Yaml::Plain(spelled), "");
    }
    match draft.whole("llm.max_workers") {
        Some((leaf, number)) => draft.put(&leaf, "llm.max_workers", Yaml::Plain(number.to_string()), ""),
        None => draft.put_default("llm.max_workers", Yaml::Plain("10".to_owned())),
    }
    draft.drop("llm.silence_client_lv_logs", "there is no client that logs; `--verbose` shows what happens");
}

/// Chooses the provider by the model's name; the older framework had a Python client instead.
fn provider(draft: &mut Draft<'_>, model: &str) {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    let word = |word: &str| Yaml::Text(word.to_owned());
    if begins(&["gemini"]) {
        draft.add("llm.provider", word("gemini"), "by the model's name; its key: GEMINI_API_KEY");
    } else if begins(&["claude"]) {
        draft.add("llm.provider", word("anthropic"), "by the model's name; its key: ANTHROPIC_API_KEY");
        draft.add("llm.max_output_tokens", Yaml::Plain("4096".to_owned()), "Anthropic requires a limit");
    } else if begins(&["gpt", "chatgpt", "o1", "o3", "o4"]) {
        draft.add("llm.provider", word("openai"), "by the model's name; its key: OPENAI_API_KEY");
    } else {
        draft.add(
            "llm.provider",
            word("openai"),
            "a guess: check `llm.provider`, and set `llm.base_url` for another server",
        );
    }
}
