//! What was known of a molecule when it was predicted.

use super::predict::Predictions;
use crate::model::{Model, STRUCTURE};

/// Where a modality of a predicted molecule came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provision {
    /// It was neither given nor filled in, or the networks do not read it.
    Absent,
    /// The caller gave it.
    Observed,
    /// It was filled in from similar molecules.
    Imputed,
}

/// The modalities that predictions of `model` speak of: the structure, then those of its library.
pub(super) fn modalities(model: &Model) -> Vec<String> {
    let library = model.library().map(|l| l.modalities()).unwrap_or_default();
    [STRUCTURE].into_iter().chain(library.iter().map(|m| m.name())).map(String::from).collect()
}

impl Predictions {
    /// Where [`modalities`](Self::modalities)`[modality]` of the molecule of `row` came from; none where either does not
    /// exist.
    ///
    /// Networks of this format read structure alone, directly or through their stages. So the structure of
    /// a good row is observed and everything else is absent, whatever may be known of the molecule elsewhere:
    /// observed profiles serve [`Model::impute`], and predictions ignore them.
    pub fn provision(&self, row: usize, modality: usize) -> Option<Provision> {
        let name = self.modalities.get(modality)?;
        let good = self.rows.get(row)?.is_ok();
        Some(if good && name == STRUCTURE { Provision::Observed } else { Provision::Absent })
    }
}
