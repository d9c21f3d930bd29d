//! JSON pointers (RFC 6901): paths to a place in a JSON value. The one reader and the one writer of this room.

/// Writes `name` as a token of a pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The tokens of `pointer`, outermost first, as the names and indexes that they stand for. The root has none.
pub(super) fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

/// `pointer` as messages show it: the root is `/`.
pub(super) fn shown(pointer: &str) -> String {
    if pointer.is_empty() { "/".to_owned() } else { pointer.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written() {
        for name in ["", "a", "a/b", "~1", "m~n", "~0/~1", "ä b"] {
            let pointer = format!("/x/{}/0", escape(name));
            assert_eq!(tokens(&pointer).collect::<Vec<_>>(), ["x", name, "0"], "{pointer}");
        }
        assert_eq!(tokens("").count(), 0);
        assert_eq!(shown(""), "/");
    }
}
