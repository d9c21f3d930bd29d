use std::fs;

use super::*;
use crate::config::{Config, parse, resolve};

/// The documents that an input names, in a folder with these files.
fn listed(files: &[&str], input: &str) -> Result<DocumentList, ProjectError> {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    list(config(input).input.documents().unwrap(), folder.path(), "input.path")
}

fn config(input: &str) -> Config {
    let text = format!(
        "run: {{name: demo}}\ninput: {input}\nprompts: {{generation: p.yaml}}\nschema: {{path: s.json}}\n\
         llm: {{model: m}}\n"
    );
    resolve(parse(&text, "run.yaml").unwrap(), &[], false).unwrap().remove(0)
}

fn names(files: &[&str], input: &str) -> String {
    let list = listed(files, input).unwrap_or_else(|error| panic!("{input}: {error}"));
    list.files.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(" ")
}

const FILES: &[&str] = &[
    "docs/b.md",
    "docs/a.txt",
    "docs/Z.MD",
    "docs/sub/deep/c.markdown",
    "docs/sub/b.html",
    "docs/sub/notes.rst",
    "docs/drafts/d.md",
    "docs/.git/e.md",
    "docs/.f.md",
    "docs/x.csv",
    "docs/[g].md",
    "top.md",
];

#[test]
fn paths_lead_to_documents_in_the_order_of_their_names() {
    for (input, expected) in [
        ("{path: docs}", "Z.MD [g].md a.txt b.md drafts/d.md sub/b.html sub/deep/c.markdown"),
        ("{path: ./docs/}", "Z.MD [g].md a.txt b.md drafts/d.md sub/b.html sub/deep/c.markdown"),
        ("{path: docs/b.md}", "b.md"),
        ("{path: 'docs/[g].md'}", "[g].md"),
        ("{path: 'docs/*.md'}", "Z.MD [g].md b.md"),
        ("{path: 'docs/*.MD'}", "Z.MD [g].md b.md"),
        ("{path: 'docs/**/*.md'}", "Z.MD [g].md b.md drafts/d.md"),
        ("{path: 'docs/**/*.{md,html}'}", "Z.MD [g].md b.md drafts/d.md sub/b.html"),
        ("{path: 'docs/*/*.md'}", "drafts/d.md"),
        ("{path: 'docs/.*/*.md'}", ".git/e.md"),
        ("{path: '*.md'}", "top.md"),
        ("{path: [docs/sub, top.md]}", "b.html deep/c.markdown top.md"),
        ("{path: ['docs/*.md', docs/b.md]}", "Z.MD [g].md b.md"),
        ("{path: docs, exclude: drafts}", "Z.MD [g].md a.txt b.md sub/b.html sub/deep/c.markdown"),
        ("{path: docs, exclude: [docs/drafts/, '**/*.md', sub/**]}", "a.txt"),
        ("{path: docs, exclude: deep}", "Z.MD [g].md a.txt b.md drafts/d.md sub/b.html"),
        ("{path: docs, exclude: b.*}", "Z.MD [g].md a.txt drafts/d.md sub/deep/c.markdown"),
        ("{path: docs/sub/../../docs, exclude: docs/sub}", "Z.MD [g].md a.txt b.md drafts/d.md"),
        ("{path: docs, exclude: docs/sub/../drafts}", "Z.MD [g].md a.txt b.md sub/b.html sub/deep/c.markdown"),
        ("{path: [docs/a.txt, top.md], exclude: top.md}", "a.txt"),
        ("{path: docs, format: markdown}", "Z.MD [g].md b.md drafts/d.md sub/deep/c.markdown"),
        ("{path: 'docs/**/*.rst', format: text}", "sub/notes.rst"),
        ("{path: docs/sub/notes.rst, format: markdown}", "notes.rst"),
    ] {
        assert_eq!(names(FILES, input), expected, "{input}");
    }
    let list = listed(FILES, "{path: docs}").unwrap();
    assert_eq!(
        list.left_out.note().unwrap(),
        "2 files beside the documents were not read: .csv, .rst is read as no document"
    );
    let document = list.files.iter().find(|it| it.name == "b.md").unwrap();
    assert_eq!((document.format, document.bytes), (DocumentFormat::Markdown, 9));
    assert_eq!(document.sha1, Digest::of_bytes(b"docs/b.md"));
}

