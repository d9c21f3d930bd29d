//! The command line as people read it.

use clap::{CommandFactory as _, Parser as _};

use super::*;

fn help(name: Option<&str>) -> String {
    let mut cli = Cli::command().term_width(100);
    cli.build();
    let command = match name {
        Some(name) => cli.find_subcommand_mut(name).unwrap(),
        None => &mut cli,
    };
    command.render_long_help().to_string()
}

#[test]
fn the_definition_holds_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_examples() {
    for command in Cli::command().get_subcommands() {
        let text = help(Some(command.get_name()));
        let examples = text.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{}", command.get_name()));
        assert!(examples.lines().filter(|it| it.contains("casebook")).count() >= 2, "{}", command.get_name());
    }
}

#[test]
fn the_help_of_sql_names_every_view() {
    let help = help(Some("sql"));
    let names = crate::view::sql::names(&crate::store::scratch()).unwrap();
    let views: Vec<String> = names.into_iter().filter(|it| it.kind == "view").map(|it| it.name).collect();
    assert!(views.len() > 15, "{views:?}");
    for view in views.iter().map(String::as_str).chain(["results"]) {
        assert!(help.contains(&format!("`{view}`")), "{view}: {help}");
    }
}

#[test]
fn no_example_is_wrong() {
    for command in Cli::command().get_subcommands() {
        let text = help(Some(command.get_name()));
        for line in text.split("Examples:\n").nth(1).unwrap_or_default().lines() {
            // What comes after the command itself: a pipe, a redirection, a comment, another command.
            let line = line.trim().trim_start_matches("watch ");
            let own = line.split(['|', '<', '>', '&']).next().unwrap_or_default();
            let own = own.split("   ").next().unwrap_or_default();
            let own = own.split("  ").next().unwrap_or_default();
            let mut words = Vec::new();
            for (index, piece) in own.split('"').enumerate() {
                if index % 2 == 1 { words.push(piece) } else { words.extend(piece.split_whitespace()) }
            }
            if words.first() == Some(&"casebook") {
                Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{line}: {error}"));
            }
        }
    }
}

