//! How far a prediction can be trusted: intervals that cover what they say, and whether the molecule is of the
//! kind that the figures were measured on.
//!
//! - [`half_width`]: split-conformal intervals from residuals of molecules that were not learnt from.
//! - [`calibration_error`]: how far probabilities are from frequencies.
//! - [`Domain`]: the training molecules of a data set; [`Placement`]: where a molecule lies relative to them.
//!
//! # The applicability domain
//!
//! A molecule lies *inside* if its nearest training molecule is similar enough, and if it is made of what training molecules are
//! made of: no element that none of them contains, no size or net charge beyond theirs. What is similar enough is read off the
//! errors on held-out molecules ([`threshold`]): inside, they were smaller. A training molecule is inside by
//! construction. Descriptors have no part in it: that a value of one of two hundred is unusual does not tell a chemist what to do.
//!
//! Knows chemistry and search, nothing of models.

mod composition;
mod conformal;
mod domain;
mod threshold;

pub use composition::{Composition, CompositionRange, Unlike};
pub use conformal::{calibration_error, half_width};
pub use domain::{Domain, DomainLimits, Placement};
pub use threshold::{Errors, HeldOutMolecule, Threshold, threshold};
