//! How large what a template makes may become.
//!
//! The engine counts steps, not bytes: a few steps can ask for gigabytes (`indent(1000000000)`), and a variable that is
//! doubled in a loop reaches them too. So what is rendered, each text and each list are bounded here.

use std::{fmt, io};

use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State};

/// The most bytes of a rendered text, and of a text that a filter or an operator makes.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// The most bytes that one rendering may write on its way, into variables and macros too.
const MAX_WRITTEN: usize = 4 * MAX_BYTES;

/// The most bytes of all the texts that the filters of one rendering may make, however short each is: `map` makes many.
const MAX_MADE: usize = 8 * MAX_BYTES;

/// The most elements of a list that a filter takes.
const MAX_ITEMS: usize = 1 << 22;

/// The most steps of one rendering: enough for a group of many thousand rows, and an end to endless loops.
const FUEL: u64 = 10_000_000;

pub(super) fn too_large(what: &str) -> Error {
    too_much(what, MAX_BYTES)
}

fn too_much(what: &str, most: usize) -> Error {
    let message = format!("{what} is larger than {} MiB, the most that a template may make", most >> 20);
    Error::new(ErrorKind::InvalidOperation, message)
}

fn too_many(by: &str) -> Error {
    let message = format!("`{by}` is asked for a list of more than {MAX_ITEMS} elements");
    Error::new(ErrorKind::InvalidOperation, message)
}

/// Refuses a text of more than [`MAX_BYTES`] and a list of too many elements.
pub(super) fn check(value: &Value, by: &str) -> Result<(), Error> {
    if value.as_str().is_some_and(|text| text.len() > MAX_BYTES) {
        return Err(too_large(&format!("the text of `{by}`")));
    }
    let is_list = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    if is_list && value.len().is_some_and(|len| len > MAX_ITEMS) {
        return Err(too_many(by));
    }
    Ok(())
}

/// Refuses a value whose texts, those in its lists and objects included, are larger than [`MAX_BYTES`] together.
pub(super) fn check_whole(value: &Value, by: &str) -> Result<(), Error> {
    room_after(value, MAX_BYTES).map(|_| ()).ok_or_else(|| too_large(&format!("the value of `{by}`")))
}

/// What is left of `room` bytes when a value has taken its part.
fn room_after(value: &Value, room: usize) -> Option<usize> {
    if let Some(text) = value.as_str() {
        return room.checked_sub(text.len());
    }
    let room = room.checked_sub(1)?;
    let is_map = value.kind() == ValueKind::Map;
    // What has no length may have no end.
    if value.len().is_none() || !(is_map || matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)) {
        return Some(room);
    }
    value.try_iter().into_iter().flatten().try_fold(room, |room, item| {
        let room = room_after(&item, room)?;
        if is_map { room_after(&value.get_item(&item).unwrap_or_default(), room) } else { Some(room) }
    })
}

/// Refuses a text of which a filter would make a list of too many characters.
pub(super) fn check_characters(by: &str, value: &Value, args: &[Value]) -> Result<(), Error> {
    for value in std::iter::once(value).chain(args.iter().filter(|_| matches!(by, "zip" | "chain"))) {
        if value.as_str().is_some_and(|text| text.len() > MAX_ITEMS && text.chars().count() > MAX_ITEMS) {
            return Err(too_many(by));
        }
    }
    Ok(())
}

/// Refuses a joined text before it is made. `separator` stands between the elements.
pub(super) fn check_joined(by: &str, list: &Value, separator: &Value) -> Result<(), Error> {
    let count = list.as_str().map_or_else(|| list.len(), |text| Some(text.chars().count())).unwrap_or(0);
    let between = separator.as_str().map_or(0, str::len).saturating_mul(count.saturating_sub(1));
    match MAX_BYTES.checked_sub(between).and_then(|room| room_after(list, room.saturating_add(count + 1))) {
        Some(_) => Ok(()),
        None => Err(too_large(&format!("the result of `{by}`"))),
    }
}

/// The bytes that the filters of a rendering have made.
#[derive(Default)]
struct Made(usize);

/// Counts a text that a filter made, and refuses it once all of them are larger than [`MAX_MADE`].
pub(super) fn count(state: &mut State<'_, '_>, made: &Value) -> Result<(), Error> {
    let made_so_far = state.get_or_insert_extension(Made::default());
    made_so_far.0 = made_so_far.0.saturating_add(made.as_str().map_or(0, str::len));
    if made_so_far.0 > MAX_MADE { Err(too_much("what the filters of the template make", MAX_MADE)) } else { Ok(()) }
}

/// The value, indented. The engine's own filter is not bounded.
pub(super) fn pprint(value: &Value) -> Result<String, Error> {
    let mut text = BoundedText::default();
    let written = fmt::Write::write_fmt(&mut text, format_args!("{value:#?}"));
    written.map_err(|_| too_large("the result of `pprint`"))?;
    Ok(text.into_text())
}

