//! What the Python package `chmr` is made of: the Rust API, with inputs as lists and results as arrays that NumPy and Arrow
//! read where they lie. Friendly names, defaults and frames are the package's own (`chmr/*.py`).
//!
//! Work is done on a thread of its own without the interpreter's lock, and the calling thread looks after signals and progress
//! meanwhile ([`call`]).

mod array;
mod arrow;
mod batch;
mod call;
mod encode;
mod fault;
mod files;
mod fingerprint;
mod impute;
mod library;
mod model;
mod neighbors;
mod predict;
mod rows;
mod table;

use pyo3::prelude::*;

#[pymodule(name = "_chmr")]
fn exported(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add_class::<array::Array>()?;
    m.add_class::<batch::Batch>()?;
    m.add_class::<impute::Tails>()?;
    m.add_class::<library::Library>()?;
    m.add_class::<library::FingerprintTable>()?;
    m.add_class::<model::Model>()?;
    m.add_class::<predict::Trust>()?;
    m.add_class::<table::Table>()?;
    m.add_function(wrap_pyfunction!(fingerprint::fingerprint, m)?)
}
