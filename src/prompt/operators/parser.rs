//! Expressions as trees, by the engine's grammar.

use super::lexer::{Token, TokenKind};
use super::node::{Access, Binding, Node, NodeKind, Operator, Unparsed};

pub(super) type Parsed<T> = Result<T, Unparsed>;

/// Reads the tokens of a single expression.
pub(super) fn read_expression(source: &str, tokens: &[Token]) -> Parsed<Node> {
    Parser { source, tokens, at: 0, bound: Vec::new() }.whole()
}

pub(super) struct Parser<'a> {
    pub(super) source: &'a str,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    /// The names that the tag gives values.
    pub(super) bound: Vec<(String, Binding)>,
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).map(|token| token.text(self.source))
    }

    /// The next token, if it is a name.
    pub(super) fn word(&self) -> Option<&'a str> {
        self.tokens.get(self.at).filter(|it| it.kind == TokenKind::Name).map(|it| it.text(self.source))
    }

    /// The next token, if it is a sign.
    pub(super) fn sign(&self) -> Option<&'a str> {
        self.tokens.get(self.at).filter(|it| it.kind == TokenKind::Sign).map(|it| it.text(self.source))
    }

    pub(super) fn skip_word(&mut self, word: &str) -> bool {
        let found = self.word() == Some(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn skip(&mut self, sign: &str) -> bool {
        let found = self.sign() == Some(sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn require(&mut self, sign: &str) -> Parsed<()> {
        if self.skip(sign) { Ok(()) } else { Err(self.unparsed()) }
    }

    pub(super) fn unparsed(&self) -> Unparsed {
        Unparsed { offset: self.tokens.get(self.at).map_or(self.source.len(), |it| it.start) }
    }

    fn start(&self) -> usize {
        self.unparsed().offset
    }

    /// A node from `start` to the last token that was read.
    fn node(&self, kind: NodeKind, start: usize, children: Vec<Node>) -> Node {
        let end = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(start, |it| it.end);
        Node { kind, start, end, children }
    }

    pub(super) fn whole(&mut self) -> Parsed<Node> {
        let node = self.expression()?;
        if self.peek().is_none() { Ok(node) } else { Err(self.unparsed()) }
    }

    /// `a if b else c`.
    pub(super) fn expression(&mut self) -> Parsed<Node> {
        let start = self.start();
        let mut node = self.or()?;
        while self.skip_word("if") {
            let mut parts = vec![node, self.or()?];
            if self.skip_word("else") {
                parts.push(self.expression()?);
            }
            node = self.node(NodeKind::Other, start, parts);
        }
        Ok(node)
    }

    pub(super) fn or(&mut self) -> Parsed<Node> {
        self.left_to_right(Self::and, &NodeKind::Other, |parser| parser.skip_word("or"))
    }

    fn and(&mut self) -> Parsed<Node> {
        self.left_to_right(Self::not, &NodeKind::Other, |parser| parser.skip_word("and"))
    }

    fn not(&mut self) -> Parsed<Node> {
        let start = self.start();
        if !self.skip_word("not") {
            return self.compare();
        }
        let inner = self.not()?;
        Ok(self.node(NodeKind::Other, start, vec![inner]))
    }

    fn compare(&mut self) -> Parsed<Node> {
        let start = self.start();
        let mut operands = vec![self.sum()?];
        let mut operators = Vec::new();
        while let Some(operator) = self.operator() {
            operators.push(operator);
            operands.push(self.sum()?);
        }
        if operators.is_empty() {
            return Ok(operands.remove(0));
        }
        Ok(self.node(NodeKind::Compare(operators), start, operands))
    }

    fn operator(&mut self) -> Option<Operator> {
        let operator = match (self.sign(), self.word()) {
            (Some("<"), _) => Operator::Less,
            (Some("<="), _) => Operator::LessOrEqual,
            (Some(">"), _) => Operator::Greater,
            (Some(">="), _) => Operator::GreaterOrEqual,
            (Some("=="), _) => Operator::Equal,
            (Some("!="), _) => Operator::NotEqual,
            (_, Some("in")) => Operator::In,
            (_, Some("not")) => {
                self.at += 1;
                Operator::NotIn
            }
            _ => return None,
        };
        self.at += 1;
        Some(operator)
    }

    fn sum(&mut self) -> Parsed<Node> {
        self.left_to_right(Self::joined, &NodeKind::Arithmetic, |parser| parser.skip("+") || parser.skip("-"))
    }

    fn joined(&mut self) -> Parsed<Node> {
        self.left_to_right(Self::product, &NodeKind::Join, |parser| parser.skip("~"))
    }

    fn product(&mut self) -> Parsed<Node> {
        self.left_to_right(Self::power, &NodeKind::Arithmetic, |parser| {
            ["*", "/", "//", "%"].into_iter().any(|sign| parser.skip(sign))
        })
    }

    fn power(&mut self) -> Parsed<Node> {
        self.left_to_right(Self::filtered, &NodeKind::Arithmetic, |parser| parser.skip("**"))
    }

    fn left_to_right(
        &mut self,
        operand: impl Fn(&mut Self) -> Parsed<Node>,
        kind: &NodeKind,
        operator: impl Fn(&mut Self) -> bool,
    ) -> Parsed<Node> {
        let start = self.start();
        let mut node = operand(self)?;
        while operator(self) {
            let right = operand(self)?;
            node = self.node(kind.clone(), start, vec![node, right]);
        }
        Ok(node)
    }

    /// A value with its filters and tests.
    fn filtered(&mut self) -> Parsed<Node> {
        let start = self.start();
        let mut node = self.negated()?;
        loop {
            if self.skip("|") {
                let name = self.name()?;
                let mut parts = vec![node];
                if self.sign() == Some("(") {
                    parts.extend(self.arguments()?);
                }
                node = self.node(NodeKind::Filter(name), start, parts);
            } else if self.skip_word("is") {
                self.skip_word("not");
                let name = self.name()?;
                let mut parts = vec![node];
                if self.sign() == Some("(") {
                    parts.extend(self.arguments()?);
                } else if self.starts_an_argument() {
                    parts.push(self.negated()?);
                }
                node = self.node(NodeKind::Test(name), start, parts);
            } else {
                return Ok(node);
            }
        }
    }

    /// Whether the argument of a test follows without parentheses.
    fn starts_an_argument(&self) -> bool {
        let Some(token) = self.tokens.get(self.at) else { return false };
        match token.kind {
            TokenKind::Name => !matches!(token.text(self.source), "and" | "or" | "else" | "is"),
            TokenKind::Text | TokenKind::Number => true,
            TokenKind::Sign => matches!(token.text(self.source), "+" | "-" | "[" | "{"),
        }
    }

    /// A value with its attributes, items and calls, after any number of minus signs.
    fn negated(&mut self) -> Parsed<Node> {
        let start = self.start();
        if self.skip("-") {
            let inner = self.negated()?;
            return Ok(self.node(NodeKind::Negate, start, vec![inner]));
        }
        let mut node = self.primary()?;
        loop {
            if self.skip(".") {
                let Some(name) = self.peek() else { return Err(self.unparsed()) };
                self.at += 1;
                node = self.node(NodeKind::Access(Access::Attribute(name.to_owned())), start, vec![node]);
            } else if self.skip("[") {
                node = self.item(start, node)?;
            } else if self.sign() == Some("(") {
                let mut parts = vec![node];
                parts.extend(self.arguments()?);
                node = self.node(NodeKind::Call, start, parts);
            } else {
                return Ok(node);
            }
        }
    }

    /// What follows an opening bracket after a value.
    fn item(&mut self, start: usize, of: Node) -> Parsed<Node> {
        let mut parts = vec![of];
        let mut is_slice = false;
        while !self.skip("]") {
            if self.skip(":") {
                is_slice = true;
            } else {
                parts.push(self.expression()?);
            }
        }
        let kind = if is_slice { NodeKind::Slice } else { NodeKind::Access(Access::Index) };
        Ok(self.node(kind, start, parts))
    }

    /// The values of arguments in parentheses.
    pub(super) fn arguments(&mut self) -> Parsed<Vec<Node>> {
        self.require("(")?;
        let mut found = Vec::new();
        while !self.skip(")") {
            if self.skip(",") || self.skip("**") || self.skip("*") {
                continue;
            }
            let value = self.expression()?;
            if value.kind == NodeKind::Name && self.skip("=") {
                let name = self.source.get(value.start..value.end).unwrap_or_default().to_owned();
                let given = self.expression()?;
                found.push(self.node(NodeKind::Named(name), value.start, vec![given]));
            } else {
                found.push(value);
            }
        }
        Ok(found)
    }

    /// The name of a filter or a test, which may have dots.
    pub(super) fn name(&mut self) -> Parsed<String> {
        let mut name = self.word().ok_or_else(|| self.unparsed())?.to_owned();
        self.at += 1;
        while self.skip(".") {
            name.push('.');
            name.push_str(self.word().ok_or_else(|| self.unparsed())?);
            self.at += 1;
        }
        Ok(name)
    }

    fn primary(&mut self) -> Parsed<Node> {
        let token = *self.tokens.get(self.at).ok_or_else(|| self.unparsed())?;
        self.at += 1;
        match token.kind {
            TokenKind::Name => Ok(self.node(NodeKind::Name, token.start, Vec::new())),
            TokenKind::Number => Ok(self.node(NodeKind::Number, token.start, Vec::new())),
            TokenKind::Text => {
                while self.tokens.get(self.at).is_some_and(|it| it.kind == TokenKind::Text) {
                    self.at += 1;
                }
                Ok(self.node(NodeKind::Text, token.start, Vec::new()))
            }
            TokenKind::Sign => match token.text(self.source) {
                "(" => {
                    let (items, commas) = self.items(")")?;
                    let kind = if commas || items.is_empty() { NodeKind::List } else { NodeKind::Group };
                    Ok(self.node(kind, token.start, items))
                }
                "[" => {
                    let (items, _) = self.items("]")?;
                    Ok(self.node(NodeKind::List, token.start, items))
                }
                "{" => {
                    let (items, _) = self.items("}")?;
                    Ok(self.node(NodeKind::Other, token.start, items))
                }
                _ => {
                    self.at -= 1;
                    Err(self.unparsed())
                }
            },
        }
    }

    /// The values up to `close`, and whether commas stand between or after them.
    fn items(&mut self, close: &str) -> Parsed<(Vec<Node>, bool)> {
        let mut found = Vec::new();
        let mut commas = false;
        while !self.skip(close) {
            if self.skip(",") {
                commas = true;
            } else if !self.skip(":") {
                found.push(self.expression()?);
            }
        }
        Ok((found, commas))
    }
}
