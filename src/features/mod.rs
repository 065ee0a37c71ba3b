//! [`Molecule`](crate::chem::Molecule) → numbers. Training calls this very code.
//!
//! Knows nothing of models.
