//! The whole model and its loss: L = L_CPR + λ₁ L_SCA + λ₂ L_TreeVQ (paper, "Overall objective").

use super::contextual_propagation::{ContextualPropagationReconstruction, TargetTable, Visit};
use super::encoders::{GraphBatch, GraphConfig, GraphEncoder, ShapeEncoder, VectorEncoder};
use super::flat_vq::{FlatVq, nodes_of_tree};
use super::layers::Mode;
use super::ops::zero;
use super::parameters::Parameters;
use super::projector::{LATENT, Projector};
use super::quantize::{QuantizeConfig, Quantized};
use super::rng::Rng;
use super::semantic_consistency::{ConsistencyConfig, ModalityLatents, semantic_consistency};
use super::tree_vq::{DEPTH, TreeVq};
use candle_core::{Error, Result, Tensor};

/// Which codebook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codebook {
    /// [`TreeVq`] of this depth.
    Tree(usize),
    /// [`FlatVq`] of this many nodes (ablation).
    Flat(usize),
    /// None (ablation).
    Absent,
}

impl Codebook {
    /// The flat codebook as large as the paper's tree: 126 nodes.
    pub fn flat() -> Self {
        Self::Flat(nodes_of_tree(DEPTH))
    }
}

/// Everything that a run may vary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObjectiveConfig {
    /// Width of the latent space.
    pub latent: usize,
    /// Hidden width and dropout of the 1D encoder; none: the vector goes to its projector as it is.
    pub hidden_1d: Option<(usize, f64)>,
    /// The 2D encoder; none: without the modality.
    pub graph: Option<GraphConfig>,
    /// Shape descriptors of the 3D encoder; 0: without the modality.
    pub shape_inputs: usize,
    /// Weight of the alignment; 0 switches it off (ablation "without SCA").
    pub lambda_sca: f64,
    /// Weight of the codebook's loss.
    pub lambda_vq: f64,
    /// Weight of the reconstruction: 1, or 0 to switch it off (ablation "without CPR").
    pub lambda_cpr: f64,
    /// Which codebook.
    pub codebook: Codebook,
    /// The codebook's loss.
    pub quantize: QuantizeConfig,
    /// The alignment's losses.
    pub consistency: ConsistencyConfig,
    /// Dropout in the decoders.
    pub decoder_dropout: f64,
}

impl Default for ObjectiveConfig {
    /// The paper's, with λ₂ = 1 of its {0.1, 1} and no 3D modality, which needs the width of its descriptors.
    fn default() -> Self {
        Self {
            latent: LATENT,
            hidden_1d: None,
            graph: Some(GraphConfig::default()),
            shape_inputs: 0,
            lambda_sca: 10.0,
            lambda_vq: 1.0,
            lambda_cpr: 1.0,
            codebook: Codebook::Tree(DEPTH),
            quantize: QuantizeConfig::default(),
            consistency: ConsistencyConfig::default(),
            decoder_dropout: 0.3,
        }
    }
}

/// One biological modality (a source of cell or expression profiles).
#[derive(Clone, Debug, PartialEq)]
pub struct Modality {
    /// Names its projector.
    pub name: String,
    /// Features.
    pub width: usize,
}

/// The structure of a batch of n molecules.
pub struct StructureBatch {
    /// [n, width]: the library's structure vectors.
    pub vector: Tensor,
    /// The graphs, if the model has a 2D encoder.
    pub graphs: Option<GraphBatch>,
    /// Shape descriptors [n, width] and presence [n, 1] of 0 and 1, if the model has a 3D encoder.
    pub shape: Option<(Tensor, Tensor)>,
}

/// One biological modality of a batch of n molecules.
pub struct BiologyBatch {
    /// [n, width]: observed where observed, else augmented.
    pub values: Tensor,
    /// [n, width]: what augmentation says of every row.
    pub augmented: Tensor,
    /// Rows with a value at all.
    pub informed: Vec<u32>,
    /// Rows observed whose augmented twin says something.
    pub observed: Vec<u32>,
}

/// A training batch of n molecules.
pub struct Batch {
    /// What is known of every molecule.
    pub structure: StructureBatch,
    /// One for each [`Modality`] of the model, in its order.
    pub biology: Vec<BiologyBatch>,
    /// Walks from the batch's molecules.
    pub visits: Vec<Visit>,
}

/// Latents of a batch, each [n, latent].
pub struct Latents {
    /// 1D, 2D, 3D, as far as the model has them.
    pub structure: Vec<Tensor>,
    /// Their sum: the molecular anchor.
    pub anchor: Tensor,
}

