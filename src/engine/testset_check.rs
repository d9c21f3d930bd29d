//! Holding the files of a folder to the contract of test sets: [`check_testset`] reads the folder and the documents.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::whole_file::{Existing, write_whole};
use crate::config::Documents;
use crate::document::{Document, UtteranceKind, customer_words};
use crate::project::documents::{DocumentFile, list};
use crate::testset::{
    AskedCounts, Checked, CustomerMessage, CustomerWords, Fault, FaultKind, FileContent, Note, Quality, SetContent,
    SetFile, SourceDocument, check, input_path,
};
use crate::view::quality;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 30;

/// Why a test set cannot be held to the contract at all.
#[derive(Debug, thiserror::Error)]
pub enum TestsetCheckError {
    #[error("there is no folder {}", .0.display())]
    NoFolder(PathBuf),
    #[error("{} is a file", .0.display())]
    NotAFolder(PathBuf),
    #[error("the name of the quality report ends in neither .md nor .json: {}", .0.display())]
    QualityFormat(PathBuf),
    #[error("{} is {what}, and the quality report would replace it", path.display())]
    QualityPlace { path: PathBuf, what: &'static str },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
}

impl TestsetCheckError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoFolder(_) | Self::NotAFolder(_) => {
                Some("`--out` names the folder with use_cases.json and the other files")
            }
            Self::QualityFormat(_) => Some("name it quality.md or quality.json"),
            Self::QualityPlace { .. } => Some("name a file that is not there yet, or an earlier quality report"),
            Self::Write { .. } => None,
        }
    }

    /// Whether the call is wrong, rather than the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        !matches!(self, Self::Write { .. })
    }
}

/// Holds the files in the folder `out` to the contract, and their quotes to the documents of `input`, a file or folder.
/// Without `input` these are the ones that the manifest names, if they are there. Where less than the contract demands
/// was asked for, that is a note.
pub fn check_testset(out: &Path, input: Option<&Path>, asked: AskedCounts) -> Result<Checked, TestsetCheckError> {
    match fs::metadata(out) {
        Ok(meta) if meta.is_dir() => {}
        Ok(_) => return Err(TestsetCheckError::NotAFolder(out.to_owned())),
        Err(_) => return Err(TestsetCheckError::NoFolder(out.to_owned())),
    }
    let read = |file: SetFile| content_of(&out.join(file.name()));
    let content = SetContent {
        use_cases: read(SetFile::UseCases),
        policies: read(SetFile::Policies),
        test_cases: read(SetFile::TestCases),
        dataset: read(SetFile::Dataset),
        manifest: read(SetFile::Manifest),
    };
    let mut notes = Vec::new();
    let found = match input {
        Some(input) => read_documents(input, &mut notes).map_err(|why| input_fault(input, why)),
        None => Ok(named_in_manifest(out, &content.manifest, &mut notes)),
    };
    let mut checked = check(&content, found.as_ref().ok().and_then(Option::as_deref), asked);
    checked.notes.extend(notes);
    if let Err(fault) = found {
        checked.refuse(*fault);
    }
    if checked.quotes.checked == 0 && checked.quotes.total > 0 {
        let why = "quotes were not checked against the documents: none are at hand";
        checked.notes.push(Note(format!("{why}; name them with `--input`")));
    }
    Ok(checked)
}

/// Writes the quality report to a file, as Markdown or JSON by its extension.
pub fn write_quality(path: &Path, report: &Quality) -> Result<(), TestsetCheckError> {
    let bytes = match path.extension().and_then(|it| it.to_str()) {
        Some("md") => quality::markdown(report).into_bytes(),
        Some("json") => {
            let failed =
                |source: serde_json::Error| TestsetCheckError::Write { path: path.to_owned(), source: source.into() };
            let mut bytes = serde_json::to_vec_pretty(report).map_err(failed)?;
            bytes.push(b'\n');
            bytes
        }
        _ => return Err(TestsetCheckError::QualityFormat(path.to_owned())),
    };
    write_whole(path, Existing::Replace, |out| out.write_all(&bytes))
        .map_err(|source| TestsetCheckError::Write { path: path.to_owned(), source })
}

