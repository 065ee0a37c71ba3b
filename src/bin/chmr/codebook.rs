//! `chmr codebook describe`: what a person needs to read a path.

use crate::Failure;
use crate::models;
use crate::options::{CodebookCommand, DescribeCodebook};
use crate::output;
use crate::profiles::Table;
use chmr::chem::Limits;
use chmr::files::Inputs;
use chmr::{Batch, EncodeOptions, Model, Run};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Molecules that are named as the nearest to a node.
const NEAREST: usize = 5;
/// Labels that are named of a node.
const NAMED: usize = 3;
/// A label is named if chance gives so many molecules of it to some node of the level less often than this.
const SIGNIFICANT: f64 = 0.01;

pub fn command(command: &CodebookCommand) -> Result<(), Failure> {
    match command {
        CodebookCommand::Describe(options) => describe(options),
    }
}

/// A molecule of the table that was placed.
struct Placed {
    name: String,
    smiles: String,
    /// Of unit length.
    latent: Vec<f32>,
    path: String,
    cosines: Vec<f32>,
    /// Of each column of labels.
    labels: Vec<BTreeSet<String>>,
}

fn describe(options: &DescribeCodebook) -> Result<(), Failure> {
    let model = models::open(&options.model)?;
    let mut inputs = Inputs::of(models::file(&options.model).into_iter().map(PathBuf::as_path));
    inputs.add(&options.table);
    let table = Table::read(&options.table)?;
    let target = output::create(options.output.as_deref(), &inputs)?;
    let (placed, refused) = place(options, &model, &table)?;
    let mut out = csv::Writer::from_writer(target);
    let mut head = ["path", "depth", "molecules", "medoid", "medoid_smiles", "nearest"]
        .map(String::from)
        .to_vec();
    head.extend(options.labels.iter().cloned());
    out.write_record(&head)?;
    let depth = placed.iter().map(|p| p.cosines.len()).max().unwrap_or(0);
    for level in 1..=depth.min(options.depth.unwrap_or(depth)) {
        let mut nodes = BTreeMap::<&str, Vec<&Placed>>::new();
        for molecule in &placed {
            nodes.entry(&molecule.path[..level]).or_default().push(molecule);
        }
        let tests: Vec<Tests> =
            (0..options.labels.len()).map(|c| Tests::new(&placed, c, nodes.len())).collect();
        for (path, members) in &nodes {
            let medoid = medoid(members);
            let mut near = members.clone();
            near.sort_by(|a, b| b.cosines[level - 1].total_cmp(&a.cosines[level - 1]));
            let near: Vec<&str> = near.iter().take(NEAREST).map(|m| m.name.as_str()).collect();
            let mut fields = vec![
                // Digits alone would be read as a number by a spreadsheet.
                format!("r{path}"),
                level.to_string(),
                members.len().to_string(),
                medoid.name.clone(),
                medoid.smiles.clone(),
                near.join("; "),
            ];
            fields.extend(tests.iter().map(|test| test.enriched(members)));
            out.write_record(&fields)?;
        }
    }
    out.into_inner().map_err(|e| e.into_error())?.finish()?;
    eprintln!("chmr: {} molecules placed, {refused} refused", placed.len());
    Ok(())
}

/// The molecules of the table in the tree, and how many the model refused.
fn place(
    options: &DescribeCodebook,
    model: &Model,
    table: &Table,
) -> Result<(Vec<Placed>, usize), Failure> {
    let smiles = table.structure_column(options.smiles_column.as_deref())?;
    let column = |name: &String| {
        table
            .column(name)
            .ok_or_else(|| format!("no column '{name}'; there is {}", table.headers.join(", ")))
    };
    let id = options.id_column.as_ref().map(column).transpose()?;
    let labels = options.labels.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let mut batch = Batch::new();
    table.rows.iter().for_each(|row| _ = batch.push_smiles(&row[smiles]));
    let how = EncodeOptions { threads: options.threads, limits: Limits::default() };
    let encoded = model.encode(&batch, &how, &Run::new())?;
    let latents = encoded.latents.first().ok_or("the codebook places no latent")?;
    let mut placed = Vec::new();
    for (i, row) in table.rows.iter().enumerate() {
        let Some(code) = &latents.codes[i] else { continue };
        let values = latents.values.row(i);
        let length = values.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        let split = |text: &String| -> BTreeSet<String> {
            let parts = text.split(options.separator).map(str::trim);
            parts.filter(|p| !p.is_empty()).map(String::from).collect()
        };
        placed.push(Placed {
            name: id.map_or_else(|| (i + 1).to_string(), |id| row[id].clone()),
            smiles: row[smiles].clone(),
            latent: values.iter().map(|v| v / length).collect(),
            path: code.path(),
            cosines: code.cosines.clone(),
            labels: labels.iter().map(|&c| split(&row[c])).collect(),
        });
    }
    let refused = table.rows.len() - placed.len();
    Ok((placed, refused))
}

