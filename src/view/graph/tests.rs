//! What is drawn, as people see it.

use super::layout::{BoxSize, place};
use super::*;

fn node(name: &str, each: &str, parts: &[(&'static str, &str)], parents: &[usize]) -> GraphNode {
    let parts = parts.iter().map(|(word, what)| (*word, (*what).to_owned())).collect();
    GraphNode { name: name.into(), each: each.into(), parts, parents: parents.to_vec() }
}

fn story() -> Graph {
    Graph {
        run: "story".into(),
        input: "rows.csv".into(),
        nodes: vec![
            node("outline", "each row", &[("asks", "gpt-4o"), ("check", "long_enough")], &[]),
            node("section", "each element of outline.sections", &[("when", "item != ''"), ("asks", "gpt-4o")], &[0]),
            node("story", "join section, outline by row", &[("rule", "title, text")], &[1, 0]),
        ],
    }
}

/// Values that would be more than text, if a drawing took them as it.
fn hostile() -> Graph {
    let bad = "a\"] --> x; <script>alert(1)</script> & `b` \u{1b}[31m\n# {{ c }}";
    Graph { run: bad.into(), input: bad.into(), nodes: vec![node(bad, bad, &[("when", bad)], &[])] }
}

#[test]
fn a_terminal_reads_paragraphs() {
    insta::assert_snapshot!(text(&story()));
}

#[test]
fn mermaid_is_a_flowchart() {
    insta::assert_snapshot!(mermaid(&story()));
}

#[test]
fn svg_stands_alone() {
    insta::assert_snapshot!(svg(&story()));
}

#[test]
fn values_stay_text() {
    let graph = hostile();
    assert!(!text(&graph).contains('\u{1b}'));
    assert_eq!(text(&graph).lines().count(), 4);
    let chart = mermaid(&graph);
    assert_eq!(chart.lines().count(), 4, "{chart}");
    assert!(!chart.contains("<script") && !chart.contains('`') && !chart.contains("\"] -->"), "{chart}");
    let drawn = svg(&graph);
    assert!(
        !drawn.contains("<script") && !drawn.contains('\u{1b}') && !drawn.contains('\n') || drawn.ends_with("</svg>\n")
    );
    assert!(!drawn.contains("<script"), "{drawn}");
}

#[test]
fn boxes_never_overlap_and_an_edge_passes_beside_them() {
    let sizes = vec![BoxSize { width: 100, height: 50 }; 5];
    let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 4), (3, 4)];
    let layout = place(&sizes, &edges);
    for (at, one) in layout.boxes.iter().enumerate() {
        assert!(one.x >= 0 && one.x + one.width <= layout.width && one.y + one.height <= layout.height);
        for other in &layout.boxes[at + 1..] {
            let apart = one.x + one.width < other.x || other.x + other.width < one.x || one.y + one.height < other.y;
            assert!(apart, "{one:?} {other:?}");
        }
    }
    let long = &layout.edges[4];
    assert_eq!(long.len(), 3);
    for leg in &long[..2] {
        let (x, y) = leg.to;
        assert!(layout.boxes.iter().all(|it| y != it.y || x < it.x || x > it.x + it.width), "{leg:?}");
    }
}

#[test]
fn nothing_to_draw_is_drawn() {
    let graph = Graph { run: "empty".into(), input: "x.csv".into(), nodes: Vec::new() };
    assert!(text(&graph).starts_with("empty: 0 steps over x.csv"));
    assert!(mermaid(&graph).starts_with("flowchart TD"));
    assert!(svg(&graph).ends_with("</svg>\n"));
}