/// Whether the quality report of the set in `out` can be written to a file: its name says how, and it replaces neither
/// a file of the set, nor a document, nor any other file that is no quality report.
pub fn is_place_for_quality(path: &Path, out: &Path, input: Option<&Path>) -> Result<(), TestsetCheckError> {
    if !matches!(path.extension().and_then(|it| it.to_str()), Some("md" | "json")) {
        return Err(TestsetCheckError::QualityFormat(path.to_owned()));
    }
    let taken = |what| Err(TestsetCheckError::QualityPlace { path: path.to_owned(), what });
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_of_set = SetFile::ALL.iter().any(|file| path.file_name().is_some_and(|name| name == file.name()));
    if is_of_set && is_same(folder, out) {
        return taken("a file of the test set");
    }
    if input.is_some_and(|input| is_same(path, input)) {
        return taken("the document");
    }
    match content_of(path) {
        FileContent::Missing => Ok(()),
        FileContent::Bytes(bytes) if quality::is_report(&bytes) => Ok(()),
        FileContent::Bytes(_) | FileContent::Unreadable(_) => taken("there, and no quality report"),
    }
}

/// Whether two paths lead to one file or folder.
fn is_same(one: &Path, other: &Path) -> bool {
    matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

fn content_of(path: &Path) -> FileContent {
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => FileContent::Missing,
        Err(error) => FileContent::Unreadable(error.to_string()),
        Ok(meta) if meta.is_dir() => FileContent::Unreadable("it is a folder".to_owned()),
        Ok(meta) if !meta.is_file() => FileContent::Unreadable("it is no file".to_owned()),
        Ok(meta) if meta.len() > LARGEST => {
            FileContent::Unreadable(format!("it has {} bytes, and at most {LARGEST} are read", meta.len()))
        }
        Ok(_) => fs::read(path).map_or_else(|error| FileContent::Unreadable(error.to_string()), FileContent::Bytes),
    }
}

/// The documents that the manifest names, from the current folder or from the set's own; `None` if none are there.
fn named_in_manifest(out: &Path, manifest: &FileContent, notes: &mut Vec<Note>) -> Option<Vec<SourceDocument>> {
    let written = input_path(manifest)?;
    let places = [PathBuf::from(&written), out.join(&written)];
    let Some(path) = places.into_iter().find(|it| it.exists()) else {
        notes.push(Note(format!("`{written}`, which the manifest names as the input, is not there")));
        return None;
    };
    match read_documents(&path, notes) {
        Ok(documents) => documents,
        Err(why) => {
            notes.push(Note(format!("`{written}`, which the manifest names as the input, cannot be read: {why}")));
            None
        }
    }
}

fn input_fault(input: &Path, why: String) -> Box<Fault> {
    Box::new(Fault {
        kind: FaultKind::File,
        file: slashed(input),
        item: None,
        line: None,
        path: String::new(),
        found: why,
        expected: "the documents that the set was made of".to_owned(),
    })
}

/// Reads the documents of a file or folder; an error says why none can be read.
fn read_documents(input: &Path, notes: &mut Vec<Note>) -> Result<Option<Vec<SourceDocument>>, String> {
    let Some(written) = input.to_str() else { return Err("its name is not UTF-8".to_owned()) };
    let wanted = Documents::whole(written.to_owned());
    let files = list(&wanted, Path::new(""), "--input").map_err(|error| in_line(&error))?.files;
    let (mut documents, mut last) = (Vec::with_capacity(files.len()), None);
    for file in &files {
        match read_document(file) {
            Ok(document) => documents.push(document),
            Err(why) => {
                let why = format!("{} cannot be read: {why}", file.name);
                notes.push(Note(why.clone()));
                last = Some(why);
            }
        }
    }
    if documents.is_empty() {
        return Err(last.unwrap_or_else(|| "there is no document in it".to_owned()));
    }
    Ok(Some(documents))
}

/// A document as it is quoted.
fn read_document(file: &DocumentFile) -> Result<SourceDocument, String> {
    let bytes = fs::read(&file.path).map_err(|error| error.to_string())?;
    let document = Document::read(file.format, &bytes, None).map_err(|error| in_line(&error))?;
    let text = document.text_of(1, document.line_count());
    // Questions are there where nothing else is.
    let said = customer_words(&text);
    let customer_words = match said.first().map(|it| it.kind) {
        None => CustomerWords::Nothing,
        Some(UtteranceKind::Question) => CustomerWords::Questions,
        Some(_) => CustomerWords::Messages,
    };
    let messages =
        said.into_iter().map(|it| CustomerMessage { lines: (it.line, it.line_end), text: it.text }).collect();
    Ok(SourceDocument { name: file.name.clone(), path: slashed(&file.path), text, customer_words, messages })
}

/// An error with its causes, as far as they say more.
fn in_line(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        source = cause.source();
    }
    line
}

/// A path with `/`, without a `./` at its beginning.
fn slashed(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|it| it.as_os_str().to_string_lossy()).collect();
    parts.join("/").trim_start_matches("./").replacen("//", "/", 1)
}
