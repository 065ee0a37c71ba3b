//! What the cells of a column say: numbers, classes, bounds; and whether the column is a task at all.

use super::table::Bad;
use chmr::model::TaskKind;

/// A task.
#[derive(Clone, Debug)]
pub struct Column {
    /// As in the header.
    pub name: String,
    /// Declared, or a classification where every value is a class.
    pub kind: TaskKind,
    /// One a row, NaN where not measured.
    pub values: Vec<f32>,
    /// Of a classification, what the table writes for the classes 0 and 1.
    pub classes: Option<[String; 2]>,
    /// Cells such as `<2` and `>10`, which are bounds and no measurements: left out.
    pub censored: usize,
}

/// What stands for "not measured", beside an empty cell.
const MISSING: [&str; 8] = ["na", "n/a", "nan", "null", "none", "-", "nd", "n.d."];
/// Words for the classes 0 and 1, lower case. Those of different rows may be mixed in one column.
const CLASSES: [[&str; 2]; 12] = [
    ["0", "1"],
    ["0.0", "1.0"],
    ["no", "yes"],
    ["n", "y"],
    ["false", "true"],
    ["f", "t"],
    ["inactive", "active"],
    ["negative", "positive"],
    ["neg", "pos"],
    ["non-toxic", "toxic"],
    ["nontoxic", "toxic"],
    ["-", "+"],
];
/// Names, without case, blanks and marks, of columns that number or name molecules.
const IDENTIFIERS: [&str; 22] = [
    "id",
    "ids",
    "idx",
    "index",
    "no",
    "nr",
    "number",
    "row",
    "rowid",
    "rownumber",
    "key",
    "cid",
    "sid",
    "aid",
    "cas",
    "casno",
    "casrn",
    "molregno",
    "entry",
    "batch",
    "lot",
    "unnamed0",
];
/// Last words of such names: `compound_id`, `PUBCHEM CID`, `MoleculeIndex`.
const ENDINGS: [&str; 9] = ["id", "ids", "idx", "index", "cid", "sid", "aid", "key", "uid"];
/// Fewer rows than this ascend by chance.
const SERIES: usize = 5;

/// How a cell reads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    Missing,
    Number(f32),
    /// A bound, `<2`.
    Censored,
    Text,
}

/// The column, or why it is no task. `asked`: it was named as one; `comma`: a comma may be the decimal point, as it is not
/// the delimiter.
pub fn column(
    name: &str,
    cells: &[(u64, &str)],
    declared: Option<TaskKind>,
    asked: bool,
    comma: bool,
    bad: &mut Vec<Bad>,
) -> Result<Column, String> {
    let taken = asked || declared.is_some();
    let comma = comma && decimal_comma(cells);
    let read: Vec<Cell> = cells.iter().map(|(_, c)| cell(c, comma)).collect();
    let numbers: Vec<f32> = read.iter().filter_map(number).collect();
    let censored = read.iter().filter(|c| **c == Cell::Censored).count();
    let classes = classes(cells);
    if let Some(words) = classes.as_ref().filter(|_| declared != Some(TaskKind::Regression)) {
        return of_classes(name, cells, words, bad);
    }
    let filled = read.iter().filter(|c| **c != Cell::Missing).count();
    if numbers.is_empty() || !(taken || (numbers.len() + censored) * 10 >= filled * 9) {
        return Err(format!(
            "{} of {filled} cells are numbers or known words for classes",
            numbers.len()
        ));
    }
    if !taken && let Some(why) = identifier(name, &numbers) {
        return Err(format!("{why}; name it with --task if it is one"));
    }
    // -1 and 1, as some write classes.
    let signs = |v: f32| v == -1.0 || v == 1.0;
    let signed = declared.is_none() && numbers.contains(&-1.0) && numbers.iter().all(|v| signs(*v));
    let kind =
        if signed { TaskKind::Classification } else { declared.unwrap_or(TaskKind::Regression) };
    let mut values = Vec::with_capacity(cells.len());
    let mut wrong = Vec::new();
    for (&(line, text), cell) in cells.iter().zip(&read) {
        let value = match (cell, kind) {
            (Cell::Number(v), TaskKind::Classification) if signed => {
                Ok(f32::from(u8::from(*v > 0.0)))
            }
            (Cell::Number(v), TaskKind::Classification) if *v != 0.0 && *v != 1.0 => {
                Err("neither 0 nor 1; taken as not measured")
            }
            (Cell::Number(v), _) => Ok(*v),
            (Cell::Missing, _) => Ok(f32::NAN),
            (Cell::Censored, _) => Err("a bound, no measurement; left out"),
            (Cell::Text, _) => Err("no number; taken as not measured"),
        };
        values.push(value.unwrap_or_else(|why| {
            wrong.push(Bad { line, reason: format!("{name}: '{text}' is {why}") });
            f32::NAN
        }));
    }
    let words = if signed { ["-1", "1"] } else { ["0", "1"] };
    let classes = (kind == TaskKind::Classification).then(|| words.map(String::from));
    finish(Column { name: name.to_owned(), kind, values, classes, censored }, wrong, bad)
}

