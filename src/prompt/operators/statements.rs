//! The expressions in a tag: `{{ … }}` has one, and a statement as many as its grammar says.

use super::lexer::Tag;
use super::node::Node;
use super::parser::{Parsed, Parser};

/// Reads the expressions of a tag.
pub(super) fn read_tag(source: &str, tag: &Tag) -> Parsed<Vec<Node>> {
    let mut parser = Parser { source, tokens: &tag.tokens, at: 0 };
    if !tag.is_statement {
        return Ok(vec![parser.whole()?]);
    }
    let keyword = parser.word().unwrap_or_default();
    parser.at += 1;
    parser.statement(keyword)
}

impl Parser<'_> {
    fn statement(&mut self, keyword: &str) -> Parsed<Vec<Node>> {
        let mut found = Vec::new();
        match keyword {
            "for" => {
                // The names before `in` are assigned to.
                while self.word() != Some("in") {
                    if self.peek().is_none() {
                        return Err(self.unparsed());
                    }
                    self.at += 1;
                }
                self.at += 1;
                found.push(self.or()?);
                if self.skip_word("if") {
                    found.push(self.expression()?);
                }
                self.skip_word("recursive");
            }
            "if" | "elif" => found.push(self.or()?),
            "set" | "with" => self.assignments(&mut found)?,
            "macro" => {
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
        loop {
            match self.sign() {
                None if self.peek().is_none() => return Ok(()),
                Some("=") if depth == 0 => {
                    self.at += 1;
                    found.push(self.expression()?);
                    while self.skip(",") {
                        // After a comma stands another value, or in `with` another name and its value.
                        let named = self.word().is_some()
                            && self.tokens.get(self.at + 1).is_some_and(|it| it.text(self.source) == "=");
                        if named || self.peek().is_none() || self.is_unpacking() {
                            break;
                        }
                        found.push(self.expression()?);
                    }
                    if self.peek().is_none() {
                        return Ok(());
                    }
                }
                Some("|") if depth == 0 => {
                    self.at += 1;
                    return self.filter_names(found);
                }
                sign => {
                    depth += match sign {
                        Some("(") => 1,
                        Some(")") => -1,
                        _ => 0,
                    };
                    self.at += 1;
                }
            }
        }
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
