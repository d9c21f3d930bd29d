//! The source with checked operators: [`Rewritten`].

use super::node::{Access, Node, NodeKind, Operator, Unparsed};

/// A source with checked operators, and where each part of it was written.
#[derive(Clone, Debug)]
pub(in crate::prompt) struct Rewritten {
    pub(in crate::prompt) source: String,
    /// Copied pieces: the offset here, the offset in what was written, and the length.
    pieces: Vec<(usize, usize, usize)>,
}

/// The most that a source may grow: the middle of a chain of comparisons stands in it twice.
const GROWTH: usize = 64;

impl Rewritten {
    pub(super) fn of(source: &str, expressions: &[Node]) -> Result<Self, Unparsed> {
        let limit = source.len().saturating_mul(GROWTH).saturating_add(1 << 16);
        let mut writer = Writer { from: source, out: String::with_capacity(source.len()), pieces: Vec::new(), limit };
        writer.range(0, source.len(), expressions)?;
        Ok(Self { source: writer.out, pieces: writer.pieces })
    }

    /// The offset in what was written of an offset in the rewritten source.
    pub(in crate::prompt) fn offset(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|(here, ..)| *here <= offset);
        match after.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some((here, written, length)) => written + (offset - here).min(*length),
            None => 0,
        }
    }
}

struct Writer<'a> {
    from: &'a str,
    out: String,
    pieces: Vec<(usize, usize, usize)>,
    limit: usize,
}

impl Writer<'_> {
    /// Copies what stands between `start` and `end`, with `nodes` written as they have to be.
    fn range(&mut self, start: usize, end: usize, nodes: &[Node]) -> Result<(), Unparsed> {
        let mut at = start;
        for node in nodes {
            self.copy(at, node.start);
            self.node(node)?;
            at = node.end;
        }
        self.copy(at, end);
        Ok(())
    }

    fn copy(&mut self, start: usize, end: usize) {
        if let Some(text) = self.from.get(start..end).filter(|it| !it.is_empty()) {
            self.pieces.push((self.out.len(), start, end - start));
            self.out.push_str(text);
        }
    }

    fn node(&mut self, node: &Node) -> Result<(), Unparsed> {
        if self.out.len() > self.limit {
            return Err(Unparsed { offset: node.start });
        }
        match (&node.kind, node.children.as_slice()) {
            (NodeKind::Compare(operators), operands) => self.comparison(operators, operands),
            (kind @ (NodeKind::Arithmetic | NodeKind::Join), [left, right]) => {
                let filter = if *kind == NodeKind::Join { "joined_value" } else { "plain_value" };
                self.operand(left, filter)?;
                self.copy(left.end, right.start);
                self.operand(right, filter)
            }
            (NodeKind::Negate, [inner]) => {
                self.copy(node.start, inner.start);
                self.operand(inner, "plain_value")
            }
            (NodeKind::Access(Access::Index) | NodeKind::Slice, [of, index @ ..]) => {
                self.node(of)?;
                let mut at = of.end;
                for part in index {
                    self.copy(at, part.start);
                    self.operand(part, "plain_value")?;
                    at = part.end;
                }
                self.copy(at, node.end);
                Ok(())
            }
            (_, children) => self.range(node.start, node.end, children),
        }
    }

    /// An operand that passes through a filter. A literal needs none.
    fn operand(&mut self, node: &Node, filter: &str) -> Result<(), Unparsed> {
        if matches!(node.bare().kind, NodeKind::Number | NodeKind::Text) {
            return self.node(node);
        }
        self.out.push_str("((");
        self.node(node)?;
        self.out.push_str(")|");
        self.out.push_str(filter);
        self.out.push(')');
        Ok(())
    }

    fn comparison(&mut self, operators: &[Operator], operands: &[Node]) -> Result<(), Unparsed> {
        let links = operators.iter().zip(operands.windows(2));
        let is_chain = operators.len() > 1;
        if is_chain {
            self.out.push('(');
        }
        for (index, (operator, pair)) in links.enumerate() {
            if index > 0 {
                self.out.push_str(" and ");
            }
            self.out.push_str("((");
            self.node(&pair[0])?;
            self.out.push_str(")|");
            self.out.push_str(operator.filter());
            self.out.push_str("((");
            self.node(&pair[1])?;
            self.out.push_str(")))");
        }
        if is_chain {
            self.out.push(')');
        }
        Ok(())
    }
}
