//! What stands before the heads of a model file: the structure vector's layout and scale, the stages, the codebook.

use super::{Network, Weights};
use crate::Result;
use crate::assays::{self, AssaysConfig};
use crate::backbone::load_standardizer;
use crate::distil::{DistilConfig, stages};
use crate::featurize;
use crate::finetune::frozen::Frozen;
use crate::hierarchy::{self, HierarchyConfig};
use chmr::features::{MACCS_BITS, Standardizer, StructureLayout};
use chmr::model::{
    CodebookEntry, FORMAT, FORMAT_VERSION, Manifest, ModelWriter, STRUCTURE, Stage, StructureInput,
    Training, write_standardizer,
};
use chmr::treevq::Codebook;
use ndarray::Array2;
use std::path::Path;

const STANDARDIZER: &str = "features/descriptors.safetensors";
const CODEBOOK: &str = "treevq/codebook.safetensors";

/// Name of the stage that gives the 1D latent, which the codebook places.
pub const LATENT: &str = "latent_1d";

/// Columns of the structure vector's descriptors, and of its bits.
pub fn blocks_of(layout: &StructureLayout) -> Vec<usize> {
    let descriptors = layout.descriptors.len();
    [descriptors, layout.width() - descriptors].into_iter().filter(|n| *n > 0).collect()
}

/// Everything of a model file that is computed before its heads.
pub struct Structure {
    /// Layout of the structure vector.
    pub layout: StructureLayout,
    /// Scale of its descriptors.
    pub standardizer: Standardizer,
    stages: Vec<(Stage, Vec<u8>)>,
    codebook: Option<Codebook>,
}

impl Structure {
    /// The structure vector alone.
    pub fn raw(layout: StructureLayout, standardizer: Standardizer) -> Self {
        Self { layout, standardizer, stages: Vec::new(), codebook: None }
    }

    /// With the 1D encoder and projector of a pretrained run as stages `encoder_1d` (absent where the run has no
    /// encoder) and [`LATENT`], and its tree.
    ///
    /// # Errors
    /// If the run is not pretrained to its end, or its weights do not fit.
    pub fn of_run(run: &Path) -> Result<Self> {
        let weights = Weights::read(run)?;
        let layout = StructureLayout::default();
        let standardizer = load_standardizer(&run.join("standardizer.safetensors"))?;
        let mut networks = Vec::new();
        let (mut reads, mut width) = (STRUCTURE, layout.width());
        if let Some(encoder) = weights.encoder_1d(width)? {
            (reads, width) = ("encoder_1d", encoder.entry.outputs);
            networks.push(encoder);
        }
        let mut projector = weights.projector("1d", reads, width)?;
        projector.entry.name = LATENT.into();
        networks.push(projector);
        let stages = networks.into_iter().map(stage).collect();
        Ok(Self { layout, standardizer, stages, codebook: weights.codebook()? })
    }

    /// With the run's students before all other stages. Their scale of the descriptors takes the place of a fitted one.
    ///
    /// # Errors
    /// If a student is not trained to its end, or a backbone was pretrained on another scale.
    pub fn with_students(mut self, config: &DistilConfig, run: &Path) -> Result<Self> {
        if let Some(scale) = stages::standardizer(config, run)? {
            let pretrained = self.has_stages();
            if pretrained && scale != self.standardizer {
                return Err(
                    "the backbone and the student have different scales of the descriptors: \
                            pretrain after distil"
                        .into(),
                );
            }
            self.standardizer = scale;
        }
        self.stages.splice(0..0, stages::stages(config, run)?);
        Ok(self)
    }

    /// With the run's network of assays before all stages but the students, which it may read.
    ///
    /// # Errors
    /// If it is not trained, or reads what there is not.
    pub fn with_assays(mut self, config: &AssaysConfig, run: &Path) -> Result<Self> {
        let blocks = self.blocks(&config.reads)?;
        let last = self.stages.iter().rposition(|(s, _)| config.reads.contains(&s.name));
        self.stages.insert(last.map_or(0, |i| i + 1), assays::stage(config, &blocks, run)?);
        Ok(self)
    }

    /// With the run's hierarchy in place of a pretrained one.
    ///
    /// # Errors
    /// If it is not grown, or reads what there is not.
    pub fn with_hierarchy(mut self, config: &HierarchyConfig, run: &Path) -> Result<Self> {
        let widths = config.reads.iter().map(|name| self.width(name));
        let width = widths.collect::<Result<Vec<_>>>()?.into_iter().sum();
        let (stage, onnx, codebook) = hierarchy::stage(config, width, run)?;
        self.stages.retain(|(other, _)| other.name != stage.name);
        self.stages.push((stage, onnx));
        self.codebook = Some(codebook);
        Ok(self)
    }

