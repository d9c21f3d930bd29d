//! Editing an output in the user's editor.

use std::fs;
use std::io;
use std::process::Command;

/// Opens `text` in the user's editor (`VISUAL`, `EDITOR`) and returns the edited text.
pub fn in_editor(text: &str) -> io::Result<String> {
    let named = ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
    let default = if cfg!(windows) { "notepad" } else { "vi" };
    let editor = named.unwrap_or_else(|| default.to_owned());
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("output.json");
    fs::write(&path, text)?;
    let status = command(&editor).arg(&path).status().map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("the editor `{editor}` did not start: {error} (set EDITOR to another one)"),
        )
    })?;
    if !status.success() {
        return Err(io::Error::other(format!("the editor `{editor}` ended with {status}")));
    }
    fs::read_to_string(&path)
}

/// The variable may hold arguments, as in `code --wait`; a shell splits them.
fn command(editor: &str) -> Command {
    if cfg!(windows) {
        let mut words = editor.split_whitespace();
        let mut command = Command::new(words.next().unwrap_or(editor));
        command.args(words);
        return command;
    }
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{editor} \"$@\""), editor]);
    command
}
