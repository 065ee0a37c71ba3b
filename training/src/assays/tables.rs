//! Tables of assays, each of its own form, as labels of molecules.

use crate::Result;
use crate::chmr::leak_guard::LeakGuard;
use crate::data::labels::Guarded;
use crate::data::table::{Folder, Table};
use chmr::chem::{Limits, canonical_smiles, parse_smiles};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// Where a table stands, and what its fields mean.
#[derive(Clone, Copy, Debug)]
pub struct TableInfo {
    /// Its name in a configuration.
    pub name: &'static str,
    /// File in the data folder.
    pub path: &'static str,
    form: Form,
    values: Values,
}

/// How a table is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A column an assay.
    Wide,
    /// A row a measurement; the assay's name is made of these columns.
    Long(&'static [&'static str]),
}

/// What a table's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    /// Classes, 0 and 1.
    Classes,
    /// Numbers; where a column `unit` says `class`, classes.
    Numbers,
    /// Counts, of which the logarithm of one more is learnt.
    Counts,
    /// Words that say whether a compound acts, and a number where it does.
    Comments,
}

/// Every table that a configuration may name.
pub const TABLES: &[TableInfo] = &[
    wide("chembl", "pretrain/labelled/chembl_targets691.csv.gz", Values::Numbers),
    TableInfo {
        name: "pchembl",
        path: "pretrain/labelled/activity_pchembl.csv.gz",
        form: Form::Long(&["target"]),
        values: Values::Numbers,
    },
    wide("cyp", "pretrain/labelled/cyp_inhibition.csv.gz", Values::Classes),
    // Sources differ in assay: each has a task of its own.
    TableInfo {
        name: "adme",
        path: "pretrain/labelled/adme.csv.gz",
        form: Form::Long(&["endpoint", "unit", "source"]),
        values: Values::Numbers,
    },
    wide("pkis2", "pretrain/labelled/pkis2_inhibition.csv.gz", Values::Numbers),
    TableInfo {
        name: "drugmatrix",
        path: "pretrain/labelled/drugmatrix.csv.gz",
        form: Form::Long(&["assay_chembl_id"]),
        values: Values::Comments,
    },
    wide("tox21", "pretrain/labelled/tox21.csv.gz", Values::Classes),
    wide("muv", "pretrain/labelled/muv_sample.csv.gz", Values::Classes),
    wide("jump_activity", "pretrain/morphology/jump_activity.csv.gz", Values::Numbers),
    wide("l1000_activity", "pretrain/expression/l1000_activity_counts.csv.gz", Values::Counts),
];

/// Columns of these tables that are assays, where not all but the molecule's are.
const COLUMNS: &[(&str, &[&str])] =
    &[("jump_activity", &["mean_average_precision"]), ("l1000_activity", &["num_sig"])];

const fn wide(name: &'static str, path: &'static str, values: Values) -> TableInfo {
    TableInfo { name, path, form: Form::Wide, values }
}

/// What is known of the table `name`.
///
/// # Errors
/// If there is no such table.
pub fn table(name: &str) -> Result<&'static TableInfo> {
    TABLES.iter().find(|t| t.name == name).ok_or_else(|| {
        let known: Vec<&str> = TABLES.iter().map(|t| t.name).collect();
        format!("no table of assays is named '{name}'; there are {}", known.join(", ")).into()
    })
}

/// An assay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assay {
    /// `table:assay`.
    pub name: String,
    /// Whether its labels are numbers, not classes.
    pub numbers: bool,
}

/// What is known of the true value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// It is the label's.
    Exact,
    /// It is at most the label's.
    AtMost,
    /// It is at least the label's.
    AtLeast,
}

/// A measurement of a molecule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Label {
    /// Index of the assay.
    pub assay: u32,
    /// 0 … 1 for classes.
    pub value: f32,
    /// What the value is of the true one.
    pub bound: Bound,
}

/// Tables' labels by molecule.
#[derive(Clone, Debug, Default)]
pub struct Assays {
    /// All assays, table by table.
    pub assays: Vec<Assay>,
    /// A SMILES of each molecule, as it was first written. Stereoisomers share a molecule.
    pub smiles: Vec<String>,
    /// Labels of each molecule, ascending by assay, at most one an assay.
    pub labels: Vec<Vec<Label>>,
    /// What the guard did, a table.
    pub guarded: BTreeMap<String, Guarded>,
}

/// What is collected of one molecule and assay: the sum and number of exact values; bounds, by kind.
#[derive(Clone, Copy, Default)]
struct Seen {
    sum: f64,
    count: u32,
    at_most: Option<f32>,
    at_least: Option<f32>,
}

