//! Lines are the bytes.

use proptest::prelude::*;

use super::*;

#[test]
fn lines_end_with_lf_crlf_and_cr_alone() {
    let document = markdown("\u{FEFF}a \t\r\nb\u{2028}c\u{85}d\u{B}e\u{C}f\rg\n\nh\u{A0}\u{200B}\u{AD}");
    let lines: Vec<_> = document.lines().map(|it| (it.number, it.text, it.ending)).collect();
    assert_eq!(
        lines,
        [
            (1, "a \t", Ending::CrLf),
            (2, "b\u{2028}c\u{85}d\u{B}e\u{C}f", Ending::Cr),
            (3, "g", Ending::Lf),
            (4, "", Ending::Lf),
            (5, "h\u{A0}\u{200B}\u{AD}", Ending::None),
        ]
    );
    assert!(document.has_bom);
    assert_eq!(document.reader, "bytes");
    assert_eq!(document.text_of(1, 3), "a \t\nb\u{2028}c\u{85}d\u{B}e\u{C}f\ng");
}

#[test]
fn the_last_line_end_makes_no_further_line() {
    for (text, count) in
        [("a", 1), ("a\n", 1), ("a\r\n", 1), ("a\r", 1), ("a\n\n", 2), ("a\n\r", 2), ("\na", 2), ("a\r\r\n", 2)]
    {
        assert_eq!(markdown(text).line_count(), count, "{text:?}");
    }
}

#[test]
fn lines_beyond_the_document_are_none() {
    let document = markdown("a\nb");
    assert_eq!(document.line(0), None);
    assert_eq!(document.line(2).map(|it| it.text), Some("b"));
    assert_eq!(document.line(3), None);
    assert_eq!(document.text_of(2, 9), "b");
    assert_eq!(document.text_of(3, 9), "");
}

#[test]
fn numbers_count_from_one_in_the_row() {
    assert_eq!(numbered(["a", "", "c "].into_iter()), "1: a\n2: \n3: c ");
    assert_eq!(numbered(std::iter::empty()), "");
}

#[test]
fn endings_have_the_numbers_of_the_run_file() {
    assert_eq!(Ending::ALL.map(Ending::code), [0, 1, 2, 3]);
}

#[test]
fn extensions_name_formats() {
    for extension in DocumentFormat::EXTENSIONS {
        assert!(DocumentFormat::of_extension(extension).is_some(), "{extension}");
    }
    assert_eq!(DocumentFormat::of_extension("PDF"), Some(DocumentFormat::Pdf));
    assert_eq!(DocumentFormat::of_extension("csv"), None);
}

proptest! {
    #[test]
    fn lines_with_their_ends_are_the_text(text in "[ab \t\r\n\u{85}\u{2028}é]{0,40}x[\r\n ]{0,3}") {
        let document = markdown(&text);
        let joined: String = document.lines().flat_map(|it| [it.text, it.ending.as_str()]).collect();
        prop_assert_eq!(&joined, &text);
        prop_assert!(document.lines().all(|it| !it.text.contains(['\r', '\n'])));
        let rest = document.line_count() - 1;
        prop_assert!(document.lines().take(rest).all(|it| it.ending != Ending::None));
    }

    #[test]
    fn any_bytes_are_a_document_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(document) = Document::read(DocumentFormat::Text, &bytes, None) {
            let joined: String = document.lines().flat_map(|it| [it.text, it.ending.as_str()]).collect();
            let start = if document.has_bom { 3 } else { 0 };
            prop_assert_eq!(joined.as_bytes(), &bytes[start..]);
        }
    }
}
