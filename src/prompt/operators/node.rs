//! An expression of a template as a tree: [`Node`].

/// Something that the engine reads and this grammar does not. It cannot be checked, so it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prompt) struct Unparsed {
    /// The byte offset.
    pub(in crate::prompt) offset: usize,
}

/// An expression or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::prompt) struct Node {
    pub(in crate::prompt) kind: NodeKind,
    /// The bytes that it takes in the source.
    pub(in crate::prompt) start: usize,
    pub(in crate::prompt) end: usize,
    /// Its parts, in the order of the source.
    pub(in crate::prompt) children: Vec<Self>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::prompt) enum NodeKind {
    /// A variable.
    Name,
    Text,
    Number,
    /// A list or a tuple of its children.
    List,
    /// An attribute or an item of the first child; the index is the second child.
    Access(Access),
    /// One operator less than there are children.
    Compare(Vec<Operator>),
    /// `+`, `-`, `*`, `/`, `//`, `%` or `**` between two children.
    Arithmetic,
    /// Two children that `~` joins.
    Join,
    /// A minus before its child.
    Negate,
    /// The filter of this name, applied to the first child with the others as arguments.
    Filter(String),
    /// The test of this name, likewise.
    Test(String),
    /// A call of the first child with the others as arguments.
    Call,
    /// The argument of this name, with its value.
    Named(String),
    /// The first child between two bounds and a step, as far as these are written.
    Slice,
    /// A single expression in parentheses.
    Group,
    /// Anything else that only has parts.
    Other,
}

/// What a template gives a name of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::prompt) enum Binding {
    /// An element of this list, as in `for`.
    Element(Node),
    /// This value, as with `set`.
    Value(Node),
    /// Anything else: a parameter, one of several names, what a block makes.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::prompt) enum Access {
    Attribute(String),
    Index,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prompt) enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    In,
    NotIn,
}

impl Node {
    /// The node without parentheses around it.
    pub(in crate::prompt) fn bare(&self) -> &Self {
        match (&self.kind, self.children.as_slice()) {
            (NodeKind::Group, [inner]) => inner.bare(),
            _ => self,
        }
    }
}

impl Operator {
    /// The filter that does its work.
    pub(in crate::prompt) fn filter(self) -> &'static str {
        match self {
            Self::Less => "lt_checked",
            Self::LessOrEqual => "le_checked",
            Self::Greater => "gt_checked",
            Self::GreaterOrEqual => "ge_checked",
            Self::Equal => "eq_checked",
            Self::NotEqual => "ne_checked",
            Self::In => "in_checked",
            Self::NotIn => "not_in_checked",
        }
    }

    /// As a template writes it.
    pub(in crate::prompt) fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::In => "in",
            Self::NotIn => "not in",
        }
    }
}
