//! The learned hierarchy: a binary tree of unit vectors (Tree-VQ), and where a latent lies in it.
//!
//! Level *h* = 1…H has 2ʰ nodes. A latent goes down from the root: of the two children of the node chosen
//! above, 2c and 2c + 1, it takes the one of larger cosine, the first where they are equal. So a latent is
//! compared with 2·H nodes instead of all 2^(H+1) − 2.
//!
//! Where only the path is wanted, one product a level is enough: with the difference of the two children, which
//! is kept beside them. See [`Codebook::leaves`].
//!
//! - [`Codebook`]: the nodes, as training leaves them and as a model file holds them.
//! - [`Code`]: a path through them, with the cosine at every level; [`Code::common_depth`] compares two.

mod code;
mod codebook;
mod descent;
mod kernel;

pub use code::Code;
pub use codebook::{Codebook, MAX_DEPTH};
