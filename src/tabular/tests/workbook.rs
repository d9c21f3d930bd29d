use std::io::Write as _;

use rust_xlsxwriter::{ExcelDateTime, Format as Style, Formula, Workbook};

use super::super::error::TableProblem;
use super::super::zip::{ArchiveKind, survey};
use super::*;

const ODS: &[u8] = include_bytes!("../../../tests/fixtures/tabular/table.ods");
const UNCALCULATED: &[u8] = include_bytes!("../../../tests/fixtures/tabular/uncalculated.xlsx");
const DISORDERED: &[u8] = include_bytes!("../../../tests/fixtures/tabular/disordered.xlsx");

/// A workbook with the sheet `Data`, filled by the caller, below the header `a`, `b`.
fn workbook(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Data").unwrap();
    sheet.write_row(0, 0, ["a", "b"]).unwrap();
    fill(sheet);
    workbook.save_to_buffer().unwrap()
}

#[test]
fn cells_become_text() {
    let bytes = workbook(|sheet| {
        let styled = |style: &str| Style::new().set_num_format(style);
        let moment = ExcelDateTime::from_ymd(2024, 2, 29).unwrap();
        sheet.write_row(1, 0, [1.0, 0.1]).unwrap();
        sheet.write_row(2, 0, [-2.50, 1e21]).unwrap();
        sheet.write(3, 0, true).unwrap();
        sheet.write(3, 1, false).unwrap();
        sheet.write_with_format(4, 0, &moment, &styled("d.m.yy")).unwrap();
        sheet.write_with_format(4, 1, moment.clone().and_hms(13, 5, 9.25).unwrap(), &styled("d/m/yy h:mm")).unwrap();
        sheet.write_with_format(5, 0, 0.5, &styled("h:mm:ss")).unwrap();
        sheet.write_with_format(5, 1, 1.5, &styled("[h]:mm:ss")).unwrap();
        sheet.write(6, 0, Formula::new("A2+1").set_result("2")).unwrap();
        sheet.write(6, 1, Formula::new("\"x\"&\"y\"").set_result("x  y")).unwrap();
        sheet.write(7, 0, " ä\nb ").unwrap();
        sheet.write(7, 1, "n/a").unwrap();
    });
    let (columns, rows, notes) = read(TableFormat::Xlsx, bytes);
    assert_eq!(columns, ["a", "b"]);
    assert_eq!(
        rows,
        [
            row(2, ["1", "0.1"]),
            row(3, ["-2.5", "1e+21"]),
            row(4, ["TRUE", "FALSE"]),
            row(5, ["2024-02-29", "2024-02-29T13:05:09.250"]),
            row(6, ["12:00:00", "PT36H0M0S"]),
            row(7, ["2", "x y"]),
            row(8, ["ä b", ""]),
        ]
    );
    assert_eq!(notes, Notes { null_tokens: 1, cells_cleaned: 2, lines_joined: 1, ..Notes::default() });
}

#[test]
fn empty_rows_are_skipped_and_missing_cells_are_empty() {
    let bytes = workbook(|sheet| {
        sheet.write(3, 1, "x").unwrap();
        sheet.write_blank(9, 0, &Style::new().set_bold()).unwrap();
    });
    let (_, rows, notes) = read(TableFormat::Xlsx, bytes);
    assert_eq!(rows, [row(4, ["", "x"])]);
    assert_eq!(notes.blank_lines, 2);
}

#[test]
fn a_table_may_stand_anywhere_but_nothing_beside_it() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(2, 1, ["a", "b"]).unwrap();
    sheet.write_row(3, 1, [1, 2]).unwrap();
    assert_eq!(read(TableFormat::Xlsx, book.save_to_buffer().unwrap()).1, [row(4, ["1", "2"])]);
    let beside = workbook(|sheet| {
        sheet.write(1, 0, 1).unwrap();
        sheet.write(6, 27, "note").unwrap();
    });
    assert_error(
        TableFormat::Xlsx,
        beside,
        "sheet `Data`, cell AB7: holds a value, but its column has no name in the header (line 1)",
    );
    let gap = workbook(|sheet| {
        sheet.write(0, 3, "d").unwrap();
        sheet.write(1, 0, 1).unwrap();
    });
    assert_error(TableFormat::Xlsx, gap, "line 1: column 3 has no name");
}

