//! Pieces of messages about what a model file holds.

use std::fmt::Display;

/// A shape, as `16 x 3`; that of a single number has no dimensions.
pub(super) fn dims(shape: &[impl Display]) -> String {
    if shape.is_empty() { "a single value".into() } else { joined(shape, " x ") }
}

/// Values that are permitted, as `0, 1`.
pub(super) fn list(values: &[impl Display]) -> String {
    joined(values, ", ")
}

fn joined(values: &[impl Display], separator: &str) -> String {
    values.iter().map(|v| v.to_string()).collect::<Vec<_>>().join(separator)
}
