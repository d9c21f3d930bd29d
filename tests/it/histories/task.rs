//! Random tasks: one to four steps over a small table, and the files that say so.

use std::fmt::Write as _;

use super::random::Random;
use crate::support::KEY_ENV;

/// What becomes a work item of a step; steps are named by their place in the task.
#[derive(Clone, Debug)]
pub enum Each {
    Row,
    Group,
    /// An output of a step, or of one of its two perspectives.
    Output(usize),
    Element(usize),
    Join(Vec<usize>, &'static str),
}

/// What is done to a work item.
#[derive(Clone, Debug)]
pub enum Doing {
    /// A rule; some of its outputs may break its own schema.
    Rule { fails: bool },
    /// A verdict on the output that the work item is made from.
    Verdict,
    /// A model is asked.
    Ask { judges: usize, accept: Option<(u64, u64)>, perspectives: bool, check: bool, escalates: bool },
}

/// What outputs go back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    Row,
    Group,
    Field,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub each: Each,
    pub doing: Doing,
    /// Whether some of its work items are skipped.
    when: bool,
    /// Whether the prompt of an element shows what it is an element of.
    sees_parent: bool,
    root: Root,
}

/// What never changes in a history.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is drawn for itself")]
pub struct Task {
    pub steps: Vec<Step>,
    /// Whether one row's first question always gets a 500.
    pub down: bool,
    keyed: bool,
    grouped: bool,
    share: bool,
    workers: u64,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    id: u64,
    word: u64,
    keep: bool,
    group: char,
}

/// What a history changes: prompts, which steps there are, rows.
#[derive(Clone, Debug)]
pub struct Shape {
    /// The version of each step's prompt.
    pub prompts: Vec<u64>,
    /// The version of the judges' prompt.
    pub judge: u64,
    /// The steps that are taken out.
    pub out: Vec<bool>,
    pub rows: Vec<Row>,
    /// The number of the next row that comes.
    next: u64,
}

/// The word of the row whose first question always gets a 500.
const DOWN: u64 = 6;

const SCHEMA: &str = r#"{"type": "object", "required": ["kind", "items", "text"], "properties": {
  "kind": {"enum": ["a", "b", "c"]}, "items": {"type": "array", "items": {"type": "string"}}, "text": {"type": "string"}}}"#;

impl Task {
    pub fn random(random: &mut Random) -> Self {
        let mut task = Self {
            steps: Vec::new(),
            down: random.chance(20),
            keyed: random.chance(70),
            grouped: random.chance(35),
            share: random.chance(75),
            workers: random.from(1, 4),
        };
        for _ in 0..random.from(1, 4) {
            let step = task.random_step(random);
            task.steps.push(step);
        }
        task
    }

    fn random_step(&self, random: &mut Random) -> Step {
        let each = self.random_each(random);
        let doing = match &each {
            Each::Output(of) if self.is_asked(*of) && random.chance(10) => Doing::Verdict,
            _ if random.chance(30) => Doing::Rule { fails: random.chance(30) },
            _ => {
                let judges = if random.chance(50) { random.pick(&[1, 1, 2, 3]) } else { 0 };
                let outputs = if judges > 0 { random.from(1, 2) } else { 1 };
                let most = outputs + random.from(0, 2);
                let accept = random.chance(25).then_some((outputs, most)).filter(|it| it.1 > 1);
                Doing::Ask {
                    judges,
                    accept,
                    perspectives: random.chance(25),
                    check: random.chance(20),
                    escalates: random.chance(15),
                }
            }
        };
        let root = match &each {
            Each::Row | Each::Join(_, "row") => Root::Row,
            Each::Group | Each::Join(_, "group") => Root::Group,
            Each::Output(of) | Each::Element(of) => self.steps[*of].root,
            Each::Join(..) => Root::Field,
        };
        Step { each, doing, when: random.chance(25), sees_parent: random.chance(50), root }
    }

