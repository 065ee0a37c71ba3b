//! `chmr impute` and `chmr neighbors`.

use crate::Failure;
use crate::models;
use crate::observed::Observed;
use crate::options::{Impute, ImputeMethod, Names, Neighbors};
use crate::output::{Kind, UNFINISHED, Value, sink};
use crate::run::{self, Outcome, status};
use chmr::reference::{
    FingerprintTable, Library, Method, Modality, Neighbor, Propagation, Source, Support, Tails,
};
use chmr::{Batch, Error, ImputeOptions, Model, NeighborOptions, Run};

/// Writes `id, smiles, status, support`, a column a feature and, if asked for, one for its spread.
pub fn impute(options: &Impute) -> Result<bool, Failure> {
    let model = open(&options.source)?;
    let library = library(&model)?;
    let modality = modality(library, &options.modality)?;
    if let Some(c) = options.interval.iter().find(|c| Tails::default().half_width(**c).is_none()) {
        return Err(format!("--interval {c}: expected 0.5 to 0.99").into());
    }
    let features = columns(modality, options.names)?;
    let observed = match &options.observed {
        Some(path) => {
            Some(Observed::read(path, options.common.input.id_column.as_deref(), modality)?)
        }
        None => None,
    };
    let mut names = vec!["support".to_owned()];
    names.extend_from_slice(&features);
    if options.spread {
        names.extend(features.iter().map(|f| format!("{f}:spread")));
    }
    for c in &options.interval {
        names.extend(
            ["low", "high"]
                .iter()
                .flat_map(|end| features.iter().map(move |f| format!("{f}:{c}:{end}"))),
        );
    }
    let pool = run::pool(options.common.threads)?;
    let read = options.source.files().chain(&options.observed);
    let (input, target) = run::open(&options.common, read)?;
    let kind = |i| if i == 0 { Kind::Text } else { Kind::Number };
    let sink = sink(target, &options.common, options.format, &names, kind)?;
    let propagation = match options.method {
        ImputeMethod::Regression => None,
        ImputeMethod::Propagation => Some(Propagation::default()),
    };
    let how = ImputeOptions {
        threads: options.common.threads,
        propagation,
        structure_only: options.structure_only,
        ..Default::default()
    };
    let to_terminal = run::to_terminal(&options.common);
    run::stream(&options.common, input, sink, to_terminal, |rows| {
        let (batch, names) = run::batch(&pool, rows);
        let known = observed.as_ref().map(|o| o.rows(names.iter().map(|n| n.0.as_str())));
        let known = known.as_ref().map(|k| k.view());
        let imputed = model.impute(&batch, modality.name(), known, &how, &Run::new())?;
        let rows = names.into_iter().zip(imputed.rows).enumerate();
        Ok(rows
            .map(|(i, ((id, smiles), row))| {
                let result = row.map_err(status).map(|()| {
                    let support = match (&imputed.support[i], imputed.methods[i]) {
                        (Some(support), Some(method)) => told(library, support, method),
                        _ => String::new(),
                    };
                    let values = imputed.values.row(i);
                    let mut fields = vec![Value::Text(support)];
                    fields.extend(values.iter().map(|&v| Value::Number(v)));
                    if options.spread {
                        fields.extend(imputed.spread.row(i).iter().map(|&v| Value::Number(v)));
                    }
                    for &coverage in &options.interval {
                        let width = imputed.tails[i].and_then(|t| t.half_width(coverage));
                        let width = width.unwrap_or(f32::NAN);
                        for sign in [-width, width] {
                            let spread = imputed.spread.row(i).into_iter();
                            let ends = values.iter().zip(spread).map(|(v, s)| v + sign * s);
                            fields.extend(ends.map(Value::Number));
                        }
                    }
                    fields
                });
                Outcome { id, smiles, result }
            })
            .collect())
    })
}

