//! Static pages about work items: one for each, and an index of all, 1,000 on a page.
//!
//! [`PageTemplate`] renders the page of a work item, with the template that ships or one's own; [`index()`] renders the
//! index. Every value is escaped. The same record makes the same bytes: no clock is read. Nothing here writes files.

mod context;
mod error;
mod index;
mod specimen;
mod template;

pub use error::PageError;
pub use index::{index, index_name};
pub use template::PageTemplate;

/// The first page of the index.
pub const INDEX: &str = "index.html";
/// The folder that the pages of work items are in.
pub const FOLDER: &str = "item";

/// The name of the page of a work item, in its folder.
#[must_use]
pub fn page_name(work_id: &str) -> String {
    format!("{work_id}.html")
}

/// The id of the work item whose page has this name.
#[must_use]
pub fn work_id_of(name: &str) -> Option<&str> {
    let is_id = |id: &&str| id.len() == 40 && id.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
    name.strip_suffix(".html").filter(is_id)
}
