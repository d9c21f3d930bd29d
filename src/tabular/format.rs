//! The formats of tables by name and by file extension.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableFormat {
    /// Comma-separated, quoted with `"` as RFC 4180 says.
    Csv,
    /// Tab-separated, quoted like csv.
    Tsv,
    /// Pipe-separated, in one of the dialects of `dialect`.
    Psv,
    /// An Excel workbook.
    Xlsx,
    /// An `OpenDocument` spreadsheet.
    Ods,
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of objects.
    Json,
}

/// A text that names no format.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a table format: expected csv, tsv, psv, xlsx, ods, jsonl or json")]
pub struct UnknownTableFormat(String);

impl TableFormat {
    /// Every format, in the order in which they are listed to people.
    pub const ALL: [Self; 7] = [Self::Csv, Self::Tsv, Self::Psv, Self::Xlsx, Self::Ods, Self::Jsonl, Self::Json];

    /// The format's name, which is its usual file extension too.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Psv => "psv",
            Self::Xlsx => "xlsx",
            Self::Ods => "ods",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
        }
    }

    /// The format that a file's extension suggests, in any case; `tab`, `ndjson` and `xlsm` are understood too. A
    /// `.gz` after it does not count.
    #[must_use]
    pub fn from_extension(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        if extension == "gz" {
            return Self::from_extension(Path::new(path.file_stem()?));
        }
        match extension.as_str() {
            "tab" => Some(Self::Tsv),
            "ndjson" => Some(Self::Jsonl),
            "xlsm" => Some(Self::Xlsx),
            name => name.parse().ok(),
        }
    }

    /// Whether a character separates cells that may be chosen.
    pub(super) fn is_delimited(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }

    /// Whether lines are split into cells.
    pub(super) fn is_split(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv | Self::Psv)
    }

    /// Whether files of this format are workbooks (zip archives) rather than text.
    pub(super) fn is_workbook(self) -> bool {
        matches!(self, Self::Xlsx | Self::Ods)
    }
}

impl FromStr for TableFormat {
    type Err = UnknownTableFormat;

    fn from_str(name: &str) -> Result<Self, UnknownTableFormat> {
        Self::ALL.into_iter().find(|format| format.as_str() == name).ok_or_else(|| UnknownTableFormat(name.to_owned()))
    }
}

impl fmt::Display for TableFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions_lead_to_formats() {
        for format in TableFormat::ALL {
            assert_eq!(format.as_str().parse(), Ok(format));
            assert_eq!(TableFormat::from_extension(Path::new(&format!("a.b.{format}"))), Some(format));
        }
        assert_eq!(TableFormat::from_extension(Path::new("A.CSV")), Some(TableFormat::Csv));
        assert_eq!(TableFormat::from_extension(Path::new("a.ndjson")), Some(TableFormat::Jsonl));
        assert_eq!(TableFormat::from_extension(Path::new("a.csv.GZ")), Some(TableFormat::Csv));
        assert_eq!(TableFormat::from_extension(Path::new("a.gz")), None);
        assert_eq!(TableFormat::from_extension(Path::new("csv")), None);
        assert_eq!(TableFormat::from_extension(Path::new("a.xls")), None);
        assert!("CSV".parse::<TableFormat>().unwrap_err().to_string().contains("`CSV` is not a table format"));
    }
}
