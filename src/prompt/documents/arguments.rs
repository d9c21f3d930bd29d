//! The functions over documents, their parameters, and which argument goes with which.

use std::fmt;

/// The most passages that one call retrieves.
pub(super) const MAX_PASSAGES: u32 = 50;
/// How many passages a call retrieves that does not say.
pub(super) const DEFAULT_PASSAGES: u32 = 5;

/// A function over documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::prompt) enum DocumentFunction {
    Retrieve,
    Lines,
    EvidenceOk,
}

impl DocumentFunction {
    pub(in crate::prompt) const ALL: [Self; 3] = [Self::Retrieve, Self::Lines, Self::EvidenceOk];

    /// The function of this name.
    pub(in crate::prompt) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    pub(in crate::prompt) fn as_str(self) -> &'static str {
        match self {
            Self::Retrieve => "retrieve",
            Self::Lines => "lines",
            Self::EvidenceOk => "evidence_ok",
        }
    }
}

impl fmt::Display for DocumentFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    /// A text, or a number whose text is taken.
    TextOrNumber,
    /// A whole number.
    Number,
}

/// A parameter of a function.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) required: bool,
}

const fn required(name: &'static str, takes: Takes) -> Parameter {
    Parameter { name, takes, required: true }
}

const fn optional(name: &'static str, takes: Takes) -> Parameter {
    Parameter { name, takes, required: false }
}

const RETRIEVE: [Parameter; 3] =
    [required("knowledge", Takes::Text), required("query", Takes::TextOrNumber), optional("k", Takes::Number)];
const LINES: [Parameter; 4] = [
    required("document", Takes::Text),
    required("from", Takes::Number),
    optional("to", Takes::Number),
    optional("knowledge", Takes::Text),
];
const EVIDENCE_OK: [Parameter; 5] = [
    required("document", Takes::Text),
    required("line_start", Takes::Number),
    required("line_end", Takes::Number),
    required("quote", Takes::Text),
    optional("knowledge", Takes::Text),
];

impl DocumentFunction {
    /// Its parameters, in the order in which arguments without names are taken.
    pub(super) fn parameters(self) -> &'static [Parameter] {
        match self {
            Self::Retrieve => &RETRIEVE,
            Self::Lines => &LINES,
            Self::EvidenceOk => &EVIDENCE_OK,
        }
    }

    /// How it is called, for people.
    pub(super) fn usage(self) -> &'static str {
        match self {
            Self::Retrieve => "retrieve('kb', row.question, k=5)",
            Self::Lines => "lines(row.document, 1, 3)",
            Self::EvidenceOk => "evidence_ok(row.document, 1, 3, output.quote)",
        }
    }

    /// The argument of each parameter, from the arguments in order and those with names; or why they do not fit.
    pub(super) fn bind<T>(
        self,
        placed: impl IntoIterator<Item = T>,
        named: impl IntoIterator<Item = (String, T)>,
    ) -> Result<Vec<Option<T>>, String> {
        let parameters = self.parameters();
        let mut bound: Vec<Option<T>> = parameters.iter().map(|_| None).collect();
        let mut count = 0;
        for argument in placed {
            if let Some(place) = bound.get_mut(count) {
                *place = Some(argument);
            }
            count += 1;
        }
        if count > parameters.len() {
            return Err(format!("`{self}` takes at most {} arguments, and is given {count}", parameters.len()));
        }
        for (name, argument) in named {
            match parameters.iter().position(|it| it.name == name) {
                None => return Err(format!("`{self}` has no argument `{name}`: its arguments are {}", self.names())),
                Some(place) if bound[place].is_some() => {
                    return Err(format!("`{self}` is given `{name}` twice"));
                }
                Some(place) => bound[place] = Some(argument),
            }
        }
        let missing = parameters.iter().zip(&bound).find(|(parameter, it)| parameter.required && it.is_none());
        match missing {
            Some((parameter, _)) => Err(format!("`{self}` is not given `{}`", parameter.name)),
            None => Ok(bound),
        }
    }

    /// The names of its parameters.
    fn names(self) -> String {
        self.parameters().iter().map(|it| it.name).collect::<Vec<_>>().join(", ")
    }
}

/// The message that a call asks for too few passages, or too many.
pub(super) fn out_of_range(number: &str) -> String {
    format!("`retrieve`: `k` is {number}, and must be from 1 to {MAX_PASSAGES}")
}
