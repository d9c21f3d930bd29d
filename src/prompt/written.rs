//! Reading prompt files: from YAML or a plain text to a [`Prompt`].

use std::sync::Arc;

use serde::Deserialize;

use super::braces::BraceNames;
use super::error::PromptError;
use super::file::Prompt;
use super::images::ImageTemplate;
use super::include::Parts;
use super::input_data::InputData;
use super::origin::TemplateOrigin;
use super::template::Template;
use super::turn::{Turn, TurnRole};
use crate::config::{ConfigError, Location, Node, Origin, Problem, PromptSyntax, nearest, typed};

/// A prompt file in YAML, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPrompt {
    name: String,
    version: Option<String>,
    purpose: Option<String>,
    syntax: Option<PromptSyntax>,
    system: Option<String>,
    user: Option<String>,
    messages: Option<Vec<WrittenTurn>>,
    assistant_prefix: Option<String>,
    retry: Option<String>,
    images: Option<Vec<String>>,
}

/// A message, as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTurn {
    role: String,
    content: String,
}

/// A prompt file and how it is read.
#[derive(Clone, Copy)]
pub struct PromptSource<'a> {
    pub text: &'a str,
    /// The file's name in messages.
    pub file: &'a str,
    /// Its path, as the configuration names it: one that ends in `.txt` or `.md` is a user message as a whole.
    pub path: &'a str,
    /// The syntax, if the file sets none.
    pub syntax: PromptSyntax,
    /// Its parts.
    pub parts: &'a Parts<'a>,
}

impl Prompt {
    /// Reads a prompt file in YAML and compiles its templates. `file` is its name in messages.
    pub fn parse(text: &str, file: &str) -> Result<Self, PromptError> {
        let source = PromptSource { text, file, path: "", syntax: PromptSyntax::Jinja, parts: &Parts::none() };
        Reader { source, names: BraceNames::Plain }.yaml()
    }

    /// Reads a prompt file of any kind without its parts: if `path` ends in `.txt` or `.md`, the whole file is the user
    /// message, otherwise it is YAML. `syntax` applies if the file sets none.
    pub fn read(text: &str, file: &str, path: &str, syntax: PromptSyntax) -> Result<Self, PromptError> {
        let source = PromptSource { text, file, path, syntax, parts: &Parts::none() };
        Reader { source, names: BraceNames::Plain }.prompt()
    }

    /// Reads a prompt file of any kind with its parts. What stands in single braces is known once the columns are: see
    /// [`Prompt::bound`].
    pub fn draft(source: PromptSource<'_>) -> Result<Self, PromptError> {
        Reader { source, names: BraceNames::Draft }.prompt()
    }
}

struct Reader<'a> {
    source: PromptSource<'a>,
    names: BraceNames<'a>,
}

impl Reader<'_> {
    fn prompt(&self) -> Result<Prompt, PromptError> {
        if is_message(self.source.path) { self.message() } else { self.yaml() }
    }

    fn template(&self, syntax: PromptSyntax, source: &str, origin: TemplateOrigin) -> Result<Template, PromptError> {
        let (source, origin) = self.source.parts.expand(syntax, source, origin)?;
        Template::compile_as(syntax, &source, origin, self.names)
    }

    /// The whole file is the message. Its line ends are LF, as YAML makes them too.
    fn message(&self) -> Result<Prompt, PromptError> {
        let PromptSource { text, file, path, syntax, .. } = self.source;
        let start = Location { file: Arc::from(file), line: 1, column: 1 };
        if text.trim().is_empty() {
            return Err(ConfigError::new(Problem::Empty("a prompt"), &Origin::File(start)).into());
        }
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let origin = TemplateOrigin { start: Some(start), ..TemplateOrigin::key("user") };
        Ok(Prompt {
            name: name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned(),
            version: None,
            purpose: None,
            syntax,
            turns: vec![Turn { role: TurnRole::User, template: self.template(syntax, &text, origin)? }],
            listed: false,
            retry: None,
            images: Vec::new(),
            input_data: InputData::default(),
        })
    }

    fn yaml(&self) -> Result<Prompt, PromptError> {
        let PromptSource { text, file, .. } = self.source;
        let node = Node::parse(text, &Arc::from(file), "a prompt")?;
        let mut written: WrittenPrompt = typed(&node, "")?;
        let syntax = written.syntax.unwrap_or(self.source.syntax);
        let file = YamlPrompt { reader: self, node: &node, syntax };
        let listed = written.messages.take();
        let retry = written.retry.take().filter(|it| !it.trim().is_empty());
        let image = |(index, source): (usize, &String)| file.image(index, source);
        let images = written.images.iter().flatten().enumerate().map(image).collect::<Result<_, PromptError>>()?;
        Ok(Prompt {
            listed: listed.is_some(),
            turns: match listed {
                Some(listed) => file.listed(&written, &listed)?,
                None => file.plain(&mut written)?,
            },
            retry: retry.map(|source| file.compile("retry", &source)).transpose()?,
            images,
            name: written.name,
            version: written.version,
            purpose: written.purpose,
            syntax,
            input_data: InputData::default(),
        })
    }
}

