//! The filters that compare texts by their letters and words: `merge_similar` and `closest`.

use std::collections::HashSet;

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};

use super::super::bounds;
use super::super::cell::{Plain, plain, shown};
use super::attributes::{at_path, require};
use crate::likeness::{first_alike, nearest};
use crate::record::canonical;

pub(super) fn add_to(environment: &mut Environment<'_>) {
    environment.add_filter("merge_similar", merge_similar);
    environment.add_filter("closest", closest);
}

/// The elements of a list without near-duplicates: the first of each kind. With `gather`, the lists under this name in
/// those that are left out are added to that of the one that stays, without what it has already.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands arguments over by value")]
fn merge_similar(state: &mut State<'_, '_>, list: &Value, named: Kwargs) -> Result<Value, Error> {
    const NAME: &str = "merge_similar";
    let at_least = named.get::<Option<f64>>("at_least")?.unwrap_or(0.8);
    let gather = named.get::<Option<String>>("gather")?;
    let (items, texts) = texts_of(NAME, list, &named)?;
    named.assert_all_used()?;
    if !(at_least > 0.0 && at_least <= 1.0) {
        return Err(invalid(format!("`at_least` of `{NAME}` is above 0 and at most 1, not {at_least}")));
    }
    if let Some(field) = &gather {
        require(NAME, list, field)?;
    }
    let firsts = first_alike(&texts, at_least).map_err(|error| invalid(format!("`{NAME}`: {error}")))?;
    let mut kept: Vec<Kept> = Vec::new();
    let mut places = vec![0; items.len()];
    for (index, (item, first)) in items.iter().zip(firsts).enumerate() {
        if first == index {
            if let Some(place) = places.get_mut(index) {
                *place = kept.len();
            }
            kept.push(Kept { item: item.clone(), more: Vec::new() });
        } else if gather.is_some()
            && let Some(one) = places.get(first).and_then(|place| kept.get_mut(*place))
        {
            one.more.push((index, item.clone()));
        }
    }
    let made = match &gather {
        None => kept.into_iter().map(|one| one.item).collect(),
        Some(field) => kept.into_iter().map(|one| one.gathered(field)).collect::<Result<Vec<_>, _>>()?.into(),
    };
    bounds::count(state, &made)?;
    Ok(made)
}

/// An element that stays, with the near-duplicates of it and their positions.
struct Kept {
    item: Value,
    more: Vec<(usize, Value)>,
}

impl Kept {
    fn gathered(self, field: &str) -> Result<Value, Error> {
        if self.more.is_empty() {
            return Ok(self.item);
        }
        let mut all = Vec::new();
        let mut seen = HashSet::new();
        for item in std::iter::once(&self.item).chain(self.more.iter().map(|(_, item)| item)) {
            let list = plain(&at_path(item, field));
            if list.is_none() {
                continue;
            }
            if !is_list(&list) {
                return Err(invalid(format!("`gather` of `merge_similar` needs a list, and `{field}` is none")));
            }
            for element in list.try_iter()? {
                if seen.insert(key(&element)?) {
                    all.push(element);
                }
            }
        }
        let all = Value::from(all);
        let fields = self.item.try_iter()?.map(|name| {
            let value = if name.as_str() == Some(field) { all.clone() } else { self.item.get_item(&name).unwrap_or_default() };
            (name, value)
        });
        Ok(Value::from_pairs(fields))
    }
}

/// What equal values have in common.
fn key(value: &Value) -> Result<String, Error> {
    let json = serde_json::to_value(Plain(value));
    let json = json.map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    Ok(canonical::to_string(&json))
}

/// The `k` elements whose texts are nearest to the text `to`, the nearest first.
#[expect(clippy::needless_pass_by_value, reason = "the engine hands arguments over by value")]
fn closest(list: &Value, named: Kwargs) -> Result<Value, Error> {
    const NAME: &str = "closest";
    let to = named.get::<Option<Value>>("to")?.map(|it| shown(&it));
    let count = named.get::<Option<Value>>("k")?.map(|it| plain(&it));
    let (items, texts) = texts_of(NAME, list, &named)?;
    named.assert_all_used()?;
    let to = to.filter(|it| it.as_str().is_some());
    let to = to.ok_or_else(|| invalid(format!("`{NAME}` needs the text to be near to, as in `{NAME}(to=item.name)`")))?;
    let count = match count {
        None => 1,
        Some(count) => count
            .as_usize()
            .filter(|it| *it > 0 && count.is_integer())
            .ok_or_else(|| invalid(format!("`k` of `{NAME}` is a whole number from 1 on, not {count}")))?,
    };
    let found = nearest(&texts, to.as_str().unwrap_or_default(), count);
    Ok(found.into_iter().filter_map(|at| items.get(at).cloned()).collect())
}

