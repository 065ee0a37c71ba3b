//! As in the library; the rest of it is left out.

#[path = "../../../../src/reference/kernel/mod.rs"]
mod kernel;
#[path = "../../../../src/reference/layout.rs"]
mod layout;
#[path = "../../../../src/reference/mapped.rs"]
mod mapped;
#[path = "../../../../src/reference/neighbor.rs"]
mod neighbor;
#[path = "../../../../src/reference/outward.rs"]
mod outward;
#[path = "../../../../src/reference/packed.rs"]
mod packed;
#[path = "../../../../src/reference/scan.rs"]
mod scan;
#[path = "../../../../src/reference/search.rs"]
mod search;
#[path = "../../../../src/reference/trial.rs"]
mod trial;
#[path = "../../../../src/reference/write.rs"]
mod write;

pub use neighbor::Neighbor;
pub use packed::{PackError, PackedFingerprints};
pub use write::write_packed;
