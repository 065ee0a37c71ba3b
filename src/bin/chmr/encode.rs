//! `chmr encode`.

use crate::Failure;

use crate::models;
use crate::options::Encode;
use crate::output::{Kind, Value, sink};
use crate::run::{self, Outcome, status};
use chmr::{EncodeOptions, Run};

/// Writes `id, smiles, status` and, for each modality, its path and the node and cosine of every level.
pub fn command(options: &Encode) -> Result<bool, Failure> {
    let model = models::open(&options.model)?;
    let (Some(codebook), Some(section)) = (model.codebook(), &model.manifest().codebook) else {
        return Err(
            "this model has no codebook: it predicts, but places nothing in a hierarchy".into()
        );
    };
    let mut columns = Vec::new();
    for name in &section.latents {
        columns.push(format!("{name}:path"));
        for h in 1..=codebook.depth() {
            columns.push(format!("{name}:node_{h}"));
            columns.push(format!("{name}:cosine_{h}"));
        }
        if options.latents {
            columns.extend((0..codebook.width()).map(|i| format!("{name}:{i}")));
        }
    }
    let pool = run::pool(options.common.threads)?;
    let (source, target) = run::open(&options.common, models::file(&options.model))?;
    let kind = |i: usize| match columns[i].rsplit_once(':') {
        Some((_, what)) if what == "path" || what.starts_with("node_") => Kind::Text,
        _ => Kind::Number,
    };
    let sink = sink(target, &options.common, options.format, &columns, kind)?;
    let how = EncodeOptions { threads: options.common.threads, ..Default::default() };
    let to_terminal = run::to_terminal(&options.common);
    run::stream(&options.common, source, sink, to_terminal, |rows| {
        let (batch, names) = run::batch(&pool, rows);
        let encoded = model.encode(&batch, &how, &Run::new())?;
        let rows = names.into_iter().zip(encoded.rows).enumerate();
        Ok(rows
            .map(|(i, ((id, smiles), row))| {
                let result = row.map_err(status).map(|()| {
                    let mut fields = Vec::new();
                    for latent in &encoded.latents {
                        if let Some(code) = &latent.codes[i] {
                            // Digits alone would be read as a number by a spreadsheet.
                            fields.push(Value::Text(format!("r{}", code.path())));
                            for (node, cosine) in code.nodes.iter().zip(&code.cosines) {
                                fields.push(Value::Text(node.to_string()));
                                fields.push(Value::Number(*cosine));
                            }
                        }
                        if options.latents {
                            fields.extend(latent.values.row(i).iter().map(|&v| Value::Number(v)));
                        }
                    }
                    fields
                });
                Outcome { id, smiles, result }
            })
            .collect())
    })
}
