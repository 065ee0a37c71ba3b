//! `chmr_open_options`: what opening and using one model file may cost. It grows at its end only.

use super::error::Outcome;
use super::versioned;
use crate::OpenOptions;

/// What one model file may cost, so that one from a stranger takes no more than its reader allows.
/// Start from CHMR_OPEN_OPTIONS_INIT, which sets struct_size and the defaults; later versions add
/// fields at the end. In every field 0 means the default.
///
/// The defaults leave room for models more than ten times as large as the embedded one. A file
/// beyond a bound is refused with CHMR_STATUS_LIMIT, which names the field. Besides these the
/// format has fixed bounds: a file of 1 GiB with 1,024 entries and a manifest of 4 MiB; 100,000
/// tasks, 64 stages, 512 networks of 512 members; in one network 256 nodes, 16 Mi values in one
/// weight, and 2^20 values and 2^28 multiply-adds a molecule.
#[repr(C)]
pub struct chmr_open_options {
    /// sizeof(chmr_open_options), as the caller knows it.
    pub struct_size: usize,
    /// Bytes of all entries unpacked, each counted once however often it is named; default 2 GiB.
    pub unpacked_bytes: u64,
    /// ONNX nodes of all networks, each entry counted once; default 2,048.
    pub nodes: u64,
    /// Rewrites that planning one network may take; default 16,384.
    pub plan_steps: u64,
    /// Values of the weights of one network; default 32 Mi.
    pub network_weights: u64,
    /// Multiply-adds that one molecule takes in all networks together, each counted as often as it
    /// is named; default 2^30.
    pub row_work: u64,
    /// Members of all networks together; default 4,096.
    pub members: u64,
    /// Stages; default 64.
    pub stages: u64,
    /// Tasks; default 100,000.
    pub tasks: u64,
    /// Modalities of the reference library; default 64.
    pub modalities: u64,
    /// Observed values of one modality, profiles times features; default 64 Mi.
    pub profile_values: u64,
    /// Multiply-adds of fitting one modality's imputation, m * m * (m + d) for m profiles of d
    /// features; default 20e9. chmr_impute refuses a modality beyond it.
    pub fit_work: u64,
}

/// What the struct had in the first version: the least that `struct_size` may say.
const FIRST_SIZE: usize = size_of::<usize>() + 11 * size_of::<u64>();
const _: () = assert!(size_of::<chmr_open_options>() >= FIRST_SIZE);

impl chmr_open_options {
    /// The caller's options, whichever version of the struct they were made with; NULL is the defaults.
    ///
    /// # Safety
    /// `options` is NULL or valid for reads of as many bytes as its `struct_size` says.
    pub(super) unsafe fn read(options: *const Self) -> Outcome<OpenOptions> {
        // SAFETY: all fields are integers: any bits are valid in each; the rest is this function's contract.
        let own = unsafe { versioned::read(options, FIRST_SIZE, "chmr_open_options") }?;
        let default = OpenOptions::default();
        let or = |value: u64, default: u64| if value == 0 { default } else { value };
        Ok(OpenOptions {
            unpacked_bytes: or(own.unpacked_bytes, default.unpacked_bytes),
            nodes: or(own.nodes, default.nodes),
            plan_steps: or(own.plan_steps, default.plan_steps),
            network_weights: or(own.network_weights, default.network_weights),
            row_work: or(own.row_work, default.row_work),
            members: or(own.members, default.members),
            stages: or(own.stages, default.stages),
            tasks: or(own.tasks, default.tasks),
            modalities: or(own.modalities, default.modalities),
            profile_values: or(own.profile_values, default.profile_values),
            fit_work: or(own.fit_work, default.fit_work),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_the_default() {
        // SAFETY: NULL.
        let none = unsafe { chmr_open_options::read(std::ptr::null()) };
        assert_eq!(none.ok().unwrap(), OpenOptions::default());
        // SAFETY: integers may be zero.
        let mut options: chmr_open_options = unsafe { std::mem::zeroed() };
        (options.struct_size, options.members) = (size_of::<chmr_open_options>(), 3);
        // SAFETY: a local.
        let read = unsafe { chmr_open_options::read(&options) }.ok().unwrap();
        assert_eq!(read, OpenOptions { members: 3, ..OpenOptions::default() });
        options.struct_size = FIRST_SIZE - 1;
        // SAFETY: refused by its size.
        assert!(unsafe { chmr_open_options::read(&options) }.is_err());
    }
}