/// The parts of the loss, scalars; those switched off are 0. The total carries the gradient.
pub struct Losses {
    /// What to minimise.
    pub total: Tensor,
    /// L_CPR.
    pub cpr: Tensor,
    /// InfoNCE, summed over modalities.
    pub info_nce: Tensor,
    /// VICReg, summed over modalities.
    pub vicreg: Tensor,
    /// L_TreeVQ.
    pub vq: Tensor,
    /// L_CPR by target table.
    pub reconstruction: Vec<(String, Tensor)>,
    /// Codes of the structure latents, then of the biological ones' informed rows; empty without codebook.
    pub codes: Vec<Vec<Vec<u32>>>,
    /// The latents that were quantized, all modalities' rows below each other, outside the gradient.
    pub quantized_inputs: Tensor,
}

enum Quantizer {
    Tree(TreeVq),
    Flat(FlatVq),
    Absent,
}

/// CHMR: encoders, projectors, codebook and decoders.
pub struct Chmr {
    config: ObjectiveConfig,
    encoder_1d: VectorEncoder,
    encoder_2d: Option<GraphEncoder>,
    encoder_3d: Option<ShapeEncoder>,
    structure_projectors: Vec<Projector>,
    biology_projectors: Vec<Projector>,
    quantizer: Quantizer,
    cpr: ContextualPropagationReconstruction,
}

impl Chmr {
    /// A new model over structure vectors of `inputs` entries.
    ///
    /// # Errors
    /// If the configuration is out of range or two modalities or tables share a name.
    pub fn new(
        p: &Parameters,
        inputs: usize,
        modalities: &[Modality],
        tables: Vec<TargetTable>,
        config: ObjectiveConfig,
    ) -> Result<Self> {
        let encoder_1d = match config.hidden_1d {
            None => VectorEncoder::identity(inputs),
            Some((width, rate)) => {
                VectorEncoder::hidden(&p.scope("encoder_1d"), inputs, width, rate)?
            }
        };
        let encoder_2d =
            config.graph.map(|g| GraphEncoder::new(&p.scope("encoder_2d"), g)).transpose()?;
        let encoder_3d = match config.shape_inputs {
            0 => None,
            n => Some(ShapeEncoder::new(&p.scope("encoder_3d"), n, config.latent, 0.0)?),
        };
        let mut widths = vec![("1d", encoder_1d.width())];
        widths.extend(encoder_2d.as_ref().map(|e| ("2d", e.width())));
        widths.extend(encoder_3d.as_ref().map(|_| ("3d", config.latent)));
        let project = |name: &str, width| {
            Projector::new(&p.scope(format_args!("projector_{name}")), width, config.latent)
        };
        let quantizer = match config.codebook {
            Codebook::Tree(depth) => Quantizer::Tree(TreeVq::new(
                &p.scope("tree"),
                depth,
                config.latent,
                config.quantize,
            )?),
            Codebook::Flat(nodes) => Quantizer::Flat(FlatVq::new(
                &p.scope("flat"),
                nodes,
                config.latent,
                config.quantize,
            )?),
            Codebook::Absent => Quantizer::Absent,
        };
        Ok(Self {
            structure_projectors: widths
                .iter()
                .map(|(name, width)| project(name, *width))
                .collect::<Result<_>>()?,
            biology_projectors: modalities
                .iter()
                .map(|m| project(&m.name, m.width))
                .collect::<Result<_>>()?,
            cpr: ContextualPropagationReconstruction::new(
                &p.scope("decoder"),
                config.latent,
                tables,
                config.decoder_dropout,
            )?,
            config,
            encoder_1d,
            encoder_2d,
            encoder_3d,
            quantizer,
        })
    }

    /// Latents of the structure modalities and their sum: what prediction heads build on.
    ///
    /// # Errors
    /// If the batch lacks a modality of the model or a shape differs.
    pub fn latents(&self, batch: &StructureBatch, mode: &Mode) -> Result<Latents> {
        let mut encoded = vec![self.encoder_1d.forward(&batch.vector, mode)?];
        if let Some(encoder) = &self.encoder_2d {
            let graphs = batch.graphs.as_ref().ok_or_else(|| lacks("graphs"))?;
            encoded.push(encoder.forward(graphs, mode)?);
        }
        let mut presence = None;
        if let Some(encoder) = &self.encoder_3d {
            let (shape, present) = batch.shape.as_ref().ok_or_else(|| lacks("shapes"))?;
            encoded.push(encoder.forward(shape, present, mode)?);
            presence = Some(present);
        }
        let mut structure = self
            .structure_projectors
            .iter()
            .zip(&encoded)
            .map(|(projector, x)| projector.forward(x))
            .collect::<Result<Vec<_>>>()?;
        // A projector's bias must not speak for a conformer that is not there.
        if let (Some(present), Some(last)) = (presence, structure.last_mut()) {
            *last = last.broadcast_mul(present)?;
        }
        let mut anchor = structure[0].clone();
        for z in &structure[1..] {
            anchor = (anchor + z)?;
        }
        Ok(Latents { structure, anchor })
    }

    /// The latent of biological modality `i` for profiles [n, width].
    ///
    /// # Errors
    /// If there is no such modality or the width differs.
    pub fn biology_latent(&self, i: usize, values: &Tensor) -> Result<Tensor> {
        let projector = self.biology_projectors.get(i).ok_or_else(|| lacks("that modality"))?;
        projector.forward(values)
    }

