//! What may stand behind a molblock: nothing that could be another molecule, which would be lost without a word.

use super::ctab::at;
use super::error::{Error, ErrorKind};
use super::molblock::{Lines, clip};

/// Passes over the data fields of an SD record and its `$$$$`.
///
/// # Errors
/// [`ErrorKind::Syntax`] for anything else that is not blank.
pub(super) fn check(lines: &mut Lines) -> Result<(), Error> {
    // Inside the value of a field, which a blank line ends.
    let (mut field, mut ended) = (false, false);
    while let Some(line) = lines.next() {
        let blank = line.trim().is_empty();
        field = match line {
            _ if blank => false,
            _ if line.starts_with("$$$$") && !ended => {
                ended = true;
                false
            }
            _ if line.starts_with('>') && !ended => true,
            _ if field => true,
            _ => {
                let message = format!(
                    "more text behind the molblock on line {}: '{}'; expected one molecule: several records are added as an SD \
                     file",
                    lines.number,
                    clip(line.trim())
                );
                return Err(at(ErrorKind::Syntax, lines.number, message));
            }
        };
    }
    Ok(())
}
