//! A project in a scratch folder, and the real binary run on it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::server::{AMPLE, Server};

/// The key that the server would want.
pub const KEY: &str = "sk-casebook-test-3f9a61c27d5e4b08";
/// The variable that it is in.
pub const KEY_ENV: &str = "CASEBOOK_TEST_KEY";

const SCHEMA: &str = r#"{
  "type": "object",
  "properties": {
    "product": {"type": "string", "enum": ["billing", "login", "other"]},
    "urgent": {"type": "boolean"},
    "note": {"type": "string"}
  },
  "required": ["product", "urgent", "note"]
}
"#;

const GENERATE: &str = r"name: sort_ticket
version: 1
system: |
  You sort tickets. Answer with one JSON object that is valid against this schema:

  {{ llm_schema }}
user: |
  Ticket: {{ row.text }}
";

const JUDGE: &str = r"name: judge_ticket
version: 1
system: |
  You judge how a ticket was sorted. Answer with one JSON object that is valid against this schema:

  {{ verdict_schema }}
user: |
  Ticket: {{ row.text }}
  Note: {{ output.note }}
";

/// A project: a table with the columns `id` and `text`, a prompt that shows the text, a schema, a configuration.
pub struct Project {
    dir: TempDir,
    settings: Vec<(String, String)>,
    environment: Vec<(String, String)>,
}

impl Project {
    /// A project that asks `server` about these texts.
    pub fn new<T: AsRef<str>>(server: &Server, texts: &[T]) -> Self {
        Self::at(&server.base_url(), texts)
    }

    /// A project that asks the server at this address about these texts.
    pub fn at<T: AsRef<str>>(base_url: &str, texts: &[T]) -> Self {
        let dir = tempfile::tempdir().expect("the system has room for a scratch folder");
        let project = Self { dir, settings: Vec::new(), environment: vec![(KEY_ENV.into(), KEY.into())] };
        project.rows(texts);
        project.write("schema.json", SCHEMA);
        project.write("generate.yaml", GENERATE);
        project.write("judge.yaml", JUDGE);
        project.write(
            "casebook.yaml",
            &format!(
                "run: {{name: tickets}}\ninput: {{path: tickets.csv, key: id}}\nprompts: {{generation: generate.yaml}}\n\
                 schema: {{path: schema.json}}\nllm:\n  provider: openai\n  base_url: {base_url}\n  api_key_env: {KEY_ENV}\n  \
                 model: model-1\n  max_workers: 8\n  retries: 3\n  timeout_sec: 60\n"
            ),
        );
        project
    }

    /// The same with a judge.
    pub fn judged<T: AsRef<str>>(server: &Server, texts: &[T]) -> Self {
        Self::new(server, texts).set("prompts.judge", "judge.yaml")
    }

    /// The same with one key of the configuration changed.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The same with a variable set in the environment; what is set later counts.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes the table anew.
    pub fn rows<T: AsRef<str>>(&self, texts: &[T]) {
        let quoted = texts.iter().map(|text| text.as_ref().replace('"', "\"\""));
        let lines: Vec<String> = (1..).zip(quoted).map(|(id, text)| format!("{id},\"{text}\"\n")).collect();
        self.write("tickets.csv", &format!("id,text\n{}", lines.concat()));
    }

    /// Writes a file of the project.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).expect("a scratch folder can be written");
    }

    /// The project's folder.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The run file.
    pub fn db(&self) -> PathBuf {
        self.dir.path().join("tickets.db")
    }

    /// A file that the export wrote.
    pub fn exported(&self, name: &str) -> Vec<u8> {
        fs::read(self.dir.path().join("out/tickets").join(name))
            .unwrap_or_else(|error| panic!("out/tickets/{name}: {error}"))
    }

    /// The command with these arguments, in the project's folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_casebook"));
        command.args(args).current_dir(self.dir.path()).stdin(Stdio::null());
        for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
            command.env_remove(name).env_remove(name.to_uppercase());
        }
        command.env("NO_COLOR", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub fn casebook(&self, args: &[&str]) -> Ended {
        self.begin(args).wait()
    }

    /// Runs the pipeline to its end.
    pub fn run(&self) -> Ended {
        self.start(&[]).wait()
    }

    /// Begins to run the pipeline, with further arguments.
    pub fn start(&self, more: &[&str]) -> Running {
        let settings: Vec<String> = self.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let mut args = vec!["run", "casebook.yaml"];
        for setting in &settings {
            args.extend(["--set", setting]);
        }
        args.extend(more);
        self.begin(&args)
    }

    /// Runs a command on the configuration as it is set here, with further arguments.
    pub fn with_settings(&self, command: &str, more: &[&str]) -> Ended {
        let settings: Vec<String> = self.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let mut args = vec![command, "casebook.yaml"];
        for setting in &settings {
            args.extend(["--set", setting]);
        }
        args.extend(more);
        self.casebook(&args)
    }

    /// Begins a command.
    pub fn begin(&self, args: &[&str]) -> Running {
        let said = tempfile::tempdir().expect("the system has room for a scratch folder");
        let file = |name: &str| File::create(said.path().join(name)).expect("a scratch folder can be written");
        let child = self.command(args).stdout(file("stdout")).stderr(file("stderr")).spawn();
        Running { child: child.expect("the binary starts"), said }
    }
}

/// The binary at work.
pub struct Running {
    child: Child,
    said: TempDir,
}

impl Running {
    /// Kills it without a word.
    pub fn kill(mut self) -> Ended {
        self.child.kill().expect("a child can be killed");
        self.wait()
    }

    /// Sends a signal, by its name.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).stderr(Stdio::null()).status();
        done.expect("there is a `kill`");
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has written to stderr so far.
    pub fn stderr(&self) -> String {
        self.read("stderr")
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_some()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Ended {
        let began = Instant::now();
        while !self.has_ended() {
            if began.elapsed() > AMPLE {
                let _ = self.child.kill();
                panic!("casebook did not end by itself:\n{}", self.read("stderr"));
            }
            thread::sleep(Duration::from_millis(2));
        }
        let status = self.child.wait().expect("it has ended");
        Ended { code: status.code(), stdout: self.read("stdout"), stderr: self.read("stderr") }
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.said.path().join(name)).unwrap_or_default()).into_owned()
    }
}

impl Drop for Running {
    /// A test that fails leaves no process behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How the binary ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Ended {
    /// The same, if it ended with this code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stderr:\n{}\nstdout:\n{}", self.stderr, self.stdout);
        self
    }
}

/// The same command begun by `wrapper`, which is given it as its last arguments.
pub fn wrapped(wrapper: &[&str], command: &Command) -> Command {
    let mut outer = Command::new(wrapper[0]);
    outer.args(&wrapper[1..]).arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    if let Some(dir) = command.get_current_dir() {
        outer.current_dir(dir);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}
