//! `chmr panel`.

use crate::Failure;
use crate::options::{Names, Panel};
use chmr::Run;
use std::io::{self, Write};

/// Writes `rank, feature, explained`, tab-separated, the most telling feature first.
pub fn command(options: &Panel) -> Result<(), Failure> {
    let model = crate::impute::open(&options.source)?;
    let library = crate::impute::library(&model)?;
    let modality = crate::impute::modality(library, &options.modality)?;
    let names = crate::impute::columns(modality, options.names)?;
    let panel = model.panel(modality.name(), options.size, &Run::new())?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let second = match options.names {
        Names::Id => modality.labels(),
        Names::Symbol => modality.profiles().features(),
    };
    let head = if second.is_empty() { "" } else { "\tother_name" };
    writeln!(out, "rank\tfeature\texplained{head}")?;
    for (rank, chosen) in panel.iter().enumerate() {
        let (name, explained) = (&names[chosen.feature], chosen.explained);
        write!(out, "{}\t{name}\t{explained:.4}", rank + 1)?;
        match second.get(chosen.feature) {
            Some(other) => writeln!(out, "\t{other}")?,
            None => writeln!(out)?,
        }
    }
    out.flush()?;
    Ok(())
}
