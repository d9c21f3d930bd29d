//! The claims of an output that a person decides on.

use std::borrow::Cow;

use rusqlite::Connection;
use serde_json::Value;

use super::error::ReviewError;
use super::standing::ReviewedStanding;
use crate::config;
use crate::evidence::{Held, HeldClaim};
use crate::prompt::{TemplateColumns, TemplateRow};
use crate::schema::{Contract, Violation};
use crate::stage::generate::{Evidence, NoEvidence};
use crate::stage::ingest::parse_typed_fields;
use crate::store::sql;

/// The evidence of a work item, and the row that its claims are held against.
pub(super) struct ItemEvidence {
    evidence: Evidence,
    text: String,
    first_line: i64,
}

/// An output whose claims were held against its row.
pub(super) struct HeldOutput {
    /// With lines of the document.
    pub(super) in_document: Value,
    /// With lines of the row.
    pub(super) in_row: Value,
    pub(super) claims: Vec<HeldClaim>,
    /// What is wrong with those that do not hold.
    wrong: Option<String>,
    /// How it breaks the schema, with lines of the row or of the document.
    violations: Vec<Violation>,
}

impl HeldOutput {
    /// Returns why it cannot be accepted.
    pub(super) fn demand(&self, work_id: &dyn Fn() -> String) -> Result<(), ReviewError> {
        match &self.wrong {
            Some(wrong) => Err(ReviewError::Evidence { work_id: work_id(), wrong: wrong.clone() }),
            None if self.violations.is_empty() => Ok(()),
            None => Err(ReviewError::Invalid { work_id: work_id(), violations: self.violations.clone() }),
        }
    }
}

impl ItemEvidence {
    /// The evidence that a work item's task declares; `None` if it declares none.
    pub(super) fn of(
        connection: &Connection,
        standing: &ReviewedStanding,
        declared: &[config::Evidence],
    ) -> rusqlite::Result<Option<Self>> {
        if declared.is_empty() {
            return Ok(None);
        }
        let (columns, fields) = sql::REVIEW_ROW.row(connection, &[(":standing", &standing.id)], |row| {
            Ok((row.get::<_, Value>("columns")?, row.get::<_, String>("fields")?))
        })?;
        let names: Vec<&str> = columns.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let row = TemplateRow::of_fields(&TemplateColumns::new(&names), &parse_typed_fields(&fields)?);
        let evidence = Evidence::of(declared, names.iter().copied()).map_err(unusable)?;
        Ok(evidence.map(|evidence| {
            let (text, first_line) = (evidence.text(&row).to_owned(), evidence.first_line(&row).unwrap_or(1));
            Self { evidence, text, first_line }
        }))
    }

    /// The line of the document at which the row begins.
    pub(super) fn first_line(&self) -> i64 {
        self.first_line
    }

    /// An output with lines of the row, as people see it: with lines of the document, those of relocated claims too.
    pub(super) fn shown(&self, mut output: Value) -> Value {
        self.evidence.hold_again(&self.text, &mut output);
        self.evidence.in_document(Cow::Owned(output), self.first_line).into_owned()
    }

    /// An accepted output from when the row began at the line `then`, with the lines of now.
    pub(super) fn moved(&self, output: Value, then: i64) -> Value {
        self.evidence.in_document(Cow::Owned(output), self.first_line - then + 1).into_owned()
    }

    /// Holds an output with lines of the document against the row and the schema.
    pub(super) fn hold(&self, contract: &Contract, mut output: Value) -> HeldOutput {
        let (Held { claims, .. }, wrong) = self.evidence.hold_written(&self.text, self.first_line, &mut output);
        let in_document = self.evidence.in_document(Cow::Borrowed(&output), self.first_line).into_owned();
        let fits = || if claims.is_empty() { Ok(()) } else { self.evidence.fits(contract, &output, self.first_line) };
        let violations = contract.validate(&output).and_then(|()| fits()).err().unwrap_or_default();
        HeldOutput { in_document, in_row: output, claims, wrong, violations }
    }
}

fn unusable(error: NoEvidence) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
