//! `chmr fingerprint`.

use crate::Failure;
use crate::options::{Fingerprint, Kind};
use crate::output::{self, Value, sink};
use crate::run::{self, Outcome, guarded, status};
use chmr::features::{maccs, morgan};
use rayon::prelude::*;

/// Writes `id, smiles, status` and the bits as hexadecimal, least significant bit first in each
/// byte.
pub fn command(options: &Fingerprint) -> Result<bool, Failure> {
    let pool = run::pool(options.common.threads)?;
    let columns = ["fingerprint".to_owned()];
    let (source, target) = run::open(&options.common, [])?;
    let sink = sink(target, &options.common, options.format, &columns, |_| output::Kind::Text)?;
    let to_terminal = run::to_terminal(&options.common);
    run::stream(&options.common, source, sink, to_terminal, |rows| {
        let rows = run::perceive(&pool, rows);
        Ok(pool.install(|| {
            rows.into_par_iter()
                .map(|row| {
                    let result = row.molecule.and_then(|m| {
                        guarded(|| {
                            Ok(match options.kind {
                                Kind::Morgan => morgan(&m, options.radius, options.bits as usize),
                                Kind::Maccs => maccs(&m),
                            })
                        })
                    });
                    let result = result.map(|f| vec![Value::Text(f.hex())]).map_err(status);
                    Outcome { id: row.id, smiles: row.smiles, result }
                })
                .collect()
        }))
    })
}
