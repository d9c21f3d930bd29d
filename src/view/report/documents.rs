//! Reads what is cited of the documents of the input.

use rusqlite::Connection;

use super::model::{CitedDocument, ClaimLabel, ClaimRow, DocumentSection, PassageLine};
use super::number::{Count, Share, cut};
use crate::store::sql;
use crate::view::evidence::{
    Claim, ClaimCounts, ClaimOutputs, ClaimTally, Coverage, DocumentHead, Mark, Stretch, about_in_short,
    dataset_with_documents, each_document, each_line, is_blank, stretches, visible,
};

/// How many documents are listed.
const DOCUMENTS: usize = 200;
/// How many lines of passages are shown of one document, and of all.
const LINES: i64 = 300;
const ALL_LINES: i64 = 2_000;
/// How many lines before and after a passage are shown.
const AROUND: i64 = 2;
/// How many characters of a line are shown.
const LONGEST: usize = 400;
/// How many claims that begin at the same line are named.
const CLAIMS: usize = 4;
/// How many characters of what a claim is about are shown.
const ABOUT: usize = 240;

/// Reads the documents; none where the input is a table.
pub(super) fn documents(connection: &Connection) -> rusqlite::Result<Option<DocumentSection>> {
    let Some(dataset) = dataset_with_documents(connection)? else { return Ok(None) };
    let (mut total, mut all, mut room) = (0, Coverage::default(), ALL_LINES);
    let (mut cited, mut others) = (Vec::new(), Vec::new());
    let mut outputs = ClaimOutputs::new(connection);
    each_document::<rusqlite::Error>(connection, dataset, &mut |head, claims| {
        total += 1;
        let list = if claims.is_empty() { &mut others } else { &mut cited };
        let is_listed = list.len() < DOCUMENTS;
        let most = if is_listed { room.min(LINES) } else { 0 };
        let (coverage, document) = document(connection, head, claims, most, &mut outputs)?;
        all.add(&coverage);
        if is_listed {
            room -= document.passages.iter().map(|it| i64::try_from(it.len()).unwrap_or(i64::MAX)).sum::<i64>();
            list.push((total, document));
        }
        Ok(())
    })?;
    others.truncate(DOCUMENTS - cited.len());
    let mut listed: Vec<(i64, CitedDocument)> = cited.into_iter().chain(others).collect();
    listed.sort_by_key(|(number, _)| *number);
    Ok(Some(DocumentSection {
        total: Count(total),
        lines: Count(all.lines),
        uncited: Share::new(all.uncited(), all.written),
        claims: claims(connection)?,
        listed: listed.into_iter().map(|(_, document)| document).collect(),
    }))
}

