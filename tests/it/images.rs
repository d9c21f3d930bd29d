//! Images: what a prompt shows is on record, part of what is asked, and asked once.

use std::fs;

use crate::projects::{NONE, Project, calls, problems};
use crate::support::{self, Act, Server};

/// A picture, as far as anyone here looks at it.
fn png(text: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", text.as_bytes()].concat()
}

const ROWS: &str = "id,text,scan\na,first text,a.png\nb,second text,b.png\nc,third text,c.png\n";

/// Three rows that each show a scan.
fn seeing() -> Project {
    let mut project = Project::new();
    project.write("input.csv", ROWS);
    project.set("input.key", "id").set("images.dir", "scans");
    show(&project, "prompt.yaml", "['{{ row.scan }}']");
    fs::create_dir(project.path("scans")).unwrap();
    for name in ["a", "b", "c"] {
        project.write(&format!("scans/{name}.png"), png(name));
    }
    project
}

/// Sets the images that a prompt shows.
fn show(project: &Project, prompt: &str, images: &str) {
    let text = project.read(prompt);
    let text = text.split("images:").next().unwrap();
    project.write(prompt, format!("{text}images: {images}\n"));
}

/// Why each failed work item failed.
fn failures(project: &Project) -> Vec<String> {
    project.list("SELECT kind || ': ' || message FROM failures ORDER BY row_index")
}

#[test]
fn what_is_shown_is_on_record_and_part_of_what_is_asked() {
    let project = seeing();
    assert_eq!(project.cost(), calls(3, 0));
    assert_eq!(project.list("SELECT media_type || ' ' || bytes FROM image"), ["image/png 9"; 3]);
    let shown = project.text("SELECT content FROM messages WHERE role = 'user' LIMIT 1");
    let sha1 = project.text("SELECT sha1 FROM image ORDER BY id LIMIT 1");
    assert_eq!(shown, format!("[image 1: image/png, 9 bytes, sha1 {sha1}]\nThe text:\n\nfirst text"));
    let prompt = project.text("SELECT prompt FROM attempts JOIN results USING (work_id) WHERE row_index = 0");
    assert!(prompt.contains(&shown), "{prompt}");
    let story = project.casebook(&["show", "test.db", "--row", "1"]);
    assert!(story.stdout.contains(&format!("[image 1: image/png, 9 bytes, sha1 {sha1}]")), "{}", story.stdout);
    project.assert_sound();
    assert_eq!(project.cost(), NONE);
    assert_eq!(project.number("SELECT count(*) FROM image"), 3);
    assert_eq!(project.number("SELECT count(*) FROM image_file"), 3, "nothing has changed, so nothing is noted");
    let plans = project.list("SELECT status FROM manifests WHERE stage = 'plan'");
    assert_eq!(plans, ["done", "reused"], "nor planned again");
}

#[test]
fn the_run_file_is_enough_when_the_folder_is_gone() {
    let project = seeing();
    project.run();
    let outputs = project.outputs();
    fs::remove_dir_all(project.path("scans")).unwrap();
    project.assert_sound();
    assert_eq!(project.cost(), NONE, "what was accepted is not asked again");
    assert_eq!(project.outputs(), outputs);
    project.edit("prompt.yaml", "The text:", "Text:");
    assert_eq!(project.cost(), calls(3, 0), "another prompt shows what the record holds");
    assert_eq!(project.number("SELECT count(*) FROM anomalies WHERE kind = 'image_gone'"), 3);
    project.assert_sound();
}

