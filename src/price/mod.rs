//! What calls cost: amounts (`money`), prices of models (`rates`), the table of prices (`table`) and the number of
//! tokens that a request has ([`tokens`]).
//!
//! Amounts are whole numbers of 10⁻¹² US dollars, so that sums are exact. May depend on `config`, to read YAML and name
//! the line of an error, and on `provider`, for requests and reported usage. It must never guess a price: where a
//! model, a tier or a kind of token has none, the cost is `None` and not 0. It reads no file itself.

mod floating;
mod money;
mod rates;
mod table;
pub mod tokens;

pub use floating::floating;
pub use money::Money;
pub use rates::{ModelPrice, to_usd_per_million};
pub use table::{PriceEntry, PriceTable, host_of};

#[cfg(test)]
mod tests;
