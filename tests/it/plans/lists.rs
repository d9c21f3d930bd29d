//! Which statement runs how often, and so what it may do.

use super::plan::Fault;

/// How often a statement runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Once per work item, call or anything else of which there are as many as the run is large.
    Item,
    /// Once per batch of these, or per step or stage: as much as the batch holds.
    Batch,
    /// Once per question of somebody about one thing.
    LookUp,
    /// Once per command: everything, once.
    Command,
    /// It makes or drops a scratch table or an index and has no plan.
    Definition,
}

impl Kind {
    /// Whether a statement of this kind may do something without being excepted.
    pub fn may(self, fault: Fault) -> bool {
        self == Self::Command && matches!(fault, Fault::Scan | Fault::Wide)
    }
}

/// Statements of one kind.
pub struct List {
    /// How often they run.
    pub kind: Kind,
    /// Their names, with white space between them.
    pub names: &'static str,
}

/// Every statement of the catalogue.
pub const LISTS: &[List] = &[
    // Once per row, group, image or work item of a plan.
    List {
        kind: Kind::Item,
        names: "
            export/insert_chunk ingest/insert_row ingest/insert_suspect ingest/number_row plan/find_image_read
            plan/insert_asked plan/insert_group plan/insert_image plan/insert_image_file plan/insert_image_read plan/insert_item
            plan/insert_planned plan/find_item plan/latest_image plan/latest_image_file record/insert_anomaly record/insert_text
            record/text_rowid
        ",
    },
    // Once per row that comes to a live run, or per work item that it became.
    List {
        kind: Kind::Item,
        names: "
            live/find live/insert_admission live/is_open live/other_task_at live/position standing/choose_due_at
            standing/hand_on_at standing/place_at standing/place_row view/live_cost view/live_items
            view/live_replaced view/live_statuses
        ",
    },
    // Once per batch of rows that is asked about.
    List { kind: Kind::LookUp, names: "view/live_batch view/live_rows" },
    // Once per step when a live run begins: what is open, once.
    List {
        kind: Kind::Command,
        names: "live/first_input live/has_other_task live/next_position live/open live/stale standing/hand_on_stale verify/odd_admissions
            verify/was_planned",
    },
    // Once per row of gold, or per work item that a metric asks a model about.
    List { kind: Kind::Item, names: "gold/answer gold/insert_answer" },
    // Once per variant, repeat and step of an evaluation: all its work items, once; or once per evaluation.
    List {
        kind: Kind::Command,
        names: "
            evaluate/any_open evaluate/count_planned evaluate/first_by_id evaluate/gold evaluate/gold_row evaluate/insert_comparison evaluate/insert_metric_value evaluate/items
            evaluate/latest evaluate/scores evaluate/spent evaluate/state evaluate/status evaluate/steps
            verify/comparisons verify/figures promote/all promote/evaluation promote/insert promote/latest
            verify/promotions
        ",
    },
    // Once per run of a canary.
    List {
        kind: Kind::Command,
        names: "canary/begun canary/insert canary/other_command canary/runs canary/spent canary/spent_before view/canary prompts/configs prompts/figures
            prompts/plans prompts/used",
    },
    // Once per work item of a canary, and of each time that it is compared with.
    List { kind: Kind::Item, names: "canary/answer" },
    // Once per variant of a work item that is shown, or per work item that is compared with another run file.
    List { kind: Kind::Item, names: "evaluate/other evaluate/side evaluate/work_id" },
    // Once per evaluation: all gold answers, once.
    List {
        kind: Kind::Command,
        names: "
            gold/any_changed gold/clear_answers gold/count_sources gold/groups gold/rows_by_key gold/rows_by_place gold/unmatched
        ",
    },
    // Once per row or line of a collection of knowledge, or per question, in databases of their own.
    List {
        kind: Kind::Item,
        names: "
            knowledge/clear_question knowledge/copied_document knowledge/copied_lines knowledge/copied_text
            knowledge/insert_copied_document knowledge/insert_copied_line knowledge/insert_passage
            knowledge/insert_question knowledge/insert_words
        ",
    },
    // Once per question: as much as the index of a collection compares, which is bounded.
    List { kind: Kind::Command, names: "knowledge/question_terms knowledge/search" },
    // Once per collection of knowledge: everything in it, once.
    List {
        kind: Kind::Command,
        names: "
            knowledge/copied_names knowledge/count_terms knowledge/documents knowledge/insert_empty knowledge/lines
            knowledge/merge_words knowledge/rows
        ",
    },
    // Once per document, line or row of a document that is read or verified.
    List {
        kind: Kind::Item,
        names: "
            ingest/document_file ingest/document_text ingest/insert_document ingest/insert_document_file
            ingest/insert_document_text ingest/insert_line verify/first_other_row verify/lines verify/next_document
            verify/rows_of_document
        ",
    },
    // Once per verification.
    List {
        kind: Kind::Command,
        names: "
            verify/document_datasets verify/document_texts verify/held verify/rows_with_document verify/stray_claims
            verify/stray_entries
        ",
    },
    // Once per work item that is made from others, or for each that it is made from.
    List {
        kind: Kind::Item,
        names: "
            derive/children derive/cut_edge derive/edges derive/find derive/inputs derive/insert_edge derive/node
            derive/open_edge derive/source standing/insert standing/open_sources standing/place standing/place_join
            standing/ready standing/set_open_sources standing/skip standing/unplan_one standing/wait_one
        ",
    },
    // Once per row of a document that moved, per output that others go back to, or per attempt with claims.
    List {
        kind: Kind::Item,
        names: "
            derive/present_inputs standing/hand_on_one standing/move standing/moved_one verify/claims_of_attempt
        ",
    },
    // Once per step over documents, and once per page of the rows that moved.
    List { kind: Kind::Batch, names: "standing/evidence standing/moved" },
    // Once per work item that is claimed, per request, call, attempt or decision.
    List {
        kind: Kind::Item,
        names: "
            generate/claim_item generate/earlier_failures generate/find_answer
            generate/find_failure generate/image generate/insert_passage generate/insert_retrieval generate/insert_attempt
            generate/insert_cache_entry generate/insert_call generate/insert_claim generate/insert_input
            generate/insert_odd_usage generate/insert_request
            generate/insert_response generate/insert_spec generate/insert_verdict generate/past_attempts
            generate/request_rowid generate/spec_rowid generate/text review/copy_inputs review/insert_attempt
            review/insert_decision review/insert_inputs review/looked_at review/row review/standing review/task
            standing/choose standing/choose_work_item standing/settle view/decided
        ",
    },
    // Once per round, claim or commit of the loop, or about the standings that were chosen: one or all.
    List {
        kind: Kind::Batch,
        names: "
            derive/next_complete derive/next_gathered derive/next_source derive/planned generate/account generate/account_variant generate/claim
            generate/insert_pace generate/last_open generate/next_after generate/next_here plan/count
            standing/clear_chosen standing/clear_found standing/clear_wanted standing/count_chosen standing/gathered standing/handed_on
            standing/hand_on_to_chosen standing/look_up standing/open_again standing/reopen standing/restore standing/unplan standing/wait
            standing/want_chosen view/decided_after
        ",
    },
    // Once per step or stage of a command: few rows, whatever the size of the run.
    List {
        kind: Kind::Batch,
        names: "
            diff/config diff/config_of_variants diff/datasets diff/running export/insert_artifact export/latest_artifact export/next_artifact
            export/latest_evaluation export/state export/step_name generate/any_attempt generate/spent_before generate/spent_on_variant generate/spent_so_far ingest/dataset ingest/insert_dataset
            ingest/next_dataset parse/configure plan/any_item plan/any_known plan/next_group record/config_rowid
            record/count_lost record/end_invocation record/end_round record/end_unfinished record/insert_config
            record/insert_invocation record/insert_manifest record/insert_plan record/insert_round
            record/free_variant_name record/insert_server record/insert_step record/insert_variant record/name_variant
            record/variant_rowid record/insert_task record/latest_config record/latest_dataset
            record/latest_manifest record/latest_plan record/marks record/next_manifest record/open_round
            record/place_step record/retire_steps record/step_rowid record/steps_named record/task_rowid standing/keep_steps standing/keep_variant
            standing/set_aside
        ",
    },
    // Once per look-up of a work item, a request or an artifact.
    List {
        kind: Kind::LookUp,
        names: "
            explain/attempts explain/dataset_of explain/earlier_call explain/earlier_group explain/earlier_output
            explain/group explain/images explain/inputs explain/item explain/latest_plan explain/marks explain/nearest
            explain/parents explain/request explain/response explain/responses explain/round explain/set_aside
            export/chunks export/has_written export/image review/find view/find_items view/find_row_items
        ",
    },
    // Once per work item, attempt or request whose story is shown, or written as a page or files.
    List {
        kind: Kind::Item,
        names: "
            view/claimed_output view/document_lines view/item view/item_attempts view/item_calls
            view/item_children view/item_claims view/item_of_standing view/item_parents view/item_retrievals
            view/item_verdicts view/known_work_id view/messages
        ",
    },
    // Once per status: where a run stands is read while it is going, from few rows.
    List {
        kind: Kind::LookUp,
        names: "
            view/call_outcomes view/calls view/columns view/contract view/latest_invocation view/latest_manifests
            view/names view/progress view/report_progress view/report_config view/report_dataset view/report_pace
            view/report_stages
            view/report_work
        ",
    },
    // Once per plan of a step: all of its rows and work items.
    List {
        kind: Kind::Command,
        names: "
            derive/any_foreign derive/cut_foreign ingest/repeated_rows plan/any_unread_image plan/find_known
            plan/forecast plan/forecast_counts plan/forecast_open plan/image_files plan/insert_new plan/items
            plan/number_new plan/rows plan/rows_by_group plan/rows_with_group plan/want_planned schema/fields
            schema/outcome schema/row_ids standing/choose_due standing/choose_open standing/choose_orphans
            standing/choose_outside_round standing/count_open_sources standing/hand_on_again
            standing/insert_planned standing/place_derived standing/place_planned standing/ready_planned
            standing/unplan_gone standing/unplan_retired generate/was_answered
        ",
    },
    // Once per run, of the newest responses; and once per manifest, of those whose usage is odd.
    List {
        kind: Kind::Command,
        names: "
            generate/largest_usage generate/missing_sections generate/oddities
            render/first_items render/items_of_row render/row_of_key
        ",
    },
    // Once per time that a step which needs everything has to wait again.
    List {
        kind: Kind::Command,
        names: "
            standing/choose_not_waiting
        ",
    },
    // Once per clean, retry, review, parse, explain or comparison.
    List {
        kind: Kind::Command,
        names: "
            clean/count_attempts clean/count_calls clean/count_chosen_attempts clean/count_chosen_calls
            diff/find_shared_columns diff/item_counts diff/items diff/pair_items
            diff/pair_rows diff/row_counts diff/rows explain/kin explain/row explain/servers parse/compare
            record/detected_servers record/next_sample record/servers review/gone review/out_of_force review/outputs
            review/sampled review/steps review/undecided standing/choose_all standing/choose_kind standing/choose_made
            standing/choose_status standing/choose_step record/last_steps record/results_view record/today
            view/recent_answers record/variants record/was_decided
        ",
    },
    // Once per export, report or list that people ask for: everything in it.
    List {
        kind: Kind::Command,
        names: "
            export/any_decided export/examples export/items export/last_accepted export/objects export/rows_by_group export/said export/specs view/anomaly_kinds view/items_of_step view/any_samples view/costs view/failure_kinds
            view/any_documents view/documents view/report_claims
            plan/count_before view/error_log view/failures view/money view/report_agreement view/report_anomalies view/report_answered view/report_attempts
            view/report_calls view/report_columns view/report_criteria view/report_decisions view/report_disputed
            view/report_disputes view/report_equal_rows view/report_failure_kinds view/report_kinds view/report_numbers
            view/report_failures view/report_fields view/report_parse_errors view/report_groups view/report_held_back view/report_latency
            view/report_readers view/report_reasons view/report_samples view/report_tries view/report_verdicts
            view/savings
        ",
    },
    // Once per verification, or once per step or data set of it: everything there is, each once.
    List {
        kind: Kind::Command,
        names: "
            replay/all_retrievals replay/decided replay/joins replay/parents verify/artifacts verify/attempt_gaps verify/calls verify/decided
            verify/decisions verify/odd_retrievals verify/edges verify/groups verify/images verify/odd_attempts verify/odd_set_aside verify/odd_usage
            verify/odd_verdicts
            verify/outputs verify/repeated_work_ids verify/requests verify/rows verify/schema_answers verify/standings
            verify/texts verify/turned_down verify/unanswered_attempts verify/unjudged_attempts verify/unplaced_items
            verify/verdicts
        ",
    },
    // Once per work item, attempt or call that a verification looks at.
    List {
        kind: Kind::Item,
        names: "
            replay/children replay/opinions replay/passages replay/response replay/retrievals
            replay/row_index replay/series verify/equal_item verify/sources verify/tried
        ",
    },
    // Once per verification, or once per step, task, data set or configuration of it: few rows, whatever the size of
    // the run.
    List {
        kind: Kind::Batch,
        names: "
            render/is_pending render/row render/standing
            replay/config replay/latest_export replay/plan_of_task replay/tape_marks verify/configs verify/dataset
            verify/datasets verify/odd_plan_knowledge verify/odd_plans verify/rounds verify/specs verify/spending verify/steps verify/tally
            verify/task_parts verify/tasks
        ",
    },
    // Makes or drops a scratch table or an index.
    List {
        kind: Kind::Definition,
        names: "
            diff/create_item_pair diff/create_row_pair diff/create_shared_column gold/create_answers ingest/create_suspect
            ingest/drop_repeated ingest/drop_suspect knowledge/create_copied_document knowledge/create_copied_line
            knowledge/create_passage knowledge/create_passage_term knowledge/create_passage_word
            knowledge/create_question_term knowledge/create_question_word knowledge/create_term_count parse/create_read_before plan/create_asked plan/create_forecast
            plan/create_image_read plan/create_planned plan/drop_asked plan/drop_forecast plan/drop_image_read
            plan/drop_planned plan/create_index plan/drop_index plan/index_planned standing/create_chosen
            standing/create_found standing/create_wanted
        ",
    },
    // Once per plan or reading of answers: what is remembered in a scratch table.
    List {
        kind: Kind::Command,
        names: "
            ingest/find_repeated parse/remember plan/count_asked
        ",
    },
];

