//! Rules for `cache`, `artifacts`, `outputs` and `report`.

use crate::migrate::draft::Draft;
use crate::migrate::yaml::Yaml;

/// Where files go.
const OWN_FOLDER: &str = "files go to `out/` and the run file's name, so that those of the older framework stay";

pub(super) fn cache(draft: &mut Draft<'_>) {
    let mut is_off = false;
    for key in ["cache.enabled", "cache.force"] {
        if let Some((leaf, flag)) = draft.flag(key) {
            is_off |= key == "cache.enabled" && !flag;
            draft.put(&leaf, key, Yaml::Plain(flag.to_string()), "");
        }
    }
    let share = |draft: &mut Draft<'_>, note| draft.add("cache.share", Yaml::Plain("false".to_owned()), note);
    if draft.placement().blind_prompt {
        share(draft, "the prompt shows nothing of its row, and each row got its own answer");
    } else if draft.placement().blind_judge {
        share(draft, "the judge's prompt shows nothing of the row, and each row got its own verdict");
    } else if is_off {
        share(draft, "without a cache each row got its own answer");
    }
    draft.drop("cache.dir", "the run file keeps every answer");
    draft.drop("cache.artifact_dir", "the run file keeps every answer");
    draft.drop("cache.dump_failures", "the run file keeps every failed answer: `casebook failures`");
    draft.drop("cache.verbose", "use `--verbose` or `--quiet` on the command line");
}

pub(super) fn outputs(draft: &mut Draft<'_>) {
    formats(draft);
    // Files of the older framework may lie where these keys say, under the same names.
    for key in ["outputs.psv_path", "outputs.jsonl_path", "artifacts.outputs_dir"] {
        draft.drop(key, OWN_FOLDER);
    }
    draft.drop("artifacts.dir", OWN_FOLDER);
    draft.drop("artifacts.reports_dir", OWN_FOLDER);
    draft.drop("artifacts.logs_dir", "messages go to stderr");
}

fn formats(draft: &mut Draft<'_>) {
    let Some((leaf, written)) = draft.list("outputs.formats") else {
        draft.put_default("outputs.formats", Yaml::List(vec!["psv".to_owned(), "jsonl".to_owned()]));
        return;
    };
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for format in written {
        let lower = format.to_ascii_lowercase();
        match &*lower {
            "jsonl" | "psv" | "csv" if known.contains(&lower) => {}
            "jsonl" | "psv" | "csv" => known.push(lower),
            _ => unknown.push(format),
        }
    }
    if known.is_empty() {
        draft.wrong(&leaf, "expected jsonl, psv or csv; all three are written");
    } else if unknown.is_empty() {
        draft.put(&leaf, "outputs.formats", Yaml::List(known), "");
    } else {
        draft.put(&leaf, "outputs.formats", Yaml::List(known), &format!("unknown: {}", unknown.join(", ")));
    }
}

pub(super) fn report(draft: &mut Draft<'_>) {
    if let Some((leaf, flag)) = draft.flag("report.enabled") {
        draft.put(&leaf, "report.enabled", Yaml::Plain(flag.to_string()), "");
    }
    let to = "report.samples_per_group";
    match draft.first_of(["report.sample_per_group", "report.sample_per_role"], to, Draft::whole) {
        Some((leaf, number)) => draft.put(&leaf, to, Yaml::Plain(number.to_string()), ""),
        None => draft.put_default(to, Yaml::Plain("2".to_owned())),
    }
    draft.drop("report.md_path", OWN_FOLDER);
    draft.drop("report.html_path", OWN_FOLDER);
    draft.drop("report.write_html", "both forms are written");
    draft.drop("report.include_full_examples", "the run file has every answer in full");
    draft.drop("report.max_reason_examples", "the run file has every reason: `casebook failures`");
}
