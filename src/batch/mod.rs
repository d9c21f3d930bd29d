//! The library's interface: a batch as Rust values.
//!
//! A [`Batch`] is described by a configuration file, or by values: items with a [`Request`] each, a schema and a model
//! ([`Llm`]). Both run on the engine that the command uses, and leave the same run file. Results are handed to a
//! handler as [`ItemResult`]s, [`Progress`] to another, and a run returns a [`Summary`] or an [`Error`].
//!
//! This room may use the engine only. It translates values for it and its results for users, so that the engine's types
//! stay private; it knows no stages, transports or SQLite. All public items of the crate are defined here, and
//! each of them is documented.

#![warn(missing_docs)]

mod error;
mod function;
mod llm;
mod message;
mod prepare;
mod progress;
mod request;
mod result;
mod run;
mod schema;
mod spool;
mod summary;

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::engine::ModelFunction;
use prepare::Preparation;
use spool::{KeyOf, Settings};

pub use error::{Error, RunError};
pub use function::{Answer, CallError, CallErrorKind, ModelCall};
pub use llm::Llm;
pub use message::{Message, MessageImage, Role};
pub use progress::{Generating, Pace, Preparing, Progress};
pub use request::{IntoRequest, Request};
pub use result::{Failure, ItemResult, Outcome, Usage};
pub use summary::{StepSummary, Summary};

/// The return type of a result handler. An error stops the run, which then returns it as [`Error::Handler`].
pub type Handled = Result<(), Box<dyn std::error::Error + Send + Sync>>;

type OnProgress<'a> = Box<dyn FnMut(&Progress) + Send + 'a>;
type OnResult<'a> = Box<dyn FnMut(ItemResult) -> Handled + Send + 'a>;
type Items<'a> = Box<dyn FnOnce(Preparation<'_>) -> Result<(), Error> + Send + 'a>;

/// A batch: its items and requests, its model, and its run file.
///
/// Build it from [`Batch::builder`] on, and run it with [`run`](Self::run). Every answer is committed to the run file
/// before a handler receives it. A batch that is run again, after a crash or a change, therefore continues where it
/// was: a request that is answered on record is not sent again.
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
    prepare_threads: usize,
    /// The model, if it is a closure.
    function: Option<ModelFunction>,
    key: Option<Box<KeyOf<'a>>>,
    settings: Settings,
    run_file: Option<PathBuf>,
    limit: Option<u64>,
    rehearse: bool,
    heeds_ctrl_c: bool,
    progress: Option<OnProgress<'a>>,
    on_result: Option<OnResult<'a>>,
}

impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("config", &self.config).field("run_file", &self.run_file).finish_non_exhaustive()
    }
}

impl<'a> Batch<'a> {
    /// Begins an empty batch. It needs a configuration file, or items, a schema and a model.
    pub fn builder() -> Self {
        Self {
            config: None,
            items: None,
            prepare_threads: 1,
            function: None,
            key: None,
            settings: Settings::default(),
            run_file: None,
            limit: None,
            rehearse: false,
            heeds_ctrl_c: false,
            progress: None,
            on_result: None,
        }
    }

    /// Runs the configuration file at `path`, as `casebook run` does. It takes the place of [`items`](Self::items),
    /// [`schema`](Self::schema) and [`system`](Self::system), which cannot be given too.
    pub fn config(mut self, path: impl Into<PathBuf>) -> Self {
        self.config = Some(path.into());
        self
    }

