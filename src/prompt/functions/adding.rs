//! How a filter of the engine is added: what it is given, and what is checked before and after.

use minijinja::value::{Kwargs, Rest, Value, ValueOrKwargs};
use minijinja::{Environment, Error, State};

use super::super::bounds;
use super::super::cell::{plain, plain_list, shown};

/// How a filter takes the value that it is applied to.
#[derive(Clone, Copy)]
pub(super) enum Taken {
    /// A typed cell as its text.
    Text,
    /// A typed cell as its value.
    Plain,
    /// The same, and those in a list too.
    List,
    /// As it is.
    Whole,
}

pub(super) type Check = fn(&str, &Value, &[Value]) -> Result<(), Error>;

/// Adds a filter of the engine: `check` may refuse its arguments first.
pub(super) fn filter(environment: &mut Environment<'_>, name: &'static str, taken: Taken, check: Check, inner: Value) {
    environment.add_filter(name, move |state: &mut State<'_, '_>, args: Rest<ValueOrKwargs>| {
        let mut args: Vec<Value> = args.0.into_iter().map(ValueOrKwargs::into_value).collect();
        for (index, arg) in args.iter_mut().enumerate() {
            match (index, taken) {
                (0, Taken::Text) => *arg = shown(arg),
                (0, Taken::Whole) => {}
                (0, Taken::List) => *arg = plain_list(arg),
                _ => *arg = plain(arg),
            }
            bounds::check(arg, name)?;
        }
        if let Some((value, others)) = args.split_first() {
            check(name, value, others)?;
        }
        if let (Taken::Text, Some(value)) = (taken, args.first()) {
            bounds::check_whole(value, name)?;
        }
        let made = inner.call(state, &args)?;
        bounds::check(&made, name)?;
        bounds::count(state, &made)?;
        Ok::<Value, Error>(made)
    });
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where checks do that may refuse")]
pub(super) fn unchecked(_: &str, _: &Value, _: &[Value]) -> Result<(), Error> {
    Ok(())
}

/// The keyword arguments among a filter's arguments.
pub(super) fn named(args: &[Value]) -> Result<Kwargs, Error> {
    args.last()
        .filter(|it| it.is_kwargs())
        .map_or_else(|| Ok(std::iter::empty::<(&str, Value)>().collect()), |it| Kwargs::try_from(it.clone()))
}
