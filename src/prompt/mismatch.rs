//! Values of different kinds that a template orders, compares or calculates with: [`mismatch`] finds them before it is
//! rendered, where schemas and the types of columns show it.

use super::compare::HINT;
use super::fault::Fault;
use super::functions::COMPARING;
use super::operators::{Node, NodeKind, Operator};
use super::paths::{is_number, literal};
use super::scope::Scope;
use super::shape::JsonKind;

/// The first place where values of different kinds meet.
pub(super) fn mismatch(scope: &Scope<'_>) -> Option<Fault> {
    let mut found = None;
    scope.expressions.each(&mut |node| {
        if found.is_none() {
            found = in_node(scope, node).map(|problem| problem.fault(scope, node));
        }
    });
    found
}

/// A value beside another of a kind that it does not go with.
struct Problem<'a> {
    value: &'a Node,
    kind: JsonKind,
    /// After the value and its kind.
    words: String,
    hint: String,
}

impl Problem<'_> {
    fn fault(self, scope: &Scope<'_>, node: &Node) -> Fault {
        let value = scope.given(self.value).unwrap_or_else(|| scope.text(self.value.bare()).to_owned());
        Fault {
            message: format!("`{}`: `{value}` is {}, which {}", scope.text(node), words(self.kind), self.words),
            name: value,
            offset: Some(node.start),
            hint: self.hint,
        }
    }
}

fn in_node<'a>(scope: &Scope<'_>, node: &'a Node) -> Option<Problem<'a>> {
    match (&node.kind, node.children.as_slice()) {
        (NodeKind::Compare(operators), operands) => {
            let mut links = operators.iter().zip(operands.windows(2));
            links.find_map(|(operator, pair)| compared(scope, *operator, &pair[0], &pair[1]))
        }
        (NodeKind::Test(name), [value, argument]) => {
            let operator = COMPARING.iter().find(|(test, _)| test == name).map(|(_, operator)| *operator);
            let operator = operator.or_else(|| (name == "sameas").then_some(Operator::Equal))?;
            compared(scope, operator, value, argument)
        }
        (NodeKind::Filter(name), [list, ..]) if matches!(name.as_str(), "max" | "min" | "sort" | "unique") => {
            let items = if list.bare().kind == NodeKind::List { list.bare().children.as_slice() } else { &[] };
            let meet = if name == "unique" { equated } else { ordered };
            items.windows(2).find_map(|pair| meet(scope, &pair[0], &pair[1]))
        }
        (NodeKind::Arithmetic, [left, right]) => calculated(scope, left, right),
        (NodeKind::Negate, [value]) if scope.kind(value) == Some(JsonKind::Text) && is_data(scope, value) => {
            Some(Problem { value, kind: JsonKind::Text, words: "has no negative".to_owned(), hint: HINT.to_owned() })
        }
        _ => None,
    }
}

fn compared<'a>(scope: &Scope<'_>, operator: Operator, left: &'a Node, right: &'a Node) -> Option<Problem<'a>> {
    match operator {
        Operator::Equal | Operator::NotEqual => equated(scope, left, right),
        Operator::In | Operator::NotIn => contained(scope, left, right),
        _ => ordered(scope, left, right),
    }
}

/// The value of a pair that comes from data, with the other one.
fn data_first<'a>(scope: &Scope<'_>, left: &'a Node, right: &'a Node) -> Option<(&'a Node, &'a Node)> {
    match (is_data(scope, left), is_data(scope, right)) {
        (true, _) => Some((left, right)),
        (false, true) => Some((right, left)),
        (false, false) => None,
    }
}

fn ordered<'a>(scope: &Scope<'_>, left: &'a Node, right: &'a Node) -> Option<Problem<'a>> {
    let (value, other) = text_first(scope, data_first(scope, left, right)?);
    let (kind, against) = (scope.kind(value)?, scope.kind(other)?);
    (kind != against).then(|| Problem {
        value,
        kind,
        words: format!("cannot be ordered against {}", words(against)),
        hint: hint(scope, value, kind, against),
    })
}

fn equated<'a>(scope: &Scope<'_>, left: &'a Node, right: &'a Node) -> Option<Problem<'a>> {
    let (value, other) = text_first(scope, data_first(scope, left, right)?);
    let (kind, against) = (scope.kind(value)?, scope.kind(other)?);
    if let Some(problem) = empty_cell(scope, value, kind, other) {
        return Some(problem);
    }
    never_equal(kind, against).then(|| Problem {
        value,
        kind,
        words: format!("is never equal to {}", words(against)),
        hint: hint(scope, value, kind, against),
    })
}

/// A cell of a typed column that is compared with the empty text.
fn empty_cell<'a>(scope: &Scope<'_>, value: &'a Node, kind: JsonKind, other: &Node) -> Option<Problem<'a>> {
    let path = scope.given(value).filter(|path| scope.known.is_none_where_empty(path))?;
    (literal(other, scope.source) == Some("")).then(|| Problem {
        value,
        kind,
        words: "is `none` where the cell is empty, and never the empty text".to_owned(),
        hint: format!("write `{path} is none`"),
    })
}

