//! Tables of text and SMILES files: recognised, decoded, read to the end.

#![no_main]

use chmr_fuzz::tables::{Record, SmilesLines, SmilesOptions, Source, Table, TableOptions};
use chmr_fuzz::{check, chem, limits};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let source = || Source::new(Cursor::new(bytes.to_vec())).and_then(Source::decode);
    let Ok(decoded) = source() else { return };
    let _ = decoded.recognise(None, None);
    // A line can hold no more records than bytes; packed input may unpack to more, and is cut.
    let most = 10_000;
    if let Ok(mut table) = Table::new(decoded, &TableOptions::default()) {
        let column = table.structure_column(None, "--smiles-column").unwrap_or(0);
        let (mut record, mut line) = (Record::new(), 0);
        for _ in 0..most {
            if !table.read(&mut record).unwrap_or(false) {
                break;
            }
            assert!(record.line() > line, "records stand in the order of their lines");
            line = record.line();
            if let Ok(molecule) = chem::parse_smiles(record.trimmed(column), &limits()) {
                check(&molecule);
            }
        }
    }
    if let Ok(lines) = source().and_then(|s| SmilesLines::new(s, &SmilesOptions::default())) {
        for line in lines.take(most).map_while(Result::ok) {
            if let Ok(molecule) = chem::parse_smiles(&line.structure, &limits()) {
                check(&molecule);
            }
        }
    }
});
