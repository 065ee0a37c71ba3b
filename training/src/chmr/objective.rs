//! The whole model and its loss: L = L_CPR + λ₁ L_SCA + λ₂ L_TreeVQ (paper, "Overall objective").

use super::batch::{Batch, Latents, Losses, StructureBatch};
pub use super::codebook::Codebook;
use super::codebook::Quantizer;
use super::contextual_propagation::{ContextualPropagationReconstruction, TargetTable};
use super::encoders::{GraphConfig, GraphEncoder, ShapeEncoder, VectorEncoder};
use super::layers::Mode;
use super::ops::{index, zero};
use super::parameters::Parameters;
use super::projector::{LATENT, Projector};
use super::quantize::{QuantizeConfig, Quantized};
use super::rng::Rng;
use super::semantic_consistency::{ConsistencyConfig, ModalityLatents, semantic_consistency};
use super::supervision::Supervision;
use super::tree_vq::{DEPTH, TreeVq};
use candle_core::{Error, Result, Tensor};

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
    /// Weight of the supervised part; 0 switches it off, as the paper has it.
    pub lambda_supervised: f64,
    /// Tasks of the supervised part; 0: the model has none.
    pub tasks: usize,
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
            lambda_supervised: 0.0,
            tasks: 0,
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
    supervision: Option<Supervision>,
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
        let encoded: usize = widths.iter().map(|w| w.1).sum();
        let supervision = match config.tasks {
            0 => None,
            tasks => Some(Supervision::new(&p.scope("supervision"), encoded, tasks)?),
        };
        let quantizer = Quantizer::new(p, config.codebook, config.latent, config.quantize)?;
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
            supervision,
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
        Ok(Latents { encoded, structure, anchor })
    }

    /// The latent of biological modality `i` for profiles [n, width].
    ///
    /// # Errors
    /// If there is no such modality or the width differs.
    pub fn biology_latent(&self, i: usize, values: &Tensor) -> Result<Tensor> {
        let projector = self.biology_projectors.get(i).ok_or_else(|| lacks("that modality"))?;
        projector.forward(values)
    }

    /// Latents of the rows named, at their places among `n` rows; the others, mostly empty profiles, are 0 and are
    /// not computed.
    fn biology_rows(&self, i: usize, values: &Tensor, rows: &[u32], n: usize) -> Result<Tensor> {
        let nothing = Tensor::zeros((n, self.config.latent), values.dtype(), values.device())?;
        if rows.is_empty() {
            return Ok(nothing);
        }
        let rows = index(rows, values)?;
        nothing.index_add(&rows, &self.biology_latent(i, &values.index_select(&rows, 0)?)?, 0)
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
                let n = anchor.dim(0)?;
                let latents = self.biology_rows(i, &b.values, &b.informed, n)?;
                Ok((latents, self.biology_rows(i, &b.augmented, &b.observed, n)?))
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
                *last = last.index_select(&index(&rows, anchor)?, 0)?;
            }
        }
        for ((z, _), b) in biology.iter().zip(&batch.biology) {
            inputs.push(z.index_select(&index(&b.informed, anchor)?, 0)?);
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
        let supervised = match (&self.supervision, &batch.labels) {
            (Some(head), Some(labels)) if self.config.lambda_supervised != 0.0 => {
                head.loss(&latents.encoded, labels)?
            }
            _ => zero(anchor)?,
        };
        let sca = ((&info_nce + &vicreg)? * self.config.lambda_sca)?;
        let total = (((&cpr * self.config.lambda_cpr)? + sca)? + (&vq * self.config.lambda_vq)?)?;
        let total = (total + (&supervised * self.config.lambda_supervised)?)?;
        let quantized_inputs = Tensor::cat(&inputs, 0)?.detach();
        Ok(Losses {
            total,
            cpr,
            info_nce,
            vicreg,
            vq,
            supervised,
            reconstruction,
            codes,
            quantized_inputs,
        })
    }

    /// Routes latents [n, latent] through the codebook.
    ///
    /// # Errors
    /// If the model has none, or the width differs.
    pub fn quantize(&self, z: &Tensor) -> Result<Quantized> {
        self.quantizer.forward(z)
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
        self.quantizer.after_step(&losses.codes, &losses.quantized_inputs, revive, rng)
    }

    /// The tree, if the model has one.
    pub fn tree(&self) -> Option<&TreeVq> {
        match &self.quantizer {
            Quantizer::Tree(tree) => Some(tree),
            _ => None,
        }
    }

    /// The codebook.
    pub fn codebook(&self) -> &Quantizer {
        &self.quantizer
    }

    /// The codebook, to put counts of use back.
    pub fn codebook_mut(&mut self) -> &mut Quantizer {
        &mut self.quantizer
    }

    /// The supervised part, if the model has one.
    pub fn supervision(&self) -> Option<&Supervision> {
        self.supervision.as_ref()
    }

    /// The decoders.
    pub fn reconstruction(&self) -> &ContextualPropagationReconstruction {
        &self.cpr
    }
}

fn lacks(what: &str) -> Error {
    Error::Msg(format!("the model and what it was given do not fit: {what} missing"))
}
