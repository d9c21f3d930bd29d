//! The history of a task's prompts: each text that was sent, when, and what was measured with it.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::Connection;

use super::error::EngineError;
use super::options::RunOptions;
use super::prompt_versions::{PromptVersion, namesakes, prompts_of, recorded};
use super::run::db_path;
use crate::project::Project;
use crate::store::{self, Access, sql};
use crate::view::text::counted;

/// The history of a task's prompts.
#[derive(Clone, Debug, Default)]
pub struct PromptLog {
    pub entries: Vec<PromptUse>,
    /// The names of all metrics, in the order of the evaluations.
    pub metrics: Vec<String>,
    /// Facts and warnings.
    pub notes: Vec<String>,
}

/// A prompt in a variant, and what came of it.
#[derive(Clone, Debug)]
pub struct PromptUse {
    pub prompt: PromptVersion,
    /// Whether the configuration, or a variant of it, has it now.
    pub is_current: bool,
    /// The name of the variant; `None` where it was never used.
    pub variant: Option<String>,
    /// UTC, RFC 3339.
    pub first_used: Option<String>,
    pub last_used: Option<String>,
    /// The work items of its step that were tried with it.
    pub items: u64,
    /// The share of them with a valid answer, whether that passed the checks and the judge or not.
    pub valid: Option<f64>,
    /// In US dollars, as if each item had been paid for; `None` where a price is not known.
    pub cost_per_item: Option<f64>,
    /// The value of each metric in the last evaluation that measured it.
    pub metrics: BTreeMap<String, Option<f64>>,
}

/// What was tried at a task.
#[derive(Clone, Debug, Default)]
struct Tried {
    items: u64,
    valid: u64,
    first_used: Option<String>,
    last_used: Option<String>,
    cost_usd: Option<f64>,
}

/// A step of a variant, planned.
struct PlannedUse {
    invocation: i64,
    step: String,
    variant: i64,
    name: String,
    task: i64,
    config: i64,
}

/// Gathers the history of the prompts of a configuration, or of the one called `name`, which is the name of a prompt or
/// its file. Nothing is written, and nothing sent.
pub fn prompt_log(options: &RunOptions, name: Option<&str>) -> Result<PromptLog, EngineError> {
    let base = Project::of(options.origin())?;
    let mut now = prompts_of(&base);
    for (_, project) in base.variants(options.origin())? {
        for prompt in prompts_of(&project) {
            if !now.contains(&prompt) {
                now.push(prompt);
            }
        }
    }
    let db = db_path(options, &base);
    let mut log = PromptLog::default();
    if db.exists() {
        let connection = store::open(&db, Access::Read)?;
        let recorded = recorded(&connection)?;
        log.notes = namesakes(recorded.prompts.iter().map(|(_, it)| it).chain(&now));
        if recorded.unread > 0 {
            let of = counted(recorded.unread, "configuration");
            log.notes.push(format!("{of} of the run file cannot be read by this version: their prompts are left out"));
        }
        log.add_recorded(&connection, &recorded.prompts, &now)?;
    } else {
        log.notes = namesakes(now.iter());
    }
    for prompt in &now {
        let is_there = |it: &PromptUse| {
            (&it.prompt.step, &it.prompt.judge, &it.prompt.digest) == (&prompt.step, &prompt.judge, &prompt.digest)
        };
        if !log.entries.iter().any(is_there) {
            log.entries.push(PromptUse::unused(prompt.clone()));
        }
    }
    if let Some(name) = name {
        let is_meant = |prompt: &PromptVersion| prompt.name == name || prompt.path == name;
        if !log.entries.iter().any(|it| is_meant(&it.prompt)) {
            let mut known: Vec<String> = log.entries.into_iter().map(|it| it.prompt.name).collect();
            known.sort();
            known.dedup();
            return Err(EngineError::NoPrompt { name: name.to_owned(), known: known.join(", ") });
        }
        log.entries.retain(|it| is_meant(&it.prompt));
    }
    let place = |it: &PromptUse| now.iter().position(|other| other.step == it.prompt.step);
    log.entries.sort_by(|one, two| {
        let key = |it: &PromptUse| (place(it), it.prompt.judge.clone(), it.first_used.is_none(), it.first_used.clone());
        key(one).cmp(&key(two))
    });
    Ok(log)
}

impl PromptUse {
    fn unused(prompt: PromptVersion) -> Self {
        Self {
            prompt,
            is_current: true,
            variant: None,
            first_used: None,
            last_used: None,
            items: 0,
            valid: None,
            cost_per_item: None,
            metrics: BTreeMap::new(),
        }
    }
}

