//! SMILES with their extensions.

#![no_main]

use chmr_fuzz::{check, chem, compare, limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (structure, _) = chem::split_record(text.lines().next().unwrap_or(""));
    let read = chem::parse_smiles(structure, &limits());
    if let Ok(molecule) = &read {
        check(molecule);
    }
    // RDKit passes over malformed parts of an extension, which are refused here.
    if !structure.contains(|c: char| !c.is_ascii_graphic()) {
        compare("smiles", structure, &read);
    }
});