#[cfg(unix)]
#[test]
fn links_to_files_are_read_and_links_to_folders_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let docs = folder.path().join("docs");
    fs::create_dir_all(docs.join("in")).unwrap();
    fs::write(docs.join("in/a.md"), "a").unwrap();
    std::os::unix::fs::symlink(&docs, docs.join("in/again")).unwrap();
    std::os::unix::fs::symlink(docs.join("in/a.md"), docs.join("b.md")).unwrap();
    let list = list(config("{path: docs}").input.documents().unwrap(), folder.path(), "input.path").unwrap();
    assert_eq!(list.files.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["b.md", "in/a.md"]);
    assert_eq!(
        list.left_out.note().unwrap(),
        format!("1 link to a folder was not read: {}", docs.join("in/again").display())
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_to_nothing_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.md"), "a").unwrap();
    std::os::unix::fs::symlink("missing", folder.path().join("b.md")).unwrap();
    let noted = |input: &str| {
        list(config(input).input.documents().unwrap(), folder.path(), "input.path").unwrap().left_out.note()
    };
    let expected = format!("1 link that leads to nothing was not read: {}", folder.path().join("./b.md").display());
    assert_eq!(noted("{path: .}"), Some(expected));
    assert!(noted("{path: '*.md'}").is_some());
    assert_eq!(noted("{path: 'a*.md'}"), None);
    assert_eq!(noted("{path: ., exclude: b.md}"), None);
}

#[test]
fn exclude_does_not_depend_on_how_paths_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().display();
    fs::create_dir_all(folder.path().join("[docs]/drafts")).unwrap();
    fs::write(folder.path().join("[docs]/a.md"), "a").unwrap();
    fs::write(folder.path().join("[docs]/drafts/b.md"), "b").unwrap();
    let absolute = format!("'{root}/[docs]'");
    let excluded = format!("'{root}/[[]docs]/drafts'");
    for path in ["'[docs]/'", "'./x/../[docs]/'", &absolute] {
        for exclude in ["drafts", "'[[]docs]/drafts/'", "./drafts", &excluded, "'x/../*/drafts/*.md'"] {
            let config = config(&format!("{{path: {path}, exclude: {exclude}, split: {{by: section}}}}"));
            fs::create_dir_all(folder.path().join("x")).unwrap();
            let list = list(config.input.documents().unwrap(), folder.path(), "input.path").unwrap();
            assert_eq!(list.files.len(), 1, "{path} {exclude}");
            assert_eq!(list.left_out.note(), None, "{path} {exclude}");
        }
    }
}

#[test]
fn a_path_without_documents_and_a_pattern_that_leaves_nothing_out_are_told() {
    for (input, expected) in [
        ("{path: [docs, 'policy/*.md']}", "no documents in policy/*.md"),
        ("{path: [top.md, docs/none/]}", "no documents in docs/none/: 1 file of other kinds (.rst)"),
        ("{path: [top.md, docs/sub], exclude: sub}", "no documents in docs/sub: 3 left out by `exclude`"),
    ] {
        let files = [FILES, &["docs/none/x.rst"]].concat();
        assert_eq!(listed(&files, input).unwrap_err().to_string(), format!("`input.path`: {expected}"), "{input}");
    }
    let list = listed(&["a.md", "b.md"], "{path: ., exclude: [b.md, drafts, '*.pdf']}").unwrap();
    let note = "`exclude`: `drafts` left nothing out; `exclude`: `*.pdf` left nothing out";
    assert_eq!(list.left_out.note().unwrap(), note);
}

#[test]
fn what_a_run_wrote_is_no_document() {
    let files = ["a.md", "out/demo/.casebook", "out/demo/report.md", "out/demo/documents/index.html", "out/mine.md"];
    for input in ["{path: .}", "{path: \"**/*.md\"}"] {
        let list = listed(&files, input).unwrap();
        let names: Vec<&str> = list.files.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a.md", "out/mine.md"], "{input}");
        let note = list.left_out.note().unwrap();
        assert!(note.ends_with("out/demo has files that a run wrote, and is not read"), "{note}");
    }
    // A folder that is named is read, whoever wrote it.
    assert_eq!(names(&files, "{path: out/demo, format: markdown}"), "report.md");
}
