//! Text tables as people keep them: which format, encoding and delimiter a file has, its columns, its rows.
//!
//! Everything here reads as a stream: memory does not grow with the file. Bytes are unpacked if they are
//! gzip ([`Source::new`]), decoded ([`Source::decode`]) and recognised ([`Source::recognise`]); a [`Table`] then
//! has a header and records, [`SmilesLines`] has a molecule a line. Faults of a file are an [`Error`], which says
//! the line; faults of one record are the record's own and never stop the others.

mod columns;
mod delimited;
mod delimiter;
mod encoding;
mod error;
mod foreign;
mod lines;
mod recognise;
mod smiles_lines;
mod source;
mod table;

pub use columns::{find as find_column, find_structure};
pub use delimited::Record;
pub use error::{Error, plain, shown};
pub use foreign::foreign_name;
pub use recognise::Format;
pub use smiles_lines::{SmilesLine, SmilesLines, SmilesOptions};
pub use source::Source;
pub use table::{Table, TableOptions};

/// Characters that look like blanks or like nothing, and come along when text is copied from documents: they
/// are no part of a structure.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{180e}' | '\u{ad}')
}