#[test]
fn merged_cells_have_their_value_in_the_first() {
    let bytes = workbook(|sheet| {
        sheet.merge_range(1, 0, 1, 1, "both", &Style::new()).unwrap();
    });
    assert_eq!(read(TableFormat::Xlsx, bytes).1, [row(2, ["both", ""])]);
}

#[test]
fn sheets_are_chosen_by_name_or_the_first_visible_one() {
    let mut book = Workbook::new();
    for (index, name) in ["Hidden", "One", "Two"].into_iter().enumerate() {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.write(0, 0, "name").unwrap();
        sheet.write(1, 0, name).unwrap();
        sheet.set_hidden(index == 0).set_active(index == 1);
    }
    let bytes = book.save_to_buffer().unwrap();
    let choose = |sheet: Option<&str>| {
        let options = ReadOptions { sheet: sheet.map(str::to_owned), ..ReadOptions::new(TableFormat::Xlsx) };
        read_with(bytes.clone(), &options).map(|read| read.1[0].1[0].clone()).map_err(|error| error.to_string())
    };
    assert_eq!(choose(None).unwrap(), "One");
    assert_eq!(choose(Some("Two")).unwrap(), "Two");
    assert_eq!(choose(Some("Hidden")).unwrap(), "Hidden");
    assert_eq!(choose(Some("two")).unwrap_err(), "in: there is no sheet `two`; the sheets are `Hidden`, `One`, `Two`");
}

#[test]
fn cells_without_a_usable_value_are_refused() {
    let bytes = workbook(|sheet| {
        sheet.write(4, 1, Formula::new("1/0").set_result("#DIV/0!")).unwrap();
    });
    assert_error(TableFormat::Xlsx, bytes, "sheet `Data`, cell B5: holds the error #DIV/0!");
    assert_error(TableFormat::Xlsx, UNCALCULATED, "sheet `S`, cell B2: holds a formula without its value");
    assert_error(TableFormat::Xlsx, DISORDERED, "sheet `S`, cell A2: the workbook is damaged");
}

#[test]
fn empty_sheets_are_refused() {
    let mut book = Workbook::new();
    book.add_worksheet();
    assert_error(TableFormat::Xlsx, book.save_to_buffer().unwrap(), "sheet `Sheet1`: the file is empty");
    assert_error(TableFormat::Xlsx, workbook(|_| {}), "there is no row below the header");
}

#[test]
fn damaged_workbooks_are_refused_wherever_they_end() {
    let bytes = workbook(|sheet| {
        sheet.write(1, 0, "x").unwrap();
    });
    for length in (4..bytes.len()).step_by(97) {
        assert_error(TableFormat::Xlsx, &bytes[..length], "the workbook is damaged");
    }
    for at in (0..bytes.len()).step_by(61) {
        let mut broken = bytes.clone();
        broken[at] ^= 0x5a;
        // A flipped byte may sit where nobody looks; what matters is that nothing else happens.
        let _ = read_with(broken, &ReadOptions::new(TableFormat::Xlsx));
    }
}

#[test]
fn files_of_another_kind_are_told_apart() {
    let bytes = workbook(|sheet| {
        sheet.write(1, 0, "x").unwrap();
    });
    assert_error(TableFormat::Csv, bytes.clone(), "seems to be an Excel workbook (xlsx), not csv");
    assert_error(TableFormat::Ods, bytes, "seems to be an Excel workbook (xlsx), not ods");
    assert_error(TableFormat::Xlsx, ODS, "seems to be an OpenDocument file (ods), not xlsx");
    assert_error(TableFormat::Xlsx, "a,b\n1,2\n", "seems to be text");
    assert_error(TableFormat::Xlsx, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), "or one with a password");
    assert_error(TableFormat::Xlsx, b"".as_slice(), "the file is empty");
}

