//! The texts of HTML, docx and PDF.
//!
//! The corpus in `tests/fixtures/documents` holds the readers: where one of them makes other lines, its version in
//! `READER` has to be another, since run files keep texts by it.

use std::fs;
use std::path::PathBuf;

use super::*;

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/documents"))
}

fn fixture(name: &str) -> Result<Document, DocumentError> {
    let extension = name.rsplit('.').next().unwrap();
    let bytes = fs::read(folder().join(name)).unwrap();
    Document::read(DocumentFormat::of_extension(extension).unwrap(), &bytes, None)
}

fn html(text: &str) -> String {
    let document = Document::read(DocumentFormat::Html, text.as_bytes(), None).unwrap();
    document.text().to_owned()
}

fn notes(document: &Document) -> Vec<String> {
    document.notes.iter().map(ToString::to_string).collect()
}

#[test]
fn the_corpus_reads_as_it_did() {
    for entry in fs::read_dir(folder().join("expected")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let document = fixture(name).unwrap();
        let line = |it: LineRef<'_>| it.page.map_or_else(String::new, |page| format!("{page}: ")) + it.text + "\n";
        let text: String = document.lines().map(line).collect();
        assert_eq!(text, fs::read_to_string(&path).unwrap(), "{name}");
    }
}

#[test]
fn readers_name_the_versions_of_their_libraries() {
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    let version = |name: &str| {
        let start = lock.find(&format!("name = \"{name}\"\nversion = \"")).unwrap();
        lock[start..].split('"').nth(3).unwrap().to_owned()
    };
    assert_eq!(super::super::pdf::READER, format!("pdfboss {}", version("pdfboss-core")));
    assert_eq!(version("pdfboss-output"), version("pdfboss-core"));
    assert_eq!(version("pdfboss-text"), version("pdfboss-core"));
    assert!(super::super::html::READER.starts_with(&format!("htmd {},", version("htmd"))));
}

#[test]
fn pages_stand_beside_the_lines_of_a_pdf() {
    let document = fixture("part-scan.pdf").unwrap();
    assert_eq!(document.page_count, Some(4));
    assert_eq!(document.lines().map(|it| it.page).collect::<Vec<_>>(), [Some(1), Some(1), Some(3), Some(3)]);
    assert_eq!(notes(&document), ["page 2 has a picture and no text: run OCR over it if its text is needed"]);
    assert_eq!(fixture("cjk.pdf").unwrap().notes, []);
    let split = split(&fixture("columns.pdf").unwrap(), "a/columns.pdf", &at_most(400));
    assert_eq!(shown(&split), [" | 1-11", " | 12-22", " | 23-25"], "a page that is too long is cut at a line");
    let split = super::split(&fixture("part-scan.pdf").unwrap(), "a.pdf", &at_most(40));
    assert_eq!(shown(&split), [" | 1-2", " | 3-4"], "else at a page");
}

#[test]
fn a_pdf_that_is_read_across_its_columns_says_so() {
    let document = fixture("short-columns.pdf").unwrap();
    assert_eq!(document.line(1).unwrap().text, "The library lends books, Fees are due in March,");
    let told = "page 1: lines are read across columns that the file writes one after the other, which is right for a \
                table, and wrong for short columns of text: compare the text with the page";
    assert_eq!(notes(&document), [told]);
    assert_eq!(fixture("columns.pdf").unwrap().notes, []);
    assert_eq!(fixture("terms-chromium.pdf").unwrap().notes, []);
}

