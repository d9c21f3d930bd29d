//! The work that measures are about: rows of about 300 characters, requests of about 1 KB, answers of three fields.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// What the rows are made of.
const WORDS: [&str; 24] = [
    "account",
    "payment",
    "service",
    "charge",
    "late",
    "credit",
    "report",
    "bank",
    "dispute",
    "letter",
    "phone",
    "called",
    "told",
    "agent",
    "refund",
    "balance",
    "statement",
    "closed",
    "interest",
    "mortgage",
    "loan",
    "card",
    "fraud",
    "days",
];

/// How long a row's text is, in characters.
const ROW_LENGTH: usize = 290;

/// The system prompt, without the schema.
const SYSTEM: &str = "You sort complaints that customers of a bank wrote. Read the whole text before you decide. Choose \
    the one product that the complaint is mostly about, say how urgent it is from 1 to 5, and give a short reason in plain \
    words. Answer with one JSON object and nothing else. Do not add fields, do not explain yourself outside of the object.";

/// What an answer is.
pub fn schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["product", "urgency", "reason"],
        "properties": {
            "product": {"enum": ["card", "loan", "mortgage", "account", "report"]},
            "urgency": {"type": "integer", "minimum": 1, "maximum": 5},
            "reason": {"type": "string", "maxLength": 200},
        },
    })
}

/// The text of the row at `index`: the same for everyone who asks.
pub fn row(index: u64) -> String {
    let mut state = index.wrapping_add(1);
    let mut text = String::with_capacity(ROW_LENGTH + 16);
    while text.len() < ROW_LENGTH {
        // A step of `SplitMix64`, which needs no seed to be warmed up.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let word = WORDS[usize::try_from((mixed >> 40) % WORDS.len() as u64).unwrap_or(0)];
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// What a client without Casebook posts for a row: as much text as Casebook's own request.
pub fn request(index: u64, schema: &str) -> Vec<u8> {
    let body = json!({
        "model": "bench",
        "messages": [
            {"role": "system", "content": format!("{SYSTEM}\n{schema}")},
            {"role": "user", "content": format!("Complaint {index:07}:\n{}", row(index))},
        ],
    });
    // A value always has a JSON form.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// A project folder.
pub struct Job {
    /// The folder.
    dir: PathBuf,
}

impl Job {
    /// Writes a project of `files`, by their paths in it, and a table of `rows`, each an id and a narrative, into `dir`,
    /// which is made.
    pub fn write(dir: &Path, files: &[(&str, &str)], rows: impl IntoIterator<Item = String>) -> io::Result<Self> {
        fs::create_dir_all(dir.join("prompts"))?;
        for (name, text) in files {
            fs::write(dir.join(name), text)?;
        }
        let mut table = BufWriter::new(fs::File::create(dir.join("rows.csv"))?);
        writeln!(table, "id,narrative")?;
        for (index, row) in rows.into_iter().enumerate() {
            writeln!(table, "{index:07},{row}")?;
        }
        table.flush()?;
        Ok(Self { dir: dir.to_owned() })
    }

    /// Writes a project of one step: `rows` rows, each asked of the server at `base_url`, or of samples where there is
    /// none.
    pub fn plain(dir: &Path, rows: u64, base_url: Option<&str>) -> io::Result<Self> {
        let files = [
            ("schema.json", schema().to_string()),
            ("prompts/sort.yaml", prompt()),
            ("casebook.yaml", configuration(base_url)),
        ];
        Self::write(dir, &files.each_ref().map(|(name, text)| (*name, text.as_str())), (0..rows).map(row))
    }

    /// Its configuration.
    pub fn config(&self) -> PathBuf {
        self.dir.join("casebook.yaml")
    }

    /// Its run file.
    pub fn db(&self) -> PathBuf {
        self.dir.join("bench.db")
    }

    /// Writes one of its files anew.
    pub fn rewrite(&self, name: &str, text: &str) -> io::Result<()> {
        fs::write(self.dir.join(name), text)
    }
}

fn prompt() -> String {
    let system = SYSTEM.replace(". ", ".\n  ");
    format!(
        "name: sort\nversion: \"1\"\npurpose: the benchmark\nsystem: |\n  {system}\n  {{{{ llm_schema }}}}\n\
         user: |\n  Complaint {{{{ row.id }}}}:\n  {{{{ row.narrative }}}}\n"
    )
}

fn configuration(base_url: Option<&str>) -> String {
    let llm = match base_url {
        Some(url) => format!("provider: openai, base_url: \"{url}\", api_key_env: null, model: bench"),
        None => "provider: sample".to_owned(),
    };
    format!(
        "run: {{name: bench}}\n\
         input: {{path: rows.csv, key: id, required_columns: [narrative]}}\n\
         prompts: {{generation: prompts/sort.yaml}}\n\
         schema: {{path: schema.json}}\n\
         llm: {{{llm}, max_workers: 64}}\n\
         judge: {{enabled: false}}\n\
         outputs: {{formats: [jsonl], dir: out}}\n\
         report: {{enabled: false}}\n"
    )
}
