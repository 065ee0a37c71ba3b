//! Genes: what drugs act on and how genes act on each other.

use super::labels::Guarded;
use super::molecules::MoleculeSet;
use super::table::Folder;
use crate::Result;
use crate::chmr::leak_guard::LeakGuard;
use std::collections::{BTreeSet, HashMap};

/// Drugs and their targets.
pub const HUB: &str = "pretrain/graph/repurposing_hub.csv.gz";
/// Interactions and regulations.
pub const PAIRS: &str = "pretrain/graph/gene_gene.tsv.gz";
/// Symbols and Entrez ids of the landmark genes.
pub const LANDMARKS: &str = "pretrain/expression/genes.tsv.gz";

/// Genes and their edges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Genes {
    /// Entrez id where known, else the symbol.
    pub names: Vec<String>,
    /// (molecule, gene): the drug acts on the gene's product.
    pub targets: Vec<(u32, u32)>,
    /// (gene, gene).
    pub pairs: Vec<(u32, u32)>,
    /// What the leak guard did: a drug's target is a label of its activity.
    pub guarded: Guarded,
}

impl Genes {
    /// Reads the three files. Drugs join the set whether or not their targets are admitted; the targets of a drug
    /// that a benchmark withholds are left out. A symbol beyond the landmark genes has no Entrez id here, so
    /// such a gene has drugs around it but no genes.
    ///
    /// # Errors
    /// If a file is not of the expected form.
    pub fn read(
        folder: &mut Folder,
        rows: Option<usize>,
        guard: &LeakGuard,
        set: &mut MoleculeSet,
    ) -> Result<Self> {
        let mut genes = Self::default();
        let mut index = HashMap::new();

        let pairs = folder.table(PAIRS)?;
        let (from, to) = (pairs.column("source")?, pairs.column("target")?);
        for r in 0..pairs.len() {
            let [a, b] = [from, to].map(|c| genes.gene(pairs.text(r, c), &mut index));
            genes.pairs.push((a, b));
        }

        let landmarks = folder.table(LANDMARKS)?;
        let (entrez, symbol) = (landmarks.column("entrez_gene_id")?, landmarks.column("symbol")?);
        let ids: HashMap<&str, &str> = (0..landmarks.len())
            .map(|r| (landmarks.text(r, symbol), landmarks.text(r, entrez)))
            .collect();

        let hub = folder.table(HUB)?;
        let (smiles, target) = (hub.column("smiles")?, hub.column("target")?);
        let rows = hub.len().min(rows.unwrap_or(usize::MAX));
        let drugs: Vec<&str> = (0..rows).map(|r| hub.text(r, smiles)).collect();
        let numbers = set.add(&drugs);
        let with_target: Vec<usize> =
            (0..rows).filter(|&r| !hub.text(r, target).is_empty()).collect();
        let admitted = guard.admit(&with_target.iter().map(|&r| drugs[r]).collect::<Vec<_>>());
        genes.guarded = Guarded { admitted: admitted.rows.len(), refused: admitted.refused.len() };
        let mut targets = BTreeSet::new();
        for &i in &admitted.rows {
            let r = with_target[i];
            let Some(molecule) = numbers[r] else { continue };
            for symbol in hub.text(r, target).split('|').map(str::trim).filter(|s| !s.is_empty()) {
                let name = ids.get(symbol).copied().unwrap_or(symbol);
                targets.insert((molecule, genes.gene(name, &mut index)));
            }
        }
        genes.targets = targets.into_iter().collect();
        Ok(genes)
    }

    fn gene(&mut self, name: &str, index: &mut HashMap<String, u32>) -> u32 {
        *index.entry(name.to_owned()).or_insert_with(|| {
            self.names.push(name.to_owned());
            (self.names.len() - 1) as u32
        })
    }
}
