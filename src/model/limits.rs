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
/// Fields of one ONNX file outside its weights: a field of two bytes may take several hundred when decoded.
pub(crate) const ONNX_FIELDS: usize = 1 << 16;
/// Bytes of the description of one input or output of a network.
pub(crate) const ONNX_PORT_BYTES: usize = 4096;
/// Nodes, and initializers, of one network: planning takes time in their square, 0.1 s for 256 of the dearest kind.
pub(crate) const ONNX_NODES: usize = 256;
/// Steps that the planner may split one network into where it concatenates.
pub(crate) const ONNX_SPLIT: u64 = 256;
/// Values of one weight: packing one cannot be interrupted.
pub(crate) const ONNX_WEIGHT: u64 = 16 << 20;
/// Values a row that all nodes of one network give together: they fit 64 MiB in every tile that is run at once.
pub(crate) const ONNX_ROW_VALUES: u64 = 1 << 20;
/// Multiply-adds a row of one network: what one processor core does in some ten milliseconds, as no run is cancelled
/// within a row.
pub(crate) const ONNX_ROW_WORK: u64 = 1 << 28;
/// Multiply-adds of one network that are run at once, as no run is cancelled within such a tile: 15 ms of one Zen 3
/// class core, which does some 40 in a nanosecond.
pub(crate) const TILE_WORK: u64 = 1 << 29;
/// Computed values of one network that are held at once: 32 MiB.
pub(crate) const TILE_VALUES: u64 = 1 << 23;
/// Values of stages and inputs that the threads of a run hold together, where tiles can be made smaller: 128 MiB.
pub(crate) const RUN_VALUES: usize = 1 << 25;
/// What one thread may hold of them whatever the others do: 2 MiB, so that a common model has the same tiles on any machine.
pub(crate) const THREAD_VALUES: usize = 1 << 19;
/// Steps of one network while it is planned.
pub(crate) const PLAN_NODES: usize = 1 << 14;
