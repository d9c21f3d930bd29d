//! The text of runs and paragraphs.

/// The character that an element of a run stands for; empty for other elements.
pub(super) fn character(name: &str) -> &'static str {
    match name {
        "tab" | "ptab" => "\t",
        "br" | "cr" => "\n",
        "noBreakHyphen" => "\u{2011}",
        "softHyphen" => "\u{AD}",
        _ => "",
    }
}

/// The lines of a paragraph without the blanks at their ends, which nobody sees.
pub(super) fn trimmed(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.join("\n")
}