/// A column of words for classes; what is no such word is told and left out.
fn of_classes(
    name: &str,
    cells: &[(u64, &str)],
    words: &[String; 2],
    bad: &mut Vec<Bad>,
) -> Result<Column, String> {
    let signs = words.iter().any(|w| w == "+");
    let mut wrong = Vec::new();
    let values = cells.iter().map(|&(line, text)| match class(text) {
        Some(class) if signs || text != "-" => f32::from(class),
        _ if missing(text) => f32::NAN,
        _ => {
            let reason = format!("{name}: '{text}' is no word for a class; taken as not measured");
            wrong.push(Bad { line, reason });
            f32::NAN
        }
    });
    let values = values.collect();
    let kind = TaskKind::Classification;
    let column =
        Column { name: name.to_owned(), kind, values, classes: Some(words.clone()), censored: 0 };
    finish(column, wrong, bad)
}

fn finish(column: Column, wrong: Vec<Bad>, bad: &mut Vec<Bad>) -> Result<Column, String> {
    let mut known = column.values.iter().filter(|v| !v.is_nan());
    let first = known.next().copied();
    if known.all(|v| Some(*v) == first) {
        return Err("there are no two different values".into());
    }
    bad.extend(wrong);
    Ok(column)
}

fn missing(text: &str) -> bool {
    text.is_empty() || MISSING.iter().any(|m| text.eq_ignore_ascii_case(m))
}

fn number(cell: &Cell) -> Option<f32> {
    match cell {
        Cell::Number(v) => Some(*v),
        _ => None,
    }
}

fn cell(text: &str, comma: bool) -> Cell {
    let parse = |text: &str| {
        let text = if comma { text.replace(',', ".") } else { text.to_owned() };
        text.parse::<f32>().ok().filter(|v| v.is_finite())
    };
    if missing(text) {
        return Cell::Missing;
    }
    let bound = text.trim_start_matches(['<', '>', '=', '≤', '≥', '~', '≈']);
    match (parse(text), bound.len() < text.len() && parse(bound.trim()).is_some()) {
        (Some(v), _) => Cell::Number(v),
        (None, true) => match text.starts_with('=') {
            true => parse(bound.trim()).map_or(Cell::Text, Cell::Number),
            false => Cell::Censored,
        },
        (None, false) => Cell::Text,
    }
}

