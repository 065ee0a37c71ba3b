//! Which molecule a pose is of.

use super::place::place;
use super::remarks::Remarks;
use super::unit::Unit;
use crate::chem::error::{Error, ErrorKind};
use crate::chem::limits::Limits;
use crate::chem::molecule::Molecule;
use crate::chem::smiles::parse_smiles;

/// SMILES of remarks that are kept read: poses mostly repeat those of the pose before.
const KEPT: usize = 16;

/// The molecules that were given, and those of the remarks read last.
pub(super) struct Templates<'a> {
    given: Result<Vec<Molecule>, Error>,
    /// Parts of given molecules of several.
    parts: Vec<Molecule>,
    remembered: Vec<(&'a str, Result<Molecule, Error>)>,
}

impl<'a> Templates<'a> {
    pub(super) fn new(given: &[&str], limits: &Limits) -> Self {
        let read = |(i, text): (usize, &&str)| {
            parse_smiles(text, limits).map_err(|e| {
                let which = if given.len() > 1 { format!(" {}", i + 1) } else { String::new() };
                Error { message: format!("the template SMILES{which}: {}", e.message), ..e }
            })
        };
        let parts = given.iter().flat_map(|text| fragments(text));
        Self {
            given: given.iter().enumerate().map(read).collect(),
            parts: parts.filter_map(|part| parse_smiles(part, limits).ok()).collect(),
            remembered: Vec::new(),
        }
    }

    /// The molecule of `unit`, one of `all` in its pose: a given one that fits, else the one of its remarks.
    pub(super) fn place(
        &mut self,
        unit: &Unit<'a>,
        remarks: Option<&Remarks<'a>>,
        all: usize,
        limits: &Limits,
    ) -> Result<Molecule, Error> {
        let given = self.given.as_ref().map_err(Clone::clone)?;
        let line = Some(unit.line);
        if given.is_empty() {
            let Some((remarks, smiles)) = remarks.and_then(|r| Some((r, r.smiles?))) else {
                let message = match all {
                    1 => "PDBQT has no bond orders; expected a template SMILES, or REMARK SMILES lines \
                          as Meeko writes them"
                        .to_owned(),
                    _ => format!(
                        "PDBQT has no bond orders; expected a template SMILES for each of the {all} \
                         molecules of the pose, or REMARK SMILES lines above each as Meeko writes them"
                    ),
                };
                return Err(Error::new(ErrorKind::Template, line, message));
            };
            return self.remarked(unit, remarks, smiles, all, limits);
        }
        let mut first = None;
        let parts = if all > 1 { &self.parts[..] } else { &[] };
        for template in given.iter().chain(parts) {
            match place(template, unit, None) {
                Ok(molecule) => return Ok(molecule),
                Err(e) => first = first.or(Some(e)),
            }
        }
        // Of several molecules one may have been left to its own remark.
        let own = unit.remarks.smiles.filter(|_| all > 1);
        if let (Some(smiles), Some(remarks)) = (own, remarks) {
            return self.remarked(unit, remarks, smiles, all, limits);
        }
        let count = given.len();
        Err(match first {
            Some(e) if count == 1 => explained(e, unit, all),
            _ => {
                let heavy = unit.atoms.iter().filter(|a| a.element != 1).count();
                let message = format!(
                    "none of the {count} templates is a molecule of the pose, of {heavy} heavy atoms; expected the \
                     molecules that were docked"
                );
                explained(Error::new(ErrorKind::Template, line, message), unit, all)
            }
        })
    }

    /// As the remarks say.
    fn remarked(
        &mut self,
        unit: &Unit<'a>,
        remarks: &Remarks<'a>,
        smiles: &'a str,
        all: usize,
        limits: &Limits,
    ) -> Result<Molecule, Error> {
        // Serial numbers belong to the atoms below them.
        let index = unit.remarks.smiles.map_or(all == 1, |_| true).then_some(remarks);
        let template = self.read(smiles, limits)?;
        let whole = place(template, unit, index);
        if whole.is_err() && all > 1 {
            // One remark may name all molecules of the pose.
            for part in fragments(smiles) {
                let placed =
                    self.read(part, limits).and_then(|template| place(template, unit, None));
                if placed.is_ok() {
                    return placed;
                }
            }
        }
        whole.map_err(|e| explained(e, unit, all))
    }

    /// The molecule of a remark, read once.
    fn read(&mut self, smiles: &'a str, limits: &Limits) -> Result<&Molecule, Error> {
        let at = match self.remembered.iter().position(|(known, _)| *known == smiles) {
            Some(at) => at,
            None => {
                if self.remembered.len() >= KEPT {
                    drop(self.remembered.remove(0));
                }
                let read = parse_smiles(smiles, limits)
                    .map_err(|e| Error { message: format!("REMARK SMILES: {}", e.message), ..e });
                self.remembered.push((smiles, read));
                self.remembered.len() - 1
            }
        };
        self.remembered[at].1.as_ref().map_err(Clone::clone)
    }
}

/// The parts of a SMILES of several molecules; none of a single one. A bond across a dot makes parts that cannot be read.
fn fragments(smiles: &str) -> impl Iterator<Item = &str> {
    let parts = if smiles.contains('.') { smiles.split('.') } else { "".split('.') };
    parts.filter(|part| !part.is_empty())
}

/// An error, with what may help where a pose has more than one molecule, or its molecule is bound to a residue.
fn explained(e: Error, unit: &Unit, all: usize) -> Error {
    let help = match unit.residue {
        Some(residue) => format!(
            "; this is {}, bound to the receptor: its template has the atoms of the residue, too",
            residue.chars().take(20).collect::<String>()
        ),
        None if all > 1 => {
            format!(
                "; the pose has {all} molecules: give a template for each, or REMARK SMILES lines above each"
            )
        }
        None => return e,
    };
    Error { message: e.message + &help, ..e }
}
