//! The catalogue of SQL statements: one statement a file under `sql/`, each listed here once.
//!
//! A statement has named parameters and columns that are read by name. Its file begins with a line that says what it
//! does, and in which order rows come where that matters.

use std::sync::OnceLock;

use rusqlite::{CachedStatement, Connection, Row, ToSql};

/// One statement of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Its file under `sql/`, without the ending.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    shape: &'static OnceLock<Shape>,
}

/// The names of a statement's parameters and columns, in its order. SQLite walks through a list for each name that it
/// is asked for, so it is asked once.
#[derive(Debug)]
struct Shape {
    parameters: Vec<String>,
    columns: Vec<String>,
}

impl Shape {
    fn of(statement: &CachedStatement<'_>) -> Self {
        let parameter = |place| statement.parameter_name(place).unwrap_or_default().to_owned();
        Self {
            parameters: (1..=statement.parameter_count()).map(parameter).collect(),
            columns: statement.column_names().map(str::to_owned).collect(),
        }
    }

    /// Binds all parameters; an unbound one would be NULL without a word.
    fn bind(&self, statement: &mut CachedStatement<'_>, parameters: Named<'_>) -> rusqlite::Result<()> {
        if self.parameters.len() != parameters.len() {
            return Err(rusqlite::Error::InvalidParameterCount(parameters.len(), self.parameters.len()));
        }
        for (at, (name, value)) in parameters.iter().enumerate() {
            // Most are given in the statement's order.
            let is_here = self.parameters[at] == *name;
            let place = if is_here { Some(at) } else { self.parameters.iter().position(|it| it == name) };
            let place = place.ok_or_else(|| rusqlite::Error::InvalidParameterName((*name).to_owned()))?;
            statement.raw_bind_parameter(place + 1, *value)?;
        }
        Ok(())
    }

    /// Where the columns of these names stand.
    fn places<const N: usize>(&self, names: [&str; N]) -> rusqlite::Result<[usize; N]> {
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            let found = self.columns.iter().position(|column| column == name);
            *place = found.ok_or_else(|| rusqlite::Error::InvalidColumnName(name.to_owned()))?;
        }
        Ok(places)
    }
}

/// Named parameters with their values.
pub type Named<'a> = &'a [(&'static str, &'a dyn ToSql)];

impl Statement {
    /// The statement, prepared once per connection.
    pub fn prepare<'c>(&self, connection: &'c Connection) -> rusqlite::Result<CachedStatement<'c>> {
        connection.prepare_cached(self.text)
    }

    /// The statement with its parameters, and its shape.
    fn bound<'c>(
        &self,
        connection: &'c Connection,
        parameters: Named<'_>,
    ) -> rusqlite::Result<(CachedStatement<'c>, &'static Shape)> {
        let mut statement = self.prepare(connection)?;
        let shape = self.shape.get_or_init(|| Shape::of(&statement));
        shape.bind(&mut statement, parameters)?;
        Ok((statement, shape))
    }

    /// Runs it; returns how many rows it changed.
    pub fn execute(&self, connection: &Connection, parameters: Named<'_>) -> rusqlite::Result<usize> {
        self.bound(connection, parameters)?.0.raw_execute()
    }

    /// Inserts one row; returns its rowid.
    pub fn insert(&self, connection: &Connection, parameters: Named<'_>) -> rusqlite::Result<i64> {
        let (mut statement, _) = self.bound(connection, parameters)?;
        match statement.raw_execute()? {
            1 => Ok(connection.last_insert_rowid()),
            changed => Err(rusqlite::Error::StatementChangedRows(changed)),
        }
    }

    /// The one row it yields.
    pub fn row<T>(
        &self,
        connection: &Connection,
        parameters: Named<'_>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let (mut statement, _) = self.bound(connection, parameters)?;
        let mut rows = statement.raw_query();
        match rows.next()? {
            Some(row) => read(row),
            None => Err(rusqlite::Error::QueryReturnedNoRows),
        }
    }

    /// The first row it yields, where there is one.
    pub fn first<T>(
        &self,
        connection: &Connection,
        parameters: Named<'_>,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        match self.row(connection, parameters, read) {
            Ok(value) => Ok(Some(value)),
            Err(rusqlite::Error::QueryReturnedNoRows) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All rows it yields, in its order. For results that are known to be small.
    pub fn all<T>(
        &self,
        connection: &Connection,
        parameters: Named<'_>,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut found = Vec::new();
        self.each::<rusqlite::Error>(connection, parameters, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// Each row it yields, in its order, one at a time: memory does not grow with their number.
    pub fn each<E: From<rusqlite::Error>>(
        &self,
        connection: &Connection,
        parameters: Named<'_>,
        mut visit: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_at(connection, parameters, [], |row, []| visit(row))
    }

    /// [`each`](Self::each) for very many rows: columns are looked up by their names once, and `visit` is given where
    /// they stand.
    pub fn each_at<E: From<rusqlite::Error>, const N: usize>(
        &self,
        connection: &Connection,
        parameters: Named<'_>,
        columns: [&str; N],
        mut visit: impl FnMut(&Row<'_>, [usize; N]) -> Result<(), E>,
    ) -> Result<(), E> {
        let (mut statement, shape) = self.bound(connection, parameters)?;
        let places = shape.places(columns)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            visit(row, places)?;
        }
        Ok(())
    }
}

macro_rules! catalogue {
    ($($name:ident = $path:literal,)*) => {
        /// Every statement, under the name of its file.
        pub mod sql {
            use super::{OnceLock, Shape, Statement};

            $(
                #[doc = concat!("`sql/", $path, ".sql`")]
                pub static $name: Statement = Statement {
                    name: $path,
                    text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $path, ".sql")),
                    shape: {
                        static SHAPE: OnceLock<Shape> = OnceLock::new();
                        &SHAPE
                    },
                };
            )*
            /// The whole catalogue.
            pub static ALL: &[Statement] = &[$($name,)*];
        }
    };
}

