//! What goes into the objective and what comes out of it.

use super::contextual_propagation::Visit;
use super::encoders::GraphBatch;
use candle_core::Tensor;

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

/// Labels of the m molecules of a batch that have any.
pub struct LabelBatch {
    /// Their rows in the batch.
    pub rows: Vec<u32>,
    /// [m, tasks], 0…1; 0 where not measured.
    pub targets: Tensor,
    /// [m, tasks]: weight of each label, 0 where not measured.
    pub weights: Tensor,
}

/// A training batch of n molecules.
pub struct Batch {
    /// What is known of every molecule.
    pub structure: StructureBatch,
    /// One for each modality of the model, in its order.
    pub biology: Vec<BiologyBatch>,
    /// Walks from the batch's molecules.
    pub visits: Vec<Visit>,
    /// For the supervised part; none: the part is 0.
    pub labels: Option<LabelBatch>,
}

/// Latents of a batch, each [n, latent].
pub struct Latents {
    /// Outputs of the structure encoders before projection, [n, width of the encoder].
    pub encoded: Vec<Tensor>,
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
    /// Supervised loss of the labelled tables, beyond the paper.
    pub supervised: Tensor,
    /// L_CPR by target table.
    pub reconstruction: Vec<(String, Tensor)>,
    /// Codes of the structure latents, then of the biological ones' informed rows; empty without codebook.
    pub codes: Vec<Vec<Vec<u32>>>,
    /// The latents that were quantized, all modalities' rows below each other, outside the gradient.
    pub quantized_inputs: Tensor,
}
