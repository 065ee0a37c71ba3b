//! Choosing which features of a modality to measure.

use super::impute::find;
use super::options::Run;
use crate::error::{Error, ErrorKind};
use crate::model::Model;
use crate::reference::Chosen;

impl Model {
    /// The `size` features of `modality` whose measurement tells most about the others, the most telling first; fewer where
    /// fewer vary. Learned from the profiles of the [`library`](Self::library), beyond what structure tells.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] for an unknown modality, a size of 0 or beyond its features, or a model without a library;
    /// [`ErrorKind::Cancelled`]; [`ErrorKind::Limit`] where it takes more than a fit may.
    pub fn panel(&self, modality: &str, size: usize, run: &Run<'_>) -> Result<Vec<Chosen>, Error> {
        let library = self.need_library()?;
        let modality = find(library, modality)?;
        let features = modality.profiles().features().len();
        if !(1..=features).contains(&size) {
            let name = modality.name();
            let message =
                format!("panel of {size} features; expected 1 to the {features} of '{name}'");
            return Err(Error::new(ErrorKind::Argument, message));
        }
        modality.panel(library, size, &run.cancellation())
    }
}
