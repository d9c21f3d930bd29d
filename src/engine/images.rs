//! The folder that images are read from, and which names in it are allowed.
//!
//! Names come from a table that someone else may have made. So a name must lead into the folder that the configuration
//! names; a file whose content is no image never leaves this process.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use crate::config::Config;
use crate::project::Setup;
use crate::prompt::Prompt;
use crate::stage::plan::ImageFault;

/// The inputs of a plan with images, beside its task: all that the images' digests do not contain.
pub fn inputs(setup: &Setup) -> Value {
    let config = &setup.config.images;
    let asking = setup.asking.as_ref();
    let generation = asking.into_iter().flat_map(|asking| asking.prompt.images());
    let judge = asking.into_iter().flat_map(|asking| &asking.judges).flat_map(|judge| Prompt::images(&judge.prompt));
    json!({
        "generation": generation.collect::<Vec<_>>(),
        "judge": judge.collect::<Vec<_>>(),
        "dir": config.dir, "max_bytes": config.max_bytes, "allow_urls": config.allow_urls,
    })
}

/// The folder that images are read from.
pub struct ImageFolder {
    path: PathBuf,
    /// Its name in the configuration, for messages.
    name: String,
    max_bytes: u64,
}

impl ImageFolder {
    /// The folder that a configuration in `dir` names.
    pub fn of(config: &Config, dir: &Path) -> Self {
        let config = &config.images;
        Self { path: dir.join(&config.dir), name: config.dir.clone(), max_bytes: config.max_bytes }
    }

    /// The bytes of the image called `name`: those that were passed in under this name, or else those of the file.
    pub fn read_given(&self, given: Option<io::Result<Vec<u8>>>, name: &str) -> Result<Vec<u8>, ImageFault> {
        match given {
            None => self.read(name),
            Some(Err(error)) => Err(ImageFault::Other(error.to_string())),
            Some(Ok(bytes)) if bytes.len() as u64 > self.max_bytes => Err(self.too_large()),
            Some(Ok(bytes)) => Ok(bytes),
        }
    }

    fn too_large(&self) -> ImageFault {
        ImageFault::Other(format!("it has more than {} bytes (`images.max_bytes`)", self.max_bytes))
    }

    /// The bytes of the file called `name`.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, ImageFault> {
        let path = self.resolve(name)?;
        let unreadable = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ImageFault::Gone,
            _ => ImageFault::Other(error.to_string()),
        };
        // Opening a pipe, say, could wait for ever.
        if !fs::metadata(&path).map_err(unreadable)?.is_file() {
            return Err(ImageFault::Other("it is no file".to_owned()));
        }
        let mut bytes = Vec::new();
        let file = File::open(&path).map_err(unreadable)?;
        file.take(self.max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > self.max_bytes {
            return Err(self.too_large());
        }
        Ok(bytes)
    }

    /// The path of the file called `name`, which must be in the folder. Links in the folder are followed: its owner
    /// made them.
    fn resolve(&self, name: &str) -> Result<PathBuf, ImageFault> {
        let outside = || ImageFault::Other(format!("it leads out of the images' folder (`images.dir: {}`)", self.name));
        let named = Path::new(name);
        if named.components().any(|part| part == Component::ParentDir) || name.contains('\0') {
            return Err(outside());
        }
        if named.has_root() || named.components().any(|part| matches!(part, Component::Prefix(_))) {
            let folder = std::path::absolute(&self.path).map_err(|error| ImageFault::Other(error.to_string()))?;
            let canonical = fs::canonicalize(&self.path).unwrap_or_else(|_| folder.clone());
            let inside = [folder, canonical].iter().any(|folder| named.starts_with(folder));
            return if inside { Ok(named.to_owned()) } else { Err(outside()) };
        }
        Ok(self.path.join(named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &Path) -> ImageFolder {
        ImageFolder { path: path.to_owned(), name: "scans".to_owned(), max_bytes: 4 }
    }

    #[test]
    fn a_name_leads_into_the_folder_or_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let scans = dir.path().join("scans");
        fs::create_dir_all(scans.join("a")).unwrap();
        fs::write(scans.join("a/1"), "1234").unwrap();
        fs::write(dir.path().join("secret"), "1").unwrap();
        let folder = folder(&scans);
        assert_eq!(folder.read("a/1").unwrap(), b"1234");
        assert_eq!(folder.read("./a/1").unwrap(), b"1234");
        assert_eq!(folder.read(scans.join("a/1").to_str().unwrap()).unwrap(), b"1234");
        let absolute = dir.path().join("secret");
        let beside = format!("{}/../secret", scans.display());
        for name in ["../secret", "a/../../secret", absolute.to_str().unwrap(), &beside, "/etc/passwd", "a\0b"] {
            let fault = folder.read(name).unwrap_err();
            assert!(fault.to_string().contains("leads out of the images' folder"), "{name}: {fault}");
        }
    }

    #[test]
    fn a_file_is_there_whole_or_it_is_said_why_not() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("big"), "12345").unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        let folder = folder(dir.path());
        assert_eq!(folder.read("none"), Err(ImageFault::Gone));
        assert_eq!(folder.read("big/none"), Err(ImageFault::Gone));
        assert_eq!(folder.read("folder").unwrap_err().to_string(), "it is no file");
        assert_eq!(folder.read("big").unwrap_err().to_string(), "it has more than 4 bytes (`images.max_bytes`)");
    }
}
