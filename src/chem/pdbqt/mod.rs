//! PDBQT, the output of AutoDock Vina and its kin: poses of molecules that were docked.
//!
//! The format has no bond orders, and no hydrogens but polar ones, so the molecule itself must come
//! from a template: a SMILES that the caller gives, or the `REMARK SMILES` lines that Meeko writes,
//! whose `REMARK SMILES IDX` lines also tell which atom is which. The pose gives the positions.

mod place;
mod remarks;
mod templates;
mod unit;

use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molblock::{Lines, columns};
use super::molecule::Molecule;
use remarks::Remarks;
use std::collections::VecDeque;
use templates::Templates;
use unit::Unit;

/// A molecule as one pose of a PDBQT text places it.
#[derive(Clone, Debug)]
pub struct Pose {
    /// Number of the pose in the text, from 0: its `MODEL`, counted.
    pub model: usize,
    /// Which molecule of that pose this is, from 0; several may be docked together.
    pub ligand: usize,
    /// How many molecules the pose has.
    pub ligands: usize,
    /// What a `REMARK  Name = …` calls it.
    pub name: Option<String>,
    /// The molecule with its positions, or why there is none.
    pub molecule: Result<Molecule, Error>,
}

/// Reads the poses of a PDBQT text one by one: of each `MODEL`, or of all of a text that has none, every molecule that was docked.
/// One that cannot be read is handed out as an error and does not stop the others.
///
/// Molecules that were docked together (each with its `ROOT` and `TORSDOF`), and waters beside them, are one each. Flexible
/// residues of the receptor (`BEGIN_RES`) are passed over, unless one is a molecule that was docked bound to the receptor: it has a
/// `REMARK SMILES` of its own, or fits a template where nothing else was docked.
pub struct PdbqtReader<'a> {
    lines: Lines<'a>,
    limits: Limits,
    templates: Templates<'a>,
    /// What stood above the poses.
    above: Vec<Remarks<'a>>,
    /// The remarks that the molecules of the poses before had, by their place.
    before: Vec<Option<Remarks<'a>>>,
    /// A `MODEL` line ended the pose before it.
    begun: bool,
    /// A `MODEL` line was seen.
    modelled: bool,
    poses: usize,
    ready: VecDeque<Pose>,
}

/// What one pose holds.
#[derive(Default)]
struct Content<'a> {
    line: usize,
    units: Vec<Unit<'a>>,
    residues: Vec<Unit<'a>>,
    /// Remarks that belong to none of them.
    rest: Option<Remarks<'a>>,
}

impl<'a> PdbqtReader<'a> {
    /// A reader of `text`. `templates` are the SMILES of the molecules that were docked, each matched to the molecules that it
    /// fits; without any, each needs a `REMARK SMILES`, its own or one above the poses. `limits.bytes` bounds
    /// SMILES, and the other limits each pose.
    pub fn new(text: &'a str, templates: &[&str], limits: Limits) -> Self {
        Self {
            lines: Lines::new(text),
            templates: Templates::new(templates, &limits),
            limits,
            above: Vec::new(),
            before: Vec::new(),
            begun: false,
            modelled: false,
            poses: 0,
            ready: VecDeque::new(),
        }
    }

