//! What was spent on a variant that has a budget of its own.

use rusqlite::{Connection, Row, ToSql};

use super::bounds::{BudgetLimits, Spent, VariantLimits};
use crate::price::Money;
use crate::store::sql;

/// What was spent on one variant, beside its bounds.
#[derive(Debug)]
pub(super) struct VariantAccount {
    pub(super) variant: i64,
    pub(super) limits: BudgetLimits,
    /// By other invocations.
    before: Spent,
    /// By this one, before this loop.
    so_far: Spent,
    /// What this one had spent on all variants before this loop.
    all_so_far: Spent,
}

impl VariantAccount {
    /// The account of a variant; `own` is what the invocation has spent on all variants so far.
    pub(super) fn open(
        connection: &Connection,
        invocation: i64,
        of: VariantLimits,
        own: Spent,
    ) -> rusqlite::Result<Self> {
        let VariantLimits { variant, limits } = of;
        let spent = |calls: &str, money: &str, row: &Row<'_>| -> rusqlite::Result<Spent> {
            let (calls, money) = (row.get::<_, i64>(calls)?.unsigned_abs(), Money::from_pico(row.get(money)?));
            Ok(Spent { calls, money, unpriced: 0 })
        };
        let of: [(&'static str, &dyn ToSql); 2] = [(":variant", &variant), (":invocation", &invocation)];
        sql::GENERATE_SPENT_ON_VARIANT.row(connection, &of, |row| {
            let before = spent("calls_before", "spent_before", row)?;
            let so_far = spent("calls", "spent", row)?;
            Ok(Self { variant, limits, before, so_far, all_so_far: own })
        })
    }

    /// What this invocation has spent on the variant, where it has spent `own` on all.
    pub(super) fn own(&self, own: Spent) -> Spent {
        Spent {
            calls: self.so_far.calls + own.calls.saturating_sub(self.all_so_far.calls),
            money: self.so_far.money.plus(own.money.minus(self.all_so_far.money)),
            unpriced: 0,
        }
    }

    pub(super) fn total(&self, own: Spent) -> Spent {
        self.before.plus(self.own(own))
    }
}
