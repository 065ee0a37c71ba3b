//! Streams of SD records: each ends, none holds more than its limit.

#![no_main]

use chmr_fuzz::{check, chem, limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = limits();
    let mut last = None;
    for record in chem::SdfReader::new(bytes, limits) {
        let record = record.expect("memory does not fail");
        assert!(last.is_none_or(|(index, line)| record.index == index + 1 && record.line > line));
        last = Some((record.index, record.line));
        let held: usize =
            record.properties.iter().map(|(name, value)| name.len() + value.len()).sum();
        // A byte that is no UTF-8 becomes three.
        assert!(held <= 3 * limits.bytes, "properties beyond the limit are kept");
        if let Ok(molecule) = record.molecule(&limits) {
            check(&molecule);
        }
    }
});
