//! What is asked over HTTP, how often, and what is recorded of it.

use crate::support::{Project, Server, logical_dump, open, texts};

#[test]
fn a_run_ends_with_an_output_for_every_row() {
    let server = Server::start();
    let project = Project::new(&server, &["one", "two", "three"]);
    project.run().expect(0);
    assert_eq!(server.count(), 3);
    let dump = logical_dump(&project.db());
    assert_eq!(dump.results.len(), 3);
    assert_eq!(texts(&open(&project.db()), "SELECT accepted, pending FROM progress"), ["3|0"]);
}
