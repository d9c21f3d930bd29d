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

/// Only JSON files have cells that are something else than texts.
#[test]
fn cells_of_a_workbook_are_texts() {
    let bytes = workbook(|sheet| {
        sheet.write(1, 0, 5.0).unwrap();
        sheet.write(1, 1, "null").unwrap();
        sheet.write(2, 0, true).unwrap();
    });
    for (format, bytes) in [(TableFormat::Xlsx, bytes), (TableFormat::Ods, ODS.to_vec())] {
        let mut table = Table::open(Cursor::new(bytes), "in", &ReadOptions::new(format)).unwrap();
        let mut records = 0;
        while let Some(record) = table.next_record().unwrap() {
            assert_eq!(record.json, Vec::<usize>::new(), "{format}: {record:?}");
            records += 1;
        }
        assert!(records > 1);
    }
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

/// An ods whose `content.xml` has these elements in its body, after these styles.
fn ods(styles: &str, sheets: &str) -> Vec<u8> {
    let mut file = Vec::new();
    let mut archive = zip::ZipWriter::new(Cursor::new(&mut file));
    let options = zip::write::SimpleFileOptions::default();
    archive.start_file("mimetype", options).unwrap();
    archive.write_all(b"application/vnd.oasis.opendocument.spreadsheet").unwrap();
    archive.start_file("content.xml", options).unwrap();
    write!(
        archive,
        "<office:document-content><office:automatic-styles>{styles}</office:automatic-styles><office:body>\
         <office:spreadsheet>{sheets}</office:spreadsheet></office:body></office:document-content>"
    )
    .unwrap();
    archive.finish().unwrap();
    file
}

/// An ods with one sheet: a header `a`, `b`, and these rows.
fn ods_rows(rows: &str) -> Vec<u8> {
    let text = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let styles = "<style:style style:name=\"long\" style:data-style-name=\"N1\"/>\
        <number:time-style style:name=\"N1\" number:truncate-on-overflow=\"false\"/>";
    let header = format!("<table:table-row>{}{}</table:table-row>", text("a"), text("b"));
    ods(styles, &format!("<table:table table:name=\"S\">{header}{rows}</table:table>"))
}

#[test]
fn values_of_an_ods_have_the_texts_of_an_xlsx() {
    let value = |attributes: &str, shown: &str| {
        let bytes = ods_rows(&format!(
            "<table:table-row><table:table-cell office:value-type=\"string\"><text:p>x</text:p></table:table-cell>\
             <table:table-cell {attributes}>{shown}</table:table-cell></table:table-row>"
        ));
        read_with(bytes, &ReadOptions { normalise: false, ..ReadOptions::new(TableFormat::Ods) })
            .map(|read| read.1[0].1[1].clone())
            .map_err(|error| error.to_string())
    };
    let time = "office:value-type=\"time\" office:time-value=";
    for (attributes, shown, text) in [
        (format!("{time}\"PT12H30M00S\""), "", "12:30:00"),
        (format!("{time}\"PT12H30M00.25S\""), "", "12:30:00.250"),
        (format!("table:style-name=\"long\" {time}\"PT12H30M00S\""), "", "PT12H30M0S"),
        (format!("{time}\"-PT01H30M00S\""), "", "-PT1H30M0S"),
        (format!("{time}\"PT36H00M00S\""), "", "PT36H0M0S"),
        ("office:value-type=\"percentage\" office:value=\"0.125\"".to_owned(), "<text:p>12.5%</text:p>", "0.125"),
        ("office:value-type=\"currency\" office:value=\"5\"".to_owned(), "<text:p>5.00 €</text:p>", "5"),
        ("office:value-type=\"boolean\" office:boolean-value=\"false\"".to_owned(), "", "FALSE"),
        ("office:value-type=\"date\" office:date-value=\"2024-02-29T00:00:00\"".to_owned(), "", "2024-02-29"),
        // A truth value that a formula gives, and the empty text.
        (
            "table:formula=\"of:=TRUE()\" office:value-type=\"float\" office:value=\"1\"".to_owned(),
            "<text:p>TRUE</text:p>",
            "TRUE",
        ),
        (
            "table:formula=\"of:=1\" office:value-type=\"float\" office:value=\"1\"".to_owned(),
            "<text:p>1</text:p>",
            "1",
        ),
        ("table:formula=\"of:=&quot;&quot;\"".to_owned(), "<text:p/>", ""),
        ("office:value-type=\"string\" office:string-value=\"a&#10;b\"".to_owned(), "<text:p>a</text:p>", "a\nb"),
        (
            "office:value-type=\"string\"".to_owned(),
            "<office:annotation><text:p>no</text:p></office:annotation><text:p> a\n <text:s text:c=\"2\"/>&lt;b</text:p>\
             <text:p><text:span>c</text:span><text:tab/>d</text:p>",
            "a   <b\nc\td",
        ),
    ] {
        assert_eq!(value(&attributes, shown).unwrap(), text, "{attributes}");
    }
    let error = value(
        "office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"",
        "<text:p>#N/A</text:p>",
    );
    assert_eq!(
        error.unwrap_err(),
        "in: sheet `S`, cell B2: holds the error #N/A: correct the formula, or clear the cell"
    );
    let error =
        value("table:formula=\"of:=1/0\" office:value-type=\"float\" office:value=\"0\"", "<text:p>#DIV/0!</text:p>");
    assert!(error.unwrap_err().contains("holds the error #DIV/0!"));
    assert!(value("table:formula=\"of:=A1\"", "").unwrap_err().contains("holds a formula without its value"));
    assert!(
        value("office:value-type=\"string\"", "<text:p><text:s text:c=\"999999999\"/></text:p>")
            .unwrap_err()
            .contains("16 MiB")
    );
}

#[test]
fn repetitions_of_an_ods_are_counted_before_they_are_made() {
    let cell = |count: u64, text: &str| {
        format!(
            "<table:table-cell table:number-columns-repeated=\"{count}\" office:value-type=\"string\">\
             <text:p>{text}</text:p></table:table-cell>"
        )
    };
    let row = |count: u64, cells: &str| {
        format!("<table:table-row table:number-rows-repeated=\"{count}\">{cells}</table:table-row>")
    };
    let (_, rows, notes) = read(TableFormat::Ods, ods_rows(&format!("{}{}", row(3, ""), row(2, &cell(2, "x")))));
    assert_eq!(rows, [super::row(5, ["x", "x"]), super::row(6, ["x", "x"])]);
    assert_eq!(notes.blank_lines, 3);
    let refused = "cell A2: from this cell on the sheet holds more than 50000000 cells or 1024 MiB of text";
    assert_error(TableFormat::Ods, ods_rows(&row(60_000_000, &cell(1, "x"))), refused);
    assert_error(TableFormat::Ods, ods_rows(&row(1, &cell(u64::MAX, "x"))), refused);
    assert_error(TableFormat::Ods, ods_rows(&row(40_000, &cell(1_000, &"y".repeat(1_000)))), refused);
    // What is empty may be repeated for ever, and a cell beside the header is one whose repetition stands there.
    assert_eq!(read(TableFormat::Ods, ods_rows(&format!("{}{}", row(1, &cell(2, "x")), row(1 << 40, "")))).1.len(), 1);
    assert_error(
        TableFormat::Ods,
        ods_rows(&row(1, &cell(3, "x"))),
        "cell C2: holds a value, but its column has no name",
    );
}

#[test]
fn sheets_of_an_ods_are_chosen_as_those_of_an_xlsx() {
    let sheet = |name: &str, style: &str| {
        let cell = format!("<table:table-cell office:value-type=\"string\"><text:p>{name}</text:p></table:table-cell>");
        let rows = format!("<table:table-row>{cell}</table:table-row>").repeat(2);
        format!("<table:table table:name=\"{name}\" table:style-name=\"{style}\">{rows}</table:table>")
    };
    let styles = "<style:style style:name=\"off\"><style:table-properties table:display=\"false\"/></style:style>";
    let choose = |sheets: &str, wanted: Option<&str>| {
        let options = ReadOptions { sheet: wanted.map(str::to_owned), ..ReadOptions::new(TableFormat::Ods) };
        read_with(ods(styles, sheets), &options).map(|read| read.0[0].clone()).map_err(|error| error.to_string())
    };
    let sheets = [sheet("Hidden", "off"), sheet("One", ""), sheet("Two", "")].concat();
    assert_eq!(choose(&sheets, None).unwrap(), "One");
    assert_eq!(choose(&sheets, Some("Hidden")).unwrap(), "Hidden");
    assert_eq!(
        choose(&sheets, Some("two")).unwrap_err(),
        "in: there is no sheet `two`; the sheets are `Hidden`, `One`, `Two`"
    );
    assert_eq!(choose(&sheet("Only", "off"), None).unwrap(), "Only");
    assert_eq!(choose("", None).unwrap_err(), "in: the workbook has no worksheet");
}

#[test]
fn times_of_an_xlsx_are_told_by_their_formats() {
    let bytes = workbook(|sheet| {
        let styled = |style: &str| Style::new().set_num_format(style);
        for (row, (value, style)) in
            [(-0.0625, "[h]:mm"), (-0.0625, "h:mm"), (1.5, "h:mm:ss"), (1.5, "yyyy-mm-dd hh:mm"), (-1.0, "yyyy-mm-dd")]
                .into_iter()
                .enumerate()
        {
            sheet.write_with_format(u32::try_from(row).unwrap() + 1, 0, value, &styled(style)).unwrap();
        }
    });
    let rows = read(TableFormat::Xlsx, bytes).1;
    let texts: Vec<&str> = rows.iter().map(|(_, fields)| fields[0].as_str()).collect();
    assert_eq!(texts, ["-PT1H30M0S", "-PT1H30M0S", "PT36H0M0S", "1900-01-01T12:00:00", "-1"]);
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
