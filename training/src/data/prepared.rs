//! A prepared data set in memory and on disk.

use super::arrays::{Arrays, check_offsets, offsets};
use super::config::PrepareConfig;
use super::context::ContextEdges;
use super::features::Features;
use super::labels::{Guarded, Labels};
use super::profiles::{Profiles, source};
use super::similarity::Similarity;
use crate::Result;
use crate::backbone::{load_standardizer, write_standardizer};
use crate::keep::Files;
use chmr::features::Standardizer;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// Version of the folder's format.
pub const FORMAT: u32 = 1;

/// `index.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// [`FORMAT`].
    pub format: u32,
    /// SHA-256 over format, configuration, layout and inputs: equal where the folder would be.
    pub identity: String,
    /// What it was made with.
    pub config: PrepareConfig,
    /// SHA-256 of every file read, by its path in the data folder.
    pub inputs: BTreeMap<String, String>,
    /// Size and SHA-256 of every file of the folder.
    pub files: BTreeMap<String, (u64, String)>,
    /// Names of the descriptors, in order.
    pub descriptors: Vec<String>,
    /// Number of molecules.
    pub molecules: usize,
    /// SMILES that the library could not read, repetitions counted.
    pub unread: usize,
    /// Profile sources: name, and names of the features.
    pub profiles: Vec<(String, Vec<String>)>,
    /// Tasks of the labelled tables, `table:column`.
    pub tasks: Vec<String>,
    /// What the leak guard did, a labelled table; `drug_targets` among them.
    pub guarded: BTreeMap<String, Guarded>,
    /// Names of the genes, in the order of their nodes.
    pub genes: Vec<String>,
    /// Edges of the context graph by kind, repetitions counted.
    pub edges: BTreeMap<String, usize>,
}

/// Everything that pretraining reads.
pub struct Prepared {
    /// What there is, and from what.
    pub index: Index,
    /// Canonical SMILES, one a molecule.
    pub smiles: Vec<String>,
    /// Structure vectors.
    pub features: Features,
    /// Scale of their descriptors.
    pub standardizer: Standardizer,
    /// Whether a molecule is kept for validation.
    pub held_out: Vec<bool>,
    /// Whether a benchmark withholds a molecule's labels.
    pub withheld: Vec<bool>,
    /// Nearest neighbours.
    pub similarity: Similarity,
    /// The context graph.
    pub context: ContextEdges,
    /// Observed profiles, a source each.
    pub profiles: Vec<Profiles>,
    /// Labels for the supervised part.
    pub labels: Labels,
}

impl Prepared {
    /// Number of molecules.
    pub fn len(&self) -> usize {
        self.smiles.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.smiles.is_empty()
    }

