//! Pages of the documents of a small run file.

use rusqlite::Connection;

use super::*;
use crate::view::evidence::{dataset_with_documents, each_document, fixture};

/// The pages of a run file's documents.
fn pages(connection: &Connection) -> Vec<String> {
    let dataset = dataset_with_documents(connection).unwrap().unwrap();
    let mut found = Vec::new();
    each_document::<DocumentPageError>(connection, dataset, &mut |head, claims| {
        let mut out = Vec::new();
        DocumentPage::of(connection, head, claims)?.write((None, Some("notes & <b>.pdf")), 1, &mut out)?;
        found.push(String::from_utf8(out).unwrap());
        Ok(())
    })
    .unwrap();
    found
}

/// The page without its style.
fn body(page: &str) -> &str {
    page.split_once("<body>").unwrap().1
}

#[test]
fn a_page_is_named_after_its_document() {
    for (document, page) in [
        ("work-schedules.md", "work-schedules.md-"),
        ("Leave/Pay & rest.md", "leave_pay___rest.md-"),
        ("../../etc/passwd", "etc_passwd-"),
        ("名前.md", "md-"),
        ("con", "con-"),
        ("", ""),
    ] {
        let name = page_name(document);
        assert!(name.starts_with(page) && is_page(&name), "{document}: {name}");
        assert!(name.len() <= MOST + 20 && name.bytes().all(|it| it.is_ascii_graphic() && it != b'/'), "{name}");
    }
    assert_ne!(page_name("a/b.md"), page_name("a_b.md"));
    assert_ne!(page_name("A.md").to_lowercase(), page_name("a.md").to_lowercase());
    assert!(page_name(&"x".repeat(9_000)).len() < 100);
    for other in ["index.htm", "notes.html", "index-2.html", "my-report.html", ".casebook"] {
        assert!(!is_page(other), "{other}");
    }
    assert!(is_page("index.html") && is_page("index-0002.html"));
}

#[test]
fn every_line_and_every_claim_has_a_place() {
    let pages = pages(&fixture::run_file());
    insta::assert_snapshot!("a_page_of_a_document", body(&pages[0]));
    assert!(pages[1].contains("<h4>Page 1</h4>\n<p id=\"L1\">"), "{}", pages[1]);
    assert!(pages[1].contains("Nothing cites any of the lines."), "{}", pages[1]);
}

#[test]
fn no_line_of_a_document_is_markup() {
    for page in pages(&fixture::run_file()) {
        assert!(!page.contains("<script") && !page.contains('\u{1b}') && !page.contains('\u{202e}'), "{page}");
        assert_eq!(page.matches("<b>rest").count(), 0);
    }
}

#[test]
fn the_index_adds_up() {
    let connection = fixture::run_file();
    let dataset = dataset_with_documents(&connection).unwrap().unwrap();
    let mut index =
        DocumentIndex { title: "rules <1>".to_owned(), report: Some("../report.html".to_owned()), entries: Vec::new() };
    each_document::<DocumentPageError>(&connection, dataset, &mut |head, claims| {
        let coverage = DocumentPage::of(&connection, head, claims)?.coverage();
        index.entries.push(IndexEntry::new(&head.name, coverage, claims));
        Ok(())
    })
    .unwrap();
    let mut out = Vec::new();
    index.write(1, &mut out).unwrap();
    insta::assert_snapshot!("an_index_of_documents", body(&String::from_utf8(out).unwrap()));
    let entry = index.entries[0].clone();
    index.entries.resize(2_001, entry);
    assert_eq!((index.pages(), index.page_of_next()), (3, 3));
    let mut out = Vec::new();
    index.write(3, &mut out).unwrap();
    let page = String::from_utf8(out).unwrap();
    assert_eq!(page.matches("<tr>").count(), 2, "the head and one document");
    assert!(page.contains("<a href=\"index.html\">First</a><a href=\"index-0002.html\">Previous</a>"), "{page}");
}
