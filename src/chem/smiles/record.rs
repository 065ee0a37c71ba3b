//! A line of a SMILES file: structure, extension, name.

/// Splits a line (or a field) of a SMILES file into what [`parse_smiles`](super::parse_smiles) reads and the
/// name behind it, both trimmed; the name may be empty.
///
/// A line is `SMILES`, `SMILES name`, `SMILES |extension|` or `SMILES |extension| name`, parted by blanks or
/// tabs. The extension (CXSMILES) belongs to the structure. One that is never closed takes in the rest of the
/// line, so that reading the structure says what is wrong with it: an extension is never a name.
///
/// ```
/// use chmr::chem::split_record;
/// assert_eq!(split_record("CCO ethanol"), ("CCO", "ethanol"));
/// assert_eq!(split_record("N[Pt] |C:0.0|\ta complex"), ("N[Pt] |C:0.0|", "a complex"));
/// ```
pub fn split_record(line: &str) -> (&str, &str) {
    let line = line.trim_matches([' ', '\t', '\r', '\n']);
    let Some(end) = line.find([' ', '\t']) else { return (line, "") };
    let rest = line[end..].trim_start_matches([' ', '\t']);
    let Some(extension) = rest.strip_prefix('|') else { return (&line[..end], rest) };
    match extension.find('|') {
        Some(close) => {
            let cut = line.len() - extension.len() + close + 1;
            (&line[..cut], line[cut..].trim_start_matches([' ', '\t']))
        }
        None => (line, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::split_record;

    #[test]
    fn an_extension_is_not_a_name() {
        for (line, structure, name) in [
            ("", "", ""),
            ("CCO", "CCO", ""),
            (" CCO \r\n", "CCO", ""),
            ("CCO\tethyl alcohol", "CCO", "ethyl alcohol"),
            ("CCO |$a;;$|", "CCO |$a;;$|", ""),
            ("CCO \t|$a;;$|  x y", "CCO \t|$a;;$|", "x y"),
            ("CCO |$a b;;$| x", "CCO |$a b;;$|", "x"),
            ("CCO ||", "CCO ||", ""),
            ("CCO |$a;;$|x", "CCO |$a;;$|", "x"),
            ("CCO |C:0.0 x", "CCO |C:0.0 x", ""),
            ("CCO x |y|", "CCO", "x |y|"),
        ] {
            assert_eq!(split_record(line), (structure, name), "{line:?}");
        }
    }
}