#[test]
fn a_pdf_that_cannot_be_read_says_why() {
    let error = fixture("scan.pdf").unwrap_err();
    assert_eq!(error.to_string(), "the document has pictures of pages and no text (pages 1, 2): it needs OCR");
    assert!(error.hint().unwrap().contains("ocrmypdf"));
    assert_eq!(fixture("password.pdf").unwrap_err().to_string(), "the PDF is encrypted and needs a password");
    assert_eq!(fixture("owner-password.pdf").unwrap().text(), fixture("columns.pdf").unwrap().text());
    let bytes = fs::read(folder().join("columns.pdf")).unwrap();
    assert!(message(DocumentFormat::Pdf, b"%PDF-1.7\nnothing", None).starts_with("the PDF is damaged or incomplete: "));
    // A cut file is read as far as it goes, or is an error; it is no panic.
    for end in (0..bytes.len()).step_by(97) {
        drop(Document::read(DocumentFormat::Pdf, &bytes[..end], None));
    }
}

#[test]
fn a_docx_says_what_it_lost() {
    let document = fixture("loans.docx").unwrap();
    assert_eq!(notes(&document), ["pieces of hidden text are left out (1)"]);
    assert_eq!(document.title.as_deref(), Some("Loans of the library"));
    let split = split(&document, "loans.docx", &SplitRules::default());
    let paths: Vec<_> = split.sections.iter().map(|it| it.heading_path.join(" > ")).collect();
    assert_eq!(paths, ["", "Loans", "Loans > A heading by inheritance", "Changes"]);
}

#[test]
fn a_docx_that_cannot_be_read_says_why() {
    let bytes = fs::read(folder().join("loans.docx")).unwrap();
    assert!(
        message(DocumentFormat::Docx, &bytes[..5000], None).starts_with("the Word document is damaged or incomplete: ")
    );
    let table = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tabular/uncalculated.xlsx")).unwrap();
    assert!(
        message(DocumentFormat::Docx, &table, None)
            .starts_with("seems to be an Excel workbook (xlsx), not a Word document")
    );
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut archive, b"<w:document><w:body><w:p><w:r><w:t>cut").unwrap();
    let bytes = archive.finish().unwrap().into_inner();
    assert_eq!(
        message(DocumentFormat::Docx, &bytes, None),
        "word/document.xml: the Word document is damaged or incomplete: it ends before its elements do"
    );
}

/// A docx whose body is `text`, `times` over.
fn docx(text: &str, times: usize) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut archive, b"<w:document><w:body>").unwrap();
    let many = text.repeat(times);
    std::io::Write::write_all(&mut archive, many.as_bytes()).unwrap();
    std::io::Write::write_all(&mut archive, b"</w:body></w:document>").unwrap();
    archive.finish().unwrap().into_inner()
}

#[test]
fn headings_of_a_docx_are_no_markdown() {
    let heading =
        |text: &str| format!("<w:p><w:pPr><w:outlineLvl w:val=\"0\"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>");
    let texts = [
        "Fee 2*3*4 &lt;EUR&gt;",
        "Plan &lt;A&gt; fees",
        "Plan &lt;B&gt; fees",
        "a\\*b &amp;amp; [x](y) `c` _d_",
        "Fees &amp; fines_of [all]",
        "![x](y)",
        "C# #",
    ];
    let all: String = texts.iter().map(|it| heading(it)).collect();
    let document = Document::read(DocumentFormat::Docx, &docx(&all, 1), None).unwrap();
    let split = split(&document, "a.docx", &SplitRules::default());
    let titles: Vec<_> = split.sections.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(
        titles,
        [
            "Fee 2*3*4 <EUR>",
            "Plan <A> fees",
            "Plan <B> fees",
            "a\\*b &amp; [x](y) `c` _d_",
            "Fees & fines_of [all]",
            "![x](y)",
            "C# #"
        ]
    );
    assert_eq!(document.line(9).unwrap().text, "# Fees & fines_of [all]", "marks that mean nothing stay as they are");
}

#[test]
fn a_docx_is_not_unpacked_without_bound() {
    let error = Document::read(DocumentFormat::Docx, &docx(&" ".repeat(1000), 100_001), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "word/document.xml: would unpack to more than 100 MB, which is not a plausible document"
    );
    assert_eq!(error.hint(), Some("save it as several documents, or leave it out (`input.exclude`)"));
}