/// Counts the claims of each step.
fn claims(connection: &Connection) -> rusqlite::Result<Vec<ClaimRow>> {
    let mut rows: Vec<ClaimRow> = Vec::new();
    sql::VIEW_REPORT_CLAIMS.each::<rusqlite::Error>(connection, &[], |row| {
        let step: String = row.get("step")?;
        let of = match row.get::<_, String>("of")?.as_str() {
            "accepted" => "accepted outputs",
            "earlier" => "earlier attempts",
            _ => "work items not accepted",
        };
        if rows.last().is_none_or(|it| it.step != step || it.of != of) {
            rows.push(ClaimRow { step, of, counts: ClaimCounts::default() });
        }
        if let Some(last) = rows.last_mut() {
            last.counts.add(&row.get::<_, String>("status")?, row.get("claims")?);
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Counts the lines of a document, and reads its passages of at most `most` lines together.
fn document(
    connection: &Connection,
    head: &DocumentHead,
    claims: &[Claim],
    most: i64,
    outputs: &mut ClaimOutputs<'_>,
) -> rusqlite::Result<(Coverage, CitedDocument)> {
    let stretches = stretches(claims, head.line_count);
    let (ranges, lines_cut) = ranges(&stretches, head.line_count, most);
    let mut passages: Vec<Vec<PassageLine>> = ranges.iter().map(|_| Vec::new()).collect();
    let (mut coverage, mut place) = (Coverage::default(), 0);
    for stretch in &stretches {
        each_line::<rusqlite::Error>(connection, head.text, (stretch.first, stretch.last), &mut |number, _, text| {
            coverage.count(is_blank(text), stretch.mark == Mark::Cited);
            while ranges.get(place).is_some_and(|(_, last)| number > *last) {
                place += 1;
            }
            if ranges.get(place).is_some_and(|(first, _)| number >= *first) {
                passages[place].push(line(number, text, stretch, claims, outputs)?);
            }
            Ok(())
        })?;
    }
    let tally = ClaimTally::of(claims);
    let document = CitedDocument {
        name: head.name.clone(),
        lines: Count(coverage.lines),
        cited: Share::new(coverage.cited, coverage.written),
        holding: Count(tally.holding),
        doubted: Count(tally.doubted),
        refused: Count(tally.refused),
        passages,
        lines_cut: Count(lines_cut),
    };
    Ok((coverage, document))
}

/// The lines to show: those that are cited and those around them, up to `most`; and how many more there would be.
fn ranges(stretches: &[Stretch], line_count: i64, most: i64) -> (Vec<(i64, i64)>, i64) {
    let mut found: Vec<(i64, i64)> = Vec::new();
    for it in stretches.iter().filter(|it| it.mark != Mark::Plain) {
        let (first, last) = ((it.first - AROUND).max(1), (it.last + AROUND).min(line_count));
        match found.last_mut() {
            Some((_, before)) if first <= *before + 1 => *before = last.max(*before),
            _ => found.push((first, last)),
        }
    }
    let all: i64 = found.iter().map(|(first, last)| last - first + 1).sum();
    let mut room = most;
    found.retain_mut(|(first, last)| {
        *last = (*last).min(*first + room - 1);
        room -= (*last - *first + 1).max(0);
        last >= first
    });
    (found, all - (most - room))
}

fn line(
    number: i64,
    text: &str,
    stretch: &Stretch,
    claims: &[Claim],
    outputs: &mut ClaimOutputs<'_>,
) -> rusqlite::Result<PassageLine> {
    // A line may be very long, and escapes make it longer.
    let head = text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end]);
    let (_, more) = cut(text, LONGEST);
    let begins = if number == stretch.first { stretch.begins.as_slice() } else { &[] };
    let label = |place: &usize| {
        let claim = &claims[*place];
        Ok::<_, rusqlite::Error>(ClaimLabel {
            work_id: claim.work_id.clone(),
            word: claim.word(),
            about: about_in_short(&outputs.about(claim)?, ABOUT),
            path: claim.path.clone(),
            place: claim.lines.to_string(),
            proves: claim.proves(),
        })
    };
    let labels = begins.iter().take(CLAIMS).map(label).collect::<Result<_, _>>()?;
    Ok(PassageLine {
        number,
        text: if more.0 > 0 { visible(head.trim_end_matches(' ')) } else { visible(text) },
        more,
        mark: stretch.mark,
        claims: labels,
        claims_cut: Count(i64::try_from(begins.len().saturating_sub(CLAIMS)).unwrap_or(i64::MAX)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::evidence::fixture;

    #[test]
    fn lines_around_are_shown_once_and_what_is_left_out_is_counted() {
        let stretch = |first, last, mark| Stretch { first, last, mark, begins: Vec::new() };
        let cited = [
            stretch(1, 9, Mark::Plain),
            stretch(10, 11, Mark::Cited),
            stretch(12, 15, Mark::Plain),
            stretch(16, 16, Mark::Refused),
            stretch(17, 99, Mark::Plain),
            stretch(100, 100, Mark::Cited),
        ];
        assert_eq!(ranges(&cited, 100, 50), (vec![(8, 18), (98, 100)], 0));
        assert_eq!(ranges(&cited, 100, 12), (vec![(8, 18), (98, 98)], 2));
        assert_eq!(ranges(&cited, 100, 4), (vec![(8, 11)], 10));
        assert_eq!(ranges(&cited, 100, 0), (vec![], 14));
        assert_eq!(ranges(&[stretch(1, 3, Mark::Plain)], 3, 50), (vec![], 0));
    }

    #[test]
    fn documents_are_counted_with_their_claims() {
        let found = documents(&fixture::run_file()).unwrap().unwrap();
        assert_eq!((found.total, found.lines, found.uncited), (Count(2), Count(14), Share::new(7, 10)));
        let claims: Vec<_> = found.claims.iter().map(|it| (it.of, it.counts.parts().map(|(_, count)| count))).collect();
        assert_eq!(
            claims,
            [
                ("accepted outputs", [1, 1, 1, 0, 0]),
                ("earlier attempts", [0, 0, 0, 0, 1]),
                ("work items not accepted", [1, 0, 0, 1, 1])
            ]
        );
        let leave = &found.listed[0];
        assert_eq!(leave.cited, Share::new(3, 9));
        assert_eq!((leave.holding, leave.doubted, leave.refused), (Count(3), Count(0), Count(3)));
        let numbers: Vec<Vec<i64>> = leave.passages.iter().map(|it| it.iter().map(|it| it.number).collect()).collect();
        assert_eq!(numbers, [(1..=12).collect::<Vec<i64>>()]);
        assert_eq!(
            leave.passages[0][3].claims.iter().map(|it| it.word.as_str()).collect::<Vec<_>>(),
            ["relocated", "trimmed"]
        );
        let labels: Vec<_> = leave.passages.iter().flatten().flat_map(|it| &it.claims).collect();
        assert_eq!(
            labels.iter().map(|it| format!("{}: {}", it.word, it.about)).collect::<Vec<_>>(),
            [
                "exact: Ask first \u{b7} must: true",
                "relocated: Hours",
                "trimmed: Ask first \u{b7} must: true",
                "exact, rejected: Red",
                "part, rejected: Pay <day>"
            ]
        );
        let marks: Vec<_> = leave.passages[0].iter().map(|it| (it.number, it.mark)).collect();
        assert_eq!(marks[8..10], [(9, Mark::Refused), (10, Mark::Named)]);
        assert!(found.listed[1].passages.is_empty() && found.listed[1].cited == Share::new(0, 1));
    }
}
