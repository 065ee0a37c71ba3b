//! Docked poses, with the template in remarks and given.

#![no_main]

use chmr_fuzz::{check, chem, limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let ibuprofen = "CC(C)Cc1ccc(cc1)C(C)C(=O)O";
    for templates in [&[][..], &["CCO"], &[ibuprofen, "CCO"]] {
        for pose in chem::PdbqtReader::new(&text, templates, limits()).take(8) {
            if let Ok(molecule) = &pose.molecule {
                check(molecule);
            }
        }
    }
});