/// A prompt file in YAML that is being read.
struct YamlPrompt<'a> {
    reader: &'a Reader<'a>,
    node: &'a Node,
    syntax: PromptSyntax,
}

impl YamlPrompt<'_> {
    fn bad(&self, key: &str, reason: &str) -> ConfigError {
        ConfigError::value(key, reason, self.node.origin_of(key))
    }

    fn compile(&self, key: &str, source: &str) -> Result<Template, PromptError> {
        self.compile_at(key.to_owned(), source, self.node.origin_of(key))
    }

    fn compile_at(&self, key: String, source: &str, origin: &Origin) -> Result<Template, PromptError> {
        let start = match origin {
            Origin::File(location) => start_of(source, self.reader.source.text, location),
            Origin::Set(_) | Origin::Unknown => None,
        };
        self.reader.template(self.syntax, source, TemplateOrigin { start, ..TemplateOrigin::key(key) })
    }

    fn image(&self, index: usize, source: &str) -> Result<ImageTemplate, PromptError> {
        let key = format!("images[{index}]");
        if source.trim().is_empty() {
            let origin = self.node.origin_of("images");
            return Err(ConfigError::value(key, "expected a file's name, found an empty text", origin).into());
        }
        ImageTemplate::compile(source, TemplateOrigin::key(key))
    }

    /// The messages of `system` and `user`.
    fn plain(&self, written: &mut WrittenPrompt) -> Result<Vec<Turn>, PromptError> {
        let Some(mut user) = written.user.take() else {
            let hint = "write the message as a template, `user: …`, or several under `messages`";
            return Err(ConfigError::missing("user", Some(hint), self.node.origin_of("")).into());
        };
        if user.trim().is_empty() {
            return Err(self.bad("user", "expected a template, found an empty text").into());
        }
        if let Some(prefix) = written.assistant_prefix.take().filter(|it| !it.trim().is_empty()) {
            if self.syntax != PromptSyntax::Braces {
                let error = self.bad("assistant_prefix", "only a prompt in single braces can have it");
                return Err(error.with_hint("write it at the end of `user`").into());
            }
            // In the older prompt files, this text ends the only message.
            self.compile("assistant_prefix", &prefix)?;
            self.compile("user", &user)?;
            user = format!("{}\n\n{}", user.trim_end(), prefix.trim());
        }
        let system = written
            .system
            .take()
            .filter(|it| !it.trim().is_empty())
            .map(|source| self.compile("system", &source))
            .transpose()?;
        let system = system.map(|template| Turn { role: TurnRole::System, template });
        let user = Turn { role: TurnRole::User, template: self.compile("user", &user)? };
        Ok(system.into_iter().chain([user]).collect())
    }

    /// The messages of `messages`.
    fn listed(&self, written: &WrittenPrompt, listed: &[WrittenTurn]) -> Result<Vec<Turn>, PromptError> {
        let twice = [
            ("system", written.system.is_some(), "make it the first of `messages`: `- {role: system, content: …}`"),
            ("user", written.user.is_some(), "make it the last of `messages`: `- {role: user, content: …}`"),
            ("assistant_prefix", written.assistant_prefix.is_some(), "write it at the end of the last message"),
        ];
        if let Some((key, _, hint)) = twice.iter().find(|(_, set, _)| *set) {
            let error = self.bad(key, "`messages` stands in its place: a prompt has one of them");
            return Err(error.with_hint(*hint).into());
        }
        let nodes = self.node.elements("messages");
        let mut turns: Vec<Turn> = Vec::with_capacity(listed.len());
        for (index, turn) in listed.iter().enumerate() {
            let place = |key: &str| nodes.get(index).map_or(self.node.origin_of("messages"), |it| it.origin_of(key));
            let bad =
                |key: &str, reason: String| ConfigError::value(format!("messages[{index}].{key}"), reason, place(key));
            let role = Self::role(index, turn, turns.last()).map_err(|(reason, hint)| {
                let error = bad("role", reason);
                match hint {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                }
            })?;
            if turn.content.trim().is_empty() {
                return Err(bad("content", "expected a template, found an empty text".to_owned()).into());
            }
            let key = format!("messages[{index}].content");
            turns.push(Turn { role, template: self.compile_at(key, &turn.content, place("content"))? });
        }
        let hint = "end with the question, as in `- {role: user, content: \"{{ row.text }}\"}`";
        let reason = match turns.last().map(|turn| turn.role) {
            Some(TurnRole::User) => return Ok(turns),
            _ if !turns.iter().any(|turn| turn.role == TurnRole::User) => "there is no message of the user".to_owned(),
            last => {
                let last = last.map_or("", TurnRole::as_str);
                format!("the last message is one of `{last}`, and a model answers the user")
            }
        };
        Err(self.bad("messages", &reason).with_hint(hint).into())
    }

    /// The role of a message; or what is wrong with it, and what to do.
    fn role(index: usize, turn: &WrittenTurn, before: Option<&Turn>) -> Result<TurnRole, (String, Option<String>)> {
        let Some(role) = TurnRole::of(&turn.role) else {
            let near = nearest(&turn.role, ["system", "user", "assistant"]);
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let found = turn.role.escape_debug();
            return Err((format!("expected `system`, `user` or `assistant`, found `{found}`"), hint));
        };
        match (role, before.map(|it| it.role)) {
            (TurnRole::System, _) if index > 0 => {
                let hint = "put what all rows share into the first message, or write it as a message of the user";
                Err(("a message of the system can only be the first".to_owned(), Some(hint.to_owned())))
            }
            (TurnRole::Assistant, None | Some(TurnRole::System)) => {
                let hint = "begin with an example's question, as a message of the user";
                Err(("before the first answer there is no question".to_owned(), Some(hint.to_owned())))
            }
            _ => Ok(role),
        }
    }
}

