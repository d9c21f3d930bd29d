//! Rules for `run`, `input`, `grouping` and `context`.

use crate::migrate::draft::{Draft, Leaf};
use crate::migrate::templates::{self, Translated};
use crate::migrate::yaml::Yaml;

pub(super) fn run(draft: &mut Draft<'_>) {
    match draft.text("run.name") {
        Some((leaf, written)) => {
            let name = usable(&written);
            let note = if name == written { "" } else { "changed to a valid file name" };
            draft.put(&leaf, "run.name", Yaml::Text(name), note);
        }
        None => {
            let name = usable(&draft.placement().name);
            draft.add("run.name", Yaml::Text(name), "the run file's name");
        }
    }
    draft.drop("run.timezone", "times on record are UTC");
    draft.drop("run.log_level", "use `--verbose` or `--quiet` on the command line");
    draft.drop("run.log_file", "messages go to stderr, and the run file keeps what happened");
    draft.drop("run.run_id", "ids are digests of the run's content, and the run file keeps every invocation");
}

/// `name` as a file name.
fn usable(name: &str) -> String {
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
    let name: String = name.trim().chars().map(|it| if fits(it) { it } else { '_' }).take(100).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "run".to_owned() } else { name.to_owned() }
}

pub(super) fn input(draft: &mut Draft<'_>) {
    match draft.text("input.path") {
        Some((leaf, path)) => draft.keep(&leaf, "input.path", draft.path(&path), "an empty cell is empty, not `NaN`"),
        None => draft.put_default("input.path", draft.path("raw_data/input.csv")),
    }
    if let Some((leaf, format)) = draft.text("input.format") {
        match &*format.to_ascii_lowercase() {
            known @ ("csv" | "tsv" | "psv" | "xlsx" | "ods" | "jsonl") => {
                draft.put(&leaf, "input.format", Yaml::Text(known.to_owned()), "");
            }
            "excel" => {
                draft.put(&leaf, "input.format", Yaml::Text("xlsx".to_owned()), "the same format by another name");
            }
            "auto" => draft.leave_out(&leaf, None, "the file's extension says it"),
            _ => draft.wrong(&leaf, "expected csv, tsv, psv, xlsx, ods or jsonl"),
        }
    }
    if let Some((leaf, written)) = draft.text("input.encoding") {
        let name = encoding(&written);
        let note = if name.eq_ignore_ascii_case(&written) { "" } else { "by its WHATWG name" };
        draft.put(&leaf, "input.encoding", Yaml::Text(name), note);
    }
    sheet(draft);
    if let Some((leaf, columns)) = draft.list("input.required_columns") {
        draft.put(&leaf, "input.required_columns", Yaml::List(distinct(columns)), "");
    }
}

/// A number was the position of a sheet there, from 0, and a text its name.
fn sheet(draft: &mut Draft<'_>) {
    let Some((leaf, sheet)) = draft.text("input.sheet") else { return };
    let name = draft.placement().sheet.clone();
    match (leaf.is_whole(), name) {
        (false, _) => draft.put(&leaf, "input.sheet", Yaml::Text(sheet), ""),
        (true, Some(name)) => {
            draft.put(&leaf, "input.sheet", Yaml::Text(name), "the name of the sheet at this position, from 0");
        }
        (true, None) if sheet == "0" => draft.leave_out(&leaf, None, "the first sheet is read by default"),
        (true, None) => {
            draft.wrong(&leaf, "it was the position of a sheet, from 0: set `input.sheet` to the sheet's name");
        }
    }
}

/// The WHATWG name of an encoding with Python's name `name`.
fn encoding(name: &str) -> String {
    let lower = name.trim().to_ascii_lowercase().replace('_', "-");
    match &*lower {
        "utf-8-sig" | "utf8-sig" | "utf8" | "u8" | "ascii" | "us-ascii" => "utf-8".to_owned(),
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "l1" => "windows-1252".to_owned(),
        "cp932" | "ms932" | "shift-jis" | "sjis" => "shift_jis".to_owned(),
        "cp874" | "tis-620" => "windows-874".to_owned(),
        "utf-16-le" => "utf-16le".to_owned(),
        "utf-16-be" => "utf-16be".to_owned(),
        _ => match lower.strip_prefix("cp125") {
            Some(page) => format!("windows-125{page}"),
            None => lower,
        },
    }
}

fn distinct(columns: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for column in columns {
        if !kept.contains(&column) {
            kept.push(column);
        }
    }
    kept
}

pub(super) fn grouping(draft: &mut Draft<'_>) {
    let enabled = draft.flag("grouping.enabled");
    let column = draft.text("grouping.column");
    let is_enabled = enabled.as_ref().is_some_and(|(_, flag)| *flag);
    match enabled {
        Some((leaf, flag)) => draft.put(&leaf, "grouping.enabled", Yaml::Plain(flag.to_string()), ""),
        // In Casebook, naming a column turns grouping on.
        None if column.is_some() => draft.put_default("grouping.enabled", Yaml::Plain("false".to_owned())),
        None => {}
    }
    if let Some((leaf, column)) = column {
        draft.put(&leaf, "grouping.column", Yaml::Text(column), "");
    }
    match draft.text("grouping.mode") {
        Some((leaf, mode)) => match &*mode {
            "group_output" | "row_output_with_group_context" => {
                draft.put(&leaf, "grouping.mode", Yaml::Text(mode), "");
            }
            _ => draft.wrong(&leaf, "expected group_output or row_output_with_group_context"),
        },
        None if is_enabled => draft.put_default("grouping.mode", Yaml::Text("group_output".to_owned())),
        None => {}
    }
    match draft.whole("grouping.max_rows_per_group") {
        Some((leaf, 0)) => draft.wrong(&leaf, "expected 1 or more"),
        Some((leaf, rows)) => draft.put(&leaf, "grouping.max_rows_per_group", Yaml::Plain(rows.to_string()), ""),
        None => {}
    }
}

