//! From what the user wrote to what is always valid.

use super::error::{ConfigError, Origin};
use super::node::{Node, Value};
use super::raw::{self, ColumnMode, GroupingMode, KvOrder, OutputFormat, ProviderName, StructuredOutput};
use super::resolved::{
    Cache, Columns, Config, Context, Grouping, Input, Judge, Llm, Outputs, Prompts, Provider, Recorded, Report, Run,
    Sample, Schema,
};
use super::{Raw, typed};

const OPENAI: &str = "https://api.openai.com/v1";
const OPENAI_KEY: &str = "OPENAI_API_KEY";

/// Lays `overrides` (dotted key, YAML value: the `--set`s, in order) over `raw`, checks everything and fills in the
/// defaults. The first problem is reported.
pub fn resolve(raw: Raw, overrides: &[(String, String)]) -> Result<Config, ConfigError> {
    let mut node = raw.node;
    for (key, text) in overrides {
        let value = Node::parse_set(key, text)?;
        node.set(key, value)?;
    }
    let written: raw::Config = typed(&node, "")?;
    let at = Place { node: &node, prefix: "" };
    let judge = judge(&at, &written)?;
    Ok(Config {
        run: run(&at, &written.run)?,
        input: input(&at, written.input)?,
        grouping: grouping(&at, written.grouping.unwrap_or_default())?,
        context: context(&at, written.context.unwrap_or_default())?,
        prompts: Prompts { generation: path(&at, "prompts.generation", written.prompts.generation)? },
        schema: Schema { path: path(&at, "schema.path", written.schema.path)? },
        llm: llm(&at.block("llm"), written.llm.unwrap_or_default())?,
        judge,
        checks: checks(&at, written.checks.unwrap_or_default())?,
        cache: cache(&written.cache.unwrap_or_default()),
        outputs: outputs(&at, written.outputs.unwrap_or_default())?,
        report: report(&at, &written.report.unwrap_or_default())?,
    })
}

/// Where values come from, for messages: a tree and the key path that stands for its root.
struct Place<'a> {
    node: &'a Node,
    prefix: &'a str,
}

impl<'a> Place<'a> {
    /// The same for the block `key`; where it is missing, errors point at what is around it.
    fn block<'b>(&self, key: &'b str) -> Place<'b>
    where
        'a: 'b,
    {
        Place { node: self.node.get(key).unwrap_or(self.node), prefix: key }
    }

    fn key(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}.{key}", self.prefix) }
    }

    fn origin(&self, key: &str) -> &Origin {
        self.node.origin_of(key)
    }

    fn bad(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::value(self.key(key), reason, self.origin(key))
    }

    fn missing(&self, key: &str, hint: &'static str) -> ConfigError {
        ConfigError::missing(self.key(key), Some(hint), self.origin(key))
    }

    /// A whole number within bounds, or the default.
    fn whole<T: TryFrom<u64>>(
        &self,
        key: &str,
        value: Option<u64>,
        default: T,
        bounds: (u64, u64),
    ) -> Result<T, ConfigError> {
        let Some(value) = value else { return Ok(default) };
        let (low, high) = bounds;
        let fits = (low..=high).contains(&value).then(|| T::try_from(value).ok()).flatten();
        fits.ok_or_else(|| self.bad(key, format!("expected a whole number from {low} to {high}, found {value}")))
    }

    /// A real number within bounds, or the default.
    fn real(&self, key: &str, value: Option<f64>, default: f64, bounds: (f64, f64)) -> Result<f64, ConfigError> {
        let Some(value) = value else { return Ok(default) };
        let (low, high) = bounds;
        if (low..=high).contains(&value) {
            // Minus zero is zero, and two spellings of one value must not differ in the record.
            return Ok(value + 0.0);
        }
        Err(self.bad(key, format!("expected a number from {low} to {high}, found {value}")))
    }

    /// A text that is not blank.
    fn filled(&self, key: &str, text: String) -> Result<String, ConfigError> {
        if text.trim().is_empty() { Err(self.bad(key, "expected a text, found an empty one")) } else { Ok(text) }
    }

    fn filled_option(&self, key: &str, text: Option<String>) -> Result<Option<String>, ConfigError> {
        text.map(|text| self.filled(key, text)).transpose()
    }
}

fn path(at: &Place<'_>, key: &str, path: String) -> Result<String, ConfigError> {
    if path.trim().is_empty() {
        return Err(at.bad(key, "expected a path, found an empty text"));
    }
    Ok(path)
}

