//! Promotion: a variant that was measured becomes what is used, as `staging` or `production`.
//!
//! [`promote`] holds the variant as it is now against the latest evaluation in the run file, puts the promotion with
//! its evidence on record, and then writes `pins.yaml` and the changelog of prompts from the record. What would be
//! promoted unseen is an error; a variant that fails a gate or is worse is refused ([`PromotionRefusal`]).

mod basis;
mod changelog;
mod error;
mod evidence;
mod files;
mod measured;

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::acquire;
use super::error::EngineError;
use super::gold;
use super::input;
use super::options::RunOptions;
use super::run::db_path;
use super::servers::{self, Inquiry};
use super::session::{Session, now};
use crate::config::{PINS_FILE, Pin, PinError, Pins, PinsSource, Variant, nearest};
use crate::experiment::Better;
use crate::project::{Project, ProjectError, ProjectSource, pinned_steps, run_name_of};
use crate::record::{PinStage, VariantId};
use crate::stage::evaluate;
use crate::store::{self, Access, sql};
use measured::Measured;

pub use error::PromoteError;
pub use evidence::{Evidence, PromotedFigure, PromotedGate};

/// What to promote.
#[derive(Clone, Debug)]
pub struct PromoteOptions {
    pub config: PathBuf,
    /// The run file; `None`: that of the run.
    pub db: Option<PathBuf>,
    /// The variant's name.
    pub variant: String,
    pub to: PinStage,
    pub by: String,
    pub reason: Option<String>,
    /// Whether the variant has to be better than the baseline.
    pub requires_better: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// Why a variant that was measured is not promoted.
#[derive(Clone, Debug, PartialEq)]
pub enum PromotionRefusal {
    /// It fails these gates.
    Gates(Vec<String>),
    /// It is worse than the baseline.
    Worse,
    /// It is not known to be better, which was required.
    NotBetter,
}

/// The outcome of a promotion.
#[derive(Clone, Debug)]
pub struct Promotion {
    pub variant: String,
    pub to: PinStage,
    pub evidence: Evidence,
    pub refusal: Option<PromotionRefusal>,
    pub pin: Pin,
    /// The files that were written.
    pub files: Vec<PathBuf>,
    pub notes: Vec<String>,
}

/// Promotes a variant.
pub fn promote(options: &PromoteOptions) -> Result<Promotion, EngineError> {
    let dir = options.config.parent().map(Path::to_owned).unwrap_or_default();
    let run = RunOptions { config: options.config.clone(), db: options.db.clone(), ..RunOptions::default() };
    let (pins, mut notes) = standing(options, &dir)?;
    let source = (!pins.0.is_empty()).then(|| {
        let file = dir.join(PINS_FILE).display().to_string();
        PinsSource { file, text: Ok(Some(pins.to_text())) }
    });
    let origin = ProjectSource { pins: source.as_ref(), ..run.origin() };
    let base = Project::of(origin)?;
    let db = db_path(&run, &base);
    let base = acquire::with_recorded(base, &db)?;
    let (variant, project) = chosen(&base, origin, &options.variant)?;
    measured::check(&project).map_err(EngineError::from)?;
    let found = Found::read(&db, &variant, project, &base)?;
    let refusal = refusal(&found.evidence, options.requires_better);
    let pin = Pin {
        run: base.config.run.name.clone(),
        variant: variant.name.clone(),
        overlay: variant.overlay.clone(),
        steps: pinned_steps(&found.project),
        gold: found.gold.clone(),
        run_file: from_folder(&dir, &db),
        evaluation: found.uid.clone(),
        promoted_at: now(),
        promoted_by: options.by.clone(),
    };
    if found.evidence.gates.is_empty() && found.evidence.decided_by.is_none() {
        notes.push(
            "the experiment has no gate and no metric that decides, so that nothing could speak against it".to_owned(),
        );
    }
    let mut promotion = Promotion {
        variant: variant.name,
        to: options.to,
        evidence: found.evidence,
        refusal,
        pin,
        files: Vec::new(),
        notes,
    };
    if promotion.refusal.is_some() || options.dry_run {
        return Ok(promotion);
    }
    // What cannot be read or written is an error before anything is on record.
    files::check(&dir)?;
    let of = (found.number, found.manifest, found.config);
    promotion.files = Session::hold(&db, Access::Write, "promote", None, |session| {
        record(session, &promotion, options, of)?;
        files::write_all(&session.connection, (&dir, &base.config.run.name), pins)
    })?;
    Ok(promotion)
}

/// What is pinned beside the configuration, as the file and the record say it, with notes for people.
fn standing(options: &PromoteOptions, dir: &Path) -> Result<(Pins, Vec<String>), EngineError> {
    // A name that is wrong is reported where all of the configuration is read.
    let Some(name) = run_name_of(&options.config)? else { return Ok((Pins::default(), Vec::new())) };
    let db = options.db.clone().unwrap_or_else(|| dir.join(format!("{name}.db")));
    files::standing(dir, &db, &name)
}

/// What was changed by hand in `pins.yaml`, in words, where that is what `error` is about.
#[must_use]
pub fn pin_edits(error: &EngineError) -> Vec<String> {
    match error {
        EngineError::Project(error) => edits_of(error),
        EngineError::Promote(PromoteError::Pins(PinError::Edited { file, content, .. })) => files::edits(file, content),
        EngineError::Canary(error) => {
            error.edited_pins().map_or_else(Vec::new, |(file, content)| files::edits(file, content))
        }
        EngineError::Placed { error, .. } | EngineError::Variant { error, .. } => pin_edits(error),
        _ => Vec::new(),
    }
}

fn edits_of(error: &ProjectError) -> Vec<String> {
    match error {
        ProjectError::Config(error) => {
            error.edited_pins().map_or_else(Vec::new, |(file, content)| files::edits(file, content))
        }
        ProjectError::Placed { error, .. } | ProjectError::Variant { error, .. } => edits_of(error),
        _ => Vec::new(),
    }
}

/// The variant called `name`, as it is now.
fn chosen(base: &Project, origin: ProjectSource<'_>, name: &str) -> Result<(Variant, Project), EngineError> {
    if base.config.experiment.is_none() {
        return Err(EngineError::NoExperiment);
    }
    let mut variants = base.variants(origin)?;
    let wanted = name.trim().to_lowercase();
    let Some(place) = variants.iter().position(|(variant, _)| variant.name.to_lowercase() == wanted) else {
        let known: Vec<&str> = variants.iter().map(|(variant, _)| variant.name.as_str()).collect();
        let near = nearest(name, known.iter().copied()).map(str::to_owned);
        return Err(EngineError::NoVariant { name: name.to_owned(), near, known: known.join(", ") });
    };
    Ok(variants.swap_remove(place))
}

/// What the record says of a variant.
struct Found {
    /// As it is now, with the kinds of its servers.
    project: Project,
    number: i64,
    /// The manifest of the evaluation, and the uid of its invocation.
    manifest: i64,
    uid: String,
    /// The configuration that was measured (rowid).
    config: i64,
    /// The digest of the gold answers.
    gold: Option<String>,
    evidence: Evidence,
}

impl Found {
    /// Reads the latest evaluation, and checks that it is of the variant as it is now.
    fn read(db: &Path, variant: &Variant, project: Project, base: &Project) -> Result<Self, EngineError> {
        if !db.exists() {
            return Err(PromoteError::NoEvaluation(db.to_owned()).into());
        }
        let name = &variant.name;
        let connection = store::open(db, Access::Read)?;
        let latest = sql::PROMOTE_EVALUATION.first(&connection, &[], |row| {
            Ok((row.get::<_, i64>("id")?, row.get::<_, Value>("inputs")?, row.get::<_, String>("uid")?))
        })?;
        let evaluation = evaluate::recorded(&connection)?;
        let (Some((manifest, inputs, uid)), Some(evaluation)) = (latest, evaluation) else {
            return Err(PromoteError::NoEvaluation(db.to_owned()).into());
        };
        let id = VariantId::of(&[serde_json::json!(variant.overlay)]);
        let number: Option<i64> =
            sql::RECORD_VARIANT_ROWID.first(&connection, &[(":variant_id", &id)], |row| row.get("id"))?;
        if !inputs["share"].is_null() {
            let why = format!(
                "it is of the first {} of {} {}",
                inputs["share"]["first"],
                inputs["share"]["of"],
                inputs["share"]["what"].as_str().unwrap_or("rows")
            );
            return Err(PromoteError::Incomplete { variant: name.clone(), why }.into());
        }
        let evidence = Evidence::of(&evaluation, name)?;
        let (mut project, _) = servers::resolve(project, Some(db), Inquiry::Record)?;
        let changed = |differences| PromoteError::Changed { variant: name.clone(), differences };
        let measured = match number {
            Some(number) => Measured::read(&connection, &inputs, number, &project)?,
            None => None,
        };
        let (Some(number), Some(mut measured)) = (number, measured) else {
            return Err(changed(vec!["its settings were others".to_owned()]).into());
        };
        if measured.project.samples() {
            return Err(PromoteError::Samples(name.clone()).into());
        }
        let (source, table) = input::open(base)?;
        let gold = match base.config.experiment.as_ref().and_then(|it| it.gold.as_ref()) {
            Some(gold) => Some(gold::open(base, gold, table.columns())?.source.sha1.to_string()),
            None => None,
        };
        if gold != measured.gold {
            let [of, is] = [&measured.gold, &gold].map(|it| it.clone().unwrap_or_else(|| "none".to_owned()));
            return Err(PromoteError::OtherGold { variant: name.clone(), measured: of, is }.into());
        }
        if let Some([measured, is]) = basis::other_rows(&connection, &inputs, &source)? {
            return Err(PromoteError::OtherRows { variant: name.clone(), measured, is }.into());
        }
        let differences = measured.differences(&mut project, (table.columns(), &source.kinds))?;
        if !differences.is_empty() {
            return Err(changed(differences).into());
        }
        let differences = measured::in_words(&basis::differences(&inputs, base));
        if !differences.is_empty() {
            return Err(PromoteError::OtherExperiment { variant: name.clone(), differences }.into());
        }
        Ok(Self { project, number, manifest, uid, config: measured.config, gold, evidence })
    }
}

/// Whether the figures speak against the variant.
fn refusal(evidence: &Evidence, requires_better: bool) -> Option<PromotionRefusal> {
    let failed: Vec<String> = evidence.gates.iter().filter(|it| !it.passed).map(|it| it.text.clone()).collect();
    if !failed.is_empty() {
        return Some(PromotionRefusal::Gates(failed));
    }
    match evidence.verdict {
        Some(Better::Worse) => Some(PromotionRefusal::Worse),
        Some(Better::Better) => None,
        Some(Better::Inconclusive) | None => requires_better.then_some(PromotionRefusal::NotBetter),
    }
}

/// Puts the promotion on record. `of` are the variant, the manifest of the evaluation, and the configuration (rowids).
fn record(
    session: &mut Session,
    promotion: &Promotion,
    options: &PromoteOptions,
    (variant, evaluation, config): (i64, i64, i64),
) -> Result<(), EngineError> {
    let Promotion { evidence, pin, .. } = promotion;
    let invocation = session.invocation;
    let tx = session.transaction()?;
    sql::PROMOTE_INSERT.execute(
        &tx,
        &[
            (":invocation", &invocation),
            (":stage", &options.to),
            (":variant", &variant),
            (":evaluation", &evaluation),
            (":config", &config),
            (":pin", &serde_json::to_value(pin).unwrap_or_default()),
            (":metrics", &evidence.metrics_value()),
            (":gates", &evidence.gates_value()),
            (":verdict", &evidence.verdict.map(Better::word)),
            (":reason", &options.reason),
            (":promoted_by", &pin.promoted_by),
            (":promoted_at", &pin.promoted_at),
        ],
    )?;
    Ok(tx.commit()?)
}

/// The path of the run file as it is written in a file in `dir`.
fn from_folder(dir: &Path, db: &Path) -> String {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let (Ok(from), Ok(to)) = (dir.canonicalize(), db.canonicalize()) else { return db.display().to_string() };
    let common = from.components().zip(to.components()).take_while(|(one, two)| one == two).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(common)).collect();
    path.display().to_string().replace('\\', "/")
}
