//! Rules for the prompts, the schema, the model and the judge.

use crate::migrate::draft::Draft;
use crate::migrate::yaml::Yaml;

pub(super) fn prompts(draft: &mut Draft<'_>) {
    match draft.text("prompts.generation.path") {
        Some((leaf, path)) => draft.put(&leaf, "prompts.generation", draft.path(&path), ""),
        None => draft.put_default("prompts.generation", draft.path("prompts/generation.yaml")),
    }
    let enabled = draft.flag("prompts.judge.enabled");
    let judges = enabled.as_ref().is_some_and(|(_, flag)| *flag);
    let path = draft.text("prompts.judge.path");
    let is_named = path.is_some();
    match path {
        Some((leaf, path)) => draft.put(&leaf, "prompts.judge", draft.path(&path), ""),
        None if judges => draft.put_default("prompts.judge", draft.path("prompts/judge.yaml")),
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
    let python = "it asks for Python, and a schema is JSON; `prompts.schema` names another prompt";
    draft.drop("prompts.schema_auto_py_generation.path", python);
    draft.drop("prompts.schema_auto_json_summarization.path", python);
}

pub(super) fn schema(draft: &mut Draft<'_>) {
    match draft.text("llm_schema.txt_path") {
        Some((leaf, path)) => draft.put(&leaf, "schema.path", draft.path(&path), "`LLMOutput` in it"),
        None => draft.put_default("schema.path", draft.path("schema/llm_schema.txt")),
    }
    let module = "Casebook runs no Python; `llm_schema.txt` has the same schema";
    draft.drop("llm_schema.py_path", module);
    draft.drop("llm_schema.path", module);
    match draft.flag("llm_schema.auto_generate") {
        Some((leaf, flag)) => draft.put(&leaf, "schema.auto_generate", Yaml::Plain(flag.to_string()), ""),
        None => draft.put_default("schema.auto_generate", Yaml::Plain("true".to_owned())),
    }
    if let Some((leaf, flag)) = draft.flag("llm_schema.force_regenerate") {
        draft.put(&leaf, "schema.force_regenerate", Yaml::Plain(flag.to_string()), "");
    }
    draft.drop("llm_schema.archive_dir", "a schema that is written over is kept in `archived/` beside it");
}

pub(super) fn llm(draft: &mut Draft<'_>) {
    let older = draft.text("llm.model_name");
    let name = match (older, draft.text("llm.model")) {
        (Some((leaf, name)), other) => {
            draft.put(&leaf, "llm.model", Yaml::Text(name.clone()), "");
            if let Some((leaf, _)) = other {
                draft.leave_out(&leaf, Some("llm.model"), "`llm.model_name` is set too");
            }
            name
        }
        (None, Some((leaf, name))) => {
            draft.put(&leaf, "llm.model", Yaml::Text(name.clone()), "");
            name
        }
        (None, None) => {
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
    let older = draft.whole("llm.max_retries");
    match (older, draft.whole("llm.retries")) {
        (Some((leaf, number)), other) => {
            draft.put(&leaf, "llm.retries", Yaml::Plain(number.to_string()), "");
            if let Some((leaf, _)) = other {
                draft.leave_out(&leaf, Some("llm.retries"), "`llm.max_retries` is set too");
            }
        }
        (None, Some((leaf, number))) => draft.put(&leaf, "llm.retries", Yaml::Plain(number.to_string()), ""),
        (None, None) => draft.put_default("llm.retries", Yaml::Plain("3".to_owned())),
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