impl Assays {
    /// Reads the tables `names`. The guard is asked about each row.
    ///
    /// # Errors
    /// If a table is absent or not of its form.
    pub fn read(names: &[String], folder: &mut Folder, guard: &LeakGuard) -> Result<Self> {
        let mut all = Self::default();
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut seen: Vec<BTreeMap<u32, Seen>> = Vec::new();
        for name in names {
            let info = table(name)?;
            let table = folder.table(info.path)?;
            let smiles = table.column("smiles")?;
            let texts: Vec<&str> = (0..table.len()).map(|r| table.text(r, smiles)).collect();
            let admitted = guard.admit(&texts);
            let guarded =
                Guarded { admitted: admitted.rows.len(), refused: admitted.refused.len() };
            all.guarded.insert(name.clone(), guarded);
            let keys: Vec<Option<String>> = admitted
                .rows
                .par_iter()
                .map(|&r| {
                    let molecule = parse_smiles(texts[r], &Limits::default()).ok()?;
                    Some(canonical_smiles(&molecule).unwrap_or_else(|_| texts[r].to_owned()))
                })
                .collect();
            let fields = Fields::new(info, &table)?;
            let mut numbers: HashMap<String, u32> = HashMap::new();
            for (&row, key) in admitted.rows.iter().zip(keys) {
                let Some(key) = key else { continue };
                let molecule = *known.entry(key).or_insert_with(|| {
                    all.smiles.push(texts[row].to_owned());
                    seen.push(BTreeMap::new());
                    all.smiles.len() as u32 - 1
                });
                for (assay, is_number, value, bound) in fields.of(info, &table, row)? {
                    let assay = format!("{name}:{assay}");
                    let number = *numbers.entry(assay).or_insert_with_key(|assay| {
                        all.assays.push(Assay { name: assay.clone(), numbers: is_number });
                        all.assays.len() as u32 - 1
                    });
                    seen[molecule as usize].entry(number).or_default().add(value, bound);
                }
            }
        }
        all.labels = seen
            .into_iter()
            .map(|row| row.into_iter().filter_map(|(assay, seen)| seen.label(assay)).collect())
            .collect();
        Ok(all)
    }

