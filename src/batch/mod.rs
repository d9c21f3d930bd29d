//! The library: a batch as Rust values.
//!
//! A batch is what a configuration file describes, or the three parts that it needs as values: rows with a request
//! each, a schema, and somebody who is told of results. Both run on the one engine and leave the same record. This room
//! turns values into what the engine takes; it knows nothing of stages, transports or SQLite.

mod error;
mod given;
mod llm;
mod request;
mod result;
mod schema;
mod summary;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::engine::{self, Audience, Decided, Given, HandlerResult, Progress, RunOptions};
use given::{Settings, Spool};

pub use error::Error;
pub use llm::Llm;
pub use request::Request;
pub use result::{Failure, ItemResult, Outcome, Usage};
pub use summary::Summary;

/// What a result handler may return: an error stops the run, and comes back as [`Error::Handler`].
pub type Handled = HandlerResult;

type Watch<'a> = Box<dyn FnMut(&Progress) + Send + 'a>;
type OnResult<'a> = Box<dyn FnMut(ItemResult) -> Handled + Send + 'a>;
type Items<'a> = Box<dyn FnOnce(&mut Spool) -> Result<(), Error> + Send + 'a>;

/// A batch: what is asked, of whom, and where the record of it is.
///
/// It is put together from [`Batch::builder`] on and runs with [`run`](Self::run). Everything that is answered is in
/// the run file before anybody is told of it, so that a batch that is run again, after a crash or a change, goes on
/// where it was: what the record answers is not asked again.
///
/// ```
/// use casebook::{Batch, JsonSchema, Llm, Request};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize)]
/// struct Ticket {
///     id: u32,
///     text: &'static str,
/// }
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Sorted {
///     product: String,
///     urgent: bool,
/// }
///
/// # fn main() -> Result<(), casebook::Error> {
/// # let dir = tempfile::tempdir().unwrap();
/// # let run_file = dir.path().join("tickets.db");
/// let tickets = [Ticket { id: 1, text: "I was charged twice." }, Ticket { id: 2, text: "" }];
/// let mut urgent = 0;
/// let summary = Batch::builder()
///     .system("You sort tickets.")
///     .items(&tickets, |ticket| (!ticket.text.is_empty()).then(|| Request::new(ticket.text)))
///     .schema::<Sorted>()
///     .llm(Llm::new("sample")) // made-up answers: no key, no network
///     .run_file(run_file)
///     .on_result(|result| {
///         if result.is_accepted() {
///             let sorted: Sorted = result.output_as()?;
///             urgent += u32::from(sorted.urgent);
///         }
///         Ok(())
///     })
///     .run()?;
/// assert_eq!((summary.completed, summary.skipped), (1, 1));
/// # Ok(())
/// # }
/// ```
#[must_use = "a batch does nothing before `run`"]
pub struct Batch<'a> {
    config: Option<PathBuf>,
    items: Option<Items<'a>>,
    settings: Settings,
    run_file: Option<PathBuf>,
    limit: Option<u64>,
    rehearse: bool,
    heeds_ctrl_c: bool,
    progress: Option<Watch<'a>>,
    on_result: Option<OnResult<'a>>,
}

impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("config", &self.config).field("run_file", &self.run_file).finish_non_exhaustive()
    }
}

impl<'a> Batch<'a> {
    /// A batch of nothing yet. It needs a configuration file, or items and a schema.
    pub fn builder() -> Self {
        Self {
            config: None,
            items: None,
            settings: Settings::default(),
            run_file: None,
            limit: None,
            rehearse: false,
            heeds_ctrl_c: false,
            progress: None,
            on_result: None,
        }
    }

    /// Runs the configuration file at `path`, as `casebook run` does. It says all that [`items`](Self::items),
    /// [`schema`](Self::schema) and [`system`](Self::system) say otherwise.
    pub fn config(mut self, path: impl Into<PathBuf>) -> Self {
        self.config = Some(path.into());
        self
    }

    /// Asks about each of `items` what `request` makes of it; where that is `None`, the item is recorded as skipped.
    ///
    /// An item is recorded as the JSON that it serialises to, and that is its identity, whatever is asked about it: to
    /// word a request anew asks again, under the same work id. Equal items are work items of their own, which share a
    /// call where their requests are equal. Items are taken one by one when the batch runs, and wait on disk.
    pub fn items<T: Serialize>(
        mut self,
        items: impl IntoIterator<Item = T> + Send + 'a,
        request: impl Fn(&T) -> Option<Request> + Send + 'a,
    ) -> Self {
        self.items = Some(Box::new(move |spool: &mut Spool| {
            items.into_iter().try_for_each(|item| {
                let made = request(&item);
                spool.add(&item, made)
            })
        }));
        self
    }

