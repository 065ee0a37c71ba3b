//! chmr: molecules in, biology-aware property predictions out.
pub mod chem;