    /// The next pose as it stands in the file.
    fn content(&mut self) -> Option<Content<'a>> {
        let mut content = Content { line: self.lines.number.max(1), ..Content::default() };
        let mut begun = std::mem::take(&mut self.begun);
        let mut current = Unit::at(content.line);
        let mut residue: Option<Unit<'a>> = None;
        let limits = self.limits;
        while let Some(line) = self.lines.next() {
            let number = self.lines.number;
            let tag = columns(line, 0, 6).trim_end();
            let inside = residue.as_mut();
            match tag {
                "MODEL" => {
                    // Residues above the first pose are the receptor's.
                    let something = current.is_something() || !content.units.is_empty();
                    if begun && (self.modelled || something) {
                        self.modelled = true;
                        self.begun = true;
                        break;
                    }
                    self.modelled = true;
                    self.above.extend(split(std::mem::take(&mut current.remarks)));
                    content = Content { line: number, ..Content::default() };
                    (current, residue, begun) = (Unit::at(number), None, true);
                }
                "ENDMDL" if begun => break,
                "BEGIN_" => {
                    begun = true;
                    content.residues.extend(residue.take());
                    let name = columns(line, 9, line.len()).trim();
                    residue = Some(Unit { residue: Some(name), ..Unit::at(content.line) });
                }
                "END_RE" => content.residues.extend(residue.take()),
                "ROOT" | "REMARK" | "ATOM" | "HETATM" | "TORSDO" => {
                    let unit = match inside {
                        Some(residue) => residue,
                        None => {
                            begun |= tag != "REMARK" && tag != "TORSDO";
                            let atom = tag == "ATOM" || tag == "HETATM";
                            let water = if atom { Unit::water_of(line) } else { None };
                            let other = atom && !current.atoms.is_empty() && water != current.water;
                            // A remark at fault is one of the molecule that follows.
                            let again =
                                tag == "ROOT" && (current.rooted || !current.atoms.is_empty());
                            if current.closed && tag != "TORSDO" || other || again {
                                let next = Unit::at(content.line);
                                content.units.push(std::mem::replace(&mut current, next));
                            }
                            if atom {
                                current.water = water;
                            }
                            &mut current
                        }
                    };
                    let done = match tag {
                        "ROOT" => {
                            unit.rooted = true;
                            Ok(())
                        }
                        "TORSDO" => {
                            unit.closed = unit.is_something();
                            Ok(())
                        }
                        "REMARK" => unit.remarks.take(line, number, &limits),
                        _ if unit.fault.is_some() => Ok(()),
                        _ => unit.take(line, number, &limits),
                    };
                    if let Err(e) = done {
                        unit.fault.get_or_insert(e);
                    }
                }
                _ => {}
            }
        }
        content.residues.extend(residue);
        match current.is_something() {
            true => content.units.push(current),
            false => content.rest = Some(current.remarks),
        }
        content.units.retain(Unit::is_something);
        if content.units.len() > 1 {
            // Glue and hydrating waters alone are no molecule.
            content.units.retain(|u| !u.atoms.is_empty() || u.fault.is_some());
        }
        begun.then_some(content)
    }

    /// The molecules of a pose.
    fn read(&mut self, content: Content<'a>) -> Vec<Pose> {
        let Content { line, units, residues, rest } = content;
        let (bound, passed): (Vec<_>, Vec<_>) =
            residues.into_iter().partition(|r| r.remarks.smiles.is_some());
        let mut docked = units;
        docked.extend(bound);
        let all = docked.len();
        let mut told: Vec<(Option<&str>, Result<Molecule, Error>)> = Vec::new();
        for (place, unit) in docked.into_iter().enumerate() {
            let name = unit.remarks.name;
            told.push((name, self.molecule(unit, place, all, rest.as_ref())));
        }
        if all == 0 {
            let count = passed.len();
            let names: Vec<&str> = passed.iter().filter_map(|r| r.residue).take(3).collect();
            let fit = passed.into_iter().enumerate().filter_map(|(place, residue)| {
                let name = residue.remarks.name;
                let read = self.molecule(residue, place, count, rest.as_ref()).ok()?;
                Some((name, Ok(read)))
            });
            told = fit.collect();
            if told.is_empty() {
                told.push((None, Err(nothing(&names, line))));
            }
        }
        let (model, ligands) = (self.poses, told.len());
        self.poses += 1;
        let pose = |(ligand, (name, molecule)): (usize, (Option<&str>, _))| Pose {
            model,
            ligand,
            ligands,
            name: name.map(str::to_owned),
            molecule,
        };
        told.into_iter().enumerate().map(pose).collect()
    }

    /// One molecule of a pose that has `all`.
    fn molecule(
        &mut self,
        unit: Unit<'a>,
        place: usize,
        all: usize,
        rest: Option<&Remarks<'a>>,
    ) -> Result<Molecule, Error> {
        if let Some(fault) = unit.fault {
            return Err(fault);
        }
        if unit.atoms.iter().all(|a| a.element == 1) {
            let message = "the pose has no atoms but hydrogens";
            return Err(Error::new(ErrorKind::Empty, Some(unit.line), message));
        }
        if self.before.len() <= place {
            self.before.resize(place + 1, None);
        }
        if unit.remarks.smiles.is_some() {
            self.before[place] = Some(unit.remarks.clone());
        }
        let inherited = || {
            let only = if self.above.len() == 1 { self.above.first() } else { None };
            let above = self.before[place].as_ref().or(self.above.get(place)).or(only);
            above.or(rest.filter(|r| r.smiles.is_some()))
        };
        let remarks = match unit.remarks.smiles {
            Some(_) => Some(unit.remarks.clone()),
            None => inherited().cloned(),
        };
        self.templates.place(&unit, remarks.as_ref(), all, &self.limits)
    }
}

/// Remarks of which each has one SMILES.
fn split(mut remarks: Remarks<'_>) -> Vec<Remarks<'_>> {
    let earlier = std::mem::take(&mut remarks.earlier);
    let alone = |smiles| Remarks { smiles: Some(smiles), ..Remarks::default() };
    earlier.into_iter().map(alone).chain(remarks.smiles.is_some().then_some(remarks)).collect()
}

/// Why a pose without a molecule is refused.
fn nothing(residues: &[&str], line: usize) -> Error {
    if residues.is_empty() {
        let message = "the pose has no atoms but hydrogens";
        return Error::new(ErrorKind::Empty, Some(line), message);
    }
    let names: String = residues.join(", ").chars().take(60).collect();
    let message = format!(
        "the pose has nothing but flexible residues ({names}); expected a molecule that was docked: one that is bound to \
         the receptor needs REMARK SMILES lines inside its BEGIN_RES, or a template SMILES of all its atoms there, those of the \
         residue included"
    );
    Error::new(ErrorKind::Template, Some(line), message)
}

impl Iterator for PdbqtReader<'_> {
    type Item = Pose;

    fn next(&mut self) -> Option<Pose> {
        while self.ready.is_empty() {
            let content = self.content()?;
            self.ready = self.read(content).into();
        }
        self.ready.pop_front()
    }
}