/// The elements of a list and the text of each: its `attribute`, or the element itself.
fn texts_of(by: &str, list: &Value, named: &Kwargs) -> Result<(Vec<Value>, Vec<String>), Error> {
    let attribute = named.get::<Option<String>>("attribute")?;
    let list = plain(list);
    if list.is_undefined() {
        return Err(ErrorKind::UndefinedError.into());
    }
    if !is_list(&list) {
        return Err(invalid(format!("`{by}` takes a list")));
    }
    bounds::check(&list, by)?;
    if let Some(path) = &attribute {
        require(by, &list, path)?;
    }
    let items: Vec<Value> = list.try_iter()?.collect();
    let mut texts = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let value = shown(&attribute.as_deref().map_or_else(|| item.clone(), |path| at_path(item, path)));
        let Some(text) = value.as_str() else {
            let what = attribute.as_ref().map_or_else(String::new, |path| format!("`{path}` in "));
            let hint = if attribute.is_none() { "; name the text of each with `attribute=`" } else { "" };
            return Err(invalid(format!("`{by}` compares texts, and {what}element {} of the list is none{hint}", index + 1)));
        };
        texts.push(text.to_owned());
    }
    Ok((items, texts))
}

fn is_list(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::Vars;
    use super::super::super::origin::TemplateOrigin;
    use super::super::super::template::Template;

    fn render(source: &str) -> Result<String, String> {
        let output = json!({
            "found": [
                {"name": "Refund a double charge", "evidence": [{"line": 1}, {"line": 2}], "n": 1},
                {"name": "Cancel an order", "evidence": [{"line": 5}], "n": 2},
                {"name": "Refund of a double charge", "evidence": [{"line": 2}, {"line": 9}], "n": 3},
                {"name": "refund a double charge.", "evidence": null, "n": 4},
            ],
            "policies": [{"s": "Answer in English"}, {"s": "Refunds take 14 days"}, {"s": "Never promise a date"}],
            "bad": [{"name": "a", "evidence": 1}, {"name": "A", "evidence": []}, {"name": 5}],
        });
        let template = Template::compile(source, TemplateOrigin::key("user")).map_err(|error| error.to_string())?;
        template.render(&Vars::new().output(&output)).map_err(|error| error.to_string())
    }

    #[test]
    fn near_duplicates_are_merged_into_the_first() {
        for (source, expected) in [
            ("{{ output.found | merge_similar(attribute='name') | map(attribute='n') | list }}", "[1, 2]"),
            ("{{ output.found | merge_similar(attribute='name', at_least=1) | map(attribute='n') | list }}", "[1, 2, 3]"),
            (
                "{{ (output.found | merge_similar(attribute='name', gather='evidence'))[0] | tojson }}",
                r#"{"name":"Refund a double charge","evidence":[{"line":1},{"line":2},{"line":9}],"n":1}"#,
            ),
            ("{{ ['Yes', 'yes!', 'no'] | merge_similar }}", "['Yes', 'no']"),
            ("{{ [] | merge_similar(attribute='x') }}", "[]"),
        ] {
            assert_eq!(render(source).as_deref(), Ok(expected), "{source}");
        }
    }

    #[test]
    fn the_closest_elements_come_first() {
        for (source, expected) in [
            ("{{ output.policies | closest(to='How long does a refund take?', attribute='s') | map(attribute='s') | first }}", "Refunds take 14 days"),
            ("{{ output.policies | closest(to='date', attribute='s', k=9) | length }}", "3"),
            ("{{ ['b', 'a'] | closest(to='', k=2) }}", "['b', 'a']"),
        ] {
            assert_eq!(render(source).as_deref(), Ok(expected), "{source}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_an_error() {
        for (source, part) in [
            ("{{ output.found | merge_similar(attribute='title') }}", "element 1 of the list has no `title`"),
            ("{{ output.found | merge_similar }}", "name the text of each with `attribute=`"),
            ("{{ output.bad | merge_similar(attribute='name') }}", "`name` in element 3 of the list is none"),
            ("{{ output.bad[:2] | merge_similar(attribute='name', gather='evidence') }}", "needs a list, and `evidence` is none"),
            ("{{ ['a'] | merge_similar(at_least=0) }}", "above 0 and at most 1, not 0"),
            ("{{ ['a'] | merge_similar(at_least=1.5) }}", "not 1.5"),
            ("{{ ['a'] | merge_similar(attribut='s') }}", "attribut"),
            ("{{ 'text' | merge_similar }}", "takes a list"),
            ("{{ ['a'] | closest(k=1) }}", "needs the text to be near to"),
            ("{{ ['a'] | closest(to='a', k=0) }}", "whole number from 1 on, not 0"),
        ] {
            let error = render(source).unwrap_err();
            assert!(error.contains(part), "{source}: {error}");
        }
    }
}
