//! Bounds on a model file. They leave room for models far larger than the default one and keep a
//! hostile file from taking more memory than a small multiple of its own length.

/// Length of the whole file, bytes.
pub(crate) const FILE_BYTES: u64 = 1 << 30;
/// Number of entries, the manifest included.
pub(crate) const ENTRIES: usize = 1024;
/// Length of `manifest.json`, bytes: parsed JSON takes several times its text.
pub(crate) const MANIFEST_BYTES: usize = 4 << 20;
/// Length of an entry's path, bytes.
pub(crate) const PATH_BYTES: usize = 200;
/// Number of tasks.
pub(crate) const TASKS: usize = 100_000;
/// Number of networks, and of members in one network.
pub(crate) const NETWORKS: usize = 512;
/// Number of coverages that intervals are given for.
pub(crate) const COVERAGES: usize = 16;
/// Number of stages before the networks that predict.
pub(crate) const STAGES: usize = 64;
/// Length of the structure vector, of a stage's output, and of what one network reads.
pub(crate) const WIDTH: usize = 1 << 16;
/// Radius of the Morgan environments.
pub(crate) const MORGAN_RADIUS: u32 = 10;
/// Bytes of one ONNX file that are not raw weights.
pub(crate) const ONNX_OUTLINE_BYTES: usize = 1 << 20;
/// Nodes, and initializers, of one network.
pub(crate) const ONNX_NODES: usize = 1024;
/// Values a row that all nodes of one network give together: with the largest tile, 256 MiB.
pub(crate) const ONNX_ROW_VALUES: usize = 1 << 20;