/// Statements that do what those of their kind may not.
pub struct Exception {
    /// What they do.
    pub fault: Fault,
    /// Their names, with white space between them.
    pub names: &'static str,
}

/// Every statement that does what those of its kind may not.
pub const EXCEPTIONS: &[Exception] = &[
    // Stops at the first row.
    Exception { fault: Fault::Scan, names: "generate/any_attempt plan/any_item" },
    // Stops at the first row.
    Exception { fault: Fault::Wide, names: "plan/any_known standing/evidence" },
    // Goes on from where it was, and stops after so many.
    Exception { fault: Fault::Wide, names: "derive/planned view/decided_after" },
    // From the oldest call on that a running process has open: what was sent after it.
    Exception { fault: Fault::Wide, names: "record/count_lost view/progress view/report_progress" },
    // From the oldest call on that a running process has open, for each of a task's few steps.
    Exception { fault: Fault::Multiplies, names: "view/progress view/report_progress" },
    // For each of the input's few columns with few values.
    Exception { fault: Fault::Multiplies, names: "view/report_columns" },
    // Sorts what belongs to one work item, one attempt or one request.
    Exception {
        fault: Fault::TempBTree,
        names: "
            explain/earlier_group explain/images explain/nearest explain/parents explain/responses review/insert_inputs
            view/decided view/find_row_items view/item_attempts view/item_children view/item_claims
            view/item_parents view/item_retrievals
            view/item_verdicts view/messages verify/claims_of_attempt
        ",
    },
    // Sorts the words of one question, and the passages that are compared for it, which are bounded.
    Exception { fault: Fault::TempBTree, names: "knowledge/question_terms knowledge/search" },
    // Sorts what was retrieved by collection, once per replay, so that one collection is indexed at a time.
    Exception { fault: Fault::TempBTree, names: "replay/all_retrievals" },
    // Counts a scratch table once for a plan.
    Exception { fault: Fault::TempBTree, names: "plan/count_asked" },
    // Is asked of small runs alone: counts the work items with calls.
    Exception { fault: Fault::TempBTree, names: "view/savings" },
    // For a work item with candidates alone: gathers its own attempts by candidate.
    Exception { fault: Fault::TempBTree, names: "standing/look_up" },
    // Sorts what an incomplete id fits, which are few unless it is very short.
    Exception { fault: Fault::TempBTree, names: "view/find_items" },
    // Sorts as many rows as the task has steps and columns, or as there were commands and changes of pace.
    Exception {
        fault: Fault::TempBTree,
        names: "
            explain/dataset_of record/last_steps verify/steps view/columns view/latest_manifests view/names view/progress
            view/report_pace view/report_progress view/report_stages
        ",
    },
    // Counts by a few words or models; the rows are read once.
    Exception {
        fault: Fault::TempBTree,
        names: "
            generate/largest_usage generate/missing_sections generate/oddities plan/forecast_counts view/anomaly_kinds
            render/first_items render/items_of_row
            view/costs view/failure_kinds view/recent_answers
            view/report_anomalies view/report_answered view/report_attempts view/report_calls view/report_decisions
            view/report_failure_kinds view/report_fields view/report_groups view/report_held_back view/report_latency
            plan/count_before view/report_claims view/report_criteria view/report_kinds view/report_numbers view/report_reasons
            view/report_tries view/report_verdicts
        ",
    },
    // Sorts rows of one place in the plan alone: the order of the places is the index's.
    Exception { fault: Fault::TempBTree, names: "export/examples export/items export/objects view/items_of_step" },
    // Keeps the last one of all, and no other.
    Exception { fault: Fault::TempBTree, names: "export/last_accepted" },
    // Sorts all that it is about once, in a temporary file: no index has the order of the plan over all
    // steps, or pairs two files.
    Exception {
        fault: Fault::TempBTree,
        names: "
            diff/items diff/pair_items diff/pair_rows diff/rows explain/kin review/gone review/out_of_force
            review/outputs review/sampled review/steps review/undecided view/documents view/error_log view/failures view/report_columns view/report_disputed view/report_disputes
            view/report_equal_rows view/report_failures
            view/report_agreement view/report_readers view/report_samples
        ",
    },
    // Sorts what it was told to look at: a sample, or the rows that are equal.
    Exception {
        fault: Fault::TempBTree,
        names: "ingest/find_repeated ingest/repeated_rows plan/forecast_open schema/fields",
    },
    // Puts together the sums of each figure, of which there are as many as fields that are compared, and the labels of
    // two raters.
    Exception { fault: Fault::Automatic, names: "view/report_agreement" },
    // Sorts the work items of one input row.
    Exception { fault: Fault::TempBTree, names: "evaluate/items" },
    // Sorts the plans of all steps, and gathers the attempts at each task with their work items, once for a command.
    Exception { fault: Fault::TempBTree, names: "canary/begun prompts/plans prompts/used" },
    // Gathers the responses of a variant, each once; sorts its few steps, and the work items on which variants differ.
    Exception {
        fault: Fault::TempBTree,
        names: "evaluate/spent evaluate/steps evaluate/status evaluate/first_by_id",
    },
    // Finds the gold answer of each row among all of them by its key, once; sorts the keys, and those that are wrong.
    Exception { fault: Fault::Automatic, names: "gold/rows_by_key" },
    Exception { fault: Fault::TempBTree, names: "gold/count_sources gold/unmatched" },
    // Groups all rows by a column of the input, once.
    Exception { fault: Fault::TempBTree, names: "plan/rows_by_group export/rows_by_group" },
    // Sorts the parts of one request.
    Exception { fault: Fault::TempBTree, names: "verify/requests" },
    // Sorts ids that share their beginning with another one: those that are equal, and no others.
    Exception { fault: Fault::TempBTree, names: "verify/repeated_work_ids" },
];
