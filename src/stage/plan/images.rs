//! Which images a work item shows: names are rendered, files are read once and recorded, and their content becomes part
//! of the exact task.
//!
//! Files are read through a function that the caller passes in. A file that is gone is shown from the run file. Any
//! other fault of a file is a failure of the work items that show it, and of nothing else.

use std::sync::Arc;

use rusqlite::Transaction;

use crate::prompt::{Prompt, PromptError, TemplateGroup, TemplateRow, Vars};
use crate::provider::excerpt;
use crate::record::Digest;
use crate::stage::StageContext;
use crate::stage::context_error::ContextError;
use crate::stage::image::{ItemImages, NAME_CHARS, ShownImage, media_type};
use crate::store::sql;

/// Why a file cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageFault {
    #[error("there is no such file")]
    Gone,
    /// Any other fault, in words.
    #[error("{0}")]
    Other(String),
}

/// Reads the file of a name.
pub type ReadImage<'a> = dyn Fn(&str) -> Result<Vec<u8>, ImageFault> + 'a;

/// Where images come from.
#[derive(Clone, Copy)]
pub enum ImageSource<'a> {
    /// Files for work items before a plan position, and the run file for the others.
    Files { read: &'a ReadImage<'a>, before: i64 },
    /// The run file alone.
    Record,
}

/// The prompts that show images, and where those come from.
#[derive(Clone, Copy)]
pub struct ImagePlan<'a> {
    pub generation: &'a Prompt,
    /// The prompt of the judge, if there is one.
    pub judge: Option<&'a Prompt>,
    /// The folder of the files, as the configuration writes it.
    pub folder: &'a str,
    /// Whether URLs are passed on to the provider.
    pub allow_urls: bool,
    pub source: ImageSource<'a>,
}

impl std::fmt::Debug for ImagePlan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImagePlan").field("allow_urls", &self.allow_urls).finish_non_exhaustive()
    }
}

/// The most images that one work item shows to one model. No provider takes more.
const MOST: usize = 1_000;

/// How many images a plan has met so far.
#[derive(Default)]
pub(super) struct ImageCounts {
    pub(super) shown: u64,
    /// How many of them cannot be shown.
    pub(super) problems: u64,
}

impl ImagePlan<'_> {
    /// Returns the images of the work item at the plan position `position`.
    pub(super) fn of_item(
        &self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        counts: &mut ImageCounts,
        position: i64,
        row: Option<&Arc<TemplateRow>>,
        group: Option<&Arc<TemplateGroup>>,
    ) -> Result<ItemImages, ContextError> {
        let mut vars = Vars::new();
        if let Some(row) = row {
            vars = vars.row(row);
        }
        if let Some(group) = group {
            vars = vars.group(group);
        }
        let mut of_prompt = |prompt: &Prompt| self.of_names(tx, ctx, counts, position, prompt.render_images(&vars));
        Ok(ItemImages {
            generation: of_prompt(self.generation)?,
            judge: self.judge.map(of_prompt).transpose()?.unwrap_or_default(),
        })
    }

    fn of_names(
        &self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        counts: &mut ImageCounts,
        position: i64,
        names: Result<Vec<String>, PromptError>,
    ) -> Result<Vec<ShownImage>, ContextError> {
        let found = match names {
            Err(error) => vec![ShownImage::Problem(error.to_string())],
            Ok(names) if names.len() > MOST => {
                vec![ShownImage::Problem(format!("the prompt names {} images; {MOST} are the most", names.len()))]
            }
            Ok(names) => names.iter().map(|name| self.shown(tx, ctx, position, name)).collect::<Result<_, _>>()?,
        };
        counts.shown += found.len() as u64;
        counts.problems += found.iter().filter(|it| matches!(it, ShownImage::Problem(_))).count() as u64;
        Ok(found)
    }

    fn shown(
        &self,
        tx: &Transaction<'_>,
        ctx: &StageContext<'_>,
        position: i64,
        name: &str,
    ) -> Result<ShownImage, ContextError> {
        if let Some(address) = self.address(name) {
            return Ok(address);
        }
        let path = path_of(self.folder, name);
        let read = match self.source {
            ImageSource::Files { read, before } if position < before => read,
            ImageSource::Files { .. } | ImageSource::Record => {
                return Ok(latest(tx, &path)?.unwrap_or_else(|| ShownImage::Unread(name.to_owned())));
            }
        };
        // A file that changes during the plan is read once, so that all work items show the same image.
        let earlier = sql::PLAN_FIND_IMAGE_READ.first(tx, &[(":name", &name)], |row| row.get("shown"))?;
        if let Some(shown) = earlier {
            return Ok(ShownImage::of_value(&shown));
        }
        let found = look(tx, read, name, &path)?;
        if found.gone && matches!(found.shown, ShownImage::Content { .. }) {
            ctx.anomaly(tx, "image_gone", Some(name), "there is no such file any more; its record is shown")?;
        }
        keep(tx, &path, &found)?;
        sql::PLAN_INSERT_IMAGE_READ.execute(tx, &[(":name", &name), (":shown", &found.shown.to_value())])?;
        Ok(found.shown)
    }

    /// Returns what a name with a scheme stands for; `None` for the name of a file.
    fn address(&self, name: &str) -> Option<ShownImage> {
        let (scheme, rest) = name.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        Some(match scheme.as_str() {
            "http" | "https" => match rest.strip_prefix("//") {
                None => return None,
                Some(rest) if !is_address(rest) => {
                    // The message leaves the address out, since it may contain a password.
                    ShownImage::Problem("an image's address is not one that can be passed on".to_owned())
                }
                Some(_) if self.allow_urls => ShownImage::Url(name.to_owned()),
                Some(_) => problem(name, "it is an address, and `images.allow_urls` does not allow those"),
            },
            "data" => ShownImage::Problem("an image is written out as `data:`; name a file instead".to_owned()),
            "file" => problem(name, "name the file itself, without `file:`"),
            _ => return None,
        })
    }
}