#[test]
fn what_is_sent_is_the_file_as_it_was_planned() {
    let server = Server::with(|ask| match (ask.number, ask.body["messages"].as_array().map_or(0, Vec::len)) {
        (1, _) => Act::error(500, "a passing failure"),
        (_, 2) => Act::says("no JSON"),
        _ => Act::says(r#"{"product": "login", "urgent": true, "note": ""}"#),
    });
    let project = support::Project::new(&server, &["one"]);
    let prompt = fs::read_to_string(project.dir().join("generate.yaml")).unwrap();
    project.write("generate.yaml", &format!("{prompt}images: ['scan.png']\n"));
    fs::write(project.dir().join("scan.png"), png("scan")).unwrap();
    project.run().expect(0);
    let log = server.log();
    assert_eq!(log.len(), 4, "sent again, and the conversation goes on");
    for ask in &log {
        let parts = &ask.body["messages"][1]["content"];
        assert_eq!(parts[0]["image_url"]["url"], "data:image/png;base64,iVBORw0KGgpzY2Fu", "{}", ask.body);
        assert_eq!(parts[1]["type"], "text", "{}", ask.body);
    }
    fs::remove_file(project.dir().join("scan.png")).unwrap();
    fs::write(project.dir().join("generate.yaml"), format!("{prompt}  Look.\nimages: ['scan.png']\n")).unwrap();
    project.run().expect(0);
    let last = server.log().pop().unwrap();
    assert_eq!(last.body["messages"][1]["content"][0]["image_url"]["url"], "data:image/png;base64,iVBORw0KGgpzY2Fu");
    drop(server);
    project.casebook(&["verify", "tickets.db", "--replay"]).expect(0);
}

#[test]
fn another_picture_is_another_question() {
    let project = seeing();
    project.run();
    let ids = "SELECT cache_id FROM standing ORDER BY position";
    let before = project.list(ids);
    project.write("scans/b.png", png("another"));
    assert_eq!(project.cost(), calls(1, 0), "only the one that changed is asked about");
    let after = project.list(ids);
    assert_eq!((&before[0], &before[2]), (&after[0], &after[2]));
    assert_ne!(before[1], after[1]);
    project.assert_sound();
    project.write("scans/b.png", png("b"));
    assert_eq!(project.cost(), NONE, "the first picture is on record with its answer");
    assert_eq!(project.list(ids), before);
    project.assert_sound();
}

#[test]
fn a_name_is_not_what_a_picture_is() {
    let project = seeing();
    project.run();
    fs::rename(project.path("scans/a.png"), project.path("scans/z.png")).unwrap();
    show(&project, "prompt.yaml", "[\"{{ 'z.png' if row.scan == 'a.png' else row.scan }}\"]");
    assert_eq!(project.cost(), NONE);
    show(&project, "prompt.yaml", "[]");
    assert_eq!(project.cost(), calls(3, 0), "without pictures it is another question");
    assert_eq!(project.number("SELECT count(*) FROM standing WHERE images IS NOT NULL"), 0);
    show(&project, "prompt.yaml", "['{{ row.scan }}']");
    fs::rename(project.path("scans/z.png"), project.path("scans/a.png")).unwrap();
    assert_eq!(project.cost(), NONE);
    project.assert_sound();
}

#[test]
fn the_same_picture_is_kept_once_and_shared() {
    let project = seeing();
    project.write("input.csv", "id,text,scan\na,text,a.png\nb,text,b.png\nc,text,c.png\n");
    project.write("scans/b.png", png("a"));
    assert_eq!(project.cost(), calls(2, 0), "equal words over equal pictures are one question");
    assert_eq!(project.number("SELECT count(*) FROM image"), 2);
    project.assert_sound();
}

#[test]
fn a_picture_that_cannot_be_shown_fails_its_work_item_until_it_can() {
    let project = seeing();
    let outside = tempfile::NamedTempFile::new().unwrap();
    fs::write(outside.path(), png("elsewhere")).unwrap();
    let named = [
        "a.png",
        "none.png",
        "text.png",
        "big.png",
        "../secret.png",
        outside.path().to_str().unwrap(),
        "https://example.com/x.png",
        "data:image/png;base64,AAAA",
        "empty.png",
        "sub",
    ];
    let rows: Vec<String> = (0..).zip(named).map(|(id, name)| format!("r{id},text,\"{name}\"\n")).collect();
    project.write("input.csv", format!("id,text,scan\n{}", rows.concat()));
    project.write("scans/text.png", "no picture at all");
    project.write("scans/big.png", png(&"x".repeat(100)));
    project.write("scans/empty.png", "");
    project.write("secret.png", png("secret"));
    fs::create_dir(project.path("scans/sub")).unwrap();
    let mut project = project;
    project.set("images.max_bytes", "64");
    let summary = project.run();
    assert_eq!((summary.counts.accepted, summary.counts.failed, summary.calls), (1, 9, 1));
    let expected = [
        "`none.png` cannot be shown: there is no such file",
        "`text.png` cannot be shown: it is no PNG, JPEG, GIF or WebP, by its content",
        "`big.png` cannot be shown: it has more than 64 bytes (`images.max_bytes`)",
        "cannot be shown: it leads out of the images' folder (`images.dir: scans`)",
        "cannot be shown: it leads out of the images' folder (`images.dir: scans`)",
        "cannot be shown: it is an address, and `images.allow_urls` does not allow those",
        "an image is written out as `data:`; name a file instead",
        "`empty.png` cannot be shown: it is empty",
        "`sub` cannot be shown: it is no file",
    ];
    let found = failures(&project);
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with("image_error: ") && found.contains(expected), "{found}");
    }
    assert_eq!(project.number("SELECT count(*) FROM image"), 1, "what is not shown is not kept");
    project.assert_sound();
    project.write("scans/none.png", png("there now"));
    let summary = project.run();
    assert_eq!((summary.counts.accepted, summary.counts.failed, summary.calls), (2, 8, 1));
    project.assert_sound();
}