    /// Writes the folder, `index.json` last: without it, the folder counts as absent. What was in the folder before stays until all is
    /// written.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn save(&mut self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let mut files = Files::new();
        for name in ["molecules", "standardizer", "similarity", "context", "profiles", "labels"] {
            let path = folder.join(format!("{name}.safetensors"));
            match name {
                "molecules" => self.molecule_arrays().write(&path, &mut files)?,
                "similarity" => self.similarity.arrays().write(&path, &mut files)?,
                "context" => self.context.arrays().write(&path, &mut files)?,
                "profiles" => self.profile_arrays().write(&path, &mut files)?,
                "labels" => self.label_arrays().write(&path, &mut files)?,
                _ => write_standardizer(&self.standardizer, &path, &mut files)?,
            }
            let bytes = std::fs::read(files.part().unwrap_or(path))?;
            let about = (bytes.len() as u64, chmr::model::sha256_hex(&bytes));
            self.index.files.insert(format!("{name}.safetensors"), about);
        }
        let index = folder.join("index.json");
        files.write(&index, serde_json::to_string_pretty(&self.index)?)?;
        // Were the following broken off, the earlier index would speak of files that are no longer there.
        if index.exists() {
            std::fs::remove_file(&index)?;
        }
        files.commit()
    }

    /// Reads the folder.
    ///
    /// # Errors
    /// If a file is absent, was changed or does not fit the others; above all if a label stands on a molecule that
    /// a benchmark withholds.
    pub fn load(folder: &Path) -> Result<Self> {
        let index = Index::read(folder)?
            .ok_or_else(|| format!("{} holds no prepared data: run prepare", folder.display()))?;
        let file = |name: &str| folder.join(format!("{name}.safetensors"));
        let mut arrays = Arrays::load(&file("molecules"))?;
        let n = index.molecules;
        let smiles = load_smiles(&mut arrays, n)?;
        let features = Features::restore(&mut arrays)?;
        let held_out = flags(&mut arrays, "held_out", n)?;
        let withheld = flags(&mut arrays, "withheld", n)?;
        if features.len() != n {
            return Err(UNEVEN.into());
        }
        let prepared = Self {
            smiles,
            features,
            standardizer: load_standardizer(&file("standardizer"))?,
            held_out,
            withheld,
            similarity: Similarity::from_arrays(Arrays::load(&file("similarity"))?, n)?,
            context: ContextEdges::from_arrays(Arrays::load(&file("context"))?)?,
            profiles: load_profiles(Arrays::load(&file("profiles"))?, &index)?,
            labels: load_labels(Arrays::load(&file("labels"))?, &index)?,
            index,
        };
        prepared.refuse_leaks()?;
        Ok(prepared)
    }

    /// Refuses labels on a molecule that a benchmark withholds.
    ///
    /// # Errors
    /// Names the first.
    pub fn refuse_leaks(&self) -> Result<()> {
        refuse_leaks(&self.smiles, &self.withheld, &self.labels)
    }

    fn molecule_arrays(&self) -> Arrays {
        let mut arrays = Arrays::default();
        let text = self.smiles.concat();
        arrays.put("smiles", &[text.len()], text.as_bytes());
        let cuts = offsets(self.smiles.iter().map(String::len));
        arrays.put("offsets", &[cuts.len()], &cuts);
        self.features.store(&mut arrays);
        for (name, flags) in [("held_out", &self.held_out), ("withheld", &self.withheld)] {
            arrays.put(
                name,
                &[flags.len()],
                &flags.iter().map(|f| u8::from(*f)).collect::<Vec<_>>(),
            );
        }
        arrays
    }

    fn profile_arrays(&self) -> Arrays {
        let mut arrays = Arrays::default();
        for p in &self.profiles {
            let name = |array: &str| format!("{}.{array}", p.name);
            arrays.put(&name("molecules"), &[p.molecules.len()], &p.molecules);
            arrays.put_matrix(&name("values"), &p.values);
            arrays.put(&name("mean"), &[p.mean.len()], &p.mean);
            arrays.put(&name("scale"), &[p.scale.len()], &p.scale);
        }
        arrays
    }

    fn label_arrays(&self) -> Arrays {
        let mut arrays = Arrays::default();
        let cuts = offsets(self.labels.rows.iter().map(Vec::len));
        let (tasks, values): (Vec<u32>, Vec<f32>) =
            self.labels.rows.iter().flatten().copied().unzip();
        arrays.put("offsets", &[cuts.len()], &cuts);
        arrays.put("tasks", &[tasks.len()], &tasks);
        arrays.put("values", &[values.len()], &values);
        arrays
    }
}

