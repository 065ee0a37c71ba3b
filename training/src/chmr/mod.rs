//! CHMR, the method of the paper (arXiv 2511.21120, AAAI 2026), a file for each of its parts.
//!
//! | paper | here |
//! |---|---|
//! | encoders of the structural modalities (1D, 2D, 3D) | [`encoders`] |
//! | modality projectors into one latent space | [`projector`] |
//! | Modality Augmentation (MA) | [`modality_augmentation`] |
//! | Semantic Consistency Alignment (SCA): InfoNCE, VICReg | [`semantic_consistency`] |
//! | Tree-VQ: routing, symmetric loss, straight-through | [`tree_vq`], shared parts in [`quantize`] |
//! | flat VQ of the ablation | [`flat_vq`]; either or none: [`codebook`] |
//! | context graph | [`context_graph`] |
//! | Contextual Propagation Reconstruction (CPR): walks, β, decoders | [`contextual_propagation`] |
//! | overall objective and its ablation switches | [`objective`], its inputs and outputs [`batch`] |
//!
//! Not in the paper: [`supervision`], a lever on the structure encoders. Needed: [`leak_guard`] keeps labels of benchmark molecules out of training; [`layers`],
//! [`parameters`] and [`rng`] make gradients complete and runs repeatable.
//!
//! Where the paper's public code and its text differ, the text is followed: similarity is Tanimoto's, and observed
//! rows are restored after every step of the propagation. In both, decoders read the latent, not its code. The public
//! code gives the decoders a graph encoder of their own; here they read the anchor, which prediction uses.

pub mod batch;
pub mod codebook;
pub mod context_graph;
pub mod contextual_propagation;
pub mod encoders;
pub mod flat_vq;
pub mod layers;
pub mod leak_guard;
pub mod modality_augmentation;
pub mod objective;
pub(crate) mod ops;
pub mod parameters;
pub mod projector;
pub mod quantize;
pub mod rng;
pub mod semantic_consistency;
pub mod supervision;
pub mod tree_vq;
