//! Resolves the blocks of one step: checks what the user wrote and fills in the defaults.

use super::answer::Answer;
use super::block::ConfigBlock;
use super::documents;
use super::error::ConfigError;
use super::evidence::evidence;
use super::judge::{Judges, judges};
use super::llm::llm;
use super::node::Node;
use super::outputs::outputs;
use super::raw::{self, ColumnMode, GroupingMode, InputFormat, KvOrder, PathList, StructuredOutput};
use super::resolved::{
    Accept, Budget, Cache, Columns, Config, Context, Grouping, Images, Input, MAX_UNPACKED_BYTES, Prompts, Report, Run,
    Step, Until,
};
use super::schema::schema;
use super::typed::typed;
use super::vars;

/// Resolves the blocks in `node`, which are those of `step`. The first problem is reported.
pub(super) fn resolve_step(node: &Node, step: Step) -> Result<Config, ConfigError> {
    let written: raw::Config = typed(node, "")?;
    let at = ConfigBlock { node, prefix: "" };
    let asks = step.rule.is_none();
    let answer = answer(&at, &written, asks && !step.verdict)?;
    shown_and_hidden(&at, &written)?;
    let Judges { judge, panel } = judges(&at, &written, asks)?;
    let accept = accept(&at, written.accept.as_ref(), asks, judge.is_some() || panel.is_some())?;
    let grouping = grouping(&at, written.grouping.unwrap_or_default())?;
    Ok(Config {
        evidence: evidence(&at, written.evidence, &step, answer, grouping.is_some())?,
        accept,
        until: written.until.as_ref().map(|written| until(&at, written)).transpose()?,
        run: run(&at, &written.run)?,
        input: input(&at, written.input)?,
        knowledge: documents::knowledge(&at, written.knowledge)?,
        grouping,
        context: context(&at, written.context.unwrap_or_default())?,
        prompts: prompts(&at, written.prompts.unwrap_or_default(), asks)?,
        vars: vars::resolve(&at, written.vars.unwrap_or_default())?,
        schema: schema(&at, written.schema, asks && !step.verdict && answer != Answer::Text)?,
        answer,
        llm: if asks { Some(llm(&at.block("llm"), written.llm.unwrap_or_default())?) } else { None },
        judge,
        panel,
        checks: checks(&at, written.checks.unwrap_or_default())?,
        cache: cache(&written.cache.unwrap_or_default()),
        budget: budget(&at, &written.budget.unwrap_or_default())?,
        prices: written.prices.map(|path| at.path("prices", path)).transpose()?,
        images: images(&at, written.images.unwrap_or_default())?,
        outputs: outputs(&at, written.outputs.unwrap_or_default())?,
        report: report(&at, &written.report.unwrap_or_default())?,
        experiment: None,
        canary: None,
        step,
    })
}

fn prompts(at: &ConfigBlock<'_>, written: raw::Prompts, asks: bool) -> Result<Prompts, ConfigError> {
    let syntax = written.syntax.unwrap_or_default();
    if !asks {
        return Ok(Prompts { generation: None, schema: None, syntax });
    }
    let hint = "name the prompt: `prompts: {generation: prompt.yaml}`";
    let key = if at.node.get("prompts").is_some() { "prompts.generation" } else { "prompts" };
    let path = written.generation.ok_or_else(|| at.missing(key, hint))?;
    let schema = written.schema.map(|path| at.path("prompts.schema", path)).transpose()?;
    Ok(Prompts { generation: Some(at.path("prompts.generation", path)?), schema, syntax })
}

/// The form of the answers. `asks` says whether a model is asked for the step's outputs: a verdict is always JSON, and
/// a rule has no answers. A provider can give structured output for JSON alone.
fn answer(at: &ConfigBlock<'_>, written: &raw::Config, asks: bool) -> Result<Answer, ConfigError> {
    let answer = written.answer.unwrap_or_default();
    if answer.is_json() || !asks {
        return Ok(Answer::Json);
    }
    let structured = written.llm.as_ref().and_then(|llm| llm.structured_output);
    if matches!(structured, Some(StructuredOutput::Required | StructuredOutput::JsonObject)) {
        let reason = format!("it asks for JSON, and `answer` is `{}`", answer.as_str());
        return Err(at.bad("llm.structured_output", reason).with_hint("remove it, or write `answer: json`"));
    }
    Ok(answer)
}

