//! The view `agreement_figures` computes in SQL what the statistics of the library compute, for any ratings.

use casebook::inside::stats::{Level, Weights, cohen_kappa, fleiss_kappa, krippendorff_alpha, krippendorff_of_labels};
use rusqlite::{Connection, params};

use crate::projects::Project;

/// The view, over a table of ratings in place of the view of that name.
fn figures_over_a_table() -> Connection {
    let project = Project::new();
    project.run();
    let file = Connection::open(project.db()).unwrap();
    let view = "SELECT sql FROM sqlite_schema WHERE name = 'agreement_figures'";
    let view: String = file.query_row(view, [], |row| row.get(0)).unwrap();
    let connection = Connection::open_in_memory().unwrap();
    let table =
        "CREATE TABLE ratings (kind, step, field, judge, item, rater, value TEXT, number REAL, variant, repeat)";
    connection.execute_batch(&format!("{table};{view}")).unwrap();
    connection
}

/// Ratings of one kind: of each item, what each rater said, if anything.
type Ratings = Vec<Vec<Option<u32>>>;

fn insert(connection: &Connection, kind: &str, are_numbers: bool, ratings: &Ratings) {
    for (item, said) in ratings.iter().enumerate() {
        for (rater, value) in said.iter().enumerate().filter_map(|(rater, value)| Some((rater, (*value)?))) {
            let number = are_numbers.then(|| f64::from(value) / 4.0);
            let text = number.map_or_else(|| format!("label {value}"), |it| it.to_string());
            let row = params![kind, item.to_string(), format!("rater {rater}"), text, number];
            connection
                .execute("INSERT INTO ratings VALUES (?1, 's', 'f', NULL, ?2, ?3, ?4, ?5, 'base', 1)", row)
                .unwrap();
        }
    }
}

#[derive(Debug)]
struct Figures {
    cohen: Option<f64>,
    fleiss: Option<f64>,
    alpha: Option<f64>,
}

fn of_view(connection: &Connection, kind: &str) -> Option<Figures> {
    let query = "SELECT cohen_kappa, fleiss_kappa, alpha FROM agreement_figures WHERE kind = ?1";
    let mut statement = connection.prepare(query).unwrap();
    let read = |row: &rusqlite::Row<'_>| Ok(Figures { cohen: row.get(0)?, fleiss: row.get(1)?, alpha: row.get(2)? });
    statement.query_map([kind], read).unwrap().map(Result::unwrap).next()
}

fn of_library(raters: usize, are_numbers: bool, ratings: &Ratings) -> Figures {
    let items: Vec<Vec<u32>> = ratings.iter().map(|it| it.iter().copied().flatten().collect()).collect();
    let rated: Vec<&Vec<u32>> = items.iter().filter(|it: &&Vec<u32>| it.len() > 1).collect();
    let pairs: Vec<(u32, u32)> = rated.iter().map(|it| (it[0], it[1])).collect();
    let counts = |it: &&Vec<u32>| (0..9).map(|label| it.iter().filter(|said| **said == label).count() as u64).collect();
    let table: Vec<Vec<u64>> = rated.iter().map(counts).collect();
    let numbers: Vec<Vec<f64>> = items.iter().map(|it| it.iter().map(|it| f64::from(*it) / 4.0).collect()).collect();
    Figures {
        cohen: (raters == 2).then(|| cohen_kappa(&pairs, Weights::None)).flatten(),
        fleiss: (raters > 2).then(|| fleiss_kappa(&table)).flatten(),
        alpha: if are_numbers { krippendorff_alpha(&numbers, Level::Interval) } else { krippendorff_of_labels(&items) },
    }
}

#[track_caller]
fn same(found: Option<f64>, expected: Option<f64>, what: &str) {
    match (found, expected) {
        (Some(found), Some(expected)) => assert!((found - expected).abs() < 1e-9, "{what}: {found} for {expected}"),
        (found, expected) => assert_eq!(found, expected, "{what}"),
    }
}

#[test]
fn the_view_has_the_figures_of_the_library() {
    let connection = figures_over_a_table();
    let mut seed = 1_u32;
    let mut next = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) % below
    };
    // Raters, labels, items, and how often in ten one is missing.
    let shapes = [(2, 2, 9, 0), (2, 5, 40, 3), (3, 3, 25, 0), (4, 4, 30, 2), (3, 1, 6, 0), (2, 1, 4, 0), (5, 8, 12, 6)];
    for (raters, labels, items, missing) in shapes {
        for are_numbers in [false, true] {
            let mut rate = |_| (next(10) >= missing).then(|| next(labels));
            let ratings: Ratings = (0..items).map(|_| (0..raters).map(&mut rate).collect()).collect();
            let kind = format!("{raters} raters, {labels} labels, numbers {are_numbers}");
            insert(&connection, &kind, are_numbers, &ratings);
            let found = of_view(&connection, &kind).unwrap();
            let expected = of_library(raters, are_numbers, &ratings);
            same(found.cohen, expected.cohen, &kind);
            same(found.fleiss, expected.fleiss, &kind);
            same(found.alpha, expected.alpha, &kind);
        }
    }
    insert(&connection, "one each", false, &vec![vec![Some(1)], vec![Some(2)]]);
    assert!(of_view(&connection, "one each").is_none(), "nothing is compared");
}