    fn random_each(&self, random: &mut Random) -> Each {
        let source = if self.grouped && random.chance(40) { Each::Group } else { Each::Row };
        // What a verdict says has none of the fields that others take from.
        let usable = |it: &usize| !matches!(self.steps[*it].doing, Doing::Verdict);
        let all: Vec<usize> = (0..self.steps.len()).filter(usable).collect();
        if all.is_empty() || random.chance(15) {
            return source;
        }
        let some = |random: &mut Random, from: Vec<usize>| {
            let first = random.pick(&from);
            let second = random.pick(&from);
            if first == second || random.chance(40) { vec![first] } else { vec![first, second] }
        };
        let rooted = |roots: &[Root]| -> Vec<usize> {
            all.iter().copied().filter(|it| roots.contains(&self.steps[*it].root)).collect()
        };
        match random.below(5) {
            0 => Each::Output(random.pick(&all)),
            1 | 2 => Each::Element(random.pick(&all)),
            3 if self.grouped && !rooted(&[Root::Row, Root::Group]).is_empty() && random.chance(50) => {
                Each::Join(some(random, rooted(&[Root::Row, Root::Group])), "group")
            }
            3 if !rooted(&[Root::Row]).is_empty() => Each::Join(some(random, rooted(&[Root::Row])), "row"),
            _ => Each::Join(some(random, all), "kind"),
        }
    }

    fn is_asked(&self, step: usize) -> bool {
        matches!(self.steps[step].doing, Doing::Ask { .. })
    }

    fn has_perspectives(&self, step: usize) -> bool {
        matches!(self.steps[step].doing, Doing::Ask { perspectives: true, .. })
    }

    /// How the history begins.
    pub fn shape(&self, random: &mut Random) -> Shape {
        let count = self.steps.len();
        let mut shape = Shape { prompts: vec![0; count], judge: 0, out: vec![false; count], rows: Vec::new(), next: 1 };
        for _ in 0..random.from(3, 6) {
            let seed = random.next();
            shape.add_row(self, seed);
        }
        if self.down {
            shape.rows[1].word = DOWN;
        }
        shape
    }

