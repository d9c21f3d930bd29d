//! What is wrong with calls of functions over documents, found before a template is rendered: [`calls_fault`].

use super::arguments::{DocumentFunction, MAX_PASSAGES, Takes, out_of_range};
use super::calls::{DocumentCall, visit};
use super::names::DocumentNames;
use crate::config::nearest;
use crate::prompt::fault::Fault;
use crate::prompt::operators::{Node, NodeKind};
use crate::prompt::paths::{is_number, literal};
use crate::prompt::scope::Scope;
use crate::prompt::shape::JsonKind;

/// What cannot work in a call of a function over documents. `names` is `None` where there are none to read.
pub(in crate::prompt) fn calls_fault(scope: &Scope<'_>, names: Option<&DocumentNames>) -> Option<Fault> {
    let mut found = None;
    visit(scope.expressions, scope.source, &mut |call| {
        if found.is_some() {
            return;
        }
        found = match call {
            Ok(call) => call_fault(scope, names, &call),
            Err((function, node)) => Some(fault(
                (function, node),
                format!("`{function}` is a function"),
                format!("call it: {}", function.usage()),
            )),
        };
    });
    found
}

fn fault((function, node): (DocumentFunction, &Node), message: String, hint: String) -> Fault {
    Fault { name: function.to_string(), message, hint, offset: Some(node.start) }
}

fn call_fault(scope: &Scope<'_>, names: Option<&DocumentNames>, call: &DocumentCall<'_>) -> Option<Fault> {
    let at = (call.function, call.node);
    let Some(names) = names else {
        let hint = "prompts, `when`, rules, checks and recorded answers can call it".to_owned();
        return Some(fault(at, format!("`{}` is not available here", call.function), hint));
    };
    let usage = || format!("for example: {}", call.function.usage());
    let arguments = match call.bound(scope.source)? {
        Ok(arguments) => arguments,
        Err(message) => return Some(fault(at, message, usage())),
    };
    for (parameter, argument) in call.function.parameters().iter().zip(&arguments) {
        let Some(node) = argument else { continue };
        let wrong = |wanted: &str| {
            let message = format!("`{}`: `{}` is no {wanted}: {}", call.function, parameter.name, scope.text(node));
            Some(fault((call.function, node), message, usage()))
        };
        let is_list = node.bare().kind == NodeKind::List;
        let kind = if is_list { Some(JsonKind::List) } else { scope.kind(node) };
        match (parameter.takes, kind) {
            (Takes::Text, Some(kind)) if kind != JsonKind::Text => return wrong("text"),
            (Takes::TextOrNumber, Some(kind)) if kind != JsonKind::Text && kind != JsonKind::Number => {
                return wrong("text");
            }
            (Takes::Number, Some(kind)) if kind != JsonKind::Number => return wrong("number"),
            _ => {}
        }
        let written = scope.text(node);
        let is_fraction = is_number(node) && written.parse::<i64>().is_err();
        if parameter.takes == Takes::Number && parameter.name != "k" && is_fraction {
            return wrong("whole number");
        }
        if parameter.name == "k" && is_number(node) {
            let is_count = written.parse::<u32>().is_ok_and(|it| (1..=MAX_PASSAGES).contains(&it));
            if !is_count {
                return Some(fault((call.function, node), out_of_range(written), usage()));
            }
        }
    }
    source_fault(scope, names, call)
}

/// What is wrong with the documents that a call names.
fn source_fault(scope: &Scope<'_>, names: &DocumentNames, call: &DocumentCall<'_>) -> Option<Fault> {
    let at = (call.function, call.node);
    let Some(node) = call.argument("knowledge", scope.source) else {
        return (!names.input).then(|| {
            let message = format!("`{}`: the input is no documents, but a table", call.function);
            let hint = "lines of a knowledge collection: name it with `knowledge='NAME'`".to_owned();
            fault(at, message, hint)
        });
    };
    if names.knowledge.is_empty() {
        let message = format!("`{}`: the configuration has no `knowledge`", call.function);
        let hint = "add it: `knowledge: [{name: kb, path: kb/**/*.md}]`".to_owned();
        return Some(fault(at, message, hint));
    }
    let name = literal(node, scope.source)?;
    if names.knowledge.iter().any(|it| it == name) {
        return None;
    }
    let known = names.knowledge.iter().map(String::as_str);
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known: {}", names.knowledge.join(", ")),
    };
    Some(fault((call.function, node), format!("`{}`: there is no knowledge `{name}`", call.function), hint))
}
