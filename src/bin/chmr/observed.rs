//! The caller's own measurements, by the id of a molecule.

use crate::Failure;
use crate::profiles::{Table, number};
use chmr::reference::Modality;
use ndarray::Array2;
use std::collections::HashMap;
use std::path::Path;

/// Measured features of some molecules.
pub struct Observed {
    features: usize,
    rows: HashMap<String, Vec<(usize, f32)>>,
}

impl Observed {
    /// Reads a table with an id column (by default called `id`, else the first) and columns named as
    /// features of `modality`, by either name; other columns are left alone. Of several rows of one
    /// id the last counts.
    pub fn read(path: &Path, id: Option<&str>, modality: &Modality) -> Result<Self, Failure> {
        let table = Table::read(path)?;
        let features = modality.profiles().features();
        let id = match id {
            Some(name) => table
                .column(name)
                .ok_or_else(|| format!("{}: no column {name:?}", path.display()))?,
            None => table.column("id").unwrap_or(0),
        };
        let place = |name: &String| {
            let own = features.iter().position(|f| f == name);
            own.or_else(|| modality.labels().iter().position(|l| l == name))
        };
        let columns: Vec<(usize, usize)> =
            table.headers.iter().enumerate().filter_map(|(c, h)| Some((c, place(h)?))).collect();
        if columns.is_empty() {
            let what = modality.name();
            return Err(format!("{}: no column is a feature of '{what}'", path.display()).into());
        }
        let mut rows = HashMap::new();
        for (i, row) in table.rows.iter().enumerate() {
            let mut values = Vec::with_capacity(columns.len());
            for &(column, feature) in &columns {
                let field = row.get(column).map_or("", String::as_str);
                let value =
                    number(field).map_err(|e| format!("{}: row {}: {e}", path.display(), i + 1))?;
                if !value.is_nan() {
                    values.push((feature, value));
                }
            }
            rows.insert(row.get(id).cloned().unwrap_or_default(), values);
        }
        Ok(Self { features: features.len(), rows })
    }

    /// What is known of molecules, a row each, NaN where nothing is.
    pub fn rows<'a>(&self, ids: impl ExactSizeIterator<Item = &'a str>) -> Array2<f32> {
        let mut known = Array2::from_elem((ids.len(), self.features), f32::NAN);
        for (i, id) in ids.enumerate() {
            for &(feature, value) in self.rows.get(id).into_iter().flatten() {
                known[[i, feature]] = value;
            }
        }
        known
    }
}