/// Whether the whole file at `path` is the user message.
fn is_message(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".txt", ".md"].iter().any(|ending| lower.ends_with(ending))
}

/// The position in `text` of the first character of `template`, whose YAML value starts at `value`. `None` if the lines
/// of the two do not correspond, as in a folded block.
fn start_of(template: &str, text: &str, value: &Location) -> Option<Location> {
    let index = |position: u32| usize::try_from(position).ok()?.checked_sub(1);
    let (line, column) = (index(value.line)?, index(value.column)?);
    let place = |line: usize, column: usize| {
        let (line, column) = (u32::try_from(line + 1).ok()?, u32::try_from(column + 1).ok()?);
        Some(Location { file: value.file.clone(), line, column })
    };
    // For the YAML reader, a block starts with its first line that is not empty; the line with the `|` is above it.
    let empty = template.lines().take_while(|line| line.is_empty()).count();
    if let Some(above) = line.checked_sub(empty + 1) {
        let above = text.lines().nth(above)?;
        let above = above.split(" #").next().unwrap_or(above);
        if above.split_whitespace().next_back().is_some_and(|word| word.starts_with('|')) {
            return place(line - empty, column);
        }
    }
    if template.contains('\n') {
        return None;
    }
    let written: String = text.lines().nth(line)?.chars().skip(column).collect();
    match written.strip_prefix(['"', '\'']) {
        Some(inner) if inner.starts_with(template) => place(line, column + 1),
        None if written.starts_with(template) => place(line, column),
        _ => None,
    }
}