fn run(at: &Place<'_>, written: &raw::Run) -> Result<Run, ConfigError> {
    let name = &written.name;
    let usable = name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-'));
    if name.is_empty() || name.starts_with('.') || !usable {
        let error = at.bad("run.name", format!("`{}` cannot be used as a file name", name.escape_debug()));
        return Err(error.with_hint("use letters, digits, `.`, `_` and `-`, and do not start with a dot"));
    }
    if name.len() > 100 {
        return Err(at.bad("run.name", format!("expected at most 100 characters, found {}", name.len())));
    }
    Ok(Run { name: name.clone(), seed: written.seed.unwrap_or(42) })
}

fn input(at: &Place<'_>, written: raw::Input) -> Result<Input, ConfigError> {
    Ok(Input {
        path: path(at, "input.path", written.path)?,
        format: written.format,
        encoding: at.filled("input.encoding", written.encoding.unwrap_or_else(|| "utf-8".to_owned()))?,
        sheet: at.filled_option("input.sheet", written.sheet)?,
        key: at.filled_option("input.key", written.key)?,
        required_columns: columns_list(at, "input.required_columns", written.required_columns)?,
    })
}

/// A list of column names, none of them twice.
fn columns_list(at: &Place<'_>, key: &str, written: Option<Vec<String>>) -> Result<Vec<String>, ConfigError> {
    let columns = written.unwrap_or_default();
    for (index, column) in columns.iter().enumerate() {
        if columns[..index].contains(column) {
            return Err(at.bad(key, format!("the column `{column}` is named twice")));
        }
    }
    Ok(columns)
}

fn grouping(at: &Place<'_>, written: raw::Grouping) -> Result<Option<Grouping>, ConfigError> {
    let column = at.filled_option("grouping.column", written.column)?;
    let max_rows = at.whole("grouping.max_rows_per_group", written.max_rows_per_group, 50, (1, 1_000_000))?;
    if !written.enabled.unwrap_or(column.is_some()) {
        return Ok(None);
    }
    let hint = "name the column whose equal values make a group, or set `grouping.enabled: false`";
    let column = column.ok_or_else(|| at.missing("grouping.column", hint))?;
    let mode = written.mode.unwrap_or(GroupingMode::RowOutputWithGroupContext);
    Ok(Some(Grouping { column, mode, max_rows_per_group: max_rows }))
}

fn context(at: &Place<'_>, written: raw::Context) -> Result<Context, ConfigError> {
    let chars = (1, 100_000_000);
    Ok(Context {
        columns: context_columns(at, written.columns.unwrap_or_default())?,
        row_template: written.row_template,
        kv_order: written.kv_order.unwrap_or(KvOrder::InputOrder),
        max_context_chars: at.whole("context.max_context_chars", written.max_context_chars, 15_000, chars)?,
        truncate_field_chars: at.whole("context.truncate_field_chars", written.truncate_field_chars, 6_000, chars)?,
        group_header_template: written.group_header_template,
        group_footer_template: written.group_footer_template,
    })
}

fn context_columns(at: &Place<'_>, written: raw::Columns) -> Result<Columns, ConfigError> {
    let (mode_key, include_key, exclude_key) =
        ("context.columns.mode", "context.columns.include", "context.columns.exclude");
    let include = columns_list(at, include_key, written.include)?;
    let exclude = columns_list(at, exclude_key, written.exclude)?;
    let mode = written.mode.unwrap_or(match (include.is_empty(), exclude.is_empty()) {
        (false, _) => ColumnMode::Include,
        (true, false) => ColumnMode::Exclude,
        (true, true) => ColumnMode::All,
    });
    // A list that the mode does not use was surely meant to do something.
    let unused = [
        (include_key, !include.is_empty() && mode != ColumnMode::Include),
        (exclude_key, !exclude.is_empty() && mode != ColumnMode::Exclude),
    ];
    if let Some((key, _)) = unused.iter().find(|(_, unused)| *unused) {
        let error = at.bad(key, "the list is not used by the mode of `context.columns`");
        return Err(error.with_hint(format!("set `{mode_key}` to fit, or remove the list")));
    }
    match mode {
        ColumnMode::All => Ok(Columns::All),
        ColumnMode::Include if include.is_empty() => {
            Err(at.missing(include_key, "list the columns that the context shows, or use mode `all`"))
        }
        ColumnMode::Include => Ok(Columns::Include(include)),
        ColumnMode::Exclude if exclude.is_empty() => {
            Err(at.missing(exclude_key, "list the columns that the context leaves out, or use mode `all`"))
        }
        ColumnMode::Exclude => Ok(Columns::Exclude(exclude)),
    }
}

