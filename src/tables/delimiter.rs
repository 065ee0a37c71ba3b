//! Which character separates the fields of a table.

use super::columns::{is_structure, normal};

/// In the order in which they are preferred where nothing else decides.
const CANDIDATES: [u8; 4] = [b'\t', b';', b',', b'|'];
/// Rows that are looked at behind the header.
const ROWS: usize = 20;

/// The delimiter of a table that begins with `lines`, the first being its header; a comma where no character can be
/// one. A delimiter is the better if it makes a field of the header the name of structures or `structure`, then if
/// more rows have as many fields as the header.
pub fn recognise<'a>(
    mut lines: impl Iterator<Item = &'a str> + Clone,
    structure: Option<&str>,
) -> u8 {
    let Some(header) = lines.next() else { return b',' };
    let wanted = structure.map(normal);
    let score = |delimiter: u8| {
        let names = fields(header, delimiter);
        if names.len() < 2 {
            return None;
        }
        let named = names.iter().any(|n| match &wanted {
            Some(wanted) => normal(n) == *wanted,
            None => is_structure(n),
        });
        let rows = lines.clone().take(ROWS);
        let even = rows.filter(|l| fields(l, delimiter).len() == names.len()).count();
        Some((named, even, names.len()))
    };
    let scored = CANDIDATES.into_iter().filter_map(|d| Some((score(d)?, d)));
    // Of equals the last would be taken.
    scored.rev().max_by_key(|(score, _)| *score).map_or(b',', |(_, d)| d)
}

/// Fields of a line, roughly: quotes keep their delimiters.
pub fn fields(line: &str, delimiter: u8) -> Vec<&str> {
    let (mut fields, mut start, mut quoted) = (Vec::new(), 0, false);
    for (i, b) in line.bytes().enumerate() {
        match b {
            b'"' => quoted = !quoted,
            b if b == delimiter && !quoted => {
                fields.push(&line[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    fields.push(&line[start..]);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters() {
        for (text, wanted) in [
            ("id,smiles,y\na,CCO,1", b','),
            ("id;smiles;y\na;CCO;1,5\nb;C;2,5", b';'),
            ("id\tsmiles\na\tCCO", b'\t'),
            ("id;smiles;y (mg,l),z,w\na;CCO;1,5", b';'),
            ("a;b,smiles,\"x\ty\"\n1;2,CCO,3", b','),
            ("x;y,z\n1;2,3\n4;5,6", b';'),
            ("x;y,z\n1;2;3,3\n4;5;6,6", b','),
            ("smiles\nCCO", b','),
            ("id|smiles\na|CCO", b'|'),
        ] {
            assert_eq!(recognise(text.lines(), None) as char, wanted as char, "{text}");
        }
        assert_eq!(recognise("strukt;y,z\nC;1,2".lines(), Some("Strukt")), b';');
    }
}