#[test]
fn an_address_is_passed_on_where_that_is_allowed() {
    let mut project = seeing();
    project.write(
        "input.csv",
        "id,text,scan\na,first,https://example.com/a.png?x=1\nb,second,https://user:word@example.com/b.png\n",
    );
    project.set("images.allow_urls", "true");
    let summary = project.run();
    assert_eq!((summary.counts.accepted, summary.counts.failed), (1, 1));
    assert_eq!(failures(&project), ["image_error: an image's address is not one that can be passed on"]);
    let shown = project.text("SELECT content FROM messages WHERE role = 'user'");
    assert!(shown.starts_with("[image 1: https://example.com/a.png?x=1]\n"), "{shown}");
    assert_eq!(project.number("SELECT count(*) FROM image"), 0);
    project.assert_sound();
}

#[test]
fn a_prompt_shows_none_one_or_many() {
    let project = seeing();
    project.write("input.csv", "id,text,scan\na,first,\nb,second,a.png\nc,third,a.png; b.png ;;c.png\n");
    show(&project, "prompt.yaml", "[\"{{ row.scan | split(';') }}\", \"{{ 'c.png' if row.id == 'b' }}\"]");
    assert_eq!(project.cost(), calls(3, 0));
    let shown = "SELECT coalesce(json_array_length(images, '$.generation'), 0) FROM standing ORDER BY position";
    assert_eq!(project.list(shown), ["0", "2", "3"]);
    let third = project.text("SELECT content FROM messages WHERE content LIKE '%third%'");
    let numbers: Vec<&str> = third.lines().filter_map(|line| line.get(..9)).take(3).collect();
    assert_eq!(numbers, ["[image 1:", "[image 2:", "[image 3:"]);
    project.assert_sound();
}

#[test]
fn groups_show_pictures_too() {
    for (mode, images) in [
        ("group_output", "['{{ group.key }}.png']"),
        ("row_output_with_group_context", "['{{ group.key }}.png', '{{ row.scan }}']"),
    ] {
        let mut project = seeing();
        project.write("input.csv", "id,part,scan,text\n1,a,b.png,x\n2,a,c.png,x\n3,b,a.png,x\n");
        project.edit("prompt.yaml", "{{ row.text }}", "{{ context }}");
        show(&project, "prompt.yaml", images);
        project.set("grouping", &format!("{{column: part, mode: {mode}}}"));
        let items = if mode == "group_output" { 2 } else { 3 };
        assert_eq!(project.cost(), calls(items, 0), "{mode}");
        project.assert_sound();
        assert_eq!(project.cost(), NONE, "{mode}");
        project.write("scans/b.png", png("another"));
        let cost = if mode == "group_output" { 1 } else { 2 };
        assert_eq!(project.cost(), calls(cost, 0), "{mode}: those who show it");
        project.assert_sound();
    }
}