/// `left in right`.
fn contained<'a>(scope: &Scope<'_>, left: &'a Node, right: &'a Node) -> Option<Problem<'a>> {
    let kind = scope.kind(left);
    if is_data(scope, right) && scope.kind(right) == Some(JsonKind::Text) && is_number(left) {
        let words = "holds no numbers".to_owned();
        let hint = "write the number in quotes, or turn the text into a list first".to_owned();
        return Some(Problem { value: right, kind: JsonKind::Text, words, hint });
    }
    let kind = kind?;
    let listed = right.bare();
    if listed.kind == NodeKind::List {
        return listed.children.iter().find_map(|item| equated(scope, left, item));
    }
    let items: Option<Vec<_>> = scope.shapes(right)?.iter().map(|shape| shape.items()?.kind()).collect();
    let against = *items?.first()?;
    (scope.kind(right) == Some(JsonKind::List) && never_equal(kind, against)).then(|| Problem {
        value: left,
        kind,
        words: format!("is never equal to {}", words(against)),
        hint: hint(scope, left, kind, against),
    })
}

fn calculated<'a>(scope: &Scope<'_>, left: &'a Node, right: &'a Node) -> Option<Problem<'a>> {
    let sign = scope.source.get(left.end..right.start).unwrap_or_default();
    let is_product = sign.contains('*') && !sign.contains("**");
    let is_text = |node: &Node| is_data(scope, node) && scope.kind(node) == Some(JsonKind::Text);
    let is_cell = |node: &Node| is_text(node) && scope.given(node).is_some_and(|path| path.starts_with("row."));
    let problem = |value, words: &str| {
        Some(Problem { value, kind: JsonKind::Text, words: words.to_owned(), hint: HINT.to_owned() })
    };
    if is_product {
        let cell = [left, right].into_iter().find(|node| is_cell(node))?;
        return problem(cell, "`*` repeats");
    }
    let (text, other) = if is_text(left) { (left, right) } else { (right, left) };
    let with_number = is_text(text) && scope.kind(other) == Some(JsonKind::Number);
    if with_number { problem(text, "cannot be calculated with") } else { None }
}

/// Of two values of which one is a text, the text first, so that the message is about what has to change.
fn text_first<'a>(scope: &Scope<'_>, (value, other): (&'a Node, &'a Node)) -> (&'a Node, &'a Node) {
    let swap = is_data(scope, other)
        && scope.kind(other) == Some(JsonKind::Text)
        && scope.kind(value) == Some(JsonKind::Number);
    if swap { (other, value) } else { (value, other) }
}

/// Whether the value is not all written in the template.
fn is_data(scope: &Scope<'_>, node: &Node) -> bool {
    let node = node.bare();
    match node.kind {
        NodeKind::Text | NodeKind::Number => false,
        NodeKind::Name => !matches!(scope.text(node), "true" | "True" | "false" | "False" | "none" | "None"),
        NodeKind::Access(_) => true,
        _ => node.children.iter().any(|child| is_data(scope, child)),
    }
}

/// Whether values of two kinds are never equal. True and false are equal to 1 and 0.
fn never_equal(kind: JsonKind, other: JsonKind) -> bool {
    use JsonKind::{Bool, Number, Text};
    matches!((kind, other), (Text, Number | Bool) | (Number | Bool, Text))
}

fn words(kind: JsonKind) -> &'static str {
    match kind {
        JsonKind::Text => "a text",
        JsonKind::Number => "a number",
        JsonKind::Bool => "true or false",
        JsonKind::List => "a list",
        JsonKind::Object => "an object",
        JsonKind::Null => "none",
    }
}

fn hint(scope: &Scope<'_>, value: &Node, kind: JsonKind, against: JsonKind) -> String {
    let is_in = |name: &str| scope.given(value).is_some_and(|path| path.starts_with(name));
    let is_cell = is_in("row.");
    match (kind, against) {
        (JsonKind::Text, JsonKind::Number) if is_cell => HINT.to_owned(),
        (JsonKind::Text, JsonKind::Number) => "write `| int` or `| float` after the text".to_owned(),
        (JsonKind::Text, JsonKind::Bool) if is_cell => {
            "compare it with a text, or give its column the type `bool` (`input.types`)".to_owned()
        }
        (JsonKind::Text, JsonKind::Bool) if is_in("gold.") => {
            "gold answers of such a table are texts: compare it with a text, as in `gold.flag == \"true\"`, or write \
             them as JSON lines"
                .to_owned()
        }
        (JsonKind::Bool, JsonKind::Text) => {
            let value = scope.text(value);
            format!("write `{value}` or `not {value}` alone")
        }
        (JsonKind::Number, JsonKind::Text) => "write the number without quotes".to_owned(),
        _ => "compare values of one kind".to_owned(),
    }
}
