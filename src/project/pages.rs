//! The pages that a project asks for: their folder, and their template.

use std::path::PathBuf;

use super::Project;
use super::files::PAGE_TEMPLATE;

impl Project {
    /// The folder that pages are written to, if the configuration names one. A rehearsal's are kept apart there.
    #[must_use]
    pub fn pages_dir(&self) -> Option<PathBuf> {
        let dir = self.dir.join(self.config.report.pages.as_ref()?);
        Some(if self.rehearsal { dir.join("sample") } else { dir })
    }

    /// The template of pages that the configuration names: its path as written, and its text as it is on record.
    #[must_use]
    pub fn page_template(&self) -> Option<(String, String)> {
        let path = self.config.report.page_template.clone()?;
        let text = self.snapshot["files"][PAGE_TEMPLATE]["text"].as_str()?.to_owned();
        Some((path, text))
    }
}