/// Refuses what a filter would make before it makes it.
pub(super) fn check_sizes(by: &str, value: &Value, args: &[Value]) -> Result<(), Error> {
    let text = value.as_str().unwrap_or_default();
    let number = |value: &Value| value.as_usize().unwrap_or(usize::MAX);
    let size = match by {
        "indent" => {
            let width = args.iter().filter(|it| it.is_number()).map(number).max();
            let width = width.or_else(|| named(args, "width").as_ref().map(number)).unwrap_or(4);
            text.matches('\n').count().saturating_add(1).saturating_mul(width).saturating_add(text.len())
        }
        "replace" => match (args.first().and_then(Value::as_str), args.get(1)) {
            (Some(old), Some(new)) => {
                let times = text.matches(old).count();
                let new = new.as_str().map_or_else(|| new.to_string().len(), str::len);
                times.saturating_mul(new).saturating_add(text.len())
            }
            _ => 0,
        },
        "format" => widest(text, args),
        "split" | "lines" => {
            let separator = args.first().and_then(Value::as_str).filter(|it| by == "split" && !it.is_empty());
            let pieces = match separator {
                Some(separator) => text.matches(separator).count(),
                None if by == "lines" => text.matches('\n').count(),
                None if args.is_empty() => text.split_whitespace().count(),
                None => text.chars().count(),
            };
            if pieces > MAX_ITEMS {
                return Err(too_many(by));
            }
            0
        }
        "batch" | "slice" => {
            check_characters(by, value, args)?;
            args.iter().filter(|it| it.is_number()).map(number).max().unwrap_or(0)
        }
        _ => 0,
    };
    if size > MAX_BYTES { Err(too_large(&format!("the result of `{by}`"))) } else { Ok(()) }
}

/// The keyword argument `name`.
fn named(args: &[Value], name: &str) -> Option<Value> {
    args.last().filter(|it| it.is_kwargs())?.get_attr(name).ok().filter(|it| !it.is_undefined())
}

/// The sum of all numbers in a format: widths and precisions are among them. A star takes one from the arguments.
fn widest(format: &str, args: &[Value]) -> usize {
    let numbers = format.split(|it: char| !it.is_ascii_digit()).filter(|it| !it.is_empty());
    let written = numbers.map(|it| it.parse().unwrap_or(usize::MAX)).fold(0usize, usize::saturating_add);
    let stars = if format.contains('*') {
        let given = args.iter().filter_map(Value::as_i64).map(|it| usize::try_from(it.unsigned_abs()));
        given.map(|it| it.unwrap_or(usize::MAX)).fold(0, usize::saturating_add)
    } else {
        0
    };
    written.saturating_add(stars)
}

/// The bytes that a rendering has written.
#[derive(Default)]
struct Written(usize);

/// Sets the bounds of an environment's renderings.
pub(super) fn set(environment: &mut Environment<'_>) {
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(write);
}

/// Fewer steps for a template that collects text in variables, macros or blocks, where only steps are counted: a step
/// may write the longest text between its tags.
pub(super) fn limit_fuel(environment: &mut Environment<'_>, source: &str) {
    let collects = ["macro", "call", "filter", "set"].iter().any(|word| source.contains(word));
    let longest = source.split(['{', '}']).map(str::len).max().unwrap_or(0);
    if collects && longest > 0 {
        let steps = (MAX_WRITTEN / longest) as u64;
        environment.set_fuel(Some(steps.clamp(100_000, FUEL)));
    }
}

/// Writes a value as the engine does, and counts its bytes.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let shown;
    let text = match value.as_str() {
        Some(text) => text,
        None => {
            shown = text_of(value)?;
            &shown
        }
    };
    let written = state.get_or_insert_extension(Written::default());
    written.0 = written.0.saturating_add(text.len());
    if written.0 > MAX_WRITTEN {
        return Err(too_large("what the template writes"));
    }
    if matches!(state.auto_escape(), AutoEscape::None) {
        return out.write_str(text).map_err(Error::from);
    }
    minijinja::escape_formatter(out, state, value)
}

/// The text of a value: a list in a list in a list may be much larger than what holds it.
pub(super) fn text_of(value: &Value) -> Result<String, Error> {
    let mut text = BoundedText::default();
    fmt::Write::write_fmt(&mut text, format_args!("{value}")).map_err(|_| too_large("the text of a value"))?;
    Ok(text.into_text())
}

/// A text that is written up to [`MAX_BYTES`].
#[derive(Default)]
pub(super) struct BoundedText {
    bytes: Vec<u8>,
    /// Whether more should have been written.
    pub(super) is_full: bool,
}

impl BoundedText {
    pub(super) fn into_text(self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl fmt::Write for BoundedText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        io::Write::write_all(&mut &mut *self, text.as_bytes()).map_err(|_| fmt::Error)
    }
}

impl io::Write for &mut BoundedText {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_BYTES {
            self.is_full = true;
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
