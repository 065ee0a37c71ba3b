//! SMILES files: a molecule a line.

use super::columns::is_structure;
use super::encoding::{check_head, not_utf8};
use super::error::Error;
use super::is_blank;
use super::lines::Lines;
use super::source::Source;
use crate::chem::{Limits, parse_smiles, split_record};

/// Bytes of a line beyond those that a SMILES may have: room for a name.
const NAME: usize = 4096;

/// What a SMILES file does not say of itself.
#[derive(Clone, Debug, Default)]
pub struct SmilesOptions {
    /// The character between SMILES and name; if absent, blanks and tabs, or a comma or semicolon if the first line
    /// shows one that no SMILES can hold.
    pub delimiter: Option<u8>,
}

/// A line of a SMILES file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmilesLine {
    /// Its number, from 1.
    pub line: u64,
    /// SMILES, with the extension (CXSMILES) behind it, if any; may be none at all.
    pub structure: String,
    /// May be empty.
    pub name: String,
    /// Why the line cannot be read.
    pub fault: Option<String>,
}

/// Where SMILES and name stand in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// SMILES, blanks, name.
    Blanks,
    /// The same the other way round, as a header may say.
    NameFirst,
    /// SMILES, this character, name.
    Character(char),
}

/// Reads `SMILES [|extension|] [name]` a line. Empty lines and comments (`#`) are no molecules, nor is a header such as
/// `smiles name`. SMILES may be in quotes; blanks of any kind separate, be they hard or of no width.
pub struct SmilesLines {
    lines: Lines<Source>,
    raw: Vec<u8>,
    layout: Option<Layout>,
    limit: usize,
    done: bool,
}

impl SmilesLines {
    /// The lines of decoded text.
    ///
    /// # Errors
    /// If it is no UTF-8 in its first 64 KiB.
    pub fn new(source: Source, options: &SmilesOptions) -> Result<Self, Error> {
        check_head(source.head())?;
        let layout = options.delimiter.map(|b| match b {
            b' ' | b'\t' => Layout::Blanks,
            b => Layout::Character(char::from(b)),
        });
        let limit = Limits::default().bytes;
        Ok(Self { lines: Lines::new(source, 0), raw: Vec::new(), layout, limit, done: false })
    }

    fn read(&mut self) -> Result<Option<SmilesLine>, Error> {
        loop {
            self.raw.clear();
            let Some(read) = self.lines.read(&mut self.raw, self.limit + NAME)? else {
                return Ok(None);
            };
            let text = String::from_utf8_lossy(&self.raw);
            let broken = matches!(text, std::borrow::Cow::Owned(_));
            let text = match text.is_ascii() {
                // A vertical tab is blank, too.
                true => text.trim(),
                false => text.trim_matches(is_blank),
            };
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let layout = match self.layout {
                Some(layout) => layout,
                None => {
                    let (layout, is_header) = first_line(text);
                    self.layout = Some(layout);
                    if is_header {
                        continue;
                    }
                    layout
                }
            };
            let (structure, name) =
                if read.whole { layout.split(text) } else { (String::new(), String::new()) };
            let fault = match read.whole {
                false => Some("the line is longer than any molecule that is accepted".to_owned()),
                true if broken => not_utf8(&self.raw, 1).map(|(_, fault)| fault),
                true => None,
            };
            return Ok(Some(SmilesLine { line: self.lines.number(), structure, name, fault }));
        }
    }
}

impl Iterator for SmilesLines {
    type Item = Result<SmilesLine, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let line = self.read().transpose();
        self.done = !matches!(line, Some(Ok(_)));
        line
    }
}

impl Layout {
    fn split(self, text: &str) -> (String, String) {
        let owned = |(a, b): (&str, &str)| (a.to_owned(), b.to_owned());
        if let Some((inside, behind)) = unquoted(text) {
            let rest = match self {
                Self::Character(c) => {
                    behind.trim_start_matches(is_blank).strip_prefix(c).unwrap_or(behind)
                }
                _ => behind,
            };
            let (structure, name) = split_record(inside);
            let rest = rest.trim_matches(is_blank);
            return owned((structure, if rest.is_empty() { name } else { rest }));
        }
        match self {
            Self::Blanks if text.bytes().all(is_usual) => owned(split_record(text)),
            Self::Blanks => owned(split_record(&with_plain_blank(text))),
            Self::NameFirst => match text.rsplit_once(is_blank) {
                Some((name, structure)) => owned((structure, name.trim_matches(is_blank))),
                None => owned((text, "")),
            },
            Self::Character(c) => match text.split_once(c) {
                Some((structure, name)) => {
                    owned((structure.trim_matches(is_blank), name.trim_matches(is_blank)))
                }
                None => owned((text, "")),
            },
        }
    }
}

/// Printable, or one of the blanks that [`split_record`] knows.
fn is_usual(b: u8) -> bool {
    b.is_ascii_graphic() || matches!(b, b' ' | b'\t')
}