    /// Without the assays that have fewer than `least` labels, and the molecules that then have none.
    pub fn with_at_least(mut self, least: usize) -> Self {
        let mut counts = vec![0; self.assays.len()];
        self.labels.iter().flatten().for_each(|l| counts[l.assay as usize] += 1);
        let mut next = 0;
        let new: Vec<Option<u32>> = counts
            .iter()
            .map(|&count| {
                (count >= least).then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        let mut kept = new.iter().map(Option::is_some);
        self.assays.retain(|_| kept.next().unwrap_or_default());
        for row in &mut self.labels {
            row.retain_mut(|label| match new[label.assay as usize] {
                Some(assay) => {
                    label.assay = assay;
                    true
                }
                None => false,
            });
        }
        let (smiles, labels) = self
            .smiles
            .into_iter()
            .zip(self.labels)
            .filter(|(_, labels)| !labels.is_empty())
            .unzip();
        Self { smiles, labels, ..self }
    }
}

impl Seen {
    fn add(&mut self, value: f32, bound: Bound) {
        match bound {
            Bound::Exact => {
                self.sum += f64::from(value);
                self.count += 1;
            }
            // Of several bounds the tightest.
            Bound::AtMost => self.at_most = Some(self.at_most.map_or(value, |v| v.min(value))),
            Bound::AtLeast => self.at_least = Some(self.at_least.map_or(value, |v| v.max(value))),
        }
    }

    /// A measured value outdoes a bound; a value between two bounds is none of either kind, and left out.
    fn label(&self, assay: u32) -> Option<Label> {
        let (value, bound) = match (self.count, self.at_most, self.at_least) {
            (1.., ..) => ((self.sum / f64::from(self.count)) as f32, Bound::Exact),
            (0, Some(value), None) => (value, Bound::AtMost),
            (0, None, Some(value)) => (value, Bound::AtLeast),
            _ => return None,
        };
        Some(Label { assay, value, bound })
    }
}

/// Where a table's fields are.
enum Fields {
    Wide(Vec<(usize, String)>),
    Long { names: Vec<usize>, value: usize, relation: Option<usize>, comment: Option<usize> },
}

impl Fields {
    fn new(info: &TableInfo, table: &Table) -> Result<Self> {
        let Form::Long(names) = info.form else {
            let only = COLUMNS.iter().find(|(name, _)| *name == info.name).map(|(_, c)| *c);
            let columns = table.header().into_iter().enumerate();
            let wanted = |name: &str| only.map_or(name != "smiles", |only| only.contains(&name));
            let columns = columns.filter(|(_, name)| wanted(name));
            return Ok(Self::Wide(columns.map(|(i, name)| (i, name.to_owned())).collect()));
        };
        let value = table.column(if info.name == "pchembl" { "pchembl" } else { "value" })?;
        let relation = ["relation", "standard_relation"];
        Ok(Self::Long {
            names: names.iter().map(|n| table.column(n)).collect::<Result<_>>()?,
            value,
            relation: relation.iter().find_map(|name| table.column(name).ok()),
            comment: table.column("activity_comment").ok(),
        })
    }

    /// Assay, whether it has numbers, value and bound of everything that a row says.
    fn of(
        &self,
        info: &TableInfo,
        table: &Table,
        row: usize,
    ) -> Result<Vec<(String, bool, f32, Bound)>> {
        match self {
            Self::Wide(columns) => {
                let mut all = Vec::new();
                for (column, name) in columns {
                    let value = table.number(row, *column)?;
                    let value = match info.values {
                        Values::Counts => value.ln_1p(),
                        _ => value,
                    };
                    if value.is_finite() {
                        let numbers = info.values != Values::Classes;
                        all.push((name.clone(), numbers, value, Bound::Exact));
                    }
                }
                Ok(all)
            }
            Self::Long { names, value, relation, comment } => {
                let name: Vec<&str> = names.iter().map(|&c| table.text(row, c)).collect();
                let name = name.join("|");
                if info.values == Values::Comments {
                    let idle =
                        comment.is_some_and(|c| table.text(row, c).starts_with("Not Active"));
                    let acts = table.number(row, *value)?.is_finite();
                    let class = match (idle, acts) {
                        (true, _) => 0.0,
                        (false, true) => 1.0,
                        (false, false) => return Ok(Vec::new()),
                    };
                    return Ok(vec![(name, false, class, Bound::Exact)]);
                }
                let number = table.number(row, *value)?;
                if !number.is_finite() {
                    return Ok(Vec::new());
                }
                let bound = match relation.map_or("=", |c| table.text(row, c)).chars().next() {
                    Some('<') => Bound::AtMost,
                    Some('>') => Bound::AtLeast,
                    _ => Bound::Exact,
                };
                // Bounds of pChEMBL values are those of the concentration, which falls as they rise.
                let bound = match bound {
                    Bound::AtMost if info.name == "pchembl" => Bound::AtLeast,
                    Bound::AtLeast if info.name == "pchembl" => Bound::AtMost,
                    bound => bound,
                };
                let numbers = !name.split('|').any(|part| part == "class");
                Ok(vec![(name, numbers, number, bound)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_values_are_averaged_and_outdo_bounds() {
        let mut seen = Seen::default();
        seen.add(5.0, Bound::AtMost);
        seen.add(4.0, Bound::AtMost);
        let label = |seen: &Seen| seen.label(3).map(|l| (l.value, l.bound));
        assert_eq!(label(&seen), Some((4.0, Bound::AtMost)));
        let mut both = seen;
        both.add(3.0, Bound::AtLeast);
        assert_eq!(label(&both), None);
        seen.add(6.0, Bound::Exact);
        seen.add(7.0, Bound::Exact);
        assert_eq!(label(&seen), Some((6.5, Bound::Exact)));
    }

    #[test]
    fn rare_assays_go_and_molecules_with_them() {
        let label = |assay| Label { assay, value: 1.0, bound: Bound::Exact };
        let all = Assays {
            assays: ["a", "b", "c"].map(|n| Assay { name: n.into(), numbers: true }).into(),
            smiles: ["C", "CC", "CCC"].map(String::from).into(),
            labels: vec![vec![label(0), label(2)], vec![label(1)], vec![label(2)]],
            ..Assays::default()
        };
        let kept = all.with_at_least(2);
        assert_eq!(kept.assays.len(), 1);
        assert_eq!((kept.smiles, kept.labels.len()), (vec!["C".into(), "CCC".into()], 2));
        assert!(kept.labels.iter().flatten().all(|l| l.assay == 0));
    }

    #[test]
    fn tables_are_read_by_their_forms() {
        let data = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = data.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            std::io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
            std::fs::write(path, packed.finish().unwrap()).unwrap();
        };
        write(
            "pretrain/labelled/activity_pchembl.csv.gz",
            "smiles,target,relation,pchembl,source\nCCO,T1,=,6.0,a\nOCC,T1,=,7.0,b\nCCN,T1,>,5.0,a\nc1ccccc1,T2,=,4,a\n",
        );
        write(
            "pretrain/labelled/adme.csv.gz",
            "smiles,endpoint,value,relation,unit,source\nCCO,logd,1.5,=,log10,x\nCCO,stable,1,=,class,y\n",
        );
        let mut guard = LeakGuard::new();
        guard.withhold("C1=CC=CC=C1", "a test").unwrap();
        let names = ["pchembl", "adme"].map(String::from);
        let all = Assays::read(&names, &mut Folder::new(data.path()), &guard).unwrap();
        let told: Vec<(&str, bool)> =
            all.assays.iter().map(|a| (a.name.as_str(), a.numbers)).collect();
        assert_eq!(
            told,
            [("pchembl:T1", true), ("adme:logd|log10|x", true), ("adme:stable|class|y", false)]
        );
        assert_eq!(all.smiles, ["CCO", "CCN"]);
        let values: Vec<(u32, f32, Bound)> =
            all.labels.iter().flatten().map(|l| (l.assay, l.value, l.bound)).collect();
        let expected = [
            (0, 6.5, Bound::Exact),
            (1, 1.5, Bound::Exact),
            (2, 1.0, Bound::Exact),
            (0, 5.0, Bound::AtMost),
        ];
        assert_eq!(values, expected);
        assert_eq!(all.guarded["pchembl"].refused, 1);
    }
}