/// Writes `id, smiles, status` and, for each rank, a neighbour's id, similarity and SMILES.
pub fn neighbors(options: &Neighbors) -> Result<bool, Failure> {
    let how = NeighborOptions {
        threads: options.common.threads,
        k: options.k,
        threshold: options.threshold,
        ..Default::default()
    };
    if let Some(path) = &options.table {
        crate::signals::tell_of_truncation(path, crate::FAILED, &UNFINISHED)?;
        let table = FingerprintTable::open(path)?;
        return searched(options, |batch| {
            let found = table.neighbors(batch, &how, &Run::new())?;
            let named = |n: &Neighbor| {
                let (id, smiles) = table.molecule(n.id as usize)?;
                Ok((id, n.similarity, smiles))
            };
            let rows = found.into_iter().map(|row| match row {
                Ok(row) => Ok(Ok(row.iter().map(named).collect::<Result<_, Failure>>()?)),
                Err(e) => Ok(Err(e)),
            });
            rows.collect()
        });
    }
    let model = open(&options.source)?;
    let library = library(&model)?;
    searched(options, |batch| {
        let named = |s: Source| {
            let row = s.member as usize;
            (library.id(row).to_owned(), s.similarity, library.smiles(row).to_owned())
        };
        let found = model.neighbors(batch, &how, &Run::new())?;
        Ok(found.into_iter().map(|row| Ok(row?.into_iter().map(named).collect())).collect())
    })
}

/// Neighbours of a row: id, similarity, SMILES.
type Found = Result<Vec<(String, f32, String)>, Error>;

fn searched(
    options: &Neighbors,
    search: impl Fn(&Batch) -> Result<Vec<Found>, Failure>,
) -> Result<bool, Failure> {
    let names: Vec<String> = (1..=options.k)
        .flat_map(|i| [format!("neighbor_{i}"), format!("similarity_{i}"), format!("smiles_{i}")])
        .collect();
    let pool = run::pool(options.common.threads)?;
    let read = options.source.files().chain(&options.table);
    let (input, target) = run::open(&options.common, read)?;
    let kind = |i| if i % 3 == 1 { Kind::Number } else { Kind::Text };
    let sink = sink(target, &options.common, options.format, &names, kind)?;
    let to_terminal = run::to_terminal(&options.common);
    run::stream(&options.common, input, sink, to_terminal, |rows| {
        let (batch, names) = run::batch(&pool, rows);
        let rows = names.into_iter().zip(search(&batch)?);
        let outcome = |((id, smiles), row): ((String, String), Found)| {
            let result = row.map_err(status).map(|found| {
                let fields = found.into_iter().flat_map(|(id, similarity, smiles)| {
                    [Value::Text(id), Value::Number(similarity), Value::Text(smiles)]
                });
                fields.collect()
            });
            Outcome { id, smiles, result }
        };
        Ok(rows.map(outcome).collect())
    })
}

/// The model that the options name, with the library that they add.
pub fn open(options: &crate::options::Source) -> Result<Model, Failure> {
    let mut model = models::open(&options.model)?;
    for path in &options.library {
        model = model.with_library(Library::open(path)?)?;
    }
    Ok(model)
}

pub fn library(model: &Model) -> Result<&Library, Failure> {
    Ok(model.library().ok_or(
        "this model has no reference library; name one with --library, or put one into a model with `chmr library attach`",
    )?)
}

/// The modality of that name.
pub fn modality<'a>(library: &'a Library, name: &str) -> Result<&'a Modality, Failure> {
    let names: Vec<_> = library.modalities().iter().map(Modality::name).collect();
    let none = || {
        let names = names.join(", ");
        format!("--modality {name}: the library has none of that name; there are: {names}")
    };
    Ok(library.modality(name).ok_or_else(none)?)
}

/// Column names of the features.
pub fn columns(modality: &Modality, names: Names) -> Result<Vec<String>, Failure> {
    let features = modality.profiles().features();
    match names {
        Names::Id => Ok(features.to_vec()),
        Names::Symbol if modality.labels().is_empty() => {
            Err(format!("--names symbol: '{}' has no second names", modality.name()).into())
        }
        Names::Symbol => Ok(modality.labels().to_vec()),
    }
}

/// Support in one field: what it is, then name=value pairs.
fn told(library: &Library, support: &Support, method: Method) -> String {
    let sources: Vec<String> = support
        .sources
        .iter()
        .map(|s| format!("{}:{:.3}", library.id(s.member as usize), s.similarity))
        .collect();
    let hops = support.hops.map_or("none".to_owned(), |h| h.to_string());
    format!(
        "{} nearest={:.3} neighbors={} shared={} observed={} explained={:.3} hops={hops} from={}",
        method.name(),
        support.nearest,
        support.neighbors,
        support.shared,
        support.observed,
        support.explained,
        sources.join("|")
    )
}
