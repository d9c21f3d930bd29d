//! The expressions in a tag: `{{ … }}` has one, and a statement as many as its grammar says.

use super::lexer::Tag;
use super::node::{Binding, Node};
use super::parser::{Parsed, Parser};

/// The expressions of a tag, and the names that it gives values.
type TagParts = (Vec<Node>, Vec<(String, Binding)>);

/// Reads a tag.
pub(super) fn read_tag(source: &str, tag: &Tag) -> Parsed<TagParts> {
    let mut parser = Parser { source, tokens: &tag.tokens, at: 0, bound: Vec::new() };
    if !tag.is_statement {
        return Ok((vec![parser.whole()?], Vec::new()));
    }
    let keyword = parser.word().unwrap_or_default();
    parser.at += 1;
    let found = parser.statement(keyword)?;
    Ok((found, parser.bound))
}

impl Parser<'_> {
    fn statement(&mut self, keyword: &str) -> Parsed<Vec<Node>> {
        let mut found = Vec::new();
        match keyword {
            "for" => {
                // The names before `in` are assigned to.
                let mut names = Vec::new();
                while self.word() != Some("in") {
                    if self.peek().is_none() {
                        return Err(self.unparsed());
                    }
                    names.extend(self.word());
                    self.at += 1;
                }
                self.at += 1;
                let list = self.or()?;
                self.bind(&names, Binding::Element(list.clone()));
                found.push(list);
                if self.skip_word("if") {
                    found.push(self.expression()?);
                }
                self.skip_word("recursive");
            }
            "if" | "elif" => found.push(self.or()?),
            "set" | "with" => self.assignments(&mut found)?,
            "macro" => {
                self.bind_next();
                self.at += 1;
                self.parameters(&mut found)?;
            }
            "call" => {
                if self.sign() == Some("(") {
                    self.parameters(&mut found)?;
                }
                found.push(self.expression()?);
            }
            "filter" => self.filter_names(&mut found)?,
            "do" | "autoescape" => found.push(self.expression()?),
            // `else`, the ends of blocks, and what is refused elsewhere.
            _ => self.at = self.tokens.len(),
        }
        if self.peek().is_none() { Ok(found) } else { Err(self.unparsed()) }
    }

    /// `a = 1`, `a, b = 1, 2`, `a = 1, b = 2`, or names and filters alone.
    fn assignments(&mut self, found: &mut Vec<Node>) -> Parsed<()> {
        let mut depth = 0;
        let mut names = Vec::new();
        loop {
            match self.sign() {
                None if self.peek().is_none() => {
                    self.bind(&names, Binding::Unknown);
                    return Ok(());
                }
                Some("=") if depth == 0 => {
                    self.at += 1;
                    found.push(self.expression()?);
                    let is_one = self.sign() != Some(",") || self.names_another();
                    let value = found.last().filter(|_| is_one).map(|it| Binding::Value(it.clone()));
                    self.bind(&names, value.unwrap_or(Binding::Unknown));
                    names.clear();
                    while self.skip(",") {
                        // After a comma stands another value, or in `with` another name and its value.
                        let begins_another = self.is_named();
                        if begins_another || self.peek().is_none() || self.is_unpacking() {
                            break;
                        }
                        found.push(self.expression()?);
                    }
                    if self.peek().is_none() {
                        return Ok(());
                    }
                }
                Some("|") if depth == 0 => {
                    self.bind(&names, Binding::Unknown);
                    self.at += 1;
                    return self.filter_names(found);
                }
                sign => {
                    depth += match sign {
                        Some("(") => 1,
                        Some(")") => -1,
                        _ => 0,
                    };
                    names.extend(self.word());
                    self.at += 1;
                }
            }
        }
    }

    /// Whether a name and an equals sign follow.
    fn is_named(&self) -> bool {
        self.word().is_some() && self.tokens.get(self.at + 1).is_some_and(|it| it.text(self.source) == "=")
    }

    /// Whether a comma, a name and an equals sign follow.
    fn names_another(&mut self) -> bool {
        self.at += 1;
        let named = self.is_named();
        self.at -= 1;
        named
    }

    /// Notes that the tag gives `names` the value; of several names, that of none is known.
    fn bind(&mut self, names: &[&str], value: Binding) {
        let value = if names.len() == 1 { value } else { Binding::Unknown };
        self.bound.extend(names.iter().map(|name| ((*name).to_owned(), value.clone())));
    }

    /// Notes that the next token is a name with a value of its own.
    fn bind_next(&mut self) {
        let name = self.word();
        self.bind(name.as_slice(), Binding::Unknown);
    }

    /// Whether names in parentheses and an equals sign follow.
    fn is_unpacking(&self) -> bool {
        let mut depth = 0;
        for (index, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token.text(self.source) {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return self.tokens.get(index + 1).is_some_and(|it| it.text(self.source) == "=");
            }
        }
        false
    }

    /// The parameters of a macro, with their defaults.
    fn parameters(&mut self, found: &mut Vec<Node>) -> Parsed<()> {
        self.require("(")?;
        while !self.skip(")") {
            if self.skip(",") {
                continue;
            }
            self.bind_next();
            self.at += 1;
            if self.skip("=") {
                found.push(self.expression()?);
            }
        }
        Ok(())
    }

    /// `upper | indent(4)`.
    fn filter_names(&mut self, found: &mut Vec<Node>) -> Parsed<()> {
        while self.peek().is_some() {
            self.skip("|");
            self.name()?;
            if self.sign() == Some("(") {
                found.extend(self.arguments()?);
            }
        }
        Ok(())
    }
}
