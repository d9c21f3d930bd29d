//! Acquiring: a command (`input.command`) fetches the table, and what it wrote is kept in the run file byte for byte.
//!
//! Later runs read it from there. The command runs again only for `--refresh`, after `clean --from acquire`, or once
//! its text has changed. It runs without a shell in the configuration's folder, and what it writes goes to a scratch
//! file, however much that is.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::EngineError;
use super::pipeline::{Pipeline, Policy};
use super::session::Session;
use crate::project::{Acquired, Project, models};
use crate::provider::{ProviderError, ProviderErrorKind};
use crate::record::Stage;
use crate::stage::ManifestContent;
use crate::stage::artifact::{self, Artifact, ArtifactError, ArtifactWriter};
use crate::stage::record;
use crate::store::{self, Access, OpenError};
use crate::transport::{Interrupts, Masks, Secret};
use crate::view::text::{self, thousands};

/// The name under which the run file keeps the table.
const NAME: &str = "input";
/// How many bytes are copied at a time.
const PIECE: usize = 256 * 1024;
/// How many of the last lines of a command's messages an error shows.
const LINES: usize = 8;
/// How often a running command is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// The table that the run file at `db` has of the project's command, if it has one.
pub(super) fn recorded(project: &Project, db: &Path) -> Result<Option<File>, EngineError> {
    if !db.exists() {
        return Ok(None);
    }
    let connection = match store::open(db, Access::Read) {
        Ok(connection) => connection,
        // A run that was killed in its first moments leaves an empty file.
        Err(OpenError::Empty(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let tx = connection.unchecked_transaction()?;
    let Some(earlier) = record::unchanged(&tx, Stage::Acquire, None, &inputs(project))? else { return Ok(None) };
    let Some(id) = earlier.summary.outputs["artifact"].as_i64() else { return Ok(None) };
    Ok(Some(copied(&tx, id).map_err(|error| EngineError::from(error).of_file(db))?))
}

/// The project with the table that the record has, where a command writes it: what asks nothing does not run that.
pub(super) fn with_recorded(project: Project, db: &Path) -> Result<Project, EngineError> {
    if !project.runs_command() {
        return Ok(project);
    }
    match recorded(&project, db)? {
        Some(file) => Ok(project.with_acquired(Some(Acquired::new(file, false)))),
        None => Err(EngineError::NotAcquired { command: project.config.input.shown_command() }),
    }
}

/// An artifact (rowid) in a scratch file, at its beginning.
fn copied(connection: &Connection, id: i64) -> Result<File, ArtifactError> {
    let mut file = tempfile::tempfile()?;
    artifact::read(connection, id, &mut file)?;
    file.flush()?;
    file.rewind()?;
    Ok(file)
}

/// What the record is looked up by.
fn inputs(project: &Project) -> Value {
    json!({"command": project.config.input.command})
}

/// Refuses a run that would need the table and was not asked to fetch it.
pub(super) fn check(policy: &Policy) -> Result<(), EngineError> {
    if policy.wants(Stage::Acquire) { Ok(()) } else { Err(policy.missing(Stage::Acquire)) }
}

/// Runs the project's command; returns what it wrote, at its beginning.
pub(super) fn fetched(project: &Project, interrupts: &Interrupts) -> Result<File, EngineError> {
    let shown = project.config.input.shown_command();
    let failed = |reason: String| EngineError::Acquire { command: shown.clone(), reason };
    let mut output = tempfile::tempfile().map_err(|error| failed(format!("no scratch file: {error}")))?;
    let _deferred = interrupts.defer_exit();
    let mut child = start(project, &output).map_err(|error| failed(format!("it cannot be started: {error}")))?;
    let messages = Messages::read(child.stderr.take());
    let ended = wait(&mut child, interrupts).map_err(|error| failed(error.to_string()))?;
    let Some(status) = ended else { return Err(EngineError::Interrupted) };
    if !status.success() {
        return Err(failed(format!("{}{}", ending(status), said(project, messages.end()))));
    }
    let bytes = output.seek(io::SeekFrom::End(0)).map_err(|error| failed(error.to_string()))?;
    if bytes == 0 {
        return Err(failed(format!("it wrote nothing{}", said(project, messages.end()))));
    }
    output.rewind().map_err(|error| failed(error.to_string()))?;
    Ok(output)
}

/// Starts the command without a shell, in the configuration's folder. A program that is named by a path is looked for
/// from there, too.
fn start(project: &Project, output: &File) -> io::Result<Child> {
    let [program, arguments @ ..] = project.config.input.command.as_slice() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no program is named"));
    };
    let folder = if project.dir.as_os_str().is_empty() { Path::new(".") } else { project.dir.as_path() };
    let folder = std::path::absolute(folder)?;
    let is_path = program.contains(std::path::is_separator);
    let program = if is_path { folder.join(program) } else { PathBuf::from(program) };
    Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(Stdio::piped())
        .spawn()
}

/// Waits for a command to end; `None` if the user stopped it.
fn wait(child: &mut Child, interrupts: &Interrupts) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            // A signal of the terminal ends the command, too.
            return Ok((!interrupts.stop_requested()).then_some(status));
        }
        if interrupts.stop_requested() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(INTERVAL);
    }
}