impl Index {
    /// Reads a folder's index; `None` if there is none.
    ///
    /// # Errors
    /// If it is not of this format.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join("index.json");
        let Ok(text) = std::fs::read_to_string(&path) else { return Ok(None) };
        let index: Self =
            serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        if index.format != FORMAT {
            return Err(format!(
                "{}: format {}; expected {FORMAT}: prepare again",
                path.display(),
                index.format
            )
            .into());
        }
        Ok(Some(index))
    }

    /// What there is, for a person at a terminal.
    pub fn summary(&self) -> String {
        let mut text = format!("{} molecules, {} SMILES unread\n", self.molecules, self.unread);
        for (name, features) in &self.profiles {
            text += &format!("profiles {name}: {} features\n", features.len());
        }
        for (name, g) in &self.guarded {
            text += &format!("{name}: {} rows admitted, {} refused\n", g.admitted, g.refused);
        }
        for (kind, edges) in &self.edges {
            text += &format!("{kind}: {edges} edges\n");
        }
        text
    }

    /// Whether every file of the folder is there in its size.
    pub fn complete(&self, folder: &Path) -> bool {
        let size = |name: &str| std::fs::metadata(folder.join(name)).map(|m| m.len()).ok();
        !self.files.is_empty() && self.files.iter().all(|(n, (bytes, _))| size(n) == Some(*bytes))
    }
}

const UNEVEN: &str = "the prepared molecules' arrays differ in length: prepare again";

fn load_smiles(arrays: &mut Arrays, n: usize) -> Result<Vec<String>> {
    let text = String::from_utf8(arrays.vector("smiles")?)?;
    let cuts: Vec<u64> = arrays.vector("offsets")?;
    check_offsets("SMILES", &cuts, n, text.len())?;
    let smiles = cuts.windows(2).map(|w| text.get(w[0] as usize..w[1] as usize));
    let smiles = smiles.map(|s| s.map(str::to_owned).ok_or("SMILES: an offset within a character"));
    Ok(smiles.collect::<std::result::Result<_, _>>()?)
}

fn flags(arrays: &mut Arrays, name: &str, n: usize) -> Result<Vec<bool>> {
    let flags: Vec<u8> = arrays.vector(name)?;
    if flags.len() != n {
        return Err(UNEVEN.into());
    }
    Ok(flags.into_iter().map(|v| v != 0).collect())
}

fn refuse_leaks(smiles: &[String], withheld: &[bool], labels: &Labels) -> Result<()> {
    let leak = (0..smiles.len()).find(|&i| withheld[i] && !labels.rows[i].is_empty());
    match leak {
        None => Ok(()),
        Some(i) => Err(format!(
            "{} belongs to a benchmark's valid or test split; its labels must not be trained on",
            smiles[i]
        )
        .into()),
    }
}

fn load_profiles(mut arrays: Arrays, index: &Index) -> Result<Vec<Profiles>> {
    let one = |(name, features): &(String, Vec<String>)| {
        let array = |array: &str| format!("{name}.{array}");
        let p = Profiles {
            name: name.clone(),
            kind: source(name)?.kind,
            features: features.clone(),
            molecules: arrays.vector(&array("molecules"))?,
            values: arrays.matrix(&array("values"))?,
            mean: arrays.vector(&array("mean"))?,
            scale: arrays.vector(&array("scale"))?,
        };
        let width = features.len();
        let fits = p.values.dim() == (p.molecules.len(), width)
            && [p.mean.len(), p.scale.len()] == [width; 2]
            && p.molecules.iter().all(|&m| (m as usize) < index.molecules);
        if !fits {
            return Err(format!("the prepared profiles of {name} do not fit: prepare again").into());
        }
        Ok(p)
    };
    index.profiles.iter().map(one).collect()
}

fn load_labels(mut arrays: Arrays, index: &Index) -> Result<Labels> {
    let cuts: Vec<u64> = arrays.vector("offsets")?;
    let tasks: Vec<u32> = arrays.vector("tasks")?;
    let values: Vec<f32> = arrays.vector("values")?;
    check_offsets("labels", &cuts, index.molecules, tasks.len())?;
    if values.len() != tasks.len() || tasks.iter().any(|&t| t as usize >= index.tasks.len()) {
        return Err("the prepared labels do not fit: prepare again".into());
    }
    let all: Vec<(u32, f32)> = tasks.into_iter().zip(values).collect();
    let rows = cuts.windows(2).map(|w| all[w[0] as usize..w[1] as usize].to_vec()).collect();
    Ok(Labels { tasks: index.tasks.clone(), rows, guarded: index.guarded.clone() })
}