#[test]
fn a_judge_sees_its_own_pictures() {
    let mut project = seeing();
    project.set("judge.enabled", "true");
    show(&project, "prompt.yaml", "[]");
    show(&project, "judge.yaml", "['{{ row.scan }}']");
    assert_eq!(project.cost(), calls(3, 3));
    let shown = "SELECT count(*) FROM messages WHERE content LIKE '[image 1:%'";
    assert_eq!(project.number(shown), 3);
    project.write("scans/a.png", png("another"));
    assert_eq!(project.cost(), calls(0, 1), "the answer is on the tape; only the verdict is another question");
    project.assert_sound();
    fs::remove_dir_all(project.path("scans")).unwrap();
    project.edit("input.csv", "c,third text,c.png", "c,third text,d.png");
    project.edit("prompt.yaml", "The text:", "Text:");
    assert_eq!(project.cost().generation, 2, "nothing is asked that could not be judged");
    assert_eq!(project.list("SELECT status FROM results"), ["accepted", "accepted", "failed"]);
    project.assert_sound();
}

#[test]
fn a_limited_run_reads_the_files_of_its_share() {
    let project = seeing();
    let mut options = project.options();
    options.limit = Some(1);
    let run = |options| casebook::inside::engine::run(options, &mut |_| {}).unwrap();
    assert_eq!(run(&options).calls, 1);
    assert_eq!(project.number("SELECT count(*) FROM image"), 1);
    project.assert_sound();
    assert_eq!(run(&options).calls, 0, "nothing has changed");
    assert_eq!(project.cost(), calls(2, 0));
    project.write("scans/c.png", png("another"));
    let summary = run(&options);
    assert_eq!((summary.calls, summary.counts.accepted), (0, 3), "the others stay as they are");
    assert_eq!(project.cost(), calls(1, 0));
    project.assert_sound();
}

#[test]
fn a_name_that_no_plan_could_know_is_an_error_before_anything() {
    for (images, told) in [
        ("['{{ row.scn }}']", "the input has no column `scn`"),
        ("['{{ context }}.png']", "`context` is not available here"),
        ("['{{ row.scan | splot }}']", "splot"),
        ("['']", "`images[0]`: expected a file's name, found an empty text"),
        ("scan.png", "`images`: expected a list"),
    ] {
        let project = seeing();
        show(&project, "prompt.yaml", images);
        let error = project.try_run().unwrap_err();
        assert!(error.to_string().contains(told), "{images}: {error}");
        assert!(!project.db().exists(), "{images}");
    }
    let mut project = seeing();
    project.set("images.max_bytes", "0");
    assert!(project.try_run().unwrap_err().to_string().contains("`images.max_bytes`: expected a whole number"));
}

#[test]
fn a_picture_that_was_tampered_with_is_found() {
    for (what, statement) in [
        ("images have the digests of their bytes", "UPDATE image SET data = CAST(data || x'00' AS BLOB) WHERE id = 1"),
        ("images have the digests of their bytes", "UPDATE image SET media_type = 'image/gif' WHERE id = 1"),
        ("requests have the ids of their content", "UPDATE image SET media_type = 'image/gif' WHERE id = 1"),
        (
            "requests have the ids of their content",
            "UPDATE request SET messages = replace(messages, (SELECT sha1 FROM image WHERE id = 1), \
             (SELECT sha1 FROM image WHERE id = 2)) WHERE id = 1",
        ),
        ("work items and their exact tasks", "UPDATE standing SET images = NULL WHERE id = 1"),
    ] {
        let project = seeing();
        project.run();
        project.tamper(statement);
        let found = problems(&project.verify(false));
        assert!(found.iter().any(|problem| problem.contains(what)), "{statement}: {found:#?}");
    }
}