#[test]
fn the_encoding_of_a_page_is_the_one_given_or_stated() {
    let page = |head: &str| format!("<html><head>{head}</head><body><p>5 €</p></body></html>");
    let bytes = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let read =
        |bytes: &[u8], encoding| Document::read(DocumentFormat::Html, bytes, encoding).map(|it| it.text().to_owned());
    let stated = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=windows-1252\">";
    assert_eq!(read(&bytes(&page(stated)), None).unwrap(), "5 €");
    assert_eq!(read(&bytes(&page("<META CHARSET=cp1252>")), None).unwrap(), "5 €");
    assert_eq!(read(&bytes(&page("")), Some("cp1252")).unwrap(), "5 €");
    assert!(read(&bytes(&page("")), None).unwrap_err().to_string().contains("seems to be windows-1252"));
    assert_eq!(read(page("<meta charset=utf-16>").as_bytes(), None).unwrap(), "5 €");
    assert_eq!(read(format!("\u{FEFF}{}", page(stated)).as_bytes(), None).unwrap(), "5 €");
}

#[test]
fn tables_of_a_page_keep_their_columns() {
    assert_eq!(
        html("<table><tr><td rowspan=3>a<td colspan=2>b<td>c<tr><td>d<td>e<td>f<tr><td>g|h</table>"),
        "| a | b | | c |\n| --- | --- | --- | --- |\n| | d | e | f |\n| | g\\|h |"
    );
    assert_eq!(
        html("<table><tr><th>A<tr><td>1<tr><td><ul><li>x<li>y</ul></table>"),
        "| A |\n| --- |\n| 1 |\n| - x<br>- y |"
    );
    assert_eq!(html("<table><tr><td><h2>A</h2>text</table>"), "## A\n\ntext");
}

#[test]
fn code_of_a_page_is_fenced_as_it_stands() {
    assert_eq!(html("<pre>\n  a\n\n# b\t\n~~~ *c*\n</pre>"), "```\n  a\n\n# b\t\n~~~ *c*\n```");
    assert_eq!(html("<pre><code class='x language-rust'>let a;<br>a</code></pre>"), "```rust\nlet a;\na\n```");
    assert_eq!(html("<pre>````</pre>"), "`````\n````\n`````");
}

#[test]
fn deep_pages_keep_their_text() {
    for (element, note) in
        [("<div>", true), ("<b>", true), ("<table><tr><td>", true), ("<span>", false), ("<ul><li>", true)]
    {
        let document =
            Document::read(DocumentFormat::Html, format!("{}the text", element.repeat(2000)).as_bytes(), None);
        let document = document.unwrap();
        assert!(document.text().contains("the text"), "{element}");
        assert_eq!(document.notes.len() == 1, note, "{element}");
    }
}

#[test]
fn a_page_that_could_not_be_parsed_in_time_is_an_error() {
    let page = |text: String| Document::read(DocumentFormat::Html, text.as_bytes(), None).map(|it| it.line_count());
    let deep = page(format!("{}text", "<div>".repeat(100_000))).unwrap_err().to_string();
    assert_eq!(deep, "the HTML page is damaged or incomplete: more than 10000 elements are open at once");
    assert!(page(format!("{}text", "<p>a<li>b<br><svg/>".repeat(11_000))).is_ok());
    assert_eq!(page(format!("<script>{}</script>text", "i<n;".repeat(11_000))).unwrap(), 1);
}

