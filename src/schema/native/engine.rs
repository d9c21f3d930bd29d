//! What the engines of grammars hold answers to, behind servers that speak `OpenAI`'s dialect.
//!
//! Found by compiling schemas of many kinds with the engines themselves (`tests/peers`): xgrammar 0.2 and llguidance 1,
//! of which vLLM chooses for each schema, xgrammar behind `SGLang`'s own gate, and llama.cpp's converter, which Ollama
//! has too. What an engine refuses, and what would make it allow less than the schema, is not sent.

/// What an engine does with a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// It holds answers to it.
    Held,
    /// It ignores it.
    Ignored,
    /// It refuses the schema, or takes the keyword for something else.
    NotSent,
}

/// The patterns that an engine takes as they are meant, of those that are regular, about the whole text, and without a
/// sign that JSON escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patterns {
    Regular,
    /// Without `\p{…}`.
    WithoutProperties,
    /// Without `\s` and without signs that take quotation marks; `\d` and `\w` are written out.
    PlainRanges,
}

/// What one engine, or a server's choice of several, does.
#[derive(Debug)]
pub(super) struct Engine {
    /// The formats that it holds.
    pub formats: &'static [&'static str],
    pub multiple_of: Treatment,
    /// Bounds of numbers that may have a fraction. Those of integers are held everywhere.
    pub number_bounds: Treatment,
    /// `minProperties` and `maxProperties`.
    pub field_counts: Treatment,
    pub property_names: Treatment,
    /// `minLength` and `maxLength` beside a `pattern` or a `format`.
    pub length_beside: Treatment,
    pub patterns: Patterns,
    /// Whether texts have no escapes under a bound of their length, or where a `pattern` takes any sign: no quotation
    /// marks, no backslashes and no line breaks.
    pub texts_without_escapes: bool,
    /// The most items or characters that it counts.
    pub most_counted: u64,
    /// Whether arrays may begin with items of their own kinds and go on with others.
    pub open_tuples: bool,
    /// Whether `{}` means any value.
    pub empty_is_any: bool,
}

const GRAMMAR_FORMATS: &[&str] =
    &["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// vLLM, which takes xgrammar, or llguidance for what xgrammar lacks.
pub(super) const VLLM: Engine = Engine {
    formats: GRAMMAR_FORMATS,
    multiple_of: Treatment::Held,
    number_bounds: Treatment::Held,
    field_counts: Treatment::Held,
    property_names: Treatment::NotSent,
    length_beside: Treatment::Held,
    patterns: Patterns::Regular,
    texts_without_escapes: true,
    most_counted: u64::MAX,
    open_tuples: true,
    empty_is_any: true,
};

/// `SGLang`, with xgrammar alone.
pub(super) const SGLANG: Engine = Engine {
    multiple_of: Treatment::NotSent,
    property_names: Treatment::Held,
    length_beside: Treatment::NotSent,
    patterns: Patterns::WithoutProperties,
    ..VLLM
};

/// llama.cpp, and Ollama.
pub(super) const LLAMA_CPP: Engine = Engine {
    formats: &["date-time", "time", "date", "uuid"],
    multiple_of: Treatment::Ignored,
    number_bounds: Treatment::Ignored,
    field_counts: Treatment::NotSent,
    property_names: Treatment::NotSent,
    length_beside: Treatment::NotSent,
    patterns: Patterns::PlainRanges,
    texts_without_escapes: false,
    most_counted: 1_999,
    open_tuples: false,
    empty_is_any: false,
};
