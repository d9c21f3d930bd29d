//! What of an export is asked for: [`ExportChoice`].

use super::compile::check_finetune;
use super::error::EngineError;
use crate::config::{FinetuneSource, OutputFormat};
use crate::project::Project;
use crate::stage::export::ExportRequest;

/// What of an export is asked for, in place of what the configuration says.
#[derive(Clone, Copy, Debug, Default)]
pub struct ExportChoice<'a> {
    /// The formats; empty: those of the configuration, and the files of objects.
    pub formats: &'a [OutputFormat],
    /// Which answers are examples for fine-tuning.
    pub finetune_from: Option<FinetuneSource>,
}

impl ExportChoice<'_> {
    /// The export as it is asked for.
    pub(super) fn of<'r>(
        self,
        project: &Project,
        request: ExportRequest<'r>,
    ) -> Result<ExportRequest<'r>, EngineError> {
        let mut request = request.in_formats(self.formats);
        if let Some(from) = self.finetune_from {
            if !request.has_finetune() {
                return Err(EngineError::NoFinetune { from: from.as_str() });
            }
            request.finetune.settings.from = from;
        }
        check_finetune(project, request.columns, &request.formats)?;
        Ok(request)
    }
}