    /// Sets the items, and the request builder: the function that makes the request about each. It returns a
    /// [`Request`], or `None` where there is nothing to ask: the item is then recorded as skipped. It may also return a
    /// `Result`: its error fails that item alone, with the kind `request_error`, and so does a panic. The next run
    /// calls the builder again.
    ///
    /// An item is recorded as the JSON that it serialises to. That JSON is its identity, whatever the request, unless
    /// [`key`](Self::key) gives another: an item with a changed request is asked about again, under the same work id.
    /// Equal items are separate work items, which share a call where their requests are equal. Items are read one by
    /// one when the batch runs, and wait on disk. There may be none: the summary is then one of zeros.
    pub fn items<T: Serialize + Send, R: IntoRequest>(
        mut self,
        items: impl IntoIterator<Item = T> + Send + 'a,
        request: impl Fn(&T) -> R + Send + Sync + 'a,
    ) -> Self {
        self.items = Some(Box::new(move |preparation: Preparation<'_>| preparation.all(items, &request)));
        self
    }

    /// Runs the request builder on so many threads at a time; by default on one. The order of the items stays as it is,
    /// and so do all ids. [`Progress::Preparing`] says how far it is.
    pub fn prepare_threads(mut self, threads: usize) -> Self {
        self.prepare_threads = threads;
        self
    }

    /// Gives each item a key of your own, such as `page_0001`, in place of the digest of its JSON: an item that was
    /// edited is then still the same work item, and asked about again. The key is the row's `id`. Two items with one
    /// key are an error, and so is an empty key.
    ///
    /// The closure gets the item as it is read back from its JSON. Name its type, or [`serde_json::Value`]:
    ///
    /// ```
    /// # use casebook::{Batch, Request};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize)]
    /// # struct Page { number: u32 }
    /// let batch = Batch::builder()
    ///     .items([Page { number: 1 }], |page| Request::new(format!("Page {}", page.number)))
    ///     .key(|page: &Page| format!("page_{:04}", page.number));
    /// # let _ = batch;
    /// ```
    pub fn key<T: DeserializeOwned, K: ToString>(mut self, key: impl Fn(&T) -> K + Send + 'a) -> Self {
        self.key = Some(Box::new(move |item: &Value| T::deserialize(item).map(|item| key(&item).to_string())));
        self
    }

    /// Sets the system message of every request that has none of its own. It is sent unchanged: it is not a template.
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.settings.system = Some(text.into());
        self
    }

    /// Requires answers to be valid against the JSON Schema of `S`, which is closed: other fields are not allowed. The
    /// doc comments of the type are part of the schema, which the model sees. An `Option` field is required, and may be
    /// null.
    pub fn schema<S: JsonSchema>(self) -> Self {
        self.schema_json(schema::of::<S>())
    }

    /// Requires answers to be valid against a JSON Schema, which is closed like that of [`schema`](Self::schema).
    pub fn schema_json(mut self, schema: Value) -> Self {
        self.settings.schema = Some(schema);
        self
    }

    /// Sets the model and its parameters: an [`Llm`], or a configuration's block `llm` as JSON. Its keys override those
    /// of a configuration file.
    pub fn llm(mut self, llm: impl Into<Llm>) -> Self {
        let Llm { block, function } = llm.into();
        self.settings.set_block("llm", &block);
        self.function = function.or(self.function);
        self
    }

    /// Sets one key of the configuration, as `--set` does: `.set("budget.max_requests", 100)`.
    pub fn set(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        self.settings.set(key.into(), &value);
        self
    }

    /// Limits the cost of all runs on the run file together, in US dollars. The price of the model must be known and,
    /// if it is not 0, `llm.max_output_tokens` set.
    pub fn max_cost(self, usd: f64) -> Self {
        self.set("budget.max_cost_usd", usd)
    }

    /// Sets the path of the run file. By default it is named after the run, and is beside the configuration file or in
    /// the current folder.
    pub fn run_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.run_file = Some(path.into());
        self
    }

    /// Sets the folder of the images; by default the current one. No image's name may lead out of it. With a
    /// configuration file, the path is relative to that file.
    pub fn images_dir(self, dir: impl AsRef<Path>) -> Self {
        let dir = dir.as_ref().to_string_lossy().into_owned();
        self.set("images.dir", dir)
    }

    /// Works on the first `items` items only; the others stay pending.
    pub fn limit(mut self, items: u64) -> Self {
        self.limit = Some(items);
        self
    }

    /// Replaces every provider by `sample`, which makes up answers without a key and a network.
    pub fn rehearse(mut self) -> Self {
        self.rehearse = true;
        self
    }

    /// Sets whether Ctrl-C, SIGTERM and SIGHUP stop the run in good order: calls in flight are waited for, and
    /// [`Summary::interrupted`] is true. It is off by default, since these signals no longer end the process once it is
    /// on.
    pub fn stop_on_ctrl_c(mut self, stop: bool) -> Self {
        self.heeds_ctrl_c = stop;
        self
    }

    /// Sets a function that receives reports of the run's progress.
    pub fn progress(mut self, handler: impl FnMut(&Progress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(handler));
        self
    }

    /// Sets a function that receives the result of each work item, after the commit that decides it and in that order.
    /// Results that are on record already come first, marked as [`from_record`](ItemResult::from_record). Each run
    /// reports every work item of the plan that is accepted, rejected, failed or skipped at least once, and none that
    /// is blocked or pending.
    ///
    /// The handler runs between two rounds of the loop that keeps calls in flight. Answers wait while it works, so do
    /// long work elsewhere. Its error stops the run: calls in flight are waited for and recorded, but not reported. The
    /// next run reports everything again.
    pub fn on_result(mut self, handler: impl FnMut(ItemResult) -> Handled + Send + 'a) -> Self {
        self.on_result = Some(Box::new(handler));
        self
    }

    /// Runs the batch, and blocks until it ends.
    ///
    /// It runs on a thread of its own, so it may be called inside an asynchronous runtime too. If a task must not
    /// block, call it in a blocking one, such as that of tokio's `spawn_blocking`.
    pub fn run(self) -> Result<Summary, Error> {
        self.carried_out()
    }
}