#[test]
fn help_of_the_top_level() {
    insta::assert_snapshot!(help(None), @r#"
    A local workbench for batches of language-model work: one SQLite file is the whole run.

    A table, a prompt and a JSON Schema go in. One SQLite file comes out that is the run: every input
    row, request, answer, failed attempt, verdict, accepted output and report.

    Usage: casebook [OPTIONS] <COMMAND>

    Commands:
      init         Write a small project that runs as it stands, with no key and no network
      run          Run the pipeline, or continue it
      eval         Run what is missing of an experiment, and compare its variants
      serve        Serve the task of a configuration over HTTP
      task         Decide rows from stdin, and write what came of them to stdout, in the same order
      promote      Pin a variant that was measured, so that it is what is used
      canary       Ask a pinned task again about a small set of rows, and say whether it has drifted
      prompt       Look at the prompts of a task
      render       Show what would be sent, without asking or writing anything
      ping         Send each model of a configuration one small request, and say what works
      status       Show where a run stands
      show         Show one work item's whole story
      explain      Explain why a work item was or was not answered from the record
      failures     Show what failed or was rejected, by kind
      diff         Compare two run files, or two variants of one
      sql          Query a run file with SQL; nothing can be changed
      export       Write the artifacts again, from the record
      push         Send the accepted outputs to another tool's server, as items of a data set
      report       Write the report again, from the record
      retry        Mark work items to be tried again by the next run
      review       Decide by hand on rejected work items, or on a sample of accepted ones
      clean        Set aside the results of a stage, a step or a work item, and all that comes after
      parse        Read recorded answers again after a change of the rules, without asking a model
      testset      Make test sets of documents, and check them
      verify       Check a run file against all its rules; replay it from its tape
      prices       Show what models cost, in US dollars per million tokens, and the source of each price
      graph        Draw the steps of a task, in the order in which they feed each other
      schema       Print the JSON Schema of the configuration or of a run, or infer one from examples
      migrate      Convert the configuration of an older Python framework to one for Casebook
      completions  Print a completion script for a shell

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Global options:
      -q, --quiet
              Print no progress and no summary

      -v, --verbose
              Print what Casebook does, on stderr

          --color <WHEN>
              Use colours: `auto` (on a terminal where `NO_COLOR` is not set), `always` or `never`
              
              [default: auto]

    Examples:
      casebook init demo                 write a small project that needs no key and no network
      casebook run demo/casebook.yaml    run it; the same command again continues where it stopped
      casebook status demo/tickets.db    see where the run stands

    Exit codes: 0 done, 1 error, 2 usage or configuration, 3 done but some work items failed or are
    blocked, 4 budget reached, 130 interrupted (run the same command again to continue).
    "#);
}

#[test]
fn help_of_run() {
    insta::assert_snapshot!(help(Some("run")), @r#"
    Run the pipeline, or continue it.

    Every answer is in the run file before it is used, and nothing that was answered is asked again:
    after an interruption, the same command continues; after a change, it does only what the change
    affects. The stages are acquire, schema, contract, ingest, plan, generate, export and report.

    Usage: casebook run [OPTIONS] <CONFIG>

    Arguments:
      <CONFIG>
              The configuration

    Options:
          --db <FILE>
              The run file; by default `<run.name>.db` beside the configuration

          --batch <ID>
              Run this batch apart from others: its run file is `<run.name>-<ID>.db`, its files are in a
              folder of that name. `today` stands for the present day, as in 2026-11-30

          --only <STAGE|STEP>
              Run one stage alone, or generate one step alone: what it takes from others must be there

          --from <STAGE|STEP>
              Begin with this stage; the earlier ones must have run. With a step: generate it and all
              steps after it, in an order in which each comes after those it takes from, and write the
              files

          --to <STAGE|STEP>
              End with this stage; with a step: generate the steps up to it, and write no files

          --limit <N>
              Work only on the first N rows of the input (or groups) and what is made from them; the
              rest stays as it is

          --model <M>
              Use this model; short for `--set llm.model=M`

          --workers <N>
              Keep at most N calls in flight; short for `--set llm.max_workers=N`

          --max-cost <USD>
              Spend at most this many US dollars, over all runs on the run file; short for `--set
              budget.max_cost_usd=USD`

          --provider <sample>
              `sample`: answer with samples made from the schema, without a key, a network or a model

          --max-failures <N|P%>
              Stop when more than N work items, or P % of those decided, have failed or were rejected in
              this run

          --set <KEY=VALUE>
              Change one key of the configuration; the value is YAML. May be repeated

          --var <NAME=VALUE>
              Set a variable of templates; the value is YAML. Short for `--set vars.NAME=VALUE`. May be
              repeated

          --seed <N>
              Use this seed for every draw (`run.seed`), and send it with requests where the provider
              takes one (`llm.seed`)

          --refresh
              Run the command that fetches the table (`input.command`) again; otherwise its recorded
              output is used

          --dry-run
              Estimate the requests, their cost and their time, and what the record already answers;
              send and write nothing

          --expect-output-tokens <N>
              With `--dry-run`: take each answer of a step's model to have N tokens

          --format <FORMAT>
              Print the summary, or the dry run, for people (table) or for programs (json: one object on
              stdout)

          --log <DIR>
              Write what happens to files in this folder too, one for each stage

          --overwrite
              Write into the output folder even if it holds files of another run file

          --strict
              End with exit code 3 if work items were rejected, too

      -h, --help
              Print help (see a summary with '-h')

    Global options:
      -q, --quiet
              Print no progress and no summary

      -v, --verbose
              Print what Casebook does, on stderr

          --color <WHEN>
              Use colours: `auto` (on a terminal where `NO_COLOR` is not set), `always` or `never`
              
              [default: auto]

    Examples:
      casebook run casebook.yaml                            run, or continue
      casebook run casebook.yaml --dry-run                  what it would ask, cost and take
      casebook run casebook.yaml --limit 20                 try the first 20 rows
      casebook run casebook.yaml --only section             generate one step of several
      casebook run casebook.yaml --provider sample          sample answers: no key, no network, no cost
      casebook run casebook.yaml --set judge.min_score=80   with one key of the configuration changed
      casebook run casebook.yaml --var tone=formal          with a variable of its prompts set
      casebook run casebook.yaml --batch today              today's table, with a run file of its own
      casebook run casebook.yaml --log logs                 what happens, also in a file for each stage
      casebook run casebook.yaml --format json              the summary for programs, on stdout
    "#);
}

#[test]
fn global_options_stand_anywhere() {
    for words in [&["casebook", "--quiet", "status", "x.db"], &["casebook", "status", "x.db", "--quiet"]] {
        assert!(Cli::try_parse_from(words).unwrap().terminal().quiet);
    }
    assert!(Cli::try_parse_from(["casebook", "--quiet", "--verbose", "status", "x.db"]).is_err());
    assert!(Cli::try_parse_from(["casebook", "status", "x.db", "--format", "xml"]).is_err());
    assert!(Cli::try_parse_from(["casebook", "show", "x.db"]).is_err());
    assert!(Cli::try_parse_from(["casebook", "show", "x.db", "aa", "--row", "1"]).is_err());
}