#[test]
fn values_of_a_page_stay_what_they_are() {
    assert_eq!(
        html("<p>10<sup>6</sup> H<sub>2</sub>O 10<sup>n+1</sup>, 10<sup>-6 </sup>m"),
        "10^6 H_2O 10^(n+1), 10^-6 m"
    );
    assert_eq!(html("<p>The fee is <del>5</del> <ins>6</ins> <s>7 </s>euros"), "The fee is ~~5~~ 6 ~~7~~ euros");
    assert_eq!(html("<ol><li>x<li value=7>seven<li>eight</ol>"), "1. x\n7. seven\n8. eight");
    assert_eq!(html("<ol start=0><li>x<li>y<ol reversed><li>b<li>a</ol></ol>"), "0. x\n1. y\n   2. b\n   1. a");
    let page = "<p>a<p hidden>b<div style='color:red; DISPLAY : none'>c</div><div hidden></div><del><p>d</p></del>";
    let document = Document::read(DocumentFormat::Html, page.as_bytes(), None).unwrap();
    assert_eq!(document.text(), "a");
    assert_eq!(
        notes(&document),
        ["hidden elements are left out with their text (2)", "deleted paragraphs (`del`, `s`) are left out (1)"]
    );
    let kept = "<body style='display:none'><p hidden=until-found>a<p style='display:block'>b";
    assert_eq!(html(kept), "a\n\nb");
}

#[test]
fn values_of_a_docx_stay_what_they_are() {
    let run = |text: &str, properties: &str| {
        format!("<w:r><w:rPr>{properties}</w:rPr><w:t xml:space=\"preserve\">{text}</w:t></w:r>")
    };
    let (up, down) = ("<w:vertAlign w:val=\"superscript\"/>", "<w:vertAlign w:val=\"subscript\"/>");
    let read = |runs: &str| {
        let bytes = docx(&format!("<w:p>{runs}</w:p>"), 1);
        Document::read(DocumentFormat::Docx, &bytes, None).unwrap().text().to_owned()
    };
    assert_eq!(
        read(&(run("10", "") + &run("1", up) + &run("2 ", up) + &run("H", "") + &run("2", down) + &run("O", ""))),
        "10^12 H_2O"
    );
    assert_eq!(read(&(run("5 ", "<w:strike/>") + &run("6", "<w:strike w:val=\"0\"/>"))), "~~5~~ 6");
    let math = "<m:oMath><m:sSup><m:e><m:r><m:t>a</m:t></m:r></m:e><m:sup><m:r><m:t>n+1</m:t></m:r></m:sup></m:sSup>\
                <m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>\
                <m:d><m:e><m:r><m:t>b+c</m:t></m:r></m:e></m:d></m:oMath>";
    assert_eq!(read(math), "a^(n+1)1/2(b+c)");
}

#[test]
fn text_of_a_page_begins_no_section() {
    assert_eq!(html("<p>Fee note<br>---<br>the rest</p>"), "Fee note\n\\---\nthe rest");
    assert_eq!(html("<p>#</p><p>a<br>-<br>-<br>b<p>---<hr>"), "\\#\n\na\n\\-\n\\-\nb\n\n\\---\n\n---");
    assert_eq!(html("<p>#<b> x</b></p><p>a<br>=<i></i>=</p>"), "\\# **x**\n\na\n\\=\\=");
    assert_eq!(html("<blockquote><p>a<br>---<h2>b</h2></blockquote>"), "> a\n> \\---\n> \n> ## b");
    assert_eq!(html("<p>a</p><h2>b</h2><p>c<br>--<br>--</p>"), "a\n\n## b\n\nc\n\\--\n\\--");
}

#[test]
fn text_of_a_page_is_no_markup() {
    assert_eq!(html("<p># a</p><p>x<br># b</p><h2>c<br>d #</h2>"), "\\# a\n\nx\n\\# b\n\n## c d \\#");
    assert_eq!(html("<a href=x><h3>Card</h3><p>text</p></a><p><a href=y>z</a>"), "### Card\n\ntext\n\n[z](y)");
    assert_eq!(html("<p><img src='DATA:image/png;base64,AAAA' alt='a  b'><img src='data:,'>c"), "![a b]()c");
}
