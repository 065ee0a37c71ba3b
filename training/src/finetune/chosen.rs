//! What is about to be learnt: the tasks, their kinds and counts; and whether that is enough.

use crate::Result;
use crate::benchmark::Split;
use crate::finetune::table::Table;
use chmr::model::TaskKind;
use serde::Serialize;
use std::fmt::Write;

/// Fewest measured molecules of a task that one is trained on.
pub const FEWEST: usize = 20;
/// Fewest molecules of either class.
pub const FEWEST_OF_CLASS: usize = 5;
/// Below this many measured molecules, or a fifth as many of a class, figures say little.
pub const FEW: usize = 100;

/// A task before it is trained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Chosen {
    /// Column of the table.
    pub task: String,
    /// `classification` or `regression`.
    pub kind: &'static str,
    /// Measured molecules: train, valid, test.
    pub rows: [usize; 3],
    /// Of these, those of class 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positives: Option<[usize; 3]>,
    /// What the table writes for the classes 0 and 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<[String; 2]>,
    /// Of numbers: least, median, greatest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f32; 3]>,
    /// Cells left out as they hold a bound (`<2`).
    pub censored: usize,
}

impl Chosen {
    fn measured(&self) -> usize {
        self.rows.iter().sum()
    }

    /// Molecules of the rarer class; none for numbers.
    fn rarer(&self) -> Option<usize> {
        let positives: usize = self.positives?.iter().sum();
        Some(positives.min(self.measured() - positives))
    }

    /// What there is too little of, below `measured` molecules and `class` of a class.
    fn lack(&self, measured: usize, class: usize) -> Option<String> {
        let n = self.measured();
        match self.rarer() {
            _ if n < measured => Some(format!("{n} measured molecules")),
            Some(rarer) if rarer < class => Some(format!("{rarer} molecules of a class")),
            _ => None,
        }
    }
}

/// The tasks of `table`, whose rows are in `splits`.
pub fn chosen(table: &Table, splits: &[Split]) -> Vec<Chosen> {
    let of = |task: &super::Column| {
        let mut rows = [0; 3];
        let mut positives = [0; 3];
        for (v, split) in task.values.iter().zip(splits).filter(|(v, _)| !v.is_nan()) {
            let place = match split {
                Split::Train => 0,
                Split::Valid => 1,
                Split::Test => 2,
            };
            rows[place] += 1;
            positives[place] += usize::from(*v > 0.5);
        }
        let classes = task.kind == TaskKind::Classification;
        let mut known: Vec<f32> = task.values.iter().copied().filter(|v| !v.is_nan()).collect();
        known.sort_unstable_by(f32::total_cmp);
        let range = known.first().zip(known.last()).map(|(a, b)| [*a, known[known.len() / 2], *b]);
        Chosen {
            task: task.name.clone(),
            kind: if classes { "classification" } else { "regression" },
            rows,
            positives: classes.then_some(positives),
            classes: task.classes.clone(),
            range: range.filter(|_| !classes),
            censored: task.censored,
        }
    };
    table.tasks.iter().map(of).collect()
}

/// Refuses tasks of which too little was measured.
///
/// # Errors
/// Names them all, with what they lack.
pub fn enough(chosen: &[Chosen]) -> Result<()> {
    let lacking = chosen
        .iter()
        .filter_map(|c| Some(format!("'{}' has {}", c.task, c.lack(FEWEST, FEWEST_OF_CLASS)?)));
    let lacking: Vec<String> = lacking.collect();
    match lacking.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "too few to learn from: {}; expected at least {FEWEST} measured molecules, and {FEWEST_OF_CLASS} of \
             either class; leave such columns out with --ignore, or give --allow-few",
            lacking.join(", ")
        )
        .into()),
    }
}

/// What is about to be learnt, for a person: a line a task, and warnings.
pub fn overview(chosen: &[Chosen]) -> String {
    let mut text = String::from(
        "| task | kind | train | valid | test | values | bounds left out |\n|---|---|---|---|---|---|---|\n",
    );
    for c in chosen {
        let [train, valid, test] = c.rows;
        let values = match (&c.positives, &c.classes, &c.range) {
            (Some(positives), Some([no, yes]), _) => {
                let n: usize = positives.iter().sum();
                let share = 100.0 * n as f64 / c.measured().max(1) as f64;
                format!("{n} {yes} ({share:.0} %), {} {no}", c.measured() - n)
            }
            (_, _, Some([least, median, greatest])) => {
                format!("{least} to {greatest}, median {median}")
            }
            _ => String::new(),
        };
        let name = c.task.replace('|', "\\|");
        let _ = writeln!(
            text,
            "| {name} | {} | {train} | {valid} | {test} | {values} | {} |",
            c.kind, c.censored
        );
    }
    for c in chosen {
        if let Some(lack) = c.lack(FEW, FEW / 5) {
            let _ = writeln!(
                text,
                "warning: '{}' has {lack}; below {FEW} molecules, or {} of a class, its figures say little",
                c.task,
                FEW / 5
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(rows: [usize; 3], positives: Option<[usize; 3]>) -> Chosen {
        let classes = positives.map(|_| ["no".to_owned(), "yes".to_owned()]);
        let range = positives.is_none().then_some([-1.0, 0.5, 2.0]);
        let kind = if positives.is_some() { "classification" } else { "regression" };
        Chosen { task: "y".into(), kind, rows, positives, classes, range, censored: 3 }
    }

    #[test]
    fn too_few_are_refused_and_few_are_warned_of() {
        let told = |c: &Chosen| enough(std::slice::from_ref(c)).err().map(|e| e.to_string());
        let refused = told(&task([6, 1, 1], None)).unwrap();
        assert!(
            refused.contains("'y' has 8 measured molecules") && refused.contains("--allow-few")
        );
        let classes = task([160, 20, 20], Some([2, 1, 1]));
        assert!(told(&classes).unwrap().contains("4 molecules of a class"));
        let few = task([40, 5, 5], Some([20, 2, 2]));
        assert_eq!(told(&few), None);
        assert!(overview(&[few]).contains("warning: 'y' has 50 measured molecules"));
        let many = task([160, 20, 20], Some([80, 10, 10]));
        let text = overview(&[many, task([160, 20, 20], None)]);
        assert!(!text.contains("warning"), "{text}");
        assert!(
            text.contains("| y | classification | 160 | 20 | 20 | 100 yes (50 %), 100 no | 3 |")
        );
        assert!(text.contains("-1 to 2, median 0.5"), "{text}");
    }
}
