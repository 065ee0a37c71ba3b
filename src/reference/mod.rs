//! The reference library's search: which known molecules resemble this one.
//!
//! - [`PackedFingerprints`]: fingerprints of one width, packed, sorted by their number of set bits.
//! - [`Neighbor`], [`PackedFingerprints::top_k`], [`PackedFingerprints::within`]: exact Tanimoto search.
//!
//! # How a scan is pruned, exactly
//!
//! With *a* and *b* the numbers of set bits of query and row and *i* that of their intersection, Tanimoto is
//! *i* / (*a* + *b* − *i*), which grows with *i*. Two upper bounds of *i* spare most of the work:
//!
//! 1. *i* ≤ min(*a*, *b*). Rows are sorted by *b*, so whole blocks fall away (Swamidass and Baldi, 2007).
//! 2. *i* = (*a* + *b* − |A ⊕ B|) / 2, and folding by exclusive or can only lose set bits:
//!    |A ⊕ B| ≥ |fold(A) ⊕ fold(B)|. The fold has 256 bits, a quarter of the memory of 1,024.
//!
//! Only rows that pass both are compared in full, so the result is that of a brute-force scan.

mod kernel;
mod packed;
mod search;

pub use packed::{PackError, PackedFingerprints};
pub use search::Neighbor;
