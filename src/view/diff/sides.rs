//! What is compared: two run files, or two variants of one.

use rusqlite::{Connection, ToSql};
use serde_json::Value;

use crate::record::VariantAt;
use crate::store::{self, sql};
use crate::view::difference::{Difference, configurations};

/// The two sides of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffSides {
    /// The tasks themselves of two files, in their first repeat.
    Files,
    /// Two variants of one file, in the same repeat.
    Variants { names: [String; 2], numbers: [i64; 2], repeat: u32 },
}

/// A variant or a repeat that the file does not have.
#[derive(Debug, thiserror::Error)]
pub enum UnknownVariant {
    #[error("the run file has no variant `{0}`")]
    Name(String, Vec<String>),
    #[error("the variant `{name}` has {} on record, and no repeat {repeat}", counted(*.repeats))]
    Repeat { name: String, repeats: u32, repeat: u32 },
    #[error(transparent)]
    Read(#[from] rusqlite::Error),
}

fn counted(count: u32) -> String {
    match count {
        0 => "no work items".to_owned(),
        1 => "1 repeat".to_owned(),
        more => format!("{more} repeats"),
    }
}

impl UnknownVariant {
    /// What to do instead.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Name(_, names) => {
                let names: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
                Some(format!("it has: {}", names.join(", ")))
            }
            Self::Repeat { repeats: 0, .. } => Some("run `casebook eval` with this variant first".to_owned()),
            Self::Repeat { .. } | Self::Read(_) => None,
        }
    }
}

impl DiffSides {
    /// Finds two variants of a file by their names, as `casebook eval --variants` does: case does not matter.
    pub fn variants_of(connection: &Connection, names: &[String; 2], repeat: u32) -> Result<Self, UnknownVariant> {
        let all = store::variants(connection)?;
        let find = |name: &String| {
            // A variant that was never evaluated is no choice.
            let known = || all.iter().filter(|it| it.repeats > 0).map(|it| it.name.clone()).collect();
            let wanted = name.trim().to_lowercase();
            let found = all.iter().find(|it| it.name.to_lowercase() == wanted);
            let found = found.ok_or_else(|| UnknownVariant::Name(name.trim().to_owned(), known()))?;
            if found.repeats < repeat {
                return Err(UnknownVariant::Repeat { name: found.name.clone(), repeats: found.repeats, repeat });
            }
            Ok(found)
        };
        let [a, b] = names;
        let found = [find(a)?, find(b)?];
        Ok(Self::Variants { names: found.map(|it| it.name.clone()), numbers: found.map(|it| it.number), repeat })
    }

    /// The numbers of the variants on both sides.
    pub(super) fn variants(&self) -> [i64; 2] {
        match self {
            Self::Files => [VariantAt::BASE.number; 2],
            Self::Variants { numbers, .. } => *numbers,
        }
    }

    pub(super) fn repeat(&self) -> u32 {
        match self {
            Self::Files => VariantAt::BASE.repeat,
            Self::Variants { repeat, .. } => *repeat,
        }
    }

    /// How the configurations of both sides differ.
    pub(super) fn configurations(&self, connection: &Connection) -> rusqlite::Result<Vec<Difference>> {
        let [a, b] = self.variants();
        let of: &[(&'static str, &dyn ToSql)] = &[(":variant_a", &a), (":variant_b", &b)];
        let (statement, parameters) = match self {
            Self::Files => (&sql::DIFF_CONFIG, &of[..0]),
            Self::Variants { .. } => (&sql::DIFF_CONFIG_OF_VARIANTS, of),
        };
        statement.row(connection, parameters, |row| {
            let [a, b]: [Option<Value>; 2] = [row.get("a")?, row.get("b")?];
            Ok(configurations(&a.unwrap_or_default(), &b.unwrap_or_default()))
        })
    }
}
