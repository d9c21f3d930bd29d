//! Helpers for dotted paths of keys, as in `llm.rate_limit.requests_per_minute` or `steps[0].each`.

/// The keys of `path`, outermost first.
pub(crate) fn keys(path: &str) -> impl Iterator<Item = &str> {
    path.split('.')
}

/// The path of the block around the last key, if there is one, and the last key.
pub(crate) fn split_last(path: &str) -> (Option<&str>, &str) {
    path.rsplit_once('.').map_or((None, path), |(block, key)| (Some(block), key))
}

/// The path of `key` in the block at `block`; an empty `block` is the whole file.
pub(crate) fn join(block: &str, key: &str) -> String {
    if block.is_empty() { key.to_owned() } else { format!("{block}.{key}") }
}

/// The last key of a path `name[0]`, taken apart: the name and the index; `None` if no index stands at its end.
pub(super) fn indexed(key: &str) -> Option<(&str, usize)> {
    let (name, index) = key.strip_suffix(']')?.rsplit_once('[')?;
    (!name.is_empty()).then_some((name, index.parse().ok()?))
}

/// The outermost key of `path`, without an index.
pub(super) fn outermost(path: &str) -> &str {
    path.split(['[', '.']).next().unwrap_or(path)
}

/// Whether every key of `path` has a name.
pub(super) fn is_complete(path: &str) -> bool {
    !keys(path).any(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_apart_and_together() {
        assert_eq!(keys("a.b.c").collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((split_last("a.b.c"), split_last("a")), ((Some("a.b"), "c"), (None, "a")));
        assert_eq!((join("a.b", "c"), join("", "c")), ("a.b.c".to_owned(), "c".to_owned()));
        assert_eq!((outermost("steps[0].each"), outermost("llm.model"), outermost("run")), ("steps", "llm", "run"));
        assert_eq!((indexed("a[1]"), indexed("a[0][2]")), (Some(("a", 1)), Some(("a[0]", 2))));
        assert_eq!((indexed("a"), indexed("[1]"), indexed("a[x]"), indexed("a[-1]")), (None, None, None, None));
        assert_eq!((is_complete("a.b"), is_complete("a..b"), is_complete("")), (true, false, false));
    }
}
