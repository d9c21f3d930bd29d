//! Bytes that are no UTF-8, and files of other kinds.

use super::*;

const WINDOWS_1252: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/documents/windows-1252.txt"));
const SHIFT_JIS: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/documents/shift_jis.txt"));
const UTF_16: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/documents/utf-16.txt"));

#[test]
fn bytes_that_are_not_utf_8_name_their_place_and_the_likely_encoding() {
    assert_eq!(
        message(DocumentFormat::Text, WINDOWS_1252, None),
        "line 1, column 8: the bytes FC are not UTF-8; the file seems to be windows-1252: convert it \
         (`iconv -f windows-1252 -t utf-8`), or set `input.encoding: windows-1252`"
    );
    assert!(message(DocumentFormat::Text, SHIFT_JIS, None).contains("`input.encoding: shift_jis`"));
    assert!(
        message(DocumentFormat::Markdown, b"ok\r\n\xC3\xA4b\xFF", None).starts_with("line 2, column 3: the bytes FF")
    );
    assert!(message(DocumentFormat::Markdown, b"ok\n\xFF", None).starts_with("line 2, column 1: the bytes FF"));
    assert!(message(DocumentFormat::Markdown, b"cut \xE2\x82", None).starts_with("line 1, column 5: the bytes E2 82"));
}

#[test]
fn an_encoding_is_named_only_where_it_is_likely() {
    let said = |bytes: &[u8]| message(DocumentFormat::Text, bytes, None);
    let unknown = "are not UTF-8: mend the file or convert it, or set `input.encoding` to the encoding that it has";
    for bytes in [&b"Geb\xC3\xBChr \xFF"[..], b"a\x01b \xE9t\xE9", b"\xFF \xFE \xE0", b"ksi\xB9\xBFka ma\xB3a"] {
        assert!(said(bytes).ends_with(unknown), "{}", said(bytes));
    }
    assert_eq!(
        said("Gebühr 5 €".as_bytes().split_last().unwrap().1),
        "line 1, column 10: the bytes E2 82 at the file's end begin a character of UTF-8 that is not whole: the file \
         was cut off, or has another encoding (`input.encoding`)"
    );
    for bytes in [&b"a\0b\n"[..], b"a\0b\0c and so on", b"a\0b\0"] {
        assert!(said(bytes).contains("has a NUL character"), "{}", said(bytes));
    }
}