pub(super) fn context(draft: &mut Draft<'_>) {
    let is_listed = columns(draft);
    if let Some((leaf, template)) = draft.text("context.row_template") {
        if templates::is_default_row(&template) {
            draft.leave_out(&leaf, None, "a row's lines are what a context shows by default");
        } else {
            template_of(draft, &leaf, "context.row_template", templates::row(&template), "");
        }
    }
    draft.drop("context.auto_kv_block", "a row's lines are there wherever a template names them");
    kv_order(draft, is_listed);
    for (key, default) in [("context.max_context_chars", "12000"), ("context.truncate_field_chars", "2000")] {
        match draft.whole(key) {
            Some((leaf, 0)) => draft.put(&leaf, key, Yaml::Plain("100000000".to_owned()), "0 meant: without a limit"),
            Some((leaf, chars)) => draft.put(&leaf, key, Yaml::Plain(chars.to_string()), ""),
            None => draft.put_default(key, Yaml::Plain(default.to_owned())),
        }
    }
    for key in ["context.group_header_template", "context.group_footer_template"] {
        if let Some((leaf, template)) = draft.text(key) {
            template_of(draft, &leaf, key, templates::around(&template), "; it is shown, and was not there");
        }
    }
}

/// The order of a row's columns. A list of columns had its own.
fn kv_order(draft: &mut Draft<'_>, is_listed: bool) {
    let sorted = "contexts there had their columns sorted by name, as `alpha` does";
    match draft.text("context.kv_order") {
        Some((leaf, order)) if order == "input_order" && is_listed => {
            draft.put(&leaf, "context.kv_order", Yaml::Text("listed".to_owned()), "as `columns.include` has them");
        }
        Some((leaf, order)) => match &*order {
            "input_order" => draft.keep(&leaf, "context.kv_order", Yaml::Text(order), sorted),
            "alpha" => draft.put(&leaf, "context.kv_order", Yaml::Text(order), ""),
            _ => draft.wrong(&leaf, "expected input_order or alpha"),
        },
        None if is_listed => {
            draft.add("context.kv_order", Yaml::Text("listed".to_owned()), "as `columns.include` has them");
        }
        None => {
            let note = "the older default: contexts there had their columns sorted by name";
            draft.put_default_as("context.kv_order", Yaml::Text("alpha".to_owned()), note);
        }
    }
}

fn template_of(draft: &mut Draft<'_>, leaf: &Leaf<'_>, key: &'static str, made: Translated, more: &str) {
    let note = match &*made.as_text {
        [] => "in Jinja".to_owned(),
        odd => format!("in Jinja; not placeholders, so kept as text: {}", odd.join(", ")),
    };
    draft.put(leaf, key, Yaml::Text(made.jinja), &format!("{note}{more}"));
}

/// In the older framework both lists held with any mode; in Casebook each mode has its own list. Whether several
/// columns are listed, so that their order counts.
fn columns(draft: &mut Draft<'_>) -> bool {
    let mode = draft.text("context.columns.mode");
    let include = draft.list("context.columns.include");
    let exclude = draft.list("context.columns.exclude");
    let names = |list: &Option<(_, Vec<String>)>| list.as_ref().map(|(_, names)| names.clone()).unwrap_or_default();
    let (included, excluded) = (names(&include), names(&exclude));
    let written = mode.as_ref().map_or("all", |(_, mode)| mode.as_str()).to_ascii_lowercase();
    let (used, list, note) = match &*written {
        "include" => {
            let left: Vec<String> = included.iter().filter(|name| !excluded.contains(name)).cloned().collect();
            let note = if left == included { "" } else { "without the columns of `exclude`" };
            ("include", left, note)
        }
        "all" | "exclude" if !excluded.is_empty() => ("exclude", excluded, ""),
        _ => ("all", Vec::new(), ""),
    };
    let used = if list.is_empty() { "all" } else { used };
    let is_listed = used == "include" && list.len() > 1;
    if let Some((leaf, mode)) = mode {
        let note = match &*written {
            "all" | "include" | "exclude" if written == used => "",
            "all" => "`exclude` held in mode `all` too",
            "include" | "exclude" => "no column is listed",
            _ => "not a mode, so all columns",
        };
        if mode != written && note.is_empty() {
            draft.put(&leaf, "context.columns.mode", Yaml::Text(used.to_owned()), "in lower case");
        } else {
            draft.put(&leaf, "context.columns.mode", Yaml::Text(used.to_owned()), note);
        }
    } else if used != "all" {
        draft.add("context.columns.mode", Yaml::Text(used.to_owned()), "`exclude` held in mode `all` too");
    }
    for (written, key, name) in
        [(include, "context.columns.include", "include"), (exclude, "context.columns.exclude", "exclude")]
    {
        match written {
            Some((leaf, _)) if used == name => draft.put(&leaf, key, Yaml::List(distinct(list.clone())), note),
            Some((leaf, names)) if names.is_empty() => draft.leave_out(&leaf, None, "an empty list"),
            Some((leaf, _)) => draft.leave_out(&leaf, None, &format!("mode `{used}` has no such list")),
            None => {}
        }
    }
    is_listed
}
