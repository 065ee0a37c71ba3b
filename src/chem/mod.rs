//! Text or arrays → [`Molecule`]: SMILES, molblocks, SDF streams, with sanity checks and limits.
//!
//! The one place that names the perception library (chematic); everything outside sees only the
//! types below, so that it can be replaced. Knows nothing of features or models.

mod error;
mod limits;
mod molecule;
mod perceive;
pub(crate) mod perceived;
mod rings;
mod smiles;

pub use error::{Error, ErrorKind};
pub use limits::Limits;
pub use molecule::{Atom, Bond, BondOrder, Conformer, Molecule, Neighbor};
pub use smiles::parse_smiles;
