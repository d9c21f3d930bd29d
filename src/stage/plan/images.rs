//! Which images a work item shows: names are rendered, files are read once and kept, and what they hold becomes part
//! of the exact task.
//!
//! Files come in through a reader that is handed in. A file that is gone is shown from the record; anything else that
//! is wrong with one is a failure of the work items that show it, and of nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Transaction;

use super::{PlanError, StageContext};
use crate::prompt::{Group, Prompt, PromptError, Row, Vars};
use crate::provider::excerpt;
use crate::record::Digest;
use crate::stage::image::{Images, Shown, media_type};
use crate::store::sql;

/// Why a file cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageFault {
    /// There is no such file.
    #[error("there is no such file")]
    Gone,
    /// Whatever else, in words.
    #[error("{0}")]
    Other(String),
}

/// Reads the file that a name stands for.
pub type ReadImage<'a> = dyn Fn(&str) -> Result<Vec<u8>, ImageFault> + 'a;

/// Where images come from.
#[derive(Clone, Copy)]
pub enum ImageSource<'a> {
    /// Files, for work items before a position; for the others the record.
    Files {
        /// Reads one.
        read: &'a ReadImage<'a>,
        /// The position.
        before: i64,
    },
    /// The record alone.
    Record,
}

/// The prompts that show images, and where those come from.
#[derive(Clone, Copy)]
pub struct ImagePlan<'a> {
    /// The generation's prompt.
    pub generation: &'a Prompt,
    /// The judge's, where there is one.
    pub judge: Option<&'a Prompt>,
    /// The folder that names are in, as the configuration writes it.
    pub folder: &'a str,
    /// Whether addresses are passed on.
    pub allow_urls: bool,
    /// Where images come from.
    pub source: ImageSource<'a>,
}

impl std::fmt::Debug for ImagePlan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImagePlan").field("allow_urls", &self.allow_urls).finish_non_exhaustive()
    }
}

/// How many names are remembered, so that a picture that every row shows is read once.
const REMEMBERED: usize = 4_096;
/// The most images that one work item shows to one model; no provider takes more.
const MOST: usize = 1_000;
/// How many characters of a name a message shows.
const NAME_CHARS: usize = 200;

/// What was found so far.
#[derive(Default)]
pub(super) struct Seen {
    names: HashMap<String, Shown>,
    /// Images that work items show.
    pub(super) shown: u64,
    /// Those of them that cannot be shown.
    pub(super) problems: u64,
}

impl ImagePlan<'_> {
    /// The images of the work item at `position`.
    pub(super) fn of_item(
        &self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        seen: &mut Seen,
        position: i64,
        row: Option<&Arc<Row>>,
        group: Option<&Arc<Group>>,
    ) -> Result<Images, PlanError> {
        let mut vars = Vars::new();
        if let Some(row) = row {
            vars = vars.row(row);
        }
        if let Some(group) = group {
            vars = vars.group(group);
        }
        let mut of_prompt = |prompt: &Prompt| self.of_names(tx, ctx, seen, position, prompt.render_images(&vars));
        Ok(Images {
            generation: of_prompt(self.generation)?,
            judge: self.judge.map(of_prompt).transpose()?.unwrap_or_default(),
        })
    }

    fn of_names(
        &self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        seen: &mut Seen,
        position: i64,
        names: Result<Vec<String>, PromptError>,
    ) -> Result<Vec<Shown>, PlanError> {
        let found = match names {
            Err(error) => vec![Shown::Problem(error.to_string())],
            Ok(names) if names.len() > MOST => {
                vec![Shown::Problem(format!("the prompt names {} images; {MOST} are the most", names.len()))]
            }
            Ok(names) => {
                names.iter().map(|name| self.shown(tx, ctx, seen, position, name)).collect::<Result<_, _>>()?
            }
        };
        seen.shown += found.len() as u64;
        seen.problems += found.iter().filter(|it| matches!(it, Shown::Problem(_))).count() as u64;
        Ok(found)
    }

    fn shown(
        &self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        seen: &mut Seen,
        position: i64,
        name: &str,
    ) -> Result<Shown, PlanError> {
        if let Some(address) = self.address(name) {
            return Ok(address);
        }
        // The same name in another folder is another file.
        let path = if self.folder == "." { name.to_owned() } else { format!("{}/{name}", self.folder) };
        let read = match self.source {
            ImageSource::Files { read, before } if position < before => read,
            ImageSource::Files { .. } | ImageSource::Record => {
                return Ok(latest(tx, &path)?.unwrap_or_else(|| problem(name, "it has not been read yet")));
            }
        };
        if let Some(found) = seen.names.get(name) {
            return Ok(found.clone());
        }
        let found = match read(name) {
            Ok(bytes) => keep(tx, name, &path, &bytes)?,
            Err(ImageFault::Gone) => match latest_image(tx, &path)? {
                Some(image) => {
                    ctx.anomaly(tx, "image_gone", Some(name), "there is no such file any more; its record is shown")?;
                    image
                }
                None => problem(name, &ImageFault::Gone.to_string()),
            },
            Err(ImageFault::Other(fault)) => problem(name, &fault),
        };
        note(tx, &path, &found)?;
        if seen.names.len() >= REMEMBERED {
            seen.names.clear();
        }
        seen.names.insert(name.to_owned(), found.clone());
        Ok(found)
    }

    /// What a name is that has a scheme in front; `None` for a file's.
    fn address(&self, name: &str) -> Option<Shown> {
        let (scheme, rest) = name.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        Some(match scheme.as_str() {
            "http" | "https" if !self.allow_urls => {
                problem(name, "it is an address, and `images.allow_urls` does not allow those")
            }
            "http" | "https" => match rest.strip_prefix("//") {
                Some(rest) if is_address(rest) => Shown::Url(name.to_owned()),
                // It may hold a password, so it is not shown.
                _ => Shown::Problem("an image's address is not one that can be passed on".to_owned()),
            },
            "data" => Shown::Problem("an image is written out as `data:`; name a file instead".to_owned()),
            "file" => problem(name, "name the file itself, without `file:`"),
            _ => return None,
        })
    }
}

