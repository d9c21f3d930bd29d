//! The list of the claims on a document.

use std::fmt::Write as _;
use std::io::Write;

use super::error::DocumentPageError;
use super::escape::{escape, push_line};
use crate::view::evidence::{Claim, ClaimOutputs};
use crate::view::text;

/// How many characters of a quote are shown.
const LONGEST: usize = 2_000;

/// Writes the list of claims, in the order of their lines.
pub(super) fn list(
    claims: &[Claim],
    line_count: i64,
    outputs: &mut ClaimOutputs<'_>,
    out: &mut dyn Write,
) -> Result<(), DocumentPageError> {
    if claims.is_empty() {
        return Ok(writeln!(out, "<h2 id=\"claims\">Claims</h2>\n<p>Nothing cites this document.</p>")?);
    }
    writeln!(
        out,
        "<h2 id=\"claims\">Claims</h2>\n<table>\n<thead><tr><th>Lines</th><th>Status</th><th>Claim</th>\
         <th>Work item</th></tr></thead>\n<tbody>"
    )?;
    for (place, claim) in claims.iter().enumerate() {
        out.write_all(row(place, claim, line_count, &outputs.about(claim)?).as_bytes())?;
    }
    Ok(writeln!(out, "</tbody>\n</table>")?)
}

fn row(place: usize, claim: &Claim, line_count: i64, about: &[(String, String)]) -> String {
    let mut html = format!("<tr id=\"C{}\" class=\"{}\"><td data-label=\"Lines\">", place + 1, class(claim));
    // Writing to a String cannot fail.
    let _ = match (claim.within(line_count), claim.lines.fault(claim.row)) {
        (Some((start, _)), _) => write!(html, "<a href=\"#L{start}\">{}</a>", claim.lines),
        (None, Some(fault)) => write!(html, "{fault}"),
        (None, None) => write!(html, "{}, which the document does not have", claim.lines),
    };
    if let Some(cited) = claim.cited_elsewhere() {
        let _ = write!(html, "<br><small>cited as {cited}</small>");
    }
    let _ = write!(html, "</td><td data-label=\"Status\"><b>{}</b>", escape(&claim.status));
    if !claim.is_accepted() {
        let _ = write!(html, "<br><small>not accepted ({})</small>", escape(&claim.item_status));
    }
    html.push_str("</td><td class=\"text\" data-label=\"Claim\">");
    for (name, value) in about {
        let _ = write!(html, "<div><small><bdi>{}</bdi></small> <bdi>{}</bdi></div>", escape(name), escape(value));
    }
    if claim.status != "exact" {
        html.push_str("<pre>");
        for (place, line) in text::cut(&claim.quote, LONGEST).split('\n').enumerate() {
            if place > 0 {
                html.push('\n');
            }
            push_line(&mut html, line);
        }
        html.push_str("</pre>");
    }
    let short = claim.work_id.get(..12).unwrap_or(&claim.work_id);
    let _ = writeln!(
        html,
        "</td><td data-label=\"Work item\"><code title=\"{}\">{}</code><br><small><bdi>{}</bdi> · <bdi>{}</bdi></small></td></tr>",
        escape(&claim.work_id),
        escape(short),
        escape(&claim.step),
        escape(&claim.path)
    );
    html
}

/// The style of a claim.
pub(super) fn class(claim: &Claim) -> &'static str {
    match (claim.holds(), claim.is_accepted()) {
        (true, true) => "holds",
        (true, false) => "refused",
        (false, _) => "doubted",
    }
}
