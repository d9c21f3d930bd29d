//! What someone says in a document: [`Utterance`].

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Speaker {
    Customer,
    Operator,
}

impl Speaker {
    /// The role of a chat message.
    #[must_use]
    pub fn role(self) -> &'static str {
        match self {
            Self::Customer => "user",
            Self::Operator => "operator",
        }
    }
}

/// Where in a document something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UtteranceKind {
    /// A cell of a table.
    Table,
    /// An item of a list.
    List,
    /// A line of a quote (`> …`), or one in quotation marks.
    Quote,
    /// A line after a label such as `Customer:`.
    Dialog,
    /// A question of the document itself, such as an FAQ's.
    Question,
}

impl UtteranceKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::List => "list",
            Self::Quote => "quote",
            Self::Dialog => "dialog",
            Self::Question => "question",
        }
    }
}

/// What someone says in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    /// The first line and the last, counted from 1.
    pub line: usize,
    pub line_end: usize,
    /// The text without marks, labels and the quotation marks around it; line ends in it are blanks.
    pub text: String,
    pub kind: UtteranceKind,
    pub speaker: Speaker,
    /// Which dialog it is a turn of, counted from 1; `None` if it stands alone.
    pub dialog: Option<usize>,
}