    /// The system message of every request that has none of its own. It is taken as it is, not as a template.
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.settings.system = Some(text.into());
        self
    }

    /// Holds answers to the JSON Schema of `S`, closed: no other fields. The type's documentation is part of it, and of
    /// what the model is told. A field that is an `Option` is asked for too, and may be null.
    pub fn schema<S: JsonSchema>(self) -> Self {
        self.schema_json(schema::of::<S>())
    }

    /// Holds answers to a JSON Schema.
    pub fn schema_json(mut self, schema: Value) -> Self {
        self.settings.schema = Some(schema);
        self
    }

    /// The model and how it is called: an [`Llm`], or any value that serialises to what a configuration has under
    /// `llm`. With a configuration file it lies over what that says.
    pub fn llm(mut self, llm: impl Serialize) -> Self {
        self.settings.set_block("llm", &llm);
        self
    }

    /// Sets one key of the configuration, as `--set` does: `.set("budget.max_requests", 100)`.
    pub fn set(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.settings.set(key.into(), &value);
        self
    }

    /// Spends at most so many US dollars over all runs on the run file. It needs a price that is known and, where that
    /// is not 0, `llm.max_output_tokens`.
    pub fn max_cost(self, usd: f64) -> Self {
        self.set("budget.max_cost_usd", usd)
    }

    /// The run file. By default it is called after the run, beside the configuration or in the current folder.
    pub fn run_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.run_file = Some(path.into());
        self
    }

    /// The folder that images are named in, and that none of them leads out of; by default the current one. With a
    /// configuration file it is relative to that.
    pub fn images_dir(self, dir: impl AsRef<Path>) -> Self {
        let dir = dir.as_ref().to_string_lossy().into_owned();
        self.set("images.dir", dir)
    }

    /// Works on the first so many items only; the others stay open.
    pub fn limit(mut self, items: u64) -> Self {
        self.limit = Some(items);
        self
    }

    /// Replaces every provider by `sample`: made-up answers, no key, no network.
    pub fn rehearse(mut self) -> Self {
        self.rehearse = true;
        self
    }

    /// Whether Ctrl-C (and SIGTERM and SIGHUP) stop the run in good order: what is in flight is waited for, and
    /// [`Summary::interrupted`] is true. From then on signals do not end the process by themselves, which a library
    /// does not do unasked.
    pub fn stop_on_ctrl_c(mut self, stop: bool) -> Self {
        self.heeds_ctrl_c = stop;
        self
    }

    /// Tells `watch` how far the run is.
    pub fn progress(mut self, watch: impl FnMut(&Progress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(watch));
        self
    }

    /// Tells `handler` of each work item once it is decided, in the order in which that happens and after it was
    /// committed. What the record holds already comes first, marked as [`from_record`](ItemResult::from_record). Every
    /// work item of the plan that is accepted, rejected, failed or skipped comes at least once a run; one that is
    /// blocked or stays open does not come.
    ///
    /// The handler runs between two rounds of the loop that keeps calls in flight: while it works, answers wait, so
    /// long work belongs elsewhere. Its error stops the run: what is in flight is waited for and recorded, nobody is
    /// told of it in this run, and the next run tells of everything again.
    pub fn on_result(mut self, handler: impl FnMut(ItemResult) -> Handled + Send + 'a) -> Self {
        self.on_result = Some(Box::new(handler));
        self
    }

    /// Runs it to its end, and blocks meanwhile.
    ///
    /// It may be called from anywhere, since it works on a thread of its own; in asynchronous code that must not block,
    /// put it into a blocking task, such as tokio's `spawn_blocking`.
    pub fn run(self) -> Result<Summary, Error> {
        let from_values = self.items.is_some();
        let options = RunOptions {
            given: None,
            config: self.config.unwrap_or_default(),
            db: self.run_file,
            limit: self.limit,
            sample: self.rehearse,
            leaves_signals: !self.heeds_ctrl_c,
            ..RunOptions::default()
        };
        let options = prepare(options, self.items, self.settings)?;
        let mut watch = self.progress.unwrap_or_else(|| Box::new(|_| {}));
        let mut handler = self.on_result;
        // The engine has a runtime of its own, which may not be dropped inside of another one.
        let ran = thread::scope(|scope| {
            let running = thread::Builder::new().name("casebook".to_owned()).spawn_scoped(scope, || {
                let mut tell = handler
                    .as_mut()
                    .map(|handler| move |decided: Decided| handler(ItemResult::of(decided, from_values)?));
                let mut audience = Audience::new(&mut watch);
                if let Some(tell) = &mut tell {
                    audience = audience.with_results(tell);
                }
                let summary = engine::run_with(&options, &mut audience);
                (summary, audience.into_refusal())
            });
            running.map(thread::ScopedJoinHandle::join)
        });
        match ran.map_err(Error::Scratch)? {
            Ok((_, Some(refusal))) => Err(Error::Handler(refusal)),
            Ok((summary, None)) => Ok(Summary::of(summary?)),
            // A panic of the handler's is the caller's.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// The options of a run with all that was handed in as values.
fn prepare(options: RunOptions, items: Option<Items<'_>>, settings: Settings) -> Result<RunOptions, Error> {
    let Some(items) = items else {
        if options.config.as_os_str().is_empty() {
            return Err(Error::Builder("there is neither a configuration file nor items"));
        }
        return Ok(RunOptions { overrides: settings.over_a_file()?, ..options });
    };
    if !options.config.as_os_str().is_empty() {
        return Err(Error::Builder("there is a configuration file, which names its own input, and items too"));
    }
    settings.check()?;
    let mut spool = Spool::new(settings.system.is_some()).map_err(Error::Scratch)?;
    items(&mut spool)?;
    let (rows, form) = spool.finish()?;
    let (config, files) = settings.into_config(&form, options.db.as_deref())?;
    let given = Given { config, name: "the batch".to_owned(), dir: PathBuf::new(), files, rows };
    Ok(RunOptions { given: Some(Arc::new(given)), ..options })
}
