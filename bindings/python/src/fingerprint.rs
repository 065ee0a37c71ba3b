//! Fingerprints of a batch.

use crate::array::{Array, Data};
use crate::batch::{Batch, Row};
use crate::call::{self, Watch};
use crate::fault::Fault;
use crate::rows::Rows;
use chmr::chem::{self, Limits};
use chmr::features::{Fingerprint, MACCS_BITS, maccs, morgan};
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows that a thread takes at a time.
const TILE: usize = 256;

/// Which bits.
#[derive(Clone, Copy)]
enum Kind {
    Morgan { radius: u32, bits: usize },
    Maccs,
}

impl Kind {
    fn bits(self) -> usize {
        match self {
            Self::Morgan { bits, .. } => bits,
            Self::Maccs => MACCS_BITS,
        }
    }

    fn of(self, row: &Row) -> Result<Fingerprint, chmr::Error> {
        let of = |molecule: &chem::Molecule| match self {
            Self::Morgan { radius, bits } => morgan(molecule, radius, bits),
            Self::Maccs => maccs(molecule),
        };
        let limits = Limits::default();
        let found = catch_unwind(AssertUnwindSafe(|| {
            Ok(match row {
                Row::Smiles(text) => of(&chem::parse_smiles(text, &limits)?),
                Row::Molblock(text) => of(&chem::parse_molblock(text, &limits)?),
                Row::Molecule(molecule) => of(molecule),
                Row::Refused(e) => return Err(e.clone()),
            })
        }));
        Ok(found.unwrap_or_else(|_| {
            let message = "the library failed on this molecule (a fault of chmr)".to_owned();
            Err(chem::Error { kind: chem::ErrorKind::Unsupported, position: None, message })
        })?)
    }
}

/// Rows × bits, or × bytes of eight bits, the first in the least significant; status, reasons. A refused row has no bit set.
#[pyfunction]
#[pyo3(signature = (batch, kind, radius, bits, packed, threads, progress=None))]
#[allow(clippy::too_many_arguments)] // What crosses in one call need not cross in ten.
pub(crate) fn fingerprint<'py>(
    py: Python<'py>,
    batch: &Bound<'py, Batch>,
    kind: &str,
    radius: u32,
    bits: usize,
    packed: bool,
    threads: usize,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<(Array, Bound<'py, PyList>, Bound<'py, PyList>)> {
    let kind = match kind {
        "morgan" if (8..=65536).contains(&bits) && radius <= 10 => Kind::Morgan { radius, bits },
        "morgan" => return Err(Fault::argument("expected 8 to 65536 bits, radius 0 to 10").into()),
        "maccs" => Kind::Maccs,
        _ => return Err(Fault::argument(format!("kind '{kind}'; expected morgan or maccs")).into()),
    };
    let width = if packed { kind.bits().div_ceil(8) } else { kind.bits() };
    let batch = batch.get();
    let (values, rows) = call::run(py, progress.as_ref(), |watch| {
        let total = batch.rows().len();
        let mut values = Vec::new();
        let n = total.checked_mul(width).filter(|n| values.try_reserve_exact(*n).is_ok());
        values.resize(n.ok_or_else(|| Fault::memory(total, width))?, 0u8);
        let rows = fill(watch, batch.rows(), kind, packed, threads, (&mut values, width))?;
        Ok((Array::rows(Data::U8(values), total, width), rows))
    })?;
    let (status, reasons) = rows.told(py)?;
    Ok((values, status, reasons))
}

/// Writes the bits of every row, on so many threads.
fn fill(
    watch: &Watch,
    rows: &[Row],
    kind: Kind,
    packed: bool,
    threads: usize,
    (values, width): (&mut [u8], usize),
) -> Result<Rows, Fault> {
    watch.expect(rows.len());
    let mut refused: Vec<Option<chmr::Error>> = vec![None; rows.len()];
    let tiles = rows.chunks(TILE).zip(values.chunks_mut(TILE * width));
    let tiles = std::sync::Mutex::new(tiles.zip(refused.chunks_mut(TILE)));
    let machine = || std::thread::available_parallelism().map_or(1, NonZero::get);
    let threads = if threads == 0 { machine() } else { threads };
    let work = || {
        while !watch.is_cancelled() {
            let tile = tiles.lock().unwrap_or_else(|e| e.into_inner()).next();
            let Some(((rows, values), refused)) = tile else { break };
            let places = rows.iter().zip(values.chunks_mut(width)).zip(refused);
            for ((row, to), refused) in places {
                match kind.of(row) {
                    Ok(found) if packed => to.copy_from_slice(&found.bytes()),
                    Ok(found) => found.iter_ones().for_each(|bit| to[bit] = 1),
                    Err(e) => *refused = Some(e),
                }
            }
            watch.tell(rows.len());
        }
    };
    std::thread::scope(|scope| {
        (1..threads.min(rows.len().div_ceil(TILE))).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let mut told = Rows::default();
    refused.into_iter().for_each(|row| told.push(row));
    Ok(told)
}
