//! Fine-tuning files: an [`Example`] (a conversation and the answer that it should end with) in, the lines that
//! `OpenAI`, Amazon Bedrock for Anthropic's models, Vertex AI for Gemini or tools that read `ShareGPT` take out.
//!
//! [`FinetuneFile`] lists the files, [`problem()`] says why a format cannot hold an example, [`line()`] writes one, and
//! [`FinetuneTally`] makes the report: counts, tokens, equal prompts, and validation examples that the training file
//! has too. What providers take, by source and date, stands in `docs/fine-tuning.md`.
//!
//! A text is data: it is written as a JSON text and never rendered. This room may depend on [`crate::likeness`], for
//! inputs that are nearly equal. It must never read a file, a clock or the environment.

mod example;
mod file;
mod limits;
mod line;
mod near;
mod problem;
mod report;
mod split;

pub use example::{Example, ExampleImage, ExampleRole, ExampleTurn};
pub use file::{FinetuneFile, FinetuneFormat, FinetunePart};
pub use line::line;
pub use near::InputPiece;
pub use problem::{Unusable, UnusableReason, problem};
pub use report::{FinetuneTally, SeenExample};
pub use split::is_validation;
