//! Structure encoders: one molecule seen as bits, as a graph and as a shape (paper, encoders of the
//! structural modalities; section "Experiments", implementation).
//!
//! | modality | encoder | input |
//! |---|---|---|
//! | 1D | [`VectorEncoder`] | the library's structure vector (descriptors, MACCS, Morgan bits) |
//! | 2D | [`GraphEncoder`] | atoms and bonds in the Open Graph Benchmark's encoding |
//! | 3D | [`ShapeEncoder`] | shape descriptors of a conformer, where there is one |

mod graph_2d;
mod shape_3d;
mod vector_1d;

pub use graph_2d::{ATOM_CATEGORIES, BOND_CATEGORIES, GraphBatch, GraphConfig, GraphEncoder};
pub use shape_3d::ShapeEncoder;
pub use vector_1d::VectorEncoder;