#[test]
fn an_ods_is_read_like_a_workbook() {
    let (columns, rows, notes) = read(TableFormat::Ods, ODS);
    assert_eq!(columns, ["id", "when", "text", "flag"]);
    assert_eq!(rows, [row(2, ["1", "2024-01-05", "plain", "TRUE"]), row(5, ["2.5", "", "ä | b", ""])]);
    assert_eq!(notes.blank_lines, 2);
    let options = ReadOptions { sheet: Some("Empty".to_owned()), ..ReadOptions::new(TableFormat::Ods) };
    assert_eq!(
        read_with(ODS, &options).unwrap_err().to_string(),
        "in: sheet `Empty`: the file is empty: expected a header and rows"
    );
}

/// A directory of one entry that declares these sizes, without the entry itself.
fn archive(name: &str, compressed: u32, uncompressed: u32, extra: &[u8]) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04".to_vec();
    let start = u32::try_from(bytes.len()).unwrap();
    bytes.extend(b"PK\x01\x02");
    bytes.extend([0; 16]);
    bytes.extend(compressed.to_le_bytes());
    bytes.extend(uncompressed.to_le_bytes());
    bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    bytes.extend(u16::try_from(extra.len()).unwrap().to_le_bytes());
    bytes.extend([0; 14]);
    bytes.extend(name.as_bytes());
    bytes.extend(extra);
    let length = u32::try_from(bytes.len()).unwrap() - start;
    bytes.extend(b"PK\x05\x06");
    bytes.extend([0; 8]);
    bytes.extend(length.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

#[test]
fn archives_are_surveyed_without_unpacking() {
    let surveyed = survey(&mut Cursor::new(archive("xl/workbook.xml", 10, 20, &[]))).unwrap();
    assert_eq!((surveyed.kind, surveyed.compressed, surveyed.uncompressed), (ArchiveKind::Xlsx, 10, 20));
    let large = [&[1, 0, 8, 0][..], &(5_u64 << 32).to_le_bytes()].concat();
    let surveyed = survey(&mut Cursor::new(archive("word/document.xml", 10, u32::MAX, &large))).unwrap();
    assert_eq!((surveyed.kind, surveyed.compressed, surveyed.uncompressed), (ArchiveKind::Word, 10, 5 << 32));
}

#[test]
fn implausible_expansion_is_refused() {
    let refused = |compressed, uncompressed| {
        let error =
            read_with(archive("xl/workbook.xml", compressed, uncompressed, &[]), &ReadOptions::new(TableFormat::Xlsx));
        matches!(*error.unwrap_err().problem, TableProblem::ZipBomb { .. })
    };
    assert!(refused(1 << 30, (2 << 30) + 1));
    assert!(refused(1 << 20, 300 << 20));
    assert!(!refused(1 << 20, 100 << 20));
    assert!(!refused(10 << 20, 1 << 30));
}

#[test]
fn an_ods_that_ends_too_early_is_damaged() {
    let mut file = Vec::new();
    let mut archive = zip::ZipWriter::new(Cursor::new(&mut file));
    archive.start_file("mimetype", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(b"application/vnd.oasis.opendocument.spreadsheet").unwrap();
    archive.start_file("content.xml", zip::write::SimpleFileOptions::default()).unwrap();
    archive
        .write_all(b"<office:document-content><office:body><office:spreadsheet><table:table table:name=\"a\">")
        .unwrap();
    archive.finish().unwrap();
    assert_error(TableFormat::Ods, file, "content.xml ends before its elements do");
}
