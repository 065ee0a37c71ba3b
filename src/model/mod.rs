//! The model file (`.chmr`): one ZIP of stored entries that everyday tools open.
//!
//! | entry | content |
//! |---|---|
//! | `manifest.json` | [`Manifest`]: tasks, networks, the structure vector's layout, hash of every other entry; always first |
//! | `networks/*.onnx` | the networks, readable in Netron |
//! | `networks/*.safetensors` | members of an ensemble that are decision trees: see [`Trees`] |
//! | `features/*.safetensors` | the standardizer of the descriptors |
//! | `reference/*` | known molecules, their fingerprints and observed profiles: see [`ReferenceEntry`] |
//! | `treevq/codebook.safetensors` | the learned hierarchy |
//! | `trust/domain.safetensors` | training molecules: see [`TrustEntry`] |
//! | `MODEL_CARD.md` | for a person |
//!
//! # Networks
//!
//! A network takes `x` (f32, rows × a width) and gives `y` (f32, rows × tasks, or the width of a
//! [`Stage`]), the first dimension symbolic. `x` is the structure vector, the output of an earlier
//! stage, or several of these side by side: the network's `reads` says which. It is a feed-forward graph of one ONNX operator set, 13 to
//! 23, made of the operators that `operators.rs` and docs/model-file.md list, with weights as initializers with `raw_data`: matrices on the right of a
//! product, vectors elsewhere. Each weight matrix is used once. Anything else is refused, so that no
//! file can make a reader compute without bound.
//!
//! Weights may be f16, each behind one `Cast` to f32, or int8, each behind one `DequantizeLinear` with a scale a column and
//! no zero points: that makes the file a half or a quarter as large and costs nothing at run
//! time, as they are widened when the network is made ready. Fewer and larger networks load faster
//! than many small ones; `Gemm` with `transB` 0 or 1 and `MatMul` with `Add` behave alike.
//!
//! A stage may be a [graph network](graph) instead, which reads the molecule's atoms and bonds and is run by kernels of this library.
//!
//! An ensemble may have [`Trees`] among its members. They read the same `x`, and what they give is averaged with the
//! networks' outputs.
//!
//! # Safety of hostile files
//!
//! Everything is checked on opening, each entry once however often it is named: layout, limits, hashes, shapes, and what
//! a network will cost to plan and to run. A damaged or hostile file gives an error, never a crash, and takes no more
//! memory than a small multiple of its length. [`OpenOptions`] are the bounds; docs/model-file.md tells them.
//! Nothing is ever fetched. Knows features and the reference library, nothing of C.

mod archive;
mod budget;
mod contents;
pub mod dense;
mod exact;
pub mod graph;
mod kernel;
mod library_file;
mod limits;
mod manifest;
pub(crate) mod network;
mod onnx;
mod onnx_outline;
mod onnx_weights;
mod open;
mod operators;
mod planning;
mod quantize;
mod reads;
mod reference;
mod rewrite;
mod rows;
mod shapes;
mod sources;
mod standardizer;
mod summation;
mod trees;
pub(crate) mod trust;
mod validate;
mod wording;
mod writer;
mod zip;

pub use archive::{Archive, MANIFEST};
pub use budget::OpenOptions;
pub use manifest::{
    CodebookEntry, DataSource, Entry, FORMAT, FORMAT_VERSION, GRAPH, Manifest, NetworkEntry,
    STRUCTURE, Stage, StructureInput, Task, TaskKind, Training, Validation,
};
pub(crate) use network::{MAX_TILE, tile_for, tile_within};
pub(crate) use open::Placed;
pub use open::{Identity, Model};
pub use reads::Reads;
pub use reference::{ModalityEntry, ReferenceEntry};
pub(crate) use rows::Rows;
pub(crate) use sources::Source;
pub use standardizer::write_standardizer;
pub use trees::{MAX_LEAVES, Split, TREES_ENDING, Tree, Trees};
pub use trust::{CompositionEntry, DatasetTrust, DomainEntry, TrustEntry};
pub use writer::ModelWriter;

use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hexadecimal.
pub fn sha256_hex(data: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(data).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
