//! Text or arrays → [`Molecule`]: SMILES, molblocks, SDF streams, docked poses, with sanity checks and limits.
//!
//! The one place that names the perception library (chematic); everything outside sees only the
//! types below, so that it can be replaced. Knows nothing of features or models.

mod atoms;
mod bridges;
mod canonical;
mod ctab;
mod elements;
mod error;
mod flags;
mod limits;
mod molblock;
mod molecule;
mod pdbqt;
mod perceive;
pub(crate) mod perceived;
mod pose_match;
mod rings;
mod sdf;
mod smiles;
mod trailing;
mod write;

pub use atoms::{AtomTable, molecule_from_atoms};
pub use canonical::{canonical_smiles, skeleton_key};
pub(crate) use elements::{atomic_number, element_symbol};
pub use error::{Error, ErrorKind};
pub use flags::MoleculeFlags;
pub use limits::Limits;
pub use molblock::parse_molblock;
pub use molecule::{Atom, Bond, BondOrder, Conformer, Molecule, Neighbor};
pub use pdbqt::{PdbqtReader, Pose};
pub use sdf::{SdfReader, SdfRecord};
pub use smiles::{parse_smiles, split_record};