fn ending(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("it ended with exit code {code}"),
        None => format!("it was ended ({status})"),
    }
}

/// What the command said last, without the keys of the project's models and without control characters.
fn said(project: &Project, lines: Vec<String>) -> String {
    let names = models(project).filter_map(|it| it.llm.provider.endpoint()?.api_key_env.clone());
    let secrets: Vec<Secret> = names.filter_map(|name| Secret::from_env(&name).ok()).collect();
    // Where keys cannot be looked for, nothing is shown.
    let Ok(masks) = Masks::of(&secrets) else { return String::new() };
    let shown = lines.into_iter().map(|line| {
        let mut error = ProviderError::new(ProviderErrorKind::InvalidResponse, line);
        masks.mask_error(&mut error);
        text::line(&error.message).into_owned()
    });
    let shown: Vec<String> = shown.filter(|line| !line.trim().is_empty()).collect();
    if shown.is_empty() { String::new() } else { format!(": {}", shown.join(" | ")) }
}

/// The last lines of a command's messages, which a thread reads while it runs.
struct Messages {
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Messages {
    fn read(stderr: Option<impl Read + Send + 'static>) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let reader = stderr.map(|stderr| {
            thread::spawn(move || {
                for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                    let line = String::from_utf8_lossy(&line).into_owned();
                    tracing::info!(target: "acquire", "{}", text::line(&line));
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    if kept.len() == LINES {
                        kept.remove(0);
                    }
                    kept.push(line);
                }
            })
        });
        Self { lines, reader }
    }

    /// The last lines, once the command has ended.
    fn end(mut self) -> Vec<String> {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Keeps a table that was just fetched; returns its size.
fn keep(session: &mut Session, project: &Project, mut table: File) -> Result<Artifact, EngineError> {
    let inputs = inputs(project);
    let (kept, _) = session.stage(Stage::Acquire, None, |tx, ctx| {
        let mut writer = ArtifactWriter::begin(tx, NAME, "application/octet-stream")?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = table.read(&mut piece).map_err(ArtifactError::from)?;
            if read == 0 {
                break;
            }
            writer.write(&piece[..read])?;
        }
        let kept = writer.finish(ctx, None)?;
        let outputs = json!({"artifact": kept.id, "sha1": kept.sha1.to_string()});
        let counts = json!({"bytes": kept.bytes});
        Ok((kept, ManifestContent { inputs, outputs, counts }))
    })?;
    Ok(kept)
}

impl Pipeline<'_, '_> {
    /// Puts what the command wrote on record; where it is there already, says so.
    pub(super) fn acquire(&mut self) -> Result<(), EngineError> {
        let Some(acquired) = self.project.acquired() else { return Ok(()) };
        let shown = self.project.config.input.shown_command();
        if acquired.is_fresh() {
            let table = acquired.open().map_err(ArtifactError::from)?;
            let kept = keep(self.session, self.project, table)?;
            let bytes = thousands(kept.bytes.unsigned_abs());
            self.tell(Stage::Acquire, format!("{bytes} bytes from `{shown}`"));
        } else if let Some(earlier) = self.session.unchanged(Stage::Acquire, None, &inputs(self.project))? {
            self.session.reused(Stage::Acquire, None, &earlier, |_| Ok(()))?;
            let bytes = thousands(earlier.summary.counts["bytes"].as_u64().unwrap_or_default());
            self.tell(Stage::Acquire, format!("{bytes} bytes on record; `--refresh` runs `{shown}` again"));
        }
        Ok(())
    }
}
