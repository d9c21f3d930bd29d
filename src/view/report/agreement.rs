//! Reads how far raters agree.

use rusqlite::Connection;

use super::columns::{json, texts};
use super::model::{AgreementFigure, LONGEST_LABEL};
use super::number::{Share, clipped};
use crate::record::VariantAt;
use crate::store::{sql, variants};

/// What has longer values than this is free text, on which nobody agrees.
const LONGEST_RATING: i64 = 100;

/// Reads the figures of the view `agreement_figures`, in its order. Where there is the task alone, no variant is named.
pub(super) fn agreement(connection: &Connection) -> rusqlite::Result<Vec<AgreementFigure>> {
    let is_variant = variants(connection)?.iter().any(|it| it.number != VariantAt::BASE.number && it.repeats > 0);
    sql::VIEW_REPORT_AGREEMENT.all(connection, &[(":longest", &LONGEST_RATING)], |row| {
        let name = |text: String| clipped(&text, LONGEST_LABEL);
        Ok(AgreementFigure {
            kind: row.get("kind")?,
            step: row.get("step")?,
            field: name(row.get("field")?),
            judge: row.get::<_, Option<String>>("judge")?.map(name),
            raters: texts(&json(row, "raters")?).into_iter().map(name).collect(),
            agreed: Share::new(row.get("agreed")?, row.get("items")?),
            cohen_kappa: row.get("cohen_kappa")?,
            fleiss_kappa: row.get("fleiss_kappa")?,
            alpha: row.get("alpha")?,
            level: row.get("level")?,
            variant: is_variant.then(|| row.get("variant").map(name)).transpose()?,
        })
    })
}