    /// SHA-256 of everything that [`features`](Self::features) depends on.
    ///
    /// # Errors
    /// None but those of writing.
    pub fn identity(&self) -> Result<String> {
        let mut all = serde_json::to_vec(&self.manifest())?;
        for (path, content) in self.entries()? {
            all.extend(path.bytes());
            all.extend(chmr::model::sha256_hex(&content).bytes());
        }
        Ok(chmr::model::sha256_hex(&all))
    }

    /// Whether there is anything beyond the structure vector.
    pub fn has_stages(&self) -> bool {
        !self.stages.is_empty()
    }

    /// Columns of the source `name`: the structure vector, or a stage.
    ///
    /// # Errors
    /// If there is no such source.
    pub fn width(&self, name: &str) -> Result<usize> {
        if name == STRUCTURE {
            return Ok(self.layout.width());
        }
        let stage = self.stages.iter().find(|(stage, _)| stage.name == name);
        Ok(stage.ok_or_else(|| format!("there is no stage '{name}'"))?.0.width)
    }

    /// Columns of each block of what heads read: values of one kind, as descriptors, bits and stages are.
    ///
    /// # Errors
    /// If `reads` names what there is not.
    pub fn blocks(&self, reads: &[String]) -> Result<Vec<usize>> {
        let mut blocks = Vec::new();
        for name in reads {
            match name == STRUCTURE {
                true => blocks.extend(blocks_of(&self.layout)),
                false => blocks.push(self.width(name)?),
            }
        }
        Ok(blocks)
    }

    /// Adds the entries that [`Structure::manifest`] names.
    ///
    /// # Errors
    /// If a name is taken.
    pub fn add_to(&self, writer: &mut ModelWriter) -> Result<()> {
        for (path, content) in self.entries()? {
            writer.add(&path, content)?;
        }
        Ok(())
    }

    /// A manifest without tasks; what it is called and what it was trained on is for the caller to fill in.
    pub fn manifest(&self) -> Manifest {
        let names = self.layout.descriptor_names();
        let latents = vec![LATENT.to_owned()];
        Manifest {
            format: FORMAT.into(),
            format_version: FORMAT_VERSION,
            name: "structure".into(),
            version: "0.0.0".into(),
            description: String::new(),
            licence: String::new(),
            entries: Default::default(),
            structure: StructureInput {
                descriptors: names.iter().map(|n| n.to_string()).collect(),
                standardizer: Some(STANDARDIZER.into()),
                maccs_bits: if self.layout.maccs { MACCS_BITS } else { 0 },
                morgan_radius: self.layout.morgan_radius,
                morgan_bits: self.layout.morgan_bits,
            },
            stages: self.stages.iter().map(|(stage, _)| stage.clone()).collect(),
            tasks: Vec::new(),
            networks: Vec::new(),
            reference: None,
            codebook: self
                .codebook
                .as_ref()
                .map(|_| CodebookEntry { path: CODEBOOK.into(), latents }),
            trust: None,
            training: Training::default(),
        }
    }

    /// What heads read of each SMILES: `reads` side by side, computed by the library from the very entries that a
    /// model file holds. A row that the library refuses is zero.
    ///
    /// # Errors
    /// If `reads` names what there is not.
    pub fn features(&self, smiles: &[String], reads: &[String]) -> Result<Array2<f32>> {
        if reads == [STRUCTURE] {
            let molecules = featurize::molecules(smiles);
            return Ok(featurize::matrix(&molecules, &self.layout, &self.standardizer));
        }
        let (mut x, rows) = Frozen::of(self.manifest(), self.entries()?, reads)?.embed(smiles)?;
        for (i, _) in rows.iter().enumerate().filter(|(_, r)| r.is_err()) {
            x.row_mut(i).fill(0.0);
        }
        Ok(x)
    }

    fn entries(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let mut all = vec![(STANDARDIZER.to_owned(), write_standardizer(&self.standardizer)?)];
        all.extend(self.stages.iter().map(|(stage, onnx)| (stage.path.clone(), onnx.clone())));
        if let Some(codebook) = &self.codebook {
            all.push((CODEBOOK.to_owned(), codebook.to_safetensors()?));
        }
        Ok(all)
    }
}

fn stage(network: Network) -> (Stage, Vec<u8>) {
    let Network { entry, onnx } = network;
    let path = format!("stages/{}.onnx", entry.name);
    (Stage { name: entry.name, path, reads: entry.reads, width: entry.outputs }, onnx)
}