/// The molecule whose mean cosine with the others is highest.
fn medoid<'a>(members: &[&'a Placed]) -> &'a Placed {
    let mut sum = vec![0f32; members[0].latent.len()];
    for member in members {
        sum.iter_mut().zip(&member.latent).for_each(|(s, v)| *s += v);
    }
    let near = |m: &Placed| m.latent.iter().zip(&sum).map(|(a, b)| a * b).sum::<f32>();
    members.iter().copied().max_by(|a, b| near(a).total_cmp(&near(b))).unwrap_or(members[0])
}

/// Which labels of one column a node of one level holds more of than chance gives.
struct Tests {
    column: usize,
    /// Molecules with any label of the column, and with each.
    all: usize,
    each: BTreeMap<String, usize>,
    /// Tests of the level: its nodes times the column's labels.
    count: usize,
    /// ln n!, from 0 on.
    factorials: Vec<f64>,
}

impl Tests {
    fn new(placed: &[Placed], column: usize, nodes: usize) -> Self {
        let labelled = placed.iter().filter(|p| !p.labels[column].is_empty());
        let mut each = BTreeMap::<String, usize>::new();
        for label in labelled.clone().flat_map(|p| &p.labels[column]) {
            *each.entry(label.clone()).or_default() += 1;
        }
        let all = labelled.count();
        let mut factorials = vec![0.0; all + 1];
        for n in 1..=all {
            factorials[n] = factorials[n - 1] + (n as f64).ln();
        }
        Self { column, all, count: nodes * each.len(), each, factorials }
    }

    /// The most enriched labels of a node, with how many of the label's molecules it holds and how often chance gives some node of
    /// the level as many (hypergeometric, times the number of tests).
    fn enriched(&self, members: &[&Placed]) -> String {
        let labelled = members.iter().filter(|m| !m.labels[self.column].is_empty());
        let inside = labelled.clone().count();
        let mut here = BTreeMap::<&str, usize>::new();
        for label in labelled.flat_map(|m| &m.labels[self.column]) {
            *here.entry(label).or_default() += 1;
        }
        let mut found: Vec<(f64, &str, usize)> = here
            .into_iter()
            .map(|(label, k)| (self.chance(k, inside, self.each[label]), label, k))
            .filter(|(p, ..)| *p < SIGNIFICANT)
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
        let text = |(p, label, k): &(f64, &str, usize)| {
            format!("{label} {k} of {} (p {p:.0e})", self.each[*label])
        };
        found.iter().take(NAMED).map(text).collect::<Vec<_>>().join("; ")
    }

    /// Chance of at least `k` of the `with` molecules of a label among `inside` drawn of all, times the number of tests.
    fn chance(&self, k: usize, inside: usize, with: usize) -> f64 {
        let choose =
            |n: usize, k: usize| self.factorials[n] - self.factorials[k] - self.factorials[n - k];
        let most = inside.min(with);
        let least = k.max((inside + with).saturating_sub(self.all));
        let each = (least..=most).map(|x| {
            choose(with, x) + choose(self.all - with, inside - x) - choose(self.all, inside)
        });
        (each.map(f64::exp).sum::<f64>() * self.count as f64).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_of_an_enrichment_is_fishers() {
        let mut factorials = vec![0.0f64; 21];
        for n in 1..=20 {
            factorials[n] = factorials[n - 1] + (n as f64).ln();
        }
        let tests = Tests { column: 0, all: 20, each: BTreeMap::new(), count: 1, factorials };
        // Of 20, 5 with the label; at least 4 of them among 6: (C(5,4)·C(15,2) + C(5,5)·C(15,1)) / C(20,6).
        assert!((tests.chance(4, 6, 5) - (5.0 * 105.0 + 15.0) / 38760.0).abs() < 1e-12);
        assert!((tests.chance(0, 6, 5) - 1.0).abs() < 1e-12);
    }
}