fn run(at: &ConfigBlock<'_>, written: &raw::Run) -> Result<Run, ConfigError> {
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

/// The path of the table, or the command that writes it.
fn table(at: &ConfigBlock<'_>, path: Option<PathList>, command: Option<Vec<String>>) -> Result<Table, ConfigError> {
    let path = path.map(|path| path.into_vec().join(", "));
    match (path, command) {
        (Some(path), None) => Ok((at.path("input.path", path)?, Vec::new())),
        (None, Some(command)) => match command.first() {
            Some(program) if !program.trim().is_empty() => Ok((String::new(), command)),
            _ => Err(at
                .bad("input.command", "expected a program and its arguments")
                .with_hint("write them as a list, as in `command: [python3, fetch.py, --all]`")),
        },
        (Some(_), Some(_)) => Err(at
            .bad("input.command", "the table comes from a file (`input.path`) or from a command, not from both")
            .with_hint("remove one of the two keys")),
        (None, None) => Err(at.missing("input.path", "name the table: `input: {path: rows.csv}`")),
    }
}

type Table = (String, Vec<String>);

fn input(at: &ConfigBlock<'_>, mut written: raw::Input) -> Result<Input, ConfigError> {
    let documents = documents::of_input(at, &written)?;
    let (path, command) = table(at, written.path.take(), written.command.take())?;
    let normalise = written.normalise.unwrap_or(documents.is_none());
    Ok(Input {
        path,
        documents,
        command,
        format: written.format.and_then(InputFormat::table),
        delimiter: written.delimiter.map(|it| at.delimiter("input.delimiter", &it)).transpose()?,
        guess: written.guess.unwrap_or(true),
        encoding: at.filled("input.encoding", written.encoding.unwrap_or_else(|| "utf-8".to_owned()))?,
        sheet: at.filled_option("input.sheet", written.sheet)?,
        key: at.filled_option("input.key", written.key)?,
        required_columns: columns_list(at, "input.required_columns", written.required_columns)?,
        hidden: columns_list(at, "input.hidden", written.hidden)?,
        gold: Vec::new(),
        types: written.types.unwrap_or_default(),
        normalise,
        max_unpacked_bytes: at.whole(
            "input.max_unpacked_bytes",
            written.max_unpacked_bytes,
            MAX_UNPACKED_BYTES,
            (1, u64::MAX),
        )?,
    })
}

/// Checks that no column is named twice.
fn columns_list(at: &ConfigBlock<'_>, key: &str, written: Option<Vec<String>>) -> Result<Vec<String>, ConfigError> {
    let columns = written.unwrap_or_default();
    for (index, column) in columns.iter().enumerate() {
        if columns[..index].contains(column) {
            return Err(at.bad(key, format!("the column `{column}` is named twice")));
        }
    }
    Ok(columns)
}

/// Checks that no other setting shows a column of `input.hidden`.
fn shown_and_hidden(at: &ConfigBlock<'_>, written: &raw::Config) -> Result<(), ConfigError> {
    let hidden = written.input.hidden.iter().flatten();
    for column in hidden {
        let columns = written.context.as_ref().and_then(|it| it.columns.as_ref());
        let grouping = written.grouping.as_ref().filter(|it| it.enabled != Some(false));
        let found = if columns.and_then(|it| it.include.as_ref()).is_some_and(|it| it.contains(column)) {
            Some(("context.columns.include", "a context shows it"))
        } else if grouping.is_some_and(|it| it.column.as_ref() == Some(column)) {
            Some(("grouping.column", "rows are grouped by it, and a prompt sees the key of its group"))
        } else {
            None
        };
        if let Some((key, why)) = found {
            let error = at.bad("input.hidden", format!("`{column}` is hidden, but {why} (`{key}`)"));
            return Err(error.with_hint(format!("take it out of `input.hidden` or out of `{key}`")));
        }
    }
    Ok(())
}

fn grouping(at: &ConfigBlock<'_>, written: raw::Grouping) -> Result<Option<Grouping>, ConfigError> {
    let column = at.filled_option("grouping.column", written.column)?;
    let max_rows = at.whole("grouping.max_rows_per_group", written.max_rows_per_group, 50, (1, 1_000_000))?;
    if !written.enabled.unwrap_or(column.is_some()) {
        return Ok(None);
    }
    let hint = "name the column whose equal values form a group, or set `grouping.enabled: false`";
    let column = column.ok_or_else(|| at.missing("grouping.column", hint))?;
    let mode = written.mode.unwrap_or(GroupingMode::RowOutputWithGroupContext);
    Ok(Some(Grouping { column, mode, max_rows_per_group: max_rows }))
}

fn context(at: &ConfigBlock<'_>, written: raw::Context) -> Result<Context, ConfigError> {
    let chars = (1, 100_000_000);
    let columns = context_columns(at, written.columns.unwrap_or_default())?;
    let kv_order = written.kv_order.unwrap_or(KvOrder::InputOrder);
    if kv_order == KvOrder::Listed && !matches!(columns, Columns::Include(_)) {
        let error = at.bad("context.kv_order", "`listed` is the order of `context.columns.include`, which is not set");
        return Err(error.with_hint("list the columns there, or use `input_order`".to_owned()));
    }
    Ok(Context {
        columns,
        row_template: written.row_template,
        kv_order,
        max_context_chars: at.whole("context.max_context_chars", written.max_context_chars, 15_000, chars)?,
        truncate_field_chars: at.whole("context.truncate_field_chars", written.truncate_field_chars, 6_000, chars)?,
        group_header_template: written.group_header_template,
        group_footer_template: written.group_footer_template,
    })
}

fn context_columns(at: &ConfigBlock<'_>, written: raw::Columns) -> Result<Columns, ConfigError> {
    let (mode_key, include_key, exclude_key) =
        ("context.columns.mode", "context.columns.include", "context.columns.exclude");
    let include = columns_list(at, include_key, written.include)?;
    let exclude = columns_list(at, exclude_key, written.exclude)?;
    let mode = written.mode.unwrap_or(match (include.is_empty(), exclude.is_empty()) {
        (false, _) => ColumnMode::Include,
        (true, false) => ColumnMode::Exclude,
        (true, true) => ColumnMode::All,
    });
    // A list that the mode ignores is a mistake.
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

fn checks(at: &ConfigBlock<'_>, written: Vec<raw::Check>) -> Result<Vec<raw::Check>, ConfigError> {
    for (index, check) in written.iter().enumerate() {
        let origin = at.node.elements("checks").get(index).map_or(at.origin("checks"), |item| &item.origin);
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

fn accept(
    at: &ConfigBlock<'_>,
    written: Option<&raw::Accept>,
    asks: bool,
    judged: bool,
) -> Result<Option<Accept>, ConfigError> {
    let Some(written) = written.filter(|_| asks) else { return Ok(None) };
    let outputs: u32 = at.whole("accept.outputs", written.outputs, 1, (1, 100))?;
    let candidates: u32 = at.whole("accept.candidates", written.candidates, outputs, (1, 100))?;
    if candidates < outputs {
        let reason = format!("{candidates} candidates cannot become {outputs} accepted ones");
        return Err(at.bad("accept.candidates", reason));
    }
    if outputs > 1 && !judged {
        let error = at.bad("accept.outputs", "without a judge, no output is better than another");
        return Err(error.with_hint("name a judge, whose scores say which is the best, or leave it at 1"));
    }
    // One candidate is what every work item has.
    Ok((candidates > 1).then_some(Accept { outputs, candidates }))
}

fn until(at: &ConfigBlock<'_>, written: &raw::Until) -> Result<Until, ConfigError> {
    Ok(Until { accepted: at.whole("until.accepted", Some(written.accepted), 1, (1, 1_000_000_000))? })
}

fn cache(written: &raw::Cache) -> Cache {
    Cache {
        enabled: written.enabled.unwrap_or(true),
        force: written.force.unwrap_or(false),
        share: written.share.unwrap_or(true),
    }
}

/// The smallest amount that is shown as another one than 0.
const LEAST_BUDGET_USD: f64 = 0.000_001;

fn budget(at: &ConfigBlock<'_>, written: &raw::Budget) -> Result<Budget, ConfigError> {
    let cost = written.max_cost_usd;
    let cost = cost.map(|it| at.real("budget.max_cost_usd", Some(it), it, (0.0, 1e6))).transpose()?;
    if let Some(cost) = cost.filter(|it| *it > 0.0 && *it < LEAST_BUDGET_USD) {
        let reason = format!("expected 0, or at least {LEAST_BUDGET_USD}, found {cost}");
        return Err(at.bad("budget.max_cost_usd", reason));
    }
    Ok(Budget { max_cost_usd: cost, max_requests: written.max_requests })
}

fn images(at: &ConfigBlock<'_>, written: raw::Images) -> Result<Images, ConfigError> {
    let default = Images::default();
    Ok(Images {
        dir: at.path("images.dir", written.dir.unwrap_or(default.dir))?,
        max_bytes: at.whole("images.max_bytes", written.max_bytes, default.max_bytes, (1, 100 * 1024 * 1024))?,
        allow_urls: written.allow_urls.unwrap_or(default.allow_urls),
    })
}

fn report(at: &ConfigBlock<'_>, written: &raw::Report) -> Result<Report, ConfigError> {
    let samples = at.whole("report.samples_per_group", written.samples_per_group, 5, (0, 1_000))?;
    let path = |key: &str, path: &Option<String>| path.clone().map(|path| at.path(key, path)).transpose();
    Ok(Report {
        enabled: written.enabled.unwrap_or(true),
        samples_per_group: samples,
        pages: path("report.pages", &written.pages)?,
        page_template: path("report.page_template", &written.page_template)?,
    })
}
