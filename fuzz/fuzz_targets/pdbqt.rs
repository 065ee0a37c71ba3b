//! Docked poses, with the template in remarks and given.

#![no_main]

use chmr_fuzz::{check, chem, limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for template in [None, Some("CCO"), Some("CC(C)Cc1ccc(cc1)C(C)C(=O)O")] {
        for pose in chem::PdbqtReader::new(&text, template, limits()).flatten().take(8) {
            check(&pose);
        }
    }
});
