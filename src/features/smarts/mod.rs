//! A small SMARTS matcher for fixed sets of patterns.
//!
//! A [`Library`] compiles many patterns together: an atom expression that several share is evaluated
//! once a molecule, for each kind of atom rather than each atom, and a pattern is searched only if
//! every one of its atoms has a candidate. Covers what the descriptors' patterns use: element,
//! aromaticity, charge, isotope, H, D, X, v, R, r, recursion; bonds - = # : ~ @ with ! & , ;
//! chirality is not supported.

mod facts;
mod library;
mod matcher;
mod parse;

pub(super) use library::Library;
pub(super) use matcher::Matcher;
