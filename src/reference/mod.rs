//! Known molecules: which of them resemble this one, and what their read-outs say about it.
//!
//! - [`PackedFingerprints`]: fingerprints of one width, packed, sorted by their number of set bits.
//! - [`Neighbor`], [`PackedFingerprints::top_k`], [`PackedFingerprints::within`]: exact Tanimoto search; of many queries at
//!   once ([`PackedFingerprints::top_k_batch`]), by several threads ([`PackedFingerprints::top_k_threads`]).
//! - [`write_packed`], [`PackedFingerprints::map`]: tables larger than the memory, in mapped files.
//! - [`FingerprintTable`], [`TableWriter`]: such tables with the molecules' names, to be searched for the rows of a batch.
//! - [`Profiles`], [`Imputer`]: observed read-outs of a modality, and imputation from similar molecules.
//! - [`Chosen`]: a feature that is worth measuring.
//! - [`Context`]: mechanisms and targets that known compounds share.
//! - [`Activity`]: how strongly known compounds act in an assay.
//! - [`propagate`], [`Propagation`]: the paper's plain propagation on a neighbour graph.
//! - [`Library`], [`Modality`]: molecules and their profiles, as a model file or a file of its own holds them.
//! - [`Support`]: what an imputed profile rests on; [`Tails`]: how far measurements lie from it.
//!
//! # How a scan is pruned, exactly
//!
//! With *a* and *b* the numbers of set bits of query and row and *i* that of their intersection, Tanimoto is
//! *i* / (*a* + *b* − *i*), which grows with *i*. Three upper bounds of *i* spare most of the work:
//!
//! 1. *i* ≤ min(*a*, *b*). Rows are sorted by *b*, so whole blocks fall away (Swamidass and Baldi, 2007).
//! 2. *i* = (*a* + *b* − |A ⊕ B|) / 2, and folding by exclusive or can only lose set bits:
//!    |A ⊕ B| ≥ |fold(A) ⊕ fold(B)|. The fold has 256 bits, a quarter of the memory of 1,024.
//! 3. With half of both rows read: |A ⊕ B| ≥ |A₁ ⊕ B₁| + |fold(A₂) ⊕ fold(B₂)|, where the folds of the other halves are
//!    those of the rows ⊕ those of the halves read.
//!
//! Only rows that pass all are compared in full, so the result is that of a brute-force scan.

mod activity;
mod completion;
mod context;
mod covariance;
mod factor;
mod given;
mod imputer;
mod kernel;
mod known;
mod layout;
mod library;
mod mapped;
mod modality;
mod neighbor;
mod observation;
mod outward;
mod packed;
mod panel;
mod profiles;
mod propagate;
mod propagation;
mod runs;
mod scale;
mod scan;
mod search;
mod support;
mod table;
mod table_writer;
mod tails;
mod trial;
mod write;

pub use activity::{Activity, MAX_COMPOUNDS, Measured};
pub use context::{Annotated, Context, MAX_TERMS};
pub(crate) use imputer::{FIT_WORK, TILE};
pub use imputer::{Imputed, Imputer, MAX_OBSERVED, Weighting};
pub use library::{Library, Member};
pub use modality::Modality;
pub(crate) use modality::{Filled, Query};
pub use neighbor::Neighbor;
pub(crate) use observation::{Observation, Patterns};
pub use packed::{PackError, PackedFingerprints};
pub use panel::Chosen;
pub use profiles::Profiles;
pub use propagate::{Graph, Propagation, hops, propagate};
pub use scale::Scale;
pub use support::{Method, NEIGHBOR, SOURCES, Source, Support};
pub use table::FingerprintTable;
pub use table_writer::TableWriter;
pub use tails::Tails;
pub use write::write_packed;