fn llm(at: &Place<'_>, written: raw::Llm) -> Result<Llm, ConfigError> {
    let name = written.provider.unwrap_or(ProviderName::Openai);
    // The blocks of the other providers are checked too: `--provider` may choose them.
    let sample = sample(at, &written.sample.unwrap_or_default())?;
    let recorded = written.recorded.map(|it| recorded(at, it)).transpose()?;
    let openai = openai(at, written.base_url, written.api_key_env)?;
    let provider = match name {
        ProviderName::Openai => openai,
        ProviderName::Sample => Provider::Sample(sample),
        ProviderName::Recorded => Provider::Recorded(recorded.ok_or_else(|| {
            at.missing("recorded", "say where the answers are: `recorded: {path: …, match: {…}, answer: …}`")
        })?),
    };
    let model = match (at.filled_option("model", written.model)?, name) {
        (Some(model), _) => model,
        (None, ProviderName::Recorded) => "recorded".to_owned(),
        (None, ProviderName::Sample) => "sample".to_owned(),
        (None, ProviderName::Openai) => return Err(at.missing("model", "name the model, as the provider knows it")),
    };
    let temperature = written.temperature.map(|it| at.real("temperature", Some(it), it, (0.0, 2.0))).transpose()?;
    let tokens = written.max_output_tokens;
    let tokens = tokens.map(|it| at.whole("max_output_tokens", Some(it), 0_u32, (1, 10_000_000))).transpose()?;
    Ok(Llm {
        provider,
        model,
        temperature,
        max_output_tokens: tokens,
        max_workers: at.whole("max_workers", written.max_workers, 32, (1, 10_000))?,
        retries: at.whole("retries", written.retries, 5, (0, 100))?,
        timeout_sec: at.real("timeout_sec", written.timeout_sec, 60.0, (0.001, 86_400.0))?,
        structured_output: written.structured_output.unwrap_or(StructuredOutput::Auto),
    })
}

fn openai(at: &Place<'_>, base_url: Option<String>, key: Option<String>) -> Result<Provider, ConfigError> {
    let base_url = base_url.map(|url| checked_url(at, &url)).transpose()?.unwrap_or_else(|| OPENAI.to_owned());
    let default = (base_url == OPENAI).then(|| OPENAI_KEY.to_owned());
    let Some(key) = key else { return Ok(Provider::Openai { base_url, api_key_env: default }) };
    let mut characters = key.chars();
    let starts = characters.next().is_some_and(|it| it.is_ascii_uppercase() || it == '_');
    let usable = starts && characters.all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_');
    if !usable || key.len() > 200 {
        // What is written may be the key itself, so it is not shown.
        let reason = "expected the name of an environment variable (A-Z, 0-9 and _), found something else";
        let hint = "name the variable that holds the key, as in `api_key_env: OPENAI_API_KEY`; if a key was written \
                    here, take it out and revoke it";
        return Err(at.bad("api_key_env", reason).with_hint(hint));
    }
    Ok(Provider::Openai { base_url, api_key_env: Some(key) })
}

/// An address that requests can be sent under. What is wrong is never shown: it may hold a password.
fn checked_url(at: &Place<'_>, url: &str) -> Result<String, ConfigError> {
    let bad = |reason: &str, hint: &str| at.bad("base_url", reason).with_hint(hint);
    let example = "write it as in `https://api.openai.com/v1` or `http://localhost:11434/v1`";
    let url = url.trim();
    let Some(scheme) = ["http://", "https://"]
        .iter()
        .find(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
    else {
        return Err(bad("expected an address that starts with http:// or https://", example));
    };
    let rest = &url[scheme.len()..];
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(bad("credentials in an address end up in records", "name a variable with `api_key_env` instead"));
    }
    if rest.contains(['?', '#']) {
        return Err(bad("expected an address without a query or a fragment", example));
    }
    let odd = |it: char| it.is_whitespace() || it.is_control() || matches!(it, '\\' | '"' | '<' | '>' | '{' | '}');
    if authority.is_empty() || authority.starts_with(':') || rest.contains(odd) {
        return Err(bad("not a usable address", example));
    }
    if let Some((_, port)) = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'))
        && port.parse::<u16>().is_err()
    {
        return Err(bad("the port is not a number from 0 to 65535", example));
    }
    Ok(format!("{scheme}{}", rest.trim_end_matches('/')))
}