/// Returns whether the part after `//` has a host, no user name or password, and only characters that a URL may
/// contain.
fn is_address(rest: &str) -> bool {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let odd = |it: char| it.is_whitespace() || it.is_control();
    !authority.is_empty() && !authority.contains('@') && !rest.contains(odd)
}

fn problem(name: &str, fault: &str) -> ShownImage {
    ShownImage::Problem(format!("the image `{}` cannot be shown: {fault}", excerpt(name, NAME_CHARS)))
}

/// Returns the name of a file in the run file. The same name in another folder is another file.
fn path_of(folder: &str, name: &str) -> String {
    if folder == "." { name.to_owned() } else { format!("{folder}/{name}") }
}

/// What was found under a name.
struct ResolvedImage {
    shown: ShownImage,
    bytes: Vec<u8>,
    /// Whether the file is gone and `shown` comes from the run file.
    gone: bool,
}

/// Looks up what a name stands for now.
fn look(tx: &Transaction<'_>, read: &ReadImage<'_>, name: &str, path: &str) -> rusqlite::Result<ResolvedImage> {
    let found = |shown| ResolvedImage { shown, bytes: Vec::new(), gone: false };
    let bytes = match read(name) {
        Ok(bytes) => bytes,
        Err(ImageFault::Other(fault)) => return Ok(found(problem(name, &fault))),
        Err(ImageFault::Gone) => {
            let recorded = sql::PLAN_LATEST_IMAGE.first(tx, &[(":name", &path)], image)?;
            let shown = recorded.unwrap_or_else(|| problem(name, &ImageFault::Gone.to_string()));
            return Ok(ResolvedImage { gone: true, ..found(shown) });
        }
    };
    Ok(match media_type(&bytes) {
        Some(media_type) => {
            let shown = ShownImage::Content { media_type, sha1: Digest::of_bytes(&bytes) };
            ResolvedImage { bytes, ..found(shown) }
        }
        None if bytes.is_empty() => found(problem(name, "it is empty")),
        None => found(problem(name, "it is no PNG, JPEG, GIF or WebP, by its content")),
    })
}

/// Records what was found at a path, if it is not what was found there last.
fn keep(tx: &Transaction<'_>, path: &str, found: &ResolvedImage) -> rusqlite::Result<()> {
    if latest(tx, path)?.as_ref() == Some(&found.shown) {
        return Ok(());
    }
    let (sha1, problem) = match &found.shown {
        ShownImage::Content { media_type, sha1 } => {
            if !found.gone {
                let (count, data) = (i64::try_from(found.bytes.len()).unwrap_or(i64::MAX), &found.bytes);
                sql::PLAN_INSERT_IMAGE.execute(
                    tx,
                    &[(":sha1", sha1), (":media_type", media_type), (":bytes", &count), (":data", data)],
                )?;
            }
            (Some(*sha1), None)
        }
        ShownImage::Problem(problem) => (None, Some(problem)),
        ShownImage::Url(_) | ShownImage::Unread(_) => return Ok(()),
    };
    sql::PLAN_INSERT_IMAGE_FILE.execute(tx, &[(":name", &path), (":sha1", &sha1), (":problem", &problem)]).map(|_| ())
}

/// Returns whether every recorded file is unchanged, and every work item before the plan position `before` has its
/// images. Then a new plan of the same texts would be the same.
pub fn images_unchanged(
    tx: &Transaction<'_>,
    step: i64,
    folder: &str,
    read: &ReadImage<'_>,
    before: i64,
) -> rusqlite::Result<bool> {
    if sql::PLAN_ANY_UNREAD_IMAGE.row(tx, &[(":step", &step), (":before", &before)], |row| row.get("unread"))? {
        return Ok(false);
    }
    let prefix = path_of(folder, "");
    let mut same = true;
    sql::PLAN_IMAGE_FILES.each::<rusqlite::Error>(tx, &[], |row| {
        let path: String = row.get("name")?;
        // Files in the folder of an earlier configuration are no longer shown.
        if let (true, Some(name)) = (same, path.strip_prefix(&prefix)) {
            same = latest(tx, &path)? == Some(look(tx, read, name, &path)?.shown);
        }
        Ok(())
    })?;
    Ok(same)
}

/// Returns what the run file says of a path.
fn latest(tx: &Transaction<'_>, path: &str) -> rusqlite::Result<Option<ShownImage>> {
    sql::PLAN_LATEST_IMAGE_FILE.first(tx, &[(":name", &path)], |row| {
        let problem: Option<String> = row.get("problem")?;
        problem.map_or_else(|| image(row), |problem| Ok(ShownImage::Problem(problem)))
    })
}

fn image(row: &rusqlite::Row<'_>) -> rusqlite::Result<ShownImage> {
    let (sha1, kind): (Digest, String) = (row.get("sha1")?, row.get("media_type")?);
    Ok(ShownImage::of_record(&kind, sha1))
}