catalogue! {
    CLEAN_COUNT_ATTEMPTS = "clean/count_attempts",
    CLEAN_COUNT_CALLS = "clean/count_calls",
    DERIVE_ANY_FOREIGN = "derive/any_foreign",
    DERIVE_CHILDREN = "derive/children",
    DERIVE_CUT_EDGE = "derive/cut_edge",
    DERIVE_CUT_FOREIGN = "derive/cut_foreign",
    DERIVE_EDGES = "derive/edges",
    DERIVE_FIND = "derive/find",
    DERIVE_INPUTS = "derive/inputs",
    DERIVE_INSERT_EDGE = "derive/insert_edge",
    DERIVE_NEXT_COMPLETE = "derive/next_complete",
    DERIVE_NEXT_GATHERED = "derive/next_gathered",
    DERIVE_NEXT_SOURCE = "derive/next_source",
    DERIVE_NODE = "derive/node",
    DERIVE_OPEN_EDGE = "derive/open_edge",
    DERIVE_PLANNED = "derive/planned",
    DERIVE_SOURCE = "derive/source",
    DIFF_CONFIG = "diff/config",
    DIFF_CREATE_ITEM_PAIR = "diff/create_item_pair",
    DIFF_CREATE_ROW_PAIR = "diff/create_row_pair",
    DIFF_CREATE_SHARED_COLUMN = "diff/create_shared_column",
    DIFF_DATASETS = "diff/datasets",
    DIFF_FIND_SHARED_COLUMNS = "diff/find_shared_columns",
    DIFF_ITEMS = "diff/items",
    DIFF_ITEM_COUNTS = "diff/item_counts",
    DIFF_PAIR_ITEMS = "diff/pair_items",
    DIFF_PAIR_ROWS = "diff/pair_rows",
    DIFF_ROWS = "diff/rows",
    DIFF_ROW_COUNTS = "diff/row_counts",
    DIFF_RUNNING = "diff/running",
    EXPLAIN_ATTEMPTS = "explain/attempts",
    EXPLAIN_DATASET_OF = "explain/dataset_of",
    EXPLAIN_EARLIER_CALL = "explain/earlier_call",
    EXPLAIN_EARLIER_GROUP = "explain/earlier_group",
    EXPLAIN_EARLIER_OUTPUT = "explain/earlier_output",
    EXPLAIN_GROUP = "explain/group",
    EXPLAIN_IMAGES = "explain/images",
    EXPLAIN_INPUTS = "explain/inputs",
    EXPLAIN_ITEM = "explain/item",
    EXPLAIN_KIN = "explain/kin",
    EXPLAIN_LATEST_PLAN = "explain/latest_plan",
    EXPLAIN_MARKS = "explain/marks",
    EXPLAIN_NEAREST = "explain/nearest",
    EXPLAIN_PARENTS = "explain/parents",
    EXPLAIN_REQUEST = "explain/request",
    EXPLAIN_RESPONSE = "explain/response",
    EXPLAIN_RESPONSES = "explain/responses",
    EXPLAIN_ROUND = "explain/round",
    EXPLAIN_ROW = "explain/row",
    EXPLAIN_SET_ASIDE = "explain/set_aside",
    EXPORT_ANY_DECIDED = "export/any_decided",
    EXPORT_CHUNKS = "export/chunks",
    EXPORT_INSERT_ARTIFACT = "export/insert_artifact",
    EXPORT_INSERT_CHUNK = "export/insert_chunk",
    EXPORT_ITEMS = "export/items",
    EXPORT_LATEST_ARTIFACT = "export/latest_artifact",
    EXPORT_NEXT_ARTIFACT = "export/next_artifact",
    EXPORT_STATE = "export/state",
    GENERATE_ACCOUNT = "generate/account",
    GENERATE_ANY_ATTEMPT = "generate/any_attempt",
    GENERATE_CLAIM = "generate/claim",
    GENERATE_CLAIM_ITEM = "generate/claim_item",
    GENERATE_FIND_ANSWER = "generate/find_answer",
    GENERATE_FIND_FAILURE = "generate/find_failure",
    GENERATE_IMAGE = "generate/image",
    GENERATE_INSERT_ATTEMPT = "generate/insert_attempt",
    GENERATE_INSERT_CACHE_ENTRY = "generate/insert_cache_entry",
    GENERATE_INSERT_CALL = "generate/insert_call",
    GENERATE_INSERT_INPUT = "generate/insert_input",
    GENERATE_INSERT_PACE = "generate/insert_pace",
    GENERATE_INSERT_REQUEST = "generate/insert_request",
    GENERATE_INSERT_RESPONSE = "generate/insert_response",
    GENERATE_INSERT_SPEC = "generate/insert_spec",
    GENERATE_INSERT_VERDICT = "generate/insert_verdict",
    GENERATE_NEXT_AFTER = "generate/next_after",
    GENERATE_NEXT_HERE = "generate/next_here",
    GENERATE_PAST_ATTEMPTS = "generate/past_attempts",
    GENERATE_REQUEST_ROWID = "generate/request_rowid",
    GENERATE_SPEC_ROWID = "generate/spec_rowid",
    GENERATE_SPENT_BEFORE = "generate/spent_before",
    GENERATE_TEXT = "generate/text",
    INGEST_CREATE_SUSPECT = "ingest/create_suspect",
    INGEST_DATASET = "ingest/dataset",
    INGEST_DROP_REPEATED = "ingest/drop_repeated",
    INGEST_DROP_SUSPECT = "ingest/drop_suspect",
    INGEST_FIND_REPEATED = "ingest/find_repeated",
    INGEST_INSERT_DATASET = "ingest/insert_dataset",
    INGEST_INSERT_ROW = "ingest/insert_row",
    INGEST_INSERT_SUSPECT = "ingest/insert_suspect",
    INGEST_NEXT_DATASET = "ingest/next_dataset",
    INGEST_NUMBER_ROW = "ingest/number_row",
    INGEST_REPEATED_ROWS = "ingest/repeated_rows",
    PARSE_COMPARE = "parse/compare",
    PARSE_CONFIGURE = "parse/configure",
    PARSE_CREATE_READ_BEFORE = "parse/create_read_before",
    PARSE_REMEMBER = "parse/remember",
    PLAN_ANY_ITEM = "plan/any_item",
    PLAN_ANY_KNOWN = "plan/any_known",
    PLAN_ANY_UNREAD_IMAGE = "plan/any_unread_image",
    PLAN_COUNT = "plan/count",
    PLAN_CREATE_FORECAST = "plan/create_forecast",
    PLAN_CREATE_IMAGE_READ = "plan/create_image_read",
    PLAN_CREATE_INDEX = "plan/create_index",
    PLAN_CREATE_PLANNED = "plan/create_planned",
    PLAN_DROP_FORECAST = "plan/drop_forecast",
    PLAN_DROP_IMAGE_READ = "plan/drop_image_read",
    PLAN_DROP_INDEX = "plan/drop_index",
    PLAN_DROP_PLANNED = "plan/drop_planned",
    PLAN_FIND_IMAGE_READ = "plan/find_image_read",
    PLAN_FIND_KNOWN = "plan/find_known",
    PLAN_FORECAST = "plan/forecast",
    PLAN_FORECAST_COUNTS = "plan/forecast_counts",
    PLAN_FORECAST_OPEN = "plan/forecast_open",
    PLAN_IMAGE_FILES = "plan/image_files",
    PLAN_INDEX_PLANNED = "plan/index_planned",
    PLAN_INSERT_GROUP = "plan/insert_group",
    PLAN_INSERT_IMAGE = "plan/insert_image",
    PLAN_INSERT_IMAGE_FILE = "plan/insert_image_file",
    PLAN_INSERT_IMAGE_READ = "plan/insert_image_read",
    PLAN_INSERT_ITEM = "plan/insert_item",
    PLAN_INSERT_NEW = "plan/insert_new",
    PLAN_INSERT_PLANNED = "plan/insert_planned",
    PLAN_ITEMS = "plan/items",
    PLAN_LATEST_IMAGE = "plan/latest_image",
    PLAN_LATEST_IMAGE_FILE = "plan/latest_image_file",
    PLAN_NEXT_GROUP = "plan/next_group",
    PLAN_NUMBER_NEW = "plan/number_new",
    PLAN_ROWS = "plan/rows",
    PLAN_ROWS_BY_GROUP = "plan/rows_by_group",
    PLAN_ROWS_WITH_GROUP = "plan/rows_with_group",
    PLAN_WANT_PLANNED = "plan/want_planned",
    RECORD_BURY_INVOCATIONS = "record/bury_invocations",
    RECORD_CONFIG_ROWID = "record/config_rowid",
    RECORD_COUNT_LOST = "record/count_lost",
    RECORD_END_INVOCATION = "record/end_invocation",
    RECORD_END_ROUND = "record/end_round",
    RECORD_INSERT_ANOMALY = "record/insert_anomaly",
    RECORD_INSERT_CONFIG = "record/insert_config",
    RECORD_INSERT_INVOCATION = "record/insert_invocation",
    RECORD_INSERT_MANIFEST = "record/insert_manifest",
    RECORD_INSERT_PLAN = "record/insert_plan",
    RECORD_INSERT_ROUND = "record/insert_round",
    RECORD_INSERT_STEP = "record/insert_step",
    RECORD_INSERT_TASK = "record/insert_task",
    RECORD_INSERT_TEXT = "record/insert_text",
    RECORD_LATEST_CONFIG = "record/latest_config",
    RECORD_LATEST_DATASET = "record/latest_dataset",
    RECORD_LATEST_MANIFEST = "record/latest_manifest",
    RECORD_LATEST_PLAN = "record/latest_plan",
    RECORD_MARKS = "record/marks",
    RECORD_NEXT_MANIFEST = "record/next_manifest",
    RECORD_NEXT_SAMPLE = "record/next_sample",
    RECORD_OPEN_ROUND = "record/open_round",
    RECORD_PLACE_STEP = "record/place_step",
    RECORD_RETIRE_STEPS = "record/retire_steps",
    RECORD_STEP_ROWID = "record/step_rowid",
    RECORD_TASK_ROWID = "record/task_rowid",
    RECORD_TEXT_ROWID = "record/text_rowid",
    REPLAY_CHILDREN = "replay/children",
    REPLAY_CONFIG = "replay/config",
    REPLAY_DECIDED = "replay/decided",
    REPLAY_JOINS = "replay/joins",
    REPLAY_LATEST_EXPORT = "replay/latest_export",
    REPLAY_OPINIONS = "replay/opinions",
    REPLAY_PARENTS = "replay/parents",
    REPLAY_PLAN_OF_TASK = "replay/plan_of_task",
    REPLAY_RESPONSE = "replay/response",
    REPLAY_SERIES = "replay/series",
    REPLAY_TAPE_MARKS = "replay/tape_marks",
    REVIEW_COPY_INPUTS = "review/copy_inputs",
    REVIEW_FIND = "review/find",
    REVIEW_INSERT_ATTEMPT = "review/insert_attempt",
    REVIEW_INSERT_DECISION = "review/insert_decision",
    REVIEW_INSERT_INPUTS = "review/insert_inputs",
    REVIEW_LOOKED_AT = "review/looked_at",
    REVIEW_OUT_OF_FORCE = "review/out_of_force",
    REVIEW_SAMPLED = "review/sampled",
    REVIEW_STANDING = "review/standing",
    REVIEW_TASK = "review/task",
    REVIEW_UNDECIDED = "review/undecided",
    SCHEMA_FIELDS = "schema/fields",
    SCHEMA_OUTCOME = "schema/outcome",
    SCHEMA_ROW_IDS = "schema/row_ids",
    STANDING_CHOOSE = "standing/choose",
    STANDING_CHOOSE_ALL = "standing/choose_all",
    STANDING_CHOOSE_DUE = "standing/choose_due",
    STANDING_CHOOSE_KIND = "standing/choose_kind",
    STANDING_CHOOSE_NOT_WAITING = "standing/choose_not_waiting",
    STANDING_CHOOSE_OPEN = "standing/choose_open",
    STANDING_CHOOSE_ORPHANS = "standing/choose_orphans",
    STANDING_CHOOSE_OUTSIDE_ROUND = "standing/choose_outside_round",
    STANDING_CHOOSE_PLANNED = "standing/choose_planned",
    STANDING_CHOOSE_STATUS = "standing/choose_status",
    STANDING_CHOOSE_WORK_ITEM = "standing/choose_work_item",
    STANDING_CLEAR_CHOSEN = "standing/clear_chosen",
    STANDING_CLEAR_FOUND = "standing/clear_found",
    STANDING_CLEAR_WANTED = "standing/clear_wanted",
    STANDING_COUNT_CHOSEN = "standing/count_chosen",
    STANDING_COUNT_OPEN_SOURCES = "standing/count_open_sources",
    STANDING_CREATE_CHOSEN = "standing/create_chosen",
    STANDING_CREATE_FOUND = "standing/create_found",
    STANDING_CREATE_WANTED = "standing/create_wanted",
    STANDING_GATHERED = "standing/gathered",
    STANDING_HANDED_ON = "standing/handed_on",
    STANDING_HAND_ON_AGAIN = "standing/hand_on_again",
    STANDING_INSERT = "standing/insert",
    STANDING_INSERT_PLANNED = "standing/insert_planned",
    STANDING_LOOK_UP = "standing/look_up",
    STANDING_OPEN_AGAIN = "standing/open_again",
    STANDING_OPEN_SOURCES = "standing/open_sources",
    STANDING_PLACE = "standing/place",
    STANDING_PLACE_DERIVED = "standing/place_derived",
    STANDING_PLACE_JOIN = "standing/place_join",
    STANDING_PLACE_PLANNED = "standing/place_planned",
    STANDING_READY = "standing/ready",
    STANDING_READY_PLANNED = "standing/ready_planned",
    STANDING_REOPEN = "standing/reopen",
    STANDING_RESTORE = "standing/restore",
    STANDING_SETTLE = "standing/settle",
    STANDING_SET_OPEN_SOURCES = "standing/set_open_sources",
    STANDING_SKIP = "standing/skip",
    STANDING_UNPLAN = "standing/unplan",
    STANDING_UNPLAN_GONE = "standing/unplan_gone",
    STANDING_UNPLAN_ONE = "standing/unplan_one",
    STANDING_UNPLAN_RETIRED = "standing/unplan_retired",
    STANDING_WAIT = "standing/wait",
    STANDING_WAIT_ONE = "standing/wait_one",
    STANDING_WANT_CHOSEN = "standing/want_chosen",
    VERIFY_ARTIFACTS = "verify/artifacts",
    VERIFY_ATTEMPT_GAPS = "verify/attempt_gaps",
    VERIFY_CALLS = "verify/calls",
    VERIFY_CONFIGS = "verify/configs",
    VERIFY_DATASET = "verify/dataset",
    VERIFY_DATASETS = "verify/datasets",
    VERIFY_DECIDED = "verify/decided",
    VERIFY_DECISIONS = "verify/decisions",
    VERIFY_EDGES = "verify/edges",
    VERIFY_EQUAL_ITEM = "verify/equal_item",
    VERIFY_GROUPS = "verify/groups",
    VERIFY_IMAGES = "verify/images",
    VERIFY_ODD_ATTEMPTS = "verify/odd_attempts",
    VERIFY_ODD_PLANS = "verify/odd_plans",
    VERIFY_ODD_VERDICTS = "verify/odd_verdicts",
    VERIFY_OUTPUTS = "verify/outputs",
    VERIFY_REPEATED_WORK_IDS = "verify/repeated_work_ids",
    VERIFY_REQUESTS = "verify/requests",
    VERIFY_ROUNDS = "verify/rounds",
    VERIFY_ROWS = "verify/rows",
    VERIFY_SCHEMA_ANSWERS = "verify/schema_answers",
    VERIFY_SOURCES = "verify/sources",
    VERIFY_SPECS = "verify/specs",
    VERIFY_SPENDING = "verify/spending",
    VERIFY_STANDINGS = "verify/standings",
    VERIFY_STEPS = "verify/steps",
    VERIFY_TALLY = "verify/tally",
    VERIFY_TASKS = "verify/tasks",
    VERIFY_TASK_PARTS = "verify/task_parts",
    VERIFY_TEXTS = "verify/texts",
    VERIFY_TRIED = "verify/tried",
    VERIFY_TURNED_DOWN = "verify/turned_down",
    VERIFY_UNANSWERED_ATTEMPTS = "verify/unanswered_attempts",
    VERIFY_UNJUDGED_ATTEMPTS = "verify/unjudged_attempts",
    VERIFY_UNPLACED_ITEMS = "verify/unplaced_items",
    VERIFY_VERDICTS = "verify/verdicts",
    VIEW_ANOMALY_KINDS = "view/anomaly_kinds",
    VIEW_ANY_SAMPLES = "view/any_samples",
    VIEW_CALLS = "view/calls",
    VIEW_CALL_OUTCOMES = "view/call_outcomes",
    VIEW_COLUMNS = "view/columns",
    VIEW_CONTRACT = "view/contract",
    VIEW_COSTS = "view/costs",
    VIEW_DECIDED = "view/decided",
    VIEW_DECIDED_AFTER = "view/decided_after",
    VIEW_FAILURES = "view/failures",
    VIEW_FAILURE_KINDS = "view/failure_kinds",
    VIEW_FIND_ITEMS = "view/find_items",
    VIEW_FIND_ROW_ITEMS = "view/find_row_items",
    VIEW_ITEM = "view/item",
    VIEW_ITEM_ATTEMPTS = "view/item_attempts",
    VIEW_ITEM_CALLS = "view/item_calls",
    VIEW_ITEM_CHILDREN = "view/item_children",
    VIEW_ITEM_PARENTS = "view/item_parents",
    VIEW_ITEM_VERDICTS = "view/item_verdicts",
    VIEW_LATEST_INVOCATION = "view/latest_invocation",
    VIEW_LATEST_MANIFESTS = "view/latest_manifests",
    VIEW_MESSAGES = "view/messages",
    VIEW_MONEY = "view/money",
    VIEW_NAMES = "view/names",
    VIEW_PROGRESS = "view/progress",
    VIEW_RECENT_ANSWERS = "view/recent_answers",
    VIEW_REPORT_ANOMALIES = "view/report_anomalies",
    VIEW_REPORT_ANSWERED = "view/report_answered",
    VIEW_REPORT_ATTEMPTS = "view/report_attempts",
    VIEW_REPORT_CALLS = "view/report_calls",
    VIEW_REPORT_CONFIG = "view/report_config",
    VIEW_REPORT_DATASET = "view/report_dataset",
    VIEW_REPORT_DECISIONS = "view/report_decisions",
    VIEW_REPORT_DISPUTED = "view/report_disputed",
    VIEW_REPORT_DISPUTES = "view/report_disputes",
    VIEW_REPORT_FAILURES = "view/report_failures",
    VIEW_REPORT_FAILURE_KINDS = "view/report_failure_kinds",
    VIEW_REPORT_FIELDS = "view/report_fields",
    VIEW_REPORT_GROUPS = "view/report_groups",
    VIEW_REPORT_HELD_BACK = "view/report_held_back",
    VIEW_REPORT_LATENCY = "view/report_latency",
    VIEW_REPORT_PACE = "view/report_pace",
    VIEW_REPORT_READERS = "view/report_readers",
    VIEW_REPORT_REASONS = "view/report_reasons",
    VIEW_REPORT_SAMPLES = "view/report_samples",
    VIEW_REPORT_STAGES = "view/report_stages",
    VIEW_REPORT_TRIES = "view/report_tries",
    VIEW_REPORT_VERDICTS = "view/report_verdicts",
    VIEW_REPORT_WORK = "view/report_work",
    VIEW_SAVINGS = "view/savings",
}