impl PromptLog {
    /// Adds what the run file has.
    fn add_recorded(
        &mut self,
        connection: &Connection,
        recorded: &[(i64, PromptVersion)],
        now: &[PromptVersion],
    ) -> Result<(), EngineError> {
        let tried = tried(connection)?;
        let planned = planned(connection)?;
        let figures = self.figures(connection, &planned)?;
        let mut of_config: HashMap<i64, Vec<&PromptVersion>> = HashMap::new();
        for (config, prompt) in recorded {
            of_config.entry(*config).or_default().push(prompt);
        }
        let mut seen = HashSet::new();
        for it in &planned {
            for prompt in of_config.get(&it.config).into_iter().flatten().filter(|prompt| prompt.step == it.step) {
                let key = (it.variant, it.task, prompt.judge.clone(), prompt.digest.clone());
                if !seen.insert(key) {
                    continue;
                }
                let tried = tried.get(&it.task).cloned().unwrap_or_default();
                let figures = figures.get(&(it.variant, it.task)).cloned().unwrap_or_default();
                self.entries.push(PromptUse {
                    is_current: now.iter().any(|now| (&now.step, &now.digest) == (&prompt.step, &prompt.digest)),
                    prompt: (*prompt).clone(),
                    variant: Some(it.name.clone()),
                    items: tried.items,
                    valid: share(tried.valid, tried.items),
                    cost_per_item: tried
                        .cost_usd
                        .and_then(|cost| (tried.items > 0).then(|| cost / number(tried.items))),
                    first_used: tried.first_used,
                    last_used: tried.last_used,
                    metrics: figures,
                });
            }
        }
        Ok(())
    }

    /// The metrics of each variant and task: those of the last evaluation that measured the variant with that task as
    /// its last step.
    fn figures(&mut self, connection: &Connection, planned: &[PlannedUse]) -> Result<Measured, EngineError> {
        let mut all = Measured::new();
        // The figures are of the whole task: of every step as it was planned then. Both are read in their order.
        let mut planned = planned.iter().peekable();
        let mut then: HashMap<i64, BTreeMap<&str, i64>> = HashMap::new();
        sql::PROMPTS_FIGURES.each::<EngineError>(connection, &[], |row| {
            let (invocation, variant): (i64, i64) = (row.get("invocation")?, row.get("variant")?);
            let (metric, value): (String, Option<f64>) = (row.get("metric")?, row.get("value")?);
            if !self.metrics.contains(&metric) {
                self.metrics.push(metric.clone());
            }
            while let Some(it) = planned.next_if(|it| it.invocation <= invocation) {
                then.entry(it.variant).or_default().insert(&it.step, it.task);
            }
            for task in then.get(&variant).into_iter().flat_map(BTreeMap::values) {
                all.entry((variant, *task)).or_default().insert(metric.clone(), value);
            }
            Ok(())
        })?;
        Ok(all)
    }
}

/// Of each variant and task (rowids): its metrics by name.
type Measured = HashMap<(i64, i64), BTreeMap<String, Option<f64>>>;

fn planned(connection: &Connection) -> rusqlite::Result<Vec<PlannedUse>> {
    sql::PROMPTS_PLANS.all(connection, &[], |row| {
        Ok(PlannedUse {
            invocation: row.get("invocation")?,
            step: row.get("step")?,
            variant: row.get("variant")?,
            name: row.get("name")?,
            task: row.get("task")?,
            config: row.get::<_, Option<i64>>("config")?.unwrap_or_default(),
        })
    })
}

fn tried(connection: &Connection) -> Result<HashMap<i64, Tried>, EngineError> {
    let mut all = HashMap::new();
    sql::PROMPTS_USED.each::<EngineError>(connection, &[], |row| {
        let count = |name| row.get::<_, i64>(name).map(i64::unsigned_abs);
        let is_known = row.get::<_, i64>("answers")? == row.get::<_, i64>("priced")?;
        let cost: f64 = row.get("cost_usd")?;
        let tried = Tried {
            items: count("items")?,
            valid: count("valid")?,
            first_used: row.get("first_used")?,
            last_used: row.get("last_used")?,
            cost_usd: is_known.then_some(cost),
        };
        all.insert(row.get("task")?, tried);
        Ok(())
    })?;
    Ok(all)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| number(part) / number(whole))
}

#[expect(clippy::cast_precision_loss, reason = "16 digits are enough")]
fn number(count: u64) -> f64 {
    count as f64
}
