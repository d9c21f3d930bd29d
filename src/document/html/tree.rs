//! The tree of an HTML page: its parts, and what is done to it before it is written.

use std::rc::Rc;

use htmd::Node;
use markup5ever_rcdom::NodeData;

/// The name of an element; `None` for other nodes.
pub(super) fn tag(node: &Node) -> Option<&str> {
    match &node.data {
        NodeData::Element { name, .. } => Some(&name.local),
        _ => None,
    }
}

/// The value of an element's attribute.
pub(super) fn attribute(node: &Node, wanted: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else { return None };
    attrs.borrow().iter().find(|it| &*it.name.local == wanted).map(|it| it.value.to_string())
}

/// The children of a node that are elements called one of `tags`.
pub(super) fn children(node: &Node, tags: &[&str]) -> Vec<Rc<Node>> {
    let is_wanted = |it: &&Rc<Node>| tag(it).is_some_and(|tag| tags.contains(&tag));
    node.children.borrow().iter().filter(is_wanted).cloned().collect()
}

/// Whether an element within `node` satisfies `wanted`.
pub(super) fn has_within(node: &Rc<Node>, wanted: impl Fn(&str) -> bool) -> bool {
    let mut open = node.children.borrow().clone();
    while let Some(node) = open.pop() {
        if tag(&node).is_some_and(&wanted) {
            return true;
        }
        open.extend(node.children.borrow().iter().cloned());
    }
    false
}

/// Whether an element around `node` satisfies `wanted`.
pub(super) fn is_within(node: &Rc<Node>, wanted: impl Fn(&str) -> bool) -> bool {
    let mut above = parent(node);
    while let Some(node) = above {
        if tag(&node).is_some_and(&wanted) {
            return true;
        }
        above = parent(&node);
    }
    false
}

pub(super) fn parent(node: &Node) -> Option<Rc<Node>> {
    let parent = node.parent.take();
    let found = parent.as_ref().and_then(std::rc::Weak::upgrade);
    node.parent.set(parent);
    found
}

/// All text within `node`, with `br` as a line feed.
pub(super) fn text(node: &Rc<Node>) -> String {
    let mut text = String::new();
    for_each_within(node, |node| match &node.data {
        NodeData::Text { contents } => text.push_str(&contents.borrow()),
        NodeData::Element { name, .. } if &*name.local == "br" => text.push('\n'),
        _ => {}
    });
    text
}

/// The page's title, with its white space as single spaces.
pub(super) fn title(page: &Rc<Node>) -> Option<String> {
    let mut found = None;
    for html in children(page, &["html"]) {
        for head in children(&html, &["head"]) {
            found = found.or_else(|| children(&head, &["title"]).first().map(text));
        }
    }
    let title = found?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!title.is_empty()).then_some(title)
}

/// Calls `see` for each node within `node`, in the order of the page.
fn for_each_within(node: &Rc<Node>, mut see: impl FnMut(&Rc<Node>)) {
    let mut open: Vec<Rc<Node>> = node.children.borrow().iter().rev().cloned().collect();
    while let Some(node) = open.pop() {
        see(&node);
        open.extend(node.children.borrow().iter().rev().cloned());
    }
}

/// Puts the children of each `span` in its place. It means nothing in Markdown, and many side by side are slow to
/// write.
pub(super) fn unwrap_spans(page: &Rc<Node>) {
    let mut open = vec![Rc::clone(page)];
    while let Some(node) = open.pop() {
        let mut left: Vec<Rc<Node>> = node.children.take();
        left.reverse();
        let mut kept = Vec::new();
        while let Some(child) = left.pop() {
            if tag(&child) == Some("span") && !is_math(&child) {
                left.extend(child.children.take().into_iter().rev());
            } else {
                child.parent.set(Some(Rc::downgrade(&node)));
                kept.push(child);
            }
        }
        open.extend(kept.iter().cloned());
        node.children.replace(kept);
    }
}

/// How many elements with a text were left out of a page.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LeftOut {
    /// What the page does not show.
    pub(super) hidden: usize,
    /// Whole blocks that are struck through. Within a line what is struck through is marked.
    pub(super) deleted: usize,
}

/// Takes out the elements that a page says are hidden, and deleted blocks.
pub(super) fn leave_out(page: &Rc<Node>) -> LeftOut {
    const BLOCKS: [&str; 8] = ["p", "div", "ul", "ol", "table", "pre", "blockquote", "section"];
    let mut gone = LeftOut::default();
    let mut open = vec![Rc::clone(page)];
    while let Some(node) = open.pop() {
        let all: Vec<Rc<Node>> = node.children.take();
        let mut kept = Vec::with_capacity(all.len());
        for child in all {
            let is_struck = matches!(tag(&child), Some("del" | "s" | "strike"));
            let is_deleted = is_struck && has_within(&child, |it| BLOCKS.contains(&it));
            let is_hidden = !is_deleted && is_hidden(&child);
            if !is_deleted && !is_hidden {
                kept.push(child);
                continue;
            }
            let has_text = usize::from(!text(&child).trim().is_empty());
            gone.hidden += if is_hidden { has_text } else { 0 };
            gone.deleted += if is_deleted { has_text } else { 0 };
        }
        open.extend(kept.iter().cloned());
        node.children.replace(kept);
    }
    gone
}

/// Whether an element itself says that it is not shown. A page that hides all of its body shows it later.
fn is_hidden(node: &Node) -> bool {
    if matches!(tag(node), None | Some("html" | "body")) {
        return false;
    }
    let style = attribute(node, "style").unwrap_or_default();
    let style: String = style.chars().filter(|it| !it.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let by_style = style.split(';').any(|it| {
        let value = it.trim_end_matches("!important");
        matches!(value, "display:none" | "visibility:hidden" | "visibility:collapse")
    });
    by_style || attribute(node, "hidden").is_some_and(|it| !it.trim().eq_ignore_ascii_case("until-found"))
}

fn is_math(node: &Node) -> bool {
    attribute(node, "class").is_some_and(|it| it.starts_with("math "))
}

/// Replaces what is nested deeper than `max_depth` by its texts, with a space between them; a table's parts stay down
/// to its cells, which alone can hold texts. Returns how many elements are gone.
pub(super) fn flatten(page: &Rc<Node>, max_depth: usize) -> usize {
    let mut gone = 0;
    let mut open = vec![(Rc::clone(page), 0)];
    while let Some((node, depth)) = open.pop() {
        let is_table = matches!(tag(&node), Some("table" | "thead" | "tbody" | "tfoot" | "tr"));
        if depth < max_depth || is_table {
            open.extend(node.children.borrow().iter().map(|it| (Rc::clone(it), depth + 1)));
            continue;
        }
        let mut elements = 0;
        let mut kept = Vec::new();
        for_each_within(&node, |within| {
            elements += usize::from(tag(within).is_some());
            if let NodeData::Text { contents } = &within.data
                && !is_within(within, |it| it == "script" || it == "style")
            {
                kept.push(text_node(&node, &contents.borrow()));
                kept.push(text_node(&node, " "));
            }
        });
        if elements > 0 {
            gone += elements;
            node.children.replace(kept);
        }
    }
    gone
}

fn text_node(parent: &Rc<Node>, text: &str) -> Rc<Node> {
    let node = Node::new(NodeData::Text { contents: std::cell::RefCell::new(text.into()) });
    node.parent.set(Some(Rc::downgrade(parent)));
    node
}