    /// The steps that there are: those that are taken out take along what is made from them.
    pub fn steps(&self, shape: &Shape) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let there = match &step.each {
                Each::Row | Each::Group => true,
                Each::Output(of) | Each::Element(of) => found.contains(of),
                Each::Join(of, _) => of.iter().all(|it| found.contains(it)),
            };
            if there && !shape.out[index] {
                found.push(index);
            }
        }
        found
    }

    /// The names of the steps as the record has them, in order.
    pub fn names(&self, shape: &Shape) -> Vec<String> {
        let roles = |step: usize| if self.has_perspectives(step) { vec![".p", ".q"] } else { vec![""] };
        let names = |step: usize| roles(step).into_iter().map(move |role| format!("s{step}{role}"));
        self.steps(shape).into_iter().flat_map(names).collect()
    }

    /// The project's files.
    pub fn files(&self, shape: &Shape, base_url: &str) -> Vec<(String, String)> {
        let mut files = vec![("casebook.yaml".to_owned(), self.configuration(shape, base_url))];
        files.push(("rows.csv".to_owned(), self.table(shape)));
        files.push(("output.json".to_owned(), SCHEMA.to_owned()));
        let verdict = "{{ verdict_schema }}";
        let judge = format!(
            "name: judge\nsystem: |\n  You judge, version {}. {verdict}\nuser: |\n  {{{{ output | tojson }}}}\n",
            shape.judge
        );
        files.push(("judge.yaml".to_owned(), judge));
        for step in self.steps(shape) {
            let what = if matches!(self.steps[step].doing, Doing::Verdict) { "review" } else { "step" };
            let role = if self.has_perspectives(step) { " {{ perspective }}" } else { "" };
            let (version, shown) = (shape.prompts[step], self.shown(step));
            let text = format!("name: s{step}\nuser: |\n  {what} s{step}{role} version {version}\n  {shown}\n");
            files.push((format!("s{step}.yaml"), text));
        }
        files
    }

    fn table(&self, shape: &Shape) -> String {
        let key = |row: &Row| if self.keyed { format!("{},", row.id) } else { String::new() };
        let mut text = if self.keyed { "id,text,keep,grp\n".to_owned() } else { "text,keep,grp\n".to_owned() };
        for row in &shape.rows {
            let word = if row.word == DOWN { "down".to_owned() } else { format!("w{}", row.word) };
            let keep = if row.keep { "yes" } else { "no" };
            let _ = writeln!(text, "{}{word},{keep},{}", key(row), row.group);
        }
        text
    }

    /// What the prompt shows of the work item.
    fn shown(&self, step: usize) -> String {
        let it = &self.steps[step];
        match &it.each {
            Each::Row if self.grouped => "{{ row.text }} of {{ group.key }} {{ group.n_rows }}".to_owned(),
            Each::Row => "{{ row.text }}".to_owned(),
            Each::Group => "{{ group.key }} {{ context | tojson }}".to_owned(),
            Each::Output(_) if matches!(it.doing, Doing::Verdict) => "{{ output | tojson }}".to_owned(),
            Each::Element(of) if it.sees_parent => {
                format!("{{{{ item }}}} of {{{{ steps.{}.text }}}}", self.reference(*of))
            }
            Each::Output(_) | Each::Element(_) => "{{ item | tojson }}".to_owned(),
            Each::Join(_, "kind") => {
                "{{ item }} {{ parents | map(attribute='output.text') | list | tojson }}".to_owned()
            }
            Each::Join(..) => "{{ parents | map(attribute='output') | list | tojson }}".to_owned(),
        }
    }

    /// A step as `each: output of` names it: one of its perspectives where there are several.
    fn reference(&self, step: usize) -> String {
        if self.has_perspectives(step) { format!("s{step}.q") } else { format!("s{step}") }
    }

    fn configuration(&self, shape: &Shape, base_url: &str) -> String {
        let mut text = String::new();
        let key = if self.keyed { ", key: id" } else { "" };
        let _ = write!(
            text,
            "run: {{name: tickets, seed: 7}}\ninput: {{path: rows.csv{key}}}\ncache: {{share: {}}}\nllm:\n  \
             provider: openai\n  base_url: {base_url}\n  api_key_env: {KEY_ENV}\n  model: model-1\n  max_workers: {}\n  \
             retries: 1\n  timeout_sec: 60\noutputs: {{formats: [jsonl], dir: out}}\n",
            self.share, self.workers
        );
        if self.grouped {
            text.push_str("grouping: {column: grp}\n");
        }
        text.push_str("steps:\n");
        for step in self.steps(shape) {
            let _ = write!(text, "  - name: s{step}\n    each: {}\n", self.each(step));
            if self.steps[step].when {
                let _ = writeln!(text, "    when: \"{}\"", self.when(step));
            }
            text.push_str(&self.doing(step));
        }
        text
    }

    fn each(&self, step: usize) -> String {
        match &self.steps[step].each {
            Each::Row => "row".to_owned(),
            Each::Group => "group".to_owned(),
            Each::Output(of) => format!("output of {}", self.reference(*of)),
            Each::Element(of) => format!("element of {}.items", self.reference(*of)),
            Each::Join(of, by) => {
                let of: Vec<String> = of.iter().map(|it| format!("s{it}")).collect();
                format!("\"join {} by {by}\"", of.join(", "))
            }
        }
    }

    fn when(&self, step: usize) -> &'static str {
        match &self.steps[step].each {
            Each::Row => "row.keep == 'yes'",
            Each::Group => "group.n_rows > 1",
            Each::Output(_) => "item.kind != 'c'",
            Each::Element(_) => "item != 'y'",
            Each::Join(..) => "parents | length != 2",
        }
    }

    fn doing(&self, step: usize) -> String {
        let it = &self.steps[step];
        match &it.doing {
            Doing::Rule { fails } => {
                let (odd, kind, items, said) = match &it.each {
                    Each::Row => ("row.text == 'w1'", "'a'", "[row.text, row.grp]", "row.text ~ row.keep"),
                    Each::Group => ("group.key == 'h'", "'b'", "[group.key]", "group.key ~ group.n_rows"),
                    Each::Output(_) => ("item.kind == 'b'", "item.kind", "item['items']", "item.text ~ '!'"),
                    Each::Element(_) => ("item == 'z'", "'c'", "[item, item]", "item ~ '?'"),
                    Each::Join(..) => (
                        "parents | length == 3",
                        "'b'",
                        "parents | map(attribute='output.text') | list",
                        "parents | map(attribute='output.text') | join('+')",
                    ),
                };
                let kind = if *fails { format!("'none' if {odd} else {kind}") } else { kind.to_owned() };
                let schema = if *fails { "    schema: {path: output.json}\n" } else { "" };
                format!("{schema}    rule:\n      kind: \"{kind}\"\n      items: \"{items}\"\n      text: \"{said}\"\n")
            }
            Doing::Verdict => format!("    do: judge\n    prompts: {{generation: s{step}.yaml}}\n"),
            Doing::Ask { judges, accept, perspectives, check, escalates } => {
                let judge = if *judges > 0 { ", judge: judge.yaml" } else { "" };
                let mut text =
                    format!("    prompts: {{generation: s{step}.yaml{judge}}}\n    schema: {{path: output.json}}\n");
                if *judges == 1 {
                    text.push_str("    judge: {min_score: 50, llm: {model: judge-a}}\n");
                } else if *judges > 1 {
                    let rule = ["all", "majority", "mean"][(step + judges) % 3];
                    let all: Vec<String> = ["a", "b", "c"][..*judges]
                        .iter()
                        .map(|it| format!("{{name: {it}, llm: {{model: judge-{it}}}}}"))
                        .collect();
                    let _ = writeln!(text, "    judge: {{rule: {rule}, min_score: 50, judges: [{}]}}", all.join(", "));
                }
                if let Some((outputs, most)) = accept {
                    let _ = writeln!(text, "    accept: {{outputs: {outputs}, candidates: {most}}}");
                }
                if *perspectives {
                    text.push_str(
                        "    perspectives: [{name: p, system: \"You are {{ perspective }}.\"}, {name: q, model: model-2}]\n",
                    );
                }
                if *check {
                    text.push_str("    checks: [{name: no_c, expr: \"output.kind != 'c'\", message: not c}]\n");
                }
                if *escalates {
                    text.push_str("    llm: {escalate: [model-3]}\n");
                }
                text
            }
        }
    }
}

impl Shape {
    /// A row more, drawn by `seed`.
    pub fn add_row(&mut self, task: &Task, seed: u64) {
        let mut random = Random::new(seed);
        let id = self.next;
        self.next += 1;
        let group = if task.grouped { random.pick(&['g', 'g', 'h']) } else { 'g' };
        self.rows.push(Row { id, word: random.below(DOWN), keep: random.chance(70), group });
    }

    /// Another text in a row, but for the one whose question gets a 500.
    pub fn edit_row(&mut self, place: u64) {
        let row = self.place(place);
        if self.rows[row].word != DOWN {
            self.rows[row].word = (self.rows[row].word + 1) % DOWN;
        }
    }

    /// A row less; one stays.
    pub fn drop_row(&mut self, place: u64) {
        if self.rows.len() > 1 {
            self.rows.remove(self.place(place));
        }
    }

    /// The row that a number falls on.
    fn place(&self, number: u64) -> usize {
        usize::try_from(number).unwrap() % self.rows.len()
    }
}
