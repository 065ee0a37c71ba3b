//! Which model: a file, or one of the sizes that come with the program.

use crate::Failure;
use chmr::Model;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Sizes beside the embedded one: files of these names in the folder of models.
const SIZES: [&str; 2] = ["fast", "accurate"];
/// Names the folder of models, where it is not found beside the program.
const FOLDER: &str = "CHMR_MODELS";

/// What `--model` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The one inside this program, or beside a program that has none inside.
    Embedded,
    /// A file.
    File(PathBuf),
}

impl Choice {
    /// A word, else a path. A file that is called as a word is named by a path such as `./fast`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "default" {
            return Ok(Self::Embedded);
        }
        if !SIZES.contains(&text) {
            return Ok(Self::File(text.into()));
        }
        match standing(text) {
            Some(path) => Ok(Self::File(path)),
            None => {
                Err(format!("{text}.chmr is not there; name the folder that holds it in {FOLDER}"))
            }
        }
    }
}

/// The file of the model `name` in the folders of models.
fn standing(name: &str) -> Option<PathBuf> {
    let folders = folders(std::env::var_os(FOLDER).as_deref(), std::env::current_exe().ok());
    folders.iter().map(|f| f.join(format!("{name}.chmr"))).find(|f| f.is_file())
}

/// The default model's file, for a program without a model inside: packages that hold the model once, as a file, have such a
/// program.
fn default_file() -> Option<&'static PathBuf> {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    if cfg!(feature = "embedded-model") {
        return None;
    }
    FOUND.get_or_init(|| standing("default")).as_ref()
}

/// Folders that models may stand in: the one named, or those that an installation and a checkout have.
fn folders(named: Option<&OsStr>, program: Option<PathBuf>) -> Vec<PathBuf> {
    if let Some(named) = named {
        return vec![named.into()];
    }
    let beside = program.as_deref().and_then(Path::parent).map(Path::to_owned);
    let above = beside.iter().flat_map(|f| f.ancestors());
    above.take(3).flat_map(|f| [f.join("share/chmr/models"), f.join("models")]).collect()
}

/// The file that was chosen; none for a model inside the program.
pub fn file(choice: &Option<Choice>) -> Option<&PathBuf> {
    match choice {
        Some(Choice::File(path)) => Some(path),
        Some(Choice::Embedded) | None => default_file(),
    }
}

/// Opens what was chosen.
pub fn open(choice: &Option<Choice>) -> Result<Model, Failure> {
    Ok(match file(choice) {
        Some(path) => Model::open(path)?,
        None => Model::open_default()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_stand_beside_the_program_or_where_the_variable_says() {
        let found = folders(None, Some("/opt/chmr/bin/chmr".into()));
        assert!(found.contains(&"/opt/chmr/share/chmr/models".into()));
        let found = folders(None, Some("/home/a/chmr/target/release/chmr".into()));
        assert!(found.contains(&"/home/a/chmr/models".into()));
        let named = folders(Some(OsStr::new("/m")), Some("/opt/chmr/bin/chmr".into()));
        assert_eq!(named, [PathBuf::from("/m")]);
    }

    #[test]
    fn words_are_no_files() {
        assert_eq!(Choice::parse("default"), Ok(Choice::Embedded));
        assert_eq!(Choice::parse("./fast"), Ok(Choice::File("./fast".into())));
        assert_eq!(file(&Some(Choice::Embedded)), None);
    }
}