fn recorded(at: &Place<'_>, written: raw::Recorded) -> Result<Recorded, ConfigError> {
    if written.matching.is_empty() {
        return Err(at
            .bad("recorded.match", "expected at least one column")
            .with_hint("name the column and the value that it must have, as in `match: {id: \"{{ row.id }}\"}`"));
    }
    Ok(Recorded {
        path: path(at, "recorded.path", written.path)?,
        format: written.format,
        encoding: at.filled("recorded.encoding", written.encoding.unwrap_or_else(|| "utf-8".to_owned()))?,
        matching: written.matching,
        answer: at.filled("recorded.answer", written.answer)?,
        model: at.filled_option("recorded.model", written.model)?,
    })
}

fn sample(at: &Place<'_>, written: &raw::Sample) -> Result<Sample, ConfigError> {
    let rate = |key: &str, value| at.real(key, value, 0.0, (0.0, 1.0));
    Ok(Sample {
        malformed: rate("sample.malformed", written.malformed)?,
        extra_field: rate("sample.extra_field", written.extra_field)?,
        truncated: rate("sample.truncated", written.truncated)?,
        judge_fail: rate("sample.judge_fail", written.judge_fail)?,
        slow: rate("sample.slow", written.slow)?,
        latency_ms: at.whole("sample.latency_ms", written.latency_ms, 0, (0, 3_600_000))?,
    })
}

fn judge(at: &Place<'_>, written: &raw::Config) -> Result<Option<Judge>, ConfigError> {
    let block = written.judge.clone().unwrap_or_default();
    let prompt = at.filled_option("prompts.judge", written.prompts.judge.clone())?;
    let min_score = at.real("judge.min_score", block.min_score, 70.0, (0.0, 100.0))?;
    // Laid over as YAML, so that a key that is not written keeps the generation's value.
    let origin = at.origin("llm").clone();
    let mut merged = at.node.get("llm").cloned().unwrap_or(Node { value: Value::Map(Vec::new()), origin });
    if let Some(over) = at.node.get("judge.llm").filter(|it| !matches!(it.value, Value::Null)) {
        merged.overlay(over, &["match"]);
    }
    if !block.enabled.unwrap_or(prompt.is_some()) {
        return Ok(None);
    }
    let hint = "say which prompt judges, or set `judge.enabled: false`";
    let prompt = prompt.ok_or_else(|| at.missing("prompts.judge", hint))?;
    // The generation's own mistakes are told under its own name.
    llm(&at.block("llm"), written.llm.clone().unwrap_or_default())?;
    let whole: Option<raw::Llm> = typed(&merged, "judge.llm")?;
    let llm = llm(&Place { node: &merged, prefix: "judge.llm" }, whole.unwrap_or_default())?;
    Ok(Some(Judge { prompt, min_score, llm }))
}

fn checks(at: &Place<'_>, written: Vec<raw::Check>) -> Result<Vec<raw::Check>, ConfigError> {
    for (index, check) in written.iter().enumerate() {
        let origin = match at.node.get("checks").map(|it| &it.value) {
            Some(Value::List(items)) => items.get(index).map_or(at.origin("checks"), |item| &item.origin),
            _ => at.origin("checks"),
        };
        let bad = |key: &str, reason: String| ConfigError::value(format!("checks[{index}].{key}"), reason, origin);
        if check.name.trim().is_empty() || check.name.chars().any(char::is_control) {
            return Err(bad("name", "expected a name on one line".to_owned()));
        }
        if check.expr.trim().is_empty() {
            return Err(bad("expr", "expected an expression, found an empty text".to_owned()));
        }
        if written[..index].iter().any(|other| other.name == check.name) {
            return Err(bad("name", format!("there is another check with the name `{}`", check.name)));
        }
    }
    Ok(written)
}

fn cache(written: &raw::Cache) -> Cache {
    Cache {
        enabled: written.enabled.unwrap_or(true),
        force: written.force.unwrap_or(false),
        share: written.share.unwrap_or(true),
    }
}

fn outputs(at: &Place<'_>, written: raw::Outputs) -> Result<Outputs, ConfigError> {
    let all = || vec![OutputFormat::Jsonl, OutputFormat::Psv, OutputFormat::Csv];
    let mut formats: Vec<OutputFormat> = Vec::new();
    for format in written.formats.unwrap_or_else(all) {
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    Ok(Outputs {
        formats,
        dir: path(at, "outputs.dir", written.dir.unwrap_or_else(|| "out".to_owned()))?,
        thin: written.thin.unwrap_or(true),
        spreadsheet_safe: written.spreadsheet_safe.unwrap_or(false),
    })
}

fn report(at: &Place<'_>, written: &raw::Report) -> Result<Report, ConfigError> {
    let samples = at.whole("report.samples_per_group", written.samples_per_group, 5, (0, 1_000))?;
    Ok(Report { enabled: written.enabled.unwrap_or(true), samples_per_group: samples })
}