/// Whether commas are decimal points: no cell has a point, and some cell shows that its comma does not part thousands.
fn decimal_comma(cells: &[(u64, &str)]) -> bool {
    let digits = |text: &str| text.trim_start_matches(['<', '>', '=', '-', '+']).to_owned();
    let parts = |text: &str| {
        let text = digits(text);
        let (whole, rest) = text.split_once(',')?;
        let sound = [whole, rest].iter().all(|p| p.bytes().all(|b| b.is_ascii_digit()));
        sound.then_some(rest.len())
    };
    let mut lengths = cells.iter().filter_map(|(_, c)| parts(c));
    lengths.any(|n| n != 3)
        && !cells.iter().any(|(_, c)| c.contains('.') && digits(c).parse::<f32>().is_ok())
}

fn class(text: &str) -> Option<u8> {
    let text = text.to_lowercase();
    CLASSES.iter().find_map(|pair| (0..2).find(|&i| pair[i as usize] == text))
}

/// The words of a column that nine in ten filled cells are words for classes of: the most frequent for either class.
fn classes(cells: &[(u64, &str)]) -> Option<[String; 2]> {
    let plus = cells.iter().any(|(_, c)| *c == "+");
    let mut counts = std::collections::BTreeMap::new();
    let (mut filled, mut known) = (0, 0);
    for (_, text) in cells.iter().filter(|(_, c)| !missing(c) || (plus && *c == "-")) {
        filled += 1;
        if let Some(class) = class(text) {
            known += 1;
            *counts.entry((class, text.to_lowercase())).or_insert(0usize) += 1;
        }
    }
    let word = |class: u8| {
        let of = counts.iter().filter(|((c, _), _)| *c == class);
        of.max_by_key(|(_, n)| **n).map(|((_, word), _)| word.clone())
    };
    let numbers = cells.iter().filter(|(_, c)| c.parse::<f32>().is_ok_and(f32::is_finite)).count();
    let only = cells.iter().filter(|(_, c)| class(c).is_some() && c.parse::<f32>().is_ok()).count();
    // A 2 among numbers makes them a regression.
    (filled > 0 && known * 10 >= filled * 9 && numbers == only)
        .then(|| [word(0).unwrap_or_else(|| "0".into()), word(1).unwrap_or_else(|| "1".into())])
}

/// Why a column of numbers looks like one that numbers molecules.
fn identifier(name: &str, numbers: &[f32]) -> Option<String> {
    if numbers.iter().any(|v| v.fract() != 0.0) {
        return None;
    }
    let plain: String =
        name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    let named = plain.is_empty()
        || IDENTIFIERS.contains(&plain.as_str())
        || last_word(name).is_some_and(|w| ENDINGS.contains(&w.as_str()));
    if named {
        return Some("whole numbers under a name of identifiers".into());
    }
    if numbers.len() < SERIES {
        return None;
    }
    let ascends = numbers.is_sorted_by(|a, b| a < b) || numbers.is_sorted_by(|a, b| a > b);
    if ascends {
        return Some("whole numbers that only ascend, or only descend, as row numbers do".into());
    }
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let without_gaps = sorted.windows(2).all(|w| w[1] == w[0] + 1.0);
    without_gaps
        .then(|| "every whole number of a range once, as row numbers in another order".into())
}

