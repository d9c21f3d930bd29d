//! The names that the templates of a step may use: columns, variables, fields of outputs, other steps.

use std::sync::Arc;

use serde_json::Value;

use crate::config::{Each, GroupingMode, JoinKey};
use crate::project::{Project, Setup, graph};
use crate::prompt::{DocumentNames, Known, TemplateColumns, TemplateSettings, TemplateUse};
use crate::record::{ColumnKind, document};

/// The input's columns, as the templates of a step see them.
pub(super) fn columns_of(setup: &Setup, (names, kinds): (&[String], &[ColumnKind])) -> Arc<TemplateColumns> {
    let columns = TemplateColumns::with_kinds(names.iter().zip(kinds.iter().copied()));
    // A context shows what a row of a document says, and not where that stands, unless it is asked to.
    let columns =
        if setup.config.input.documents().is_some() { columns.keeping_back(&document::kept_back()) } else { columns };
    columns.hiding(&setup.config.input.hidden)
}

/// The names of the fields of a step's outputs.
pub(super) fn fields_of(setup: &Setup) -> Vec<String> {
    setup.contract.fields().iter().map(|field| field.name.clone()).collect()
}

/// The names that a step's templates may use.
pub(super) fn known(
    project: &Project,
    index: usize,
    purpose: TemplateUse,
    columns: &TemplateColumns,
    fields: &[String],
) -> Known {
    let setup = &project.steps[index];
    let step = &setup.config.step;
    if step.each == Each::Task {
        let known = Known::new(purpose, columns, None, None).without_source().with_steps(&[], true, false);
        return known.with_settings(&settings_of(setup));
    }
    // A rule without a schema may have any field, and so may a schema that is not written yet.
    // What a verdict is about may have any field too, but a judge of the verdict and a file see the verdict.
    let about = step.verdict && !matches!(purpose, TemplateUse::Judge | TemplateUse::OutputFile | TemplateUse::Metric);
    let any = setup.unwritten || about || (fields.is_empty() && step.rule.is_some());
    let fields = (!any).then_some(fields);
    // A verdict is asked for as a judge is.
    let purpose = if step.verdict && purpose == TemplateUse::Generation { TemplateUse::Judge } else { purpose };
    let root = graph::root(project, index);
    let grouping = root.and_then(|root| root.config.grouping.as_ref()).map(|grouping| grouping.mode);
    let grouping = if graph::is_by_group(project, index) { Some(GroupingMode::GroupOutput) } else { grouping };
    let mut known = Known::new(purpose, columns, grouping, fields).with_settings(&settings_of(setup));
    if purpose == TemplateUse::Metric {
        let known = if root.is_some() { known.showing_all() } else { known.without_source() };
        return if fields.is_some() { known.with_output(&setup.contract.closed_schema()) } else { known };
    }
    // A file is made of what is on record, and looks nothing up.
    if purpose != TemplateUse::OutputFile {
        known = known.with_documents(&DocumentNames {
            knowledge: project.config.knowledge.iter().map(|it| it.name.clone()).collect(),
            input: project.documents().is_some(),
        });
    }
    if purpose != TemplateUse::Generation {
        known = known.showing_all();
    }
    if fields.is_some() {
        known = known.with_output(&setup.contract.closed_schema());
    }
    let known = if root.is_some() { known } else { known.without_source() };
    let item = match &step.each {
        Each::Source | Each::Task | Each::Join { by: JoinKey::Row | JoinKey::Group, .. } => false,
        Each::Output { .. } | Each::Element { .. } | Each::Pairs { .. } | Each::Join { .. } => true,
    };
    let ancestors = graph::ancestors(project, index);
    let mut known = known.with_steps(&ancestors, item, step.perspective.is_some());
    for (name, _) in &ancestors {
        if let Some(schema) = project.steps.iter().find(|it| it.config.step.name() == name).and_then(schema_of) {
            known = known.with_step_output(name, &schema);
        }
    }
    if !step.gold.is_empty() {
        // What they are is known where the gold answers are read, and not here.
        known = known.with_gold(step.gold.iter().map(|name| (name.clone(), ColumnKind::Json)).collect());
    }
    match &step.each {
        Each::Output { of } => known.with_item_of(of, None),
        Each::Element { of, path } => known.with_item_of(of, Some(path)),
        _ => known,
    }
}

/// The variables of a step, and the columns that its prompts may not show.
pub(super) fn settings_of(setup: &Setup) -> TemplateSettings {
    TemplateSettings::new(setup.config.vars.clone(), &setup.config.input.hidden).with_gold(&setup.config.input.gold)
}

/// The schema that every output of a step is valid against; `None` where that is not known yet, or any field may be
/// there.
fn schema_of(setup: &Setup) -> Option<Arc<Value>> {
    let any = setup.unwritten || setup.config.step.verdict || setup.contract.fields().is_empty();
    (!any).then(|| setup.contract.closed_schema())
}