/// Whether a host follows, without a user's name or password before it, and nothing that no address can hold.
fn is_address(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let odd = |it: char| it.is_whitespace() || it.is_control();
    !authority.is_empty() && !authority.contains('@') && !rest.contains(odd)
}

fn problem(name: &str, fault: &str) -> Shown {
    Shown::Problem(format!("the image `{}` cannot be shown: {fault}", excerpt(name, NAME_CHARS)))
}

/// Puts a file's content on record, if it is an image.
fn keep(tx: &Transaction<'_>, name: &str, path: &str, bytes: &[u8]) -> rusqlite::Result<Shown> {
    let Some(media_type) = media_type(bytes) else {
        let fault = if bytes.is_empty() { "it is empty" } else { "it is no PNG, JPEG, GIF or WebP, by its content" };
        return Ok(problem(name, fault));
    };
    let sha1 = Digest::of_bytes(bytes);
    let image = Shown::Content { media_type, sha1 };
    // The record of what is as it was need not be looked for among all images.
    if latest(tx, path)?.as_ref() != Some(&image) {
        let count = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        sql::PLAN_INSERT_IMAGE
            .execute(tx, &[(":sha1", &sha1), (":media_type", &media_type), (":bytes", &count), (":data", &bytes)])?;
    }
    Ok(image)
}

/// Puts on record what a name was found to hold, where that is another thing than before.
fn note(tx: &Transaction<'_>, path: &str, found: &Shown) -> rusqlite::Result<()> {
    if latest(tx, path)?.as_ref() == Some(found) {
        return Ok(());
    }
    let (sha1, problem) = match found {
        Shown::Content { sha1, .. } => (Some(*sha1), None),
        Shown::Problem(problem) => (None, Some(problem)),
        Shown::Url(_) => return Ok(()),
    };
    sql::PLAN_INSERT_IMAGE_FILE.execute(tx, &[(":name", &path), (":sha1", &sha1), (":problem", &problem)]).map(|_| ())
}

/// What the record says of a path.
fn latest(tx: &Transaction<'_>, path: &str) -> rusqlite::Result<Option<Shown>> {
    sql::PLAN_LATEST_IMAGE_FILE.first(tx, &[(":name", &path)], |row| {
        let problem: Option<String> = row.get("problem")?;
        problem.map_or_else(|| image(row), |problem| Ok(Shown::Problem(problem)))
    })
}

fn latest_image(tx: &Transaction<'_>, path: &str) -> rusqlite::Result<Option<Shown>> {
    sql::PLAN_LATEST_IMAGE.first(tx, &[(":name", &path)], image)
}

fn image(row: &rusqlite::Row<'_>) -> rusqlite::Result<Shown> {
    let (sha1, kind): (Digest, String) = (row.get("sha1")?, row.get("media_type")?);
    Ok(Shown::of_record(&kind, sha1))
}
