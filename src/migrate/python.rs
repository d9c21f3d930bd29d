//! Reads the fields of a schema in Python from its text; nothing is run.

/// The class with the schema of an answer.
const CLASS: &str = "class LLMOutput(";

/// The names of the fields of `LLMOutput`, a plain Pydantic class. `None` if the text does not tell them: for want of
/// the class, because it inherits fields, or because aliases rename them.
#[must_use]
pub fn fields_of(text: &str) -> Option<Vec<String>> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with(CLASS));
    let bases = lines.next()?.strip_prefix(CLASS)?.split_once("):")?.0.trim();
    if !matches!(bases, "BaseModel" | "pydantic.BaseModel") || text.contains("alias") {
        return None;
    }
    let mut fields = Vec::new();
    let mut indent = None;
    let mut in_text = false;
    for line in lines {
        let was_in_text = in_text;
        in_text ^= (line.matches("\"\"\"").count() + line.matches("'''").count()) % 2 == 1;
        let inner = line.trim_start();
        if was_in_text || inner.is_empty() || inner.starts_with('#') {
            continue;
        }
        let depth = line.len() - inner.len();
        if depth == 0 {
            break;
        }
        if *indent.get_or_insert(depth) == depth {
            fields.extend(field(inner));
        }
    }
    (!fields.is_empty()).then_some(fields)
}

/// The name of a field that a line declares.
fn field(line: &str) -> Option<String> {
    let (name, kind) = line.split_once(':')?;
    let name = name.trim_end();
    let is_name = name.chars().all(|it| it.is_alphanumeric() || it == '_') && !name.is_empty();
    let is_field = is_name && !name.starts_with('_') && name != "model_config" && !kind.contains("ClassVar");
    // `else:` and the like have nothing after the colon.
    (is_field && !kind.trim().is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_of_a_plain_class() {
        let text = "from pydantic import BaseModel\n\nclass Part(BaseModel):\n    no: int\n\n\
                    class LLMOutput(BaseModel):\n    \"\"\"What it is.\n\n    Note: no field.\n    \"\"\"\n\
                    \x20   model_config = ConfigDict(extra='forbid')\n    # a: comment\n    topic: str\n\
                    \x20   score: int = Field(\n        ge=0,\n    )\n    kinds: ClassVar[int] = 3\n    _own: int = 1\n\
                    \x20   @validator('topic')\n    def check(cls, value):\n        if value:\n            x: int = 1\n\
                    \x20       return value\n\nclass Other(BaseModel):\n    other: int\n";
        assert_eq!(fields_of(text).unwrap(), ["topic", "score"]);
    }

    #[test]
    fn what_the_text_does_not_tell_is_not_told() {
        for text in [
            "",
            "class LLMOutput: ...\n",
            "class LLMOutput(Base):\n    a: int\n",
            "class LLMOutput(BaseModel):\n    a: int = Field(alias='b')\n",
            "class LLMOutput(BaseModel):\n    pass\n",
        ] {
            assert_eq!(fields_of(text), None, "{text}");
        }
    }
}
