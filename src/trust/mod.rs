//! How far a prediction can be trusted: intervals that cover what they say, and whether the molecule is of the
//! kind that the figures were measured on.
//!
//! - [`half_width`]: split-conformal intervals from residuals of molecules that were not learnt from.
//! - [`calibration_error`]: how far probabilities are from frequencies.
//! - [`Domain`]: the training molecules of a data set; [`Placement`]: where a molecule lies relative to them.
//!
//! # The applicability domain
//!
//! Two questions, each with a threshold taken from the held-out molecules that the data set's figures and
//! intervals were measured on: is the nearest training molecule at least as similar as that of 95 % of these, and
//! are no more descriptors outside of the training molecules' range (percentiles 0.1 to 99.9) than with 95 % of
//! these? A molecule for which either answer is no is *outside*: what was measured says little about it.
//!
//! Knows features and search, nothing of models.

mod conformal;
mod domain;

pub use conformal::{calibration_error, half_width};
pub use domain::{Domain, Limits, Placement};