/// The last word of a name, lower case: after a mark, or from a capital that follows a small letter on.
fn last_word(name: &str) -> Option<String> {
    let word = name.split(|c: char| !c.is_alphanumeric()).rfind(|w| !w.is_empty())?;
    let letters: Vec<char> = word.chars().collect();
    let start = (1..letters.len())
        .rev()
        .find(|&i| letters[i].is_uppercase() && letters[i - 1].is_lowercase())
        .unwrap_or(0);
    Some(letters[start..].iter().collect::<String>().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, cells: &[&str]) -> Result<(Column, Vec<Bad>), String> {
        let cells: Vec<(u64, &str)> = (2..).zip(cells.iter().copied()).collect();
        let mut bad = Vec::new();
        column(name, &cells, None, false, true, &mut bad).map(|c| (c, bad))
    }

    #[test]
    fn columns_that_number_molecules_are_no_tasks() {
        let shuffled = ["17", "3", "99", "4", "5000"];
        for name in [
            "id",
            "ID",
            "Compound ID",
            "compound_id",
            "CompoundID",
            "PUBCHEM_CID",
            "idx",
            "",
            "Unnamed: 0",
            "batch",
        ] {
            let why = read(name, &shuffled).unwrap_err();
            assert!(why.contains("identifiers") && why.contains("--task"), "{name}: {why}");
        }
        assert!(read("x", &["0", "1", "2", "3", "4"]).unwrap_err().contains("ascend"));
        assert!(read("x", &["9", "7", "5", "3", "1"]).unwrap_err().contains("ascend"));
        assert!(read("x", &["3", "1", "5", "2", "4"]).unwrap_err().contains("every whole number"));
        for (name, cells) in [
            ("x", &["0.5", "1", "2", "3", "4"][..]),
            ("solid", &shuffled),
            ("IC50", &["10", "20", "20", "40", "80"]),
            ("id", &["0.5", "0.7", "0.1"]),
        ] {
            assert_eq!(read(name, cells).unwrap().0.kind, TaskKind::Regression, "{name}");
        }
        // It is taken where it was named.
        let cells: Vec<(u64, &str)> = (2..).zip(shuffled).collect();
        assert!(column("id", &cells, None, true, true, &mut Vec::new()).is_ok());
    }

    #[test]
    fn words_for_classes() {
        for [no, yes] in [
            ["no", "yes"],
            ["No", "YES"],
            ["n", "y"],
            ["false", "true"],
            ["FALSE", "TRUE"],
            ["inactive", "Active"],
            ["negative", "positive"],
            ["neg", "pos"],
            ["-", "+"],
            ["0", "1"],
            ["0.0", "1.0"],
            ["-1", "1"],
        ] {
            let (found, bad) = read("y", &[yes, no, "", yes, "n/a"]).unwrap();
            assert_eq!(found.kind, TaskKind::Classification, "{yes}");
            assert_eq!(found.values[..2], [1.0, 0.0], "{yes}");
            assert!(found.values[2].is_nan() && found.values[4].is_nan() && bad.is_empty());
            assert_eq!(found.classes, Some([no.to_lowercase(), yes.to_lowercase()]));
        }
        let many = ["yes", "no", "yes", "no", "yes", "no", "yes", "no", "yes", "perhaps"];
        let (found, bad) = read("y", &many).unwrap();
        assert!(found.values[9].is_nan() && bad[0].line == 11 && bad[0].reason.contains("perhaps"));
        // A minus alone stands for what is not measured, and words that nobody knows are no classes.
        assert!(read("y", &["yes", "-", "no"]).unwrap().0.values[1].is_nan());
        assert!(read("y", &["red", "green", "red"]).is_err());
        // A 2 among 0 and 1 makes numbers of them.
        assert_eq!(read("y", &["0", "1", "2", "1"]).unwrap().0.kind, TaskKind::Regression);
    }

    #[test]
    fn bounds_are_no_measurements() {
        let (found, bad) = read("IC50", &["<2", "3.5", "> 10", "4", "≥5", "=6"]).unwrap();
        assert_eq!((found.censored, found.kind), (3, TaskKind::Regression));
        assert_eq!(found.values.iter().filter(|v| !v.is_nan()).count(), 3);
        assert_eq!(found.values[5], 6.0);
        assert!(bad.len() == 3 && bad[0].line == 2 && bad[0].reason.contains("bound"), "{bad:?}");
    }

    #[test]
    fn decimal_commas() {
        assert_eq!(read("y", &["1,5", "2,25", "<3"]).unwrap().0.values[..2], [1.5, 2.25]);
        // Thousands, or not: nobody knows.
        assert!(read("y", &["1,500", "2,250"]).is_err());
        assert!(read("y", &["1,5", "2.5"]).is_err(), "half of the cells are numbers");
    }
}