#[test]
fn a_text_that_is_utf_8_is_not_read_otherwise_without_a_word() {
    let notes = |format, bytes: &[u8], encoding| {
        let document = Document::read(format, bytes, encoding).unwrap();
        document.notes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let told = notes(DocumentFormat::Text, "Gebühr".as_bytes(), Some("cp1252"));
    assert!(told[0].starts_with("seems to be UTF-8, and is read as windows-1252, which makes other characters"));
    assert_eq!(notes(DocumentFormat::Html, "<meta charset=latin1>Gebühr".as_bytes(), None), told);
    assert!(notes(DocumentFormat::Text, b"plain", Some("cp1252")).is_empty());
    assert!(notes(DocumentFormat::Text, WINDOWS_1252, Some("cp1252")).is_empty());
}

#[test]
fn likely_encodings_are_told_apart() {
    let japanese = "図書館の本は四週間まで借りられます。カードを持ってきてください。";
    let texts = [
        ("euc-jp", encoding_rs::EUC_JP, japanese),
        ("gbk", encoding_rs::GBK, "图书馆的书可以借四个星期。请带上您的借书证。"),
        ("big5", encoding_rs::BIG5, "圖書館的書可以借四個星期。請帶上您的借書證。"),
        ("euc-kr", encoding_rs::EUC_KR, "도서관의 책은 사 주 동안 빌릴 수 있습니다. 카드를 가져오세요."),
        ("windows-1251", encoding_rs::WINDOWS_1251, "Книги можно взять на четыре недели. Принесите билет."),
        ("koi8-r", encoding_rs::KOI8_R, "Книги можно взять на четыре недели. Принесите билет."),
        ("macintosh", encoding_rs::MACINTOSH, "Die Gebühr für Schüler beträgt nichts, außer für Säumige."),
        ("windows-1252", encoding_rs::WINDOWS_1252, "Die Gebühr für Schüler beträgt nichts – außer für Säumige."),
    ];
    for (label, encoding, text) in texts {
        let (bytes, _, lost) = encoding.encode(text);
        assert!(!lost, "{label}");
        let message = message(DocumentFormat::Text, &bytes, None);
        assert!(message.ends_with(&format!("`input.encoding: {label}`")), "{label}: {message}");
    }
}

#[test]
fn an_encoding_that_is_given_is_decoded_strictly() {
    let document = Document::read(DocumentFormat::Text, WINDOWS_1252, Some("cp1252")).unwrap();
    assert_eq!(document.line(1).unwrap().text, "Die Gebühr beträgt 5 € – für Schüler nichts.");
    assert_eq!(document.line(1).unwrap().ending, Ending::CrLf);
    assert_eq!(document.reader, "windows-1252");
    let document = Document::read(DocumentFormat::Text, UTF_16, Some("utf-16")).unwrap();
    assert_eq!(document.text_of(1, 2), "The fee is 5 €.\nBring the card.");
    assert_eq!((document.has_bom, document.reader.as_str()), (true, "utf-16le"));
    assert_eq!(
        message(DocumentFormat::Text, b"a\nb\x81\x00", Some("shift_jis")),
        "line 2, column 2: the bytes 81 are not valid Shift_JIS: set `input.encoding` to the file's real encoding"
    );
    assert!(message(DocumentFormat::Text, b"a", Some("klingon")).starts_with("`klingon` is not a known encoding"));
    assert!(
        message(DocumentFormat::Text, UTF_16, Some("latin1")).starts_with("begins with the byte order mark of UTF-16")
    );
}

#[test]
fn utf_16_is_named_with_and_without_its_mark() {
    let utf_16 =
        "is written in UTF-16, not UTF-8: convert it (`iconv -f utf-16 -t utf-8`), or set `input.encoding: utf-16`";
    assert_eq!(message(DocumentFormat::Markdown, UTF_16, None), utf_16);
    let little_endian: Vec<u8> = "# A heading\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(message(DocumentFormat::Markdown, &little_endian, None).contains("`input.encoding: utf-16le`"));
    let big_endian: Vec<u8> = "# A heading\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(message(DocumentFormat::Markdown, &big_endian, None).contains("`input.encoding: utf-16be`"));
}

#[test]
fn what_is_no_document_is_an_error() {
    assert_eq!(message(DocumentFormat::Text, b"", None), "the file is empty");
    for blank in [" \n\t\r\n\u{A0}\u{200B}\n", "\u{FEFF}", "\u{FEFF}\n\n", "\u{C}"] {
        assert_eq!(message(DocumentFormat::Markdown, blank.as_bytes(), None), "the document has no text", "{blank:?}");
    }
    assert!(
        message(DocumentFormat::Text, b"a\nb\0c and so on, as text", None).starts_with("line 2, column 2: has a NUL")
    );
    assert_eq!(
        message(DocumentFormat::Markdown, b"%PDF-1.7\n", None),
        "seems to be a PDF, not Markdown: give it the extension of what it is, or leave it out"
    );
    assert!(
        message(DocumentFormat::Pdf, b"PK\x03\x04", None)
            .starts_with("seems to be a zip archive, such as a docx, not a PDF")
    );
    assert!(
        message(DocumentFormat::Docx, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None).contains("a docx with a password")
    );
    let large = vec![b'a'; MAX_DOCUMENT_BYTES + 1];
    assert!(
        message(DocumentFormat::Text, &large, None)
            .starts_with("the document has 100000001 bytes, more than the 100 MB")
    );
}