    /// The loss of a batch and its parts.
    ///
    /// # Errors
    /// If the batch does not fit the model.
    pub fn loss(&self, batch: &Batch, mode: &Mode) -> Result<Losses> {
        if batch.biology.len() != self.biology_projectors.len() {
            return Err(lacks("a biological modality"));
        }
        let latents = self.latents(&batch.structure, mode)?;
        let anchor = &latents.anchor;
        let biology = batch
            .biology
            .iter()
            .enumerate()
            .map(|(i, b)| {
                Ok((self.biology_latent(i, &b.values)?, self.biology_latent(i, &b.augmented)?))
            })
            .collect::<Result<Vec<_>>>()?;

        let (cpr, reconstruction) = if self.config.lambda_cpr == 0.0 {
            (zero(anchor)?, Vec::new())
        } else {
            self.cpr.loss(anchor, &batch.visits, mode)?
        };
        let (info_nce, vicreg) = if self.config.lambda_sca == 0.0 {
            (zero(anchor)?, zero(anchor)?)
        } else {
            let views: Vec<_> = biology
                .iter()
                .zip(&batch.biology)
                .map(|((latents, augmented), b)| ModalityLatents {
                    latents,
                    augmented,
                    informed: &b.informed,
                    observed: &b.observed,
                })
                .collect();
            semantic_consistency(anchor, &views, &self.config.consistency)?
        };

        let mut inputs = latents.structure.clone();
        if let Some((_, present)) = &batch.structure.shape {
            let present: Vec<f32> =
                present.to_dtype(candle_core::DType::F32)?.flatten_all()?.to_vec1()?;
            let rows: Vec<u32> =
                (0..).zip(&present).filter(|(_, p)| **p > 0.0).map(|(i, _)| i).collect();
            if let Some(last) = inputs.last_mut() {
                *last = last.index_select(&super::ops::index(&rows, anchor)?, 0)?;
            }
        }
        for ((z, _), b) in biology.iter().zip(&batch.biology) {
            inputs.push(z.index_select(&super::ops::index(&b.informed, anchor)?, 0)?);
        }
        inputs.retain(|z| z.dim(0).is_ok_and(|n| n > 0));
        let (mut vq, mut codes) = (zero(anchor)?, Vec::new());
        if !matches!(self.quantizer, Quantizer::Absent) {
            for z in &inputs {
                let q = self.quantize(z)?;
                vq = (vq + (q.loss / inputs.len() as f64)?)?;
                codes.push(q.codes);
            }
        }
        let sca = ((&info_nce + &vicreg)? * self.config.lambda_sca)?;
        let total = (((&cpr * self.config.lambda_cpr)? + sca)? + (&vq * self.config.lambda_vq)?)?;
        let quantized_inputs = Tensor::cat(&inputs, 0)?.detach();
        Ok(Losses { total, cpr, info_nce, vicreg, vq, reconstruction, codes, quantized_inputs })
    }

    /// Routes latents [n, latent] through the codebook.
    ///
    /// # Errors
    /// If the model has none, or the width differs.
    pub fn quantize(&self, z: &Tensor) -> Result<Quantized> {
        match &self.quantizer {
            Quantizer::Tree(tree) => tree.forward(z),
            Quantizer::Flat(flat) => flat.forward(z),
            Quantizer::Absent => Err(lacks("a codebook")),
        }
    }

    /// What must follow every optimiser step: unit nodes, counts of use, and, when `revive` names a fraction of an
    /// equal share, revival of the nodes used less. The number revived.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn after_step(
        &mut self,
        losses: &Losses,
        revive: Option<f64>,
        rng: &mut Rng,
    ) -> Result<usize> {
        let mut revived = 0;
        match &mut self.quantizer {
            Quantizer::Tree(tree) => {
                tree.renormalize()?;
                losses.codes.iter().for_each(|c| tree.record(c));
                if let Some(fraction) = revive {
                    revived = tree.revive(&losses.quantized_inputs, fraction, rng)?;
                }
            }
            Quantizer::Flat(flat) => {
                flat.renormalize()?;
                losses.codes.iter().for_each(|c| flat.record(c));
                if let Some(fraction) = revive {
                    revived = flat.revive(&losses.quantized_inputs, fraction, rng)?;
                }
            }
            Quantizer::Absent => {}
        }
        Ok(revived)
    }

    /// The tree, if the model has one.
    pub fn tree(&self) -> Option<&TreeVq> {
        match &self.quantizer {
            Quantizer::Tree(tree) => Some(tree),
            _ => None,
        }
    }

    /// The decoders.
    pub fn reconstruction(&self) -> &ContextualPropagationReconstruction {
        &self.cpr
    }
}

fn lacks(what: &str) -> Error {
    Error::Msg(format!("the model and what it was given do not fit: {what} missing"))
}
