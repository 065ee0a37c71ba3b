//! Molblocks, V2000 and V3000.

#![no_main]

use chmr_fuzz::{check, chem, compare, limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let read = chem::parse_molblock(&text, &limits());
    if let Ok(molecule) = &read {
        check(molecule);
    }
    compare("molblock", &text, &read);
});
