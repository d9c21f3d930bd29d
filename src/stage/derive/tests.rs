//! What is made from others as that is decided, opened again and taken out of the plan.

mod scene;

use serde_json::{Value, json};

use super::{BATCH, PendingDerivation};
use crate::stage::standing;
use crate::store::sql;
use scene::{KINDS, SECTION, STORY, Scene};

/// An outline with so many sections, no two of them equal.
fn outline(count: usize) -> Value {
    json!({"list": (0..count).collect::<Vec<_>>()})
}

#[test]
fn elements_keep_the_order_of_their_list_and_equal_ones_are_told_apart() {
    let mut scene = Scene::new(&[SECTION]).rows(1);
    scene.accept(1, &json!({"list": ["b", {"y": 1, "x": 2}, "b", "a"]}));
    scene.hand_on();
    let parent = format!("{:040x}", 1);
    let made = scene.list(
        "SELECT path || ' ' || source FROM standing JOIN work_item ON work_item.id = standing.work_item
         WHERE standing.step = 2 AND planned = 1 ORDER BY path",
    );
    let elements = [r#""b",1"#, r#"{"x":2,"y":1},1"#, r#""b",2"#, r#""a",1"#];
    let wanted = (0..).zip(elements).map(|(at, it)| format!(r#"{at:08} ["element","{parent}",{it}]"#));
    assert_eq!(made, wanted.collect::<Vec<_>>());
    assert_eq!(scene.stands(SECTION), ["pending"; 4]);
    assert_eq!(scene.number("SELECT count(DISTINCT cache_id) FROM standing WHERE step = 2"), 4);
    let before = scene.dump();
    scene.connection.execute("UPDATE standing SET handed_on = 0 WHERE id = 1", []).unwrap();
    scene.hand_on();
    assert_eq!(scene.dump(), before, "handed on again, nothing changes");
}

#[test]
fn a_long_list_is_done_in_pieces_and_stood_for_until_the_last() {
    let mut scene = Scene::new(&[SECTION]).rows(1);
    scene.hand_on();
    assert_eq!(scene.stands(SECTION), ["waits"], "a list that is not known is stood for");
    let stand_in = scene.ids(SECTION)[0];
    let is_planned = format!("SELECT planned FROM standing WHERE id = {stand_in}");
    let count = 2 * BATCH + 10;
    scene.accept(1, &outline(count));
    let mut pieces = 0;
    loop {
        let handed = scene.piece();
        let made = scene.ids(SECTION).len();
        if scene.under_way.spread.is_none() {
            assert_eq!((made, scene.number(&is_planned)), (count, 0));
            break;
        }
        pieces += 1;
        assert!(handed.is_more && handed.looked_at <= BATCH, "{handed:?}");
        assert_eq!(scene.number(&is_planned), 1, "{made} of {count}");
        assert_eq!(scene.number("SELECT handed_on FROM standing WHERE id = 1"), standing::NOT_HANDED_ON);
    }
    assert_eq!(pieces, 2);
    scene.hand_on();
    assert_eq!(scene.number("SELECT handed_on FROM standing WHERE id = 1"), standing::HANDED_ON);
}

#[test]
fn what_is_cut_off_between_two_pieces_ends_the_same() {
    let long = |cut_after: usize| {
        let mut scene = Scene::new(&[SECTION, STORY]).rows(2);
        scene.hand_on();
        scene.accept(1, &outline(2 * BATCH + 10));
        scene.accept(2, &outline(1));
        for _ in 0..cut_after {
            scene.piece();
        }
        // The process is gone, and with it what it knew.
        scene.under_way = PendingDerivation::default();
        scene.links.nodes = super::nodes::Nodes::default();
        scene.hand_on();
        scene.dump()
    };
    let undisturbed = long(0);
    assert_eq!(long(1), undisturbed);
    assert_eq!(long(2), undisturbed);
}

#[test]
fn a_join_counts_what_is_open_of_it_and_waits_for_all() {
    let mut scene = Scene::new(&[SECTION, STORY]).rows(1);
    scene.accept(1, &outline(2));
    scene.hand_on();
    let open = "SELECT open_sources FROM standing WHERE step = 3";
    assert_eq!((scene.stands(STORY), scene.number(open)), (vec!["waits".to_owned()], 2));
    let sections = scene.ids(SECTION);
    scene.accept(sections[0], &json!({}));
    scene.hand_on();
    assert_eq!((scene.stands(STORY), scene.number(open)), (vec!["waits".to_owned()], 1));
    scene.accept(sections[1], &json!({}));
    scene.hand_on();
    assert_eq!((scene.stands(STORY), scene.number(open)), (vec!["pending".to_owned()], 0));
    let ready = scene.dump();
    scene.connection.execute("UPDATE standing SET handed_on = 0 WHERE step <= 2", []).unwrap();
    scene.hand_on();
    assert_eq!(scene.dump(), ready, "what was counted is not counted twice");
}

#[test]
fn a_join_is_blocked_by_what_failed_once_all_is_decided() {
    let mut scene = Scene::new(&[SECTION, STORY]).rows(1);
    scene.accept(1, &outline(2));
    scene.hand_on();
    let sections = scene.ids(SECTION);
    scene.fail(sections[0]);
    scene.hand_on();
    assert_eq!(scene.stands(STORY), ["waits"], "what is open may change everything");
    scene.accept(sections[1], &json!({}));
    scene.hand_on();
    assert_eq!(scene.stands(STORY), ["blocked"]);
    let reason = &scene.list("SELECT reason FROM standing WHERE step = 3")[0];
    assert!(reason.ends_with(", which it is made from, is failed"), "{reason}");
}

#[test]
fn a_join_is_not_worked_out_while_anything_is_left_to_be_handed_on() {
    let mut scene = Scene::new(&[SECTION, STORY]).rows(2);
    scene.accept(1, &outline(1));
    scene.hand_on();
    let section = scene.ids(SECTION)[0];
    scene.accept(section, &json!({}));
    scene.accept(2, &outline(BATCH + 10));
    let worked_out = "SELECT count(*) FROM standing WHERE step = 3 AND cache_id <> ''";
    let left = "SELECT count(*) FROM standing WHERE step <= 2 AND handed_on = 0";
    while scene.number(left) > 0 {
        assert!(scene.piece().is_more);
        assert_eq!(scene.number(worked_out), 0);
    }
    scene.hand_on();
    assert_eq!(scene.stands(STORY), ["pending", "waits"]);
}

#[test]
fn what_is_made_from_something_that_is_opened_again_waits_and_is_then_found_on_record() {
    let mut scene = Scene::new(&[SECTION, STORY]).rows(1);
    scene.accept(1, &outline(2));
    scene.hand_on();
    for section in scene.ids(SECTION) {
        scene.accept(section, &json!({}));
    }
    scene.hand_on();
    scene.accept(scene.ids(STORY)[0], &json!({}));
    let (sections, story) = (scene.ids(SECTION), scene.ids(STORY));
    scene.reopen(sections[0]);
    scene.hand_on();
    assert_eq!((scene.stands(STORY), scene.ids(STORY)), (vec!["waits".to_owned()], story.clone()));
    scene.accept(sections[0], &json!({}));
    scene.hand_on();
    assert_eq!(scene.stands(STORY), ["accepted"], "the same output asks the same");
    scene.reopen(1);
    scene.hand_on();
    assert_eq!(scene.stands(SECTION), ["waits"], "the list is not known any more");
    assert_eq!((scene.stands(STORY), scene.ids(STORY)), (vec!["waits".to_owned()], story.clone()));
    scene.accept(1, &outline(2));
    scene.hand_on();
    assert_eq!((scene.stands(SECTION), scene.ids(SECTION)), (vec!["accepted".to_owned(); 2], sections));
    assert_eq!((scene.stands(STORY), scene.ids(STORY)), (vec!["accepted".to_owned()], story));
}

#[test]
fn what_leaves_the_plan_takes_along_what_is_made_from_it() {
    let mut scene = Scene::new(&[SECTION, STORY, KINDS]).rows(2);
    scene.accept(1, &outline(2));
    scene.accept(2, &outline(1));
    scene.hand_on();
    for (section, kind) in scene.ids(SECTION).into_iter().zip(["one", "two", "two"]) {
        scene.accept(section, &json!({"kind": kind}));
    }
    scene.hand_on();
    assert_eq!((scene.stands(STORY).len(), scene.stands(KINDS).len()), (2, 2));
    scene.unplan(1);
    scene.hand_on();
    assert_eq!(scene.stands(SECTION), ["accepted"]);
    assert_eq!(scene.stands(STORY), ["pending"]);
    assert_eq!(scene.stands(KINDS), ["pending"]);
    let sources = "SELECT count(*) FROM edge JOIN standing ON standing.id = edge.child WHERE planned = 1 AND step = 4";
    assert_eq!(scene.number(sources), 1, "of the two sections of one kind one is left");
    let tally = "SELECT sum(items) FROM tally WHERE step > 1";
    assert_eq!(scene.number(tally), 3);
}

#[test]
fn a_join_by_a_field_gathers_only_when_nothing_is_open() {
    let mut scene = Scene::new(&[SECTION, KINDS]).rows(2);
    scene.accept(1, &outline(2));
    scene.hand_on();
    for section in &scene.ids(SECTION)[..2] {
        scene.accept(*section, &json!({"kind": "one"}));
    }
    scene.hand_on();
    assert_eq!(scene.stands(KINDS), [""; 0], "the second row may add to them");
    scene.accept(2, &outline(1));
    scene.hand_on();
    assert_eq!(scene.stands(KINDS), [""; 0]);
    let last = scene.ids(SECTION)[2];
    scene.accept(last, &json!({"kind": "two"}));
    scene.hand_on();
    assert_eq!(scene.stands(KINDS), ["pending"; 2]);
    let sources = scene.list("SELECT source FROM work_item WHERE step = 4 ORDER BY id");
    assert_eq!(sources, [r#"["join",{"key":"one"}]"#, r#"["join",{"key":"two"}]"#]);
    for kind in scene.ids(KINDS) {
        scene.accept(kind, &json!({}));
    }
    scene.reopen(last);
    scene.hand_on();
    assert_eq!(scene.stands(KINDS), ["waits"; 2], "both may change");
    scene.accept(last, &json!({"kind": "one"}));
    scene.hand_on();
    assert_eq!(scene.stands(KINDS), ["pending"], "there is one kind left, of three sections");
    let all = "SELECT count(*) FROM edge JOIN standing ON standing.id = edge.child WHERE planned = 1 AND step = 4";
    assert_eq!(scene.number(all), 3);
}

#[test]
fn a_step_that_waits_already_is_not_read_again() {
    let mut scene = Scene::new(&[SECTION, KINDS]).rows(2);
    scene.accept(1, &outline(1));
    scene.accept(2, &outline(1));
    scene.hand_on();
    let sections = scene.ids(SECTION);
    for section in &sections {
        scene.accept(*section, &json!({"kind": "one"}));
    }
    scene.hand_on();
    assert_eq!(scene.stands(KINDS), ["pending"], "open, and so not waiting");
    scene.reopen(sections[0]);
    scene.hand_on();
    assert_eq!(scene.stands(KINDS), ["waits"]);
    let tx = scene.connection.transaction().unwrap();
    assert!(!super::let_wait(&tx, KINDS).unwrap());
    let chosen: i64 = sql::STANDING_COUNT_CHOSEN.row(&tx, &[], |row| row.get("chosen")).unwrap();
    assert_eq!(chosen, 0);
}
