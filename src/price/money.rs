//! Amounts of money whose sums are exact.

use std::fmt;

/// An amount of US dollars, as a whole number of 10⁻¹² dollars: with up to six decimals in a price per million tokens,
/// the price of one token is such a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Money(i64);

const PICO: f64 = 1e12;
/// More than any run costs, and small enough that sums stay within 64 bits.
const MOST_USD: f64 = 4e6;

impl Money {
    pub const ZERO: Self = Self(0);

    /// An amount from a number of 10⁻¹² dollars; negative numbers become zero.
    #[must_use]
    pub fn from_pico(pico: i64) -> Self {
        Self(pico.max(0))
    }

    /// An amount from a number of 10⁻¹² dollars, saturating.
    #[must_use]
    pub fn from_wide(pico: u128) -> Self {
        Self(i64::try_from(pico).unwrap_or(i64::MAX))
    }

    /// The amount in 10⁻¹² dollars, for sums that never overflow.
    #[must_use]
    pub fn wide(self) -> u128 {
        u128::from(self.0.unsigned_abs())
    }

    /// A whole number of dollars, up to 4,000,000.
    #[must_use]
    pub const fn from_whole_usd(usd: u32) -> Self {
        Self(usd as i64 * 1_000_000_000_000)
    }

    /// The amount in 10⁻¹² dollars.
    #[must_use]
    pub fn pico(self) -> i64 {
        self.0
    }

    /// The amount nearest to a number of dollars; `None` if that is negative, not a number or more than 4,000,000.
    #[must_use]
    pub fn from_usd(usd: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "its bounds are checked")]
        (0.0..=MOST_USD).contains(&usd).then(|| Self((usd * PICO).round() as i64))
    }

    /// The amount in dollars: the double nearest to the exact decimal.
    #[must_use]
    pub fn to_usd(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "the record's numbers have 53 bits")]
        let pico = self.0 as f64;
        pico / PICO
    }

    /// Whether the amount is too large to be held, so that it is only known to be as large as this.
    #[must_use]
    pub fn is_saturated(self) -> bool {
        self.0 == i64::MAX
    }

    /// The cost of tokens at a rate in 10⁻¹² dollars each, saturating.
    #[must_use]
    pub fn of_tokens(tokens: u64, pico_each: u64) -> Self {
        Self::from_wide(u128::from(tokens) * u128::from(pico_each))
    }

    /// The sum, saturating.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, at least zero.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0).max(0))
    }

    /// The amount times `count`, saturating.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self::from_wide(self.wide() * u128::from(count))
    }
}

impl fmt::Display for Money {
    /// Dollars for people: two decimals from one dollar on, four or six below.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usd = self.to_usd();
        match self.0 {
            0 => f.write_str("$0"),
            _ if self.is_saturated() => write!(f, "more than ${:.0}", usd.floor()),
            pico if pico >= 1_000_000_000_000 => write!(f, "${usd:.2}"),
            pico if pico >= 1_000_000_000 => write!(f, "${usd:.4}"),
            _ => write!(f, "${usd:.6}"),
        }
    }
}