/// `text` with a plain blank between its first word and the rest.
fn with_plain_blank(text: &str) -> String {
    match text.split_once(is_blank) {
        Some((word, rest)) => format!("{word} {}", rest.trim_start_matches(is_blank)),
        None => text.to_owned(),
    }
}

/// What stands in the quotes that a line begins with, and behind them.
fn unquoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (inside, behind) = text[1..].split_once(quote)?;
    Some((inside.trim_matches(is_blank), behind))
}

/// The layout that the first line of a file shows, and whether it is a header.
fn first_line(text: &str) -> (Layout, bool) {
    let bare = |word: &str| word.trim_matches(['"', '\'']).to_owned();
    let words: Vec<String> = text.split(is_blank).filter(|w| !w.is_empty()).map(bare).collect();
    if is_structure(&words[0]) {
        return (Layout::Blanks, true);
    }
    if words.len() == 2 && is_structure(&words[1]) && !reads(&words[0]) {
        return (Layout::NameFirst, true);
    }
    let separator = words[0].find([',', ';']).map(|i| (words[0].as_bytes()[i] as char, i));
    match separator {
        Some((c, i)) if is_structure(&words[0][..i]) => (Layout::Character(c), true),
        Some((c, i)) if reads(&words[0][..i]) => (Layout::Character(c), false),
        _ => (Layout::Blanks, false),
    }
}

/// Whether a text is a SMILES.
pub fn reads(text: &str) -> bool {
    parse_smiles(text, &Limits::default()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, delimiter: Option<u8>) -> Vec<(u64, String, String)> {
        let source =
            Source::new(std::io::Cursor::new(text.as_bytes().to_vec())).unwrap().decode().unwrap();
        let lines = SmilesLines::new(source, &SmilesOptions { delimiter }).unwrap();
        lines.map(|l| l.unwrap()).map(|l| (l.line, l.structure, l.name)).collect()
    }

    fn one(text: &str) -> (String, String) {
        let mut lines = lines(text, None);
        assert_eq!(lines.len(), 1, "{text:?}");
        let (_, structure, name) = lines.remove(0);
        (structure, name)
    }

    /// Found by fuzzing: a line of vertical tabs alone, which are blank, was taken for one with words.
    #[test]
    fn every_kind_of_blank_makes_an_empty_line() {
        let found = lines("\x0b\t\x0b \x0c\r\n \x0b\nCCO\x0bethanol\n\x0b", None);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1.as_str()), (3, "CCO"));
    }

    #[test]
    fn structures_and_names() {
        for (text, structure, name) in [
            ("CCO", "CCO", ""),
            ("  CCO\tethyl alcohol \r\n", "CCO", "ethyl alcohol"),
            ("CCO\u{a0}ethanol", "CCO", "ethanol"),
            ("c1ccccc1\u{200b} b", "c1ccccc1", "b"),
            ("\u{a0}CCO\u{3000}\u{feff}grain\u{a0}alcohol", "CCO", "grain\u{a0}alcohol"),
            ("\"CCO\" a", "CCO", "a"),
            ("'CCO'\tb c", "CCO", "b c"),
            ("\"CCO a\"", "CCO", "a"),
            ("CCO \"a\"", "CCO", "\"a\""),
            ("N[Pt] |C:0.0| a", "N[Pt] |C:0.0|", "a"),
            ("N[Pt]\u{a0}|C:0.0| a", "N[Pt] |C:0.0|", "a"),
            ("CCO,ethanol, pure", "CCO", "ethanol, pure"),
            ("CCO;x", "CCO", "x"),
            ("CCO 1,2-x", "CCO", "1,2-x"),
            ("\"CCO\",x", "\"CCO\",x", ""),
        ] {
            if text.starts_with("\"CCO\",") {
                assert_eq!(lines(text, Some(b','))[0].2, "x");
                continue;
            }
            assert_eq!(one(text), (structure.to_owned(), name.to_owned()), "{text:?}");
        }
        assert_eq!(lines("C|a", Some(b'|')), [(1, "C".to_owned(), "a".to_owned())]);
    }

    #[test]
    fn headers_comments_and_line_ends() {
        for header in [
            "smiles name",
            "SMILES,ID",
            "structure",
            "Canonical_SMILES\tName",
            "\"SMILES\" \"ID\"",
            "SMILES",
        ] {
            let text = format!("\n{header}\n# none\n\nCCO\n");
            assert_eq!(lines(&text, None), [(5, "CCO".to_owned(), String::new())], "{header}");
        }
        assert_eq!(
            lines("Name SMILES\ngrain alcohol CCO\n", None)[0],
            (2, "CCO".into(), "grain alcohol".into())
        );
        let wanted: Vec<_> =
            [(1, "C"), (2, "CC")].map(|(l, s)| (l, s.to_owned(), "a".to_owned())).into();
        for end in ["\n", "\r", "\r\n"] {
            assert_eq!(lines(&format!("C a{end}CC a{end}"), None), wanted);
        }
    }
}
