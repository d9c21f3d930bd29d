//! What calls cost: prices of models, the cost of what a provider reported, and how many tokens a text has.
//!
//! A price is known or it is not. Where a model, a tier or a kind of token has no price, a cost is `None`, never 0 and
//! never a guess. Amounts are whole numbers of 10⁻¹² US dollars, so that sums are exact. Depends on `config` for
//! reading YAML with places, and on `provider` for what a provider reports; reads no file itself.

mod money;
mod rates;
mod table;
pub mod tokens;

pub use money::Money;
pub use rates::{Price, to_usd_per_million};
pub use table::{Entry, Table, host_of};

#[cfg(test)]
mod tests;
