//! The names of text encodings, as users write them for tables and documents: [`encoding_named`].

use encoding_rs::Encoding;

/// The encoding that `label` names: a label of the WHATWG's list, or one of Python's common names.
#[must_use]
pub fn encoding_named(label: &str) -> Option<&'static Encoding> {
    let name = label.trim().to_ascii_lowercase().replace('_', "-");
    let known = match name.as_str() {
        "utf-8-sig" => "utf-8",
        "utf-16-le" => "utf-16le",
        "utf-16-be" => "utf-16be",
        "cp932" => "shift_jis",
        "cp936" => "gbk",
        "cp949" => "euc-kr",
        "cp950" => "big5",
        "latin-1" => "latin1",
        _ => label,
    };
    Encoding::for_label_no_replacement(known.as_bytes()).or_else(|| Encoding::for_label_no_replacement(name.as_bytes()))
}
