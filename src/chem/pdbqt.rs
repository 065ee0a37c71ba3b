//! PDBQT, the output of AutoDock Vina and its kin: poses of a molecule that was docked.
//!
//! The format has no bond orders, and no hydrogens but polar ones, so the molecule itself must come
//! from a template: a SMILES that the caller gives, or the `REMARK SMILES` lines that Meeko writes,
//! whose `REMARK SMILES IDX` lines also tell which atom is which. The pose gives the positions.

use super::error::{Error, ErrorKind};
use super::limits::Limits;
use super::molblock::{Lines, clip, columns};
use super::molecule::{Conformer, Molecule};
use super::pose_match::{Mismatch, match_pose};
use super::smiles::parse_smiles;
use chematic_core as cc;

/// Reads the poses of a PDBQT text one by one: each `MODEL`, or all of a text that has none. A
/// pose that cannot be read is handed out as an error and does not stop the others. Flexible
/// residues of the receptor are passed over.
pub struct PdbqtReader<'a> {
    lines: Lines<'a>,
    limits: Limits,
    given: Option<Result<Molecule, Error>>,
    /// What the remarks said last, before the poses or in one.
    remarks: Remarks<'a>,
    /// The molecule of the last `REMARK SMILES`: poses mostly repeat it.
    remembered: Option<(&'a str, Result<Molecule, Error>)>,
    /// A `MODEL` line ended the pose before it.
    begun: bool,
}

/// What Meeko leaves for those who come after.
#[derive(Default)]
struct Remarks<'a> {
    smiles: Option<&'a str>,
    /// Atom of the SMILES and serial number of the file, both from 1.
    index: Vec<(usize, i32)>,
}

/// One atom line.
struct PoseAtom {
    serial: i32,
    element: u8,
    position: [f64; 3],
}

/// One pose as the file states it.
#[derive(Default)]
struct Pose {
    atoms: Vec<PoseAtom>,
    /// First line, from 1.
    line: usize,
    fault: Option<Error>,
}

impl<'a> PdbqtReader<'a> {
    /// A reader of `text`. `template`, where given, is the SMILES of the molecule in every pose;
    /// else each needs a `REMARK SMILES`, its own or one above the poses. `limits.bytes` bounds
    /// SMILES, and the other limits each pose.
    pub fn new(text: &'a str, template: Option<&str>, limits: Limits) -> Self {
        let given = template.map(|t| {
            parse_smiles(t, &limits)
                .map_err(|e| Error { message: format!("the template SMILES: {}", e.message), ..e })
        });
        let (remarks, remembered) = Default::default();
        Self { lines: Lines::new(text), limits, given, remarks, remembered, begun: false }
    }

    /// The next pose as it stands in the file.
    fn pose(&mut self) -> Option<Pose> {
        let mut pose = Pose { line: self.lines.number.max(1), ..Pose::default() };
        let (mut begun, mut residue) = (std::mem::take(&mut self.begun), false);
        while let Some(line) = self.lines.next() {
            let number = self.lines.number;
            match columns(line, 0, 6).trim_end() {
                "MODEL" if begun => {
                    self.begun = true;
                    return Some(pose);
                }
                "MODEL" => {
                    pose.line = number;
                    begun = true;
                }
                "ENDMDL" if begun => return Some(pose),
                "BEGIN_" => residue = true,
                "END_RE" => residue = false,
                "REMARK" => {
                    if let Err(e) = self.remarks.take(line, number, &self.limits) {
                        pose.fault.get_or_insert(e);
                    }
                }
                "ATOM" | "HETATM" if !residue => {
                    begun = true;
                    if pose.fault.is_none() {
                        pose.fault = pose.take(line, number, &self.limits).err();
                    }
                }
                _ => {}
            }
        }
        begun.then_some(pose)
    }

    /// The template with the positions of a pose.
    fn molecule(&mut self, pose: Pose) -> Result<Molecule, Error> {
        let line = pose.line;
        if let Some(fault) = pose.fault {
            return Err(fault);
        }
        let heavy: Vec<&PoseAtom> = pose.atoms.iter().filter(|a| a.element != 1).collect();
        if heavy.is_empty() {
            let message = "the pose has no atoms but hydrogens";
            return Err(Error::new(ErrorKind::Empty, Some(line), message));
        }
        if self.given.is_none() {
            self.remember();
        }
        let (template, mapped) = match (&self.given, &self.remembered) {
            // The map belongs to the SMILES beside it.
            (Some(given), _) => (given, false),
            (None, Some((_, remarked))) => (remarked, !self.remarks.index.is_empty()),
            (None, None) => {
                let message = "PDBQT has no bond orders; expected a template SMILES, or REMARK \
                               SMILES lines as Meeko writes them";
                return Err(Error::new(ErrorKind::Template, Some(line), message));
            }
        };
        let template = template.as_ref().map_err(Clone::clone)?;
        if template.atoms().iter().any(|a| a.atomic_number == 1) {
            let message =
                "the template has hydrogens of its own (isotopes); expected heavy atoms alone";
            return Err(Error::new(ErrorKind::Unsupported, Some(line), message));
        }
        let in_smiles_order = template.source.atom_count() == template.atoms.len();
        let image = if mapped && in_smiles_order {
            by_index(template, &heavy, &self.remarks.index, line)?
        } else {
            by_graph(template, &heavy, line)?
        };
        let positions = image.iter().map(|&i| heavy[i].position.map(|x| x as f32)).collect();
        let mut molecule = template.clone();
        molecule.conformer = Some(Conformer { positions, is_3d: true });
        Ok(molecule)
    }

    /// Reads the SMILES of the remarks, unless it is the one that was read last.
    fn remember(&mut self) {
        let Some(smiles) = self.remarks.smiles else { return };
        if self.remembered.as_ref().is_none_or(|(known, _)| *known != smiles) {
            let read = parse_smiles(smiles, &self.limits)
                .map_err(|e| Error { message: format!("REMARK SMILES: {}", e.message), ..e });
            self.remembered = Some((smiles, read));
        }
    }
}

impl Iterator for PdbqtReader<'_> {
    type Item = Result<Molecule, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let pose = self.pose()?;
        Some(self.molecule(pose))
    }
}

impl<'a> Remarks<'a> {
    /// A `REMARK` line.
    fn take(&mut self, line: &'a str, number: usize, limits: &Limits) -> Result<(), Error> {
        let mut words = line.split_ascii_whitespace().skip(1);
        if words.next() != Some("SMILES") {
            return Ok(());
        }
        let first = words.next();
        if first != Some("IDX") {
            *self = Self { smiles: first, index: Vec::new() };
            return Ok(());
        }
        let mut numbers = words.map(str::parse::<i32>);
        while let Some(atom) = numbers.next() {
            let (Ok(atom), Some(Ok(serial))) = (atom.map(usize::try_from), numbers.next()) else {
                return Err(Self::odd(number));
            };
            let atom = atom.map_err(|_| Self::odd(number))?;
            if self.index.len() >= limits.atoms {
                let message =
                    format!("line {number}: more pairs than the limit of {} atoms", limits.atoms);
                return Err(Error::new(ErrorKind::Limit, Some(number), message));
            }
            self.index.push((atom, serial));
        }
        Ok(())
    }

    fn odd(number: usize) -> Error {
        let message = format!(
            "line {number}: REMARK SMILES IDX; expected pairs of an atom of the SMILES and a serial \
             number"
        );
        Error::new(ErrorKind::Syntax, Some(number), message)
    }
}

impl Pose {
    /// An `ATOM` or `HETATM` line.
    fn take(&mut self, line: &str, number: usize, limits: &Limits) -> Result<(), Error> {
        let wrong = |what: &str| {
            let message = format!("line {number}: {:?}; expected {what}", clip(line));
            Error::new(ErrorKind::Syntax, Some(number), message)
        };
        let serial = columns(line, 6, 11).trim().parse();
        let serial = serial.map_err(|_| wrong("a serial number in columns 7-11"))?;
        let mut position = [0.0f64; 3];
        for (k, x) in position.iter_mut().enumerate() {
            *x = columns(line, 30 + 8 * k, 38 + 8 * k)
                .trim()
                .parse()
                .ok()
                .filter(|x: &f64| x.abs() <= 1e6)
                .ok_or_else(|| wrong("three coordinates of eight columns from column 31 on"))?;
        }
        let kind = columns(line, 77, 80).trim();
        let element = match element(kind) {
            Some(Some(element)) => element,
            Some(None) => return Ok(()),
            None => {
                let message = format!(
                    "line {number}: {:?} is no AutoDock atom type; expected one in columns 78-79",
                    clip(kind)
                );
                return Err(Error::new(ErrorKind::Element, Some(number), message));
            }
        };
        if self.atoms.len() >= limits.atoms {
            let message =
                format!("line {number}: more atoms in a pose than the limit of {}", limits.atoms);
            return Err(Error::new(ErrorKind::Limit, Some(number), message));
        }
        self.atoms.push(PoseAtom { serial, element, position });
        Ok(())
    }
}

/// The atomic number of an AutoDock atom type; `Some(None)` for what stands for no atom: the glue
/// of opened macrocycles and hydrating waters.
fn element(kind: &str) -> Option<Option<u8>> {
    Some(Some(match kind {
        "G0" | "G1" | "G2" | "G3" | "W" => return Some(None),
        "H" | "HD" | "HS" => 1,
        "C" | "A" | "CG0" | "CG1" | "CG2" | "CG3" => 6,
        "N" | "NA" | "NS" => 7,
        "O" | "OA" | "OS" => 8,
        "S" | "SA" => 16,
        _ => {
            let mut letters = kind.chars();
            let symbol: String =
                letters.next().into_iter().chain(letters.map(|c| c.to_ascii_lowercase())).collect();
            cc::Element::from_symbol(&symbol)?.atomic_number()
        }
    }))
}

/// The heavy atom of the pose for each atom of the template, by `REMARK SMILES IDX`.
fn by_index(
    template: &Molecule,
    heavy: &[&PoseAtom],
    index: &[(usize, i32)],
    line: usize,
) -> Result<Vec<usize>, Error> {
    let mismatch = |message: String| Err(Error::new(ErrorKind::Template, Some(line), message));
    let atoms = template.atoms();
    if atoms.len() != heavy.len() {
        return mismatch(format!(
            "REMARK SMILES has {} heavy atoms, the pose {}",
            atoms.len(),
            heavy.len()
        ));
    }
    let mut image = vec![None; atoms.len()];
    let mut used = vec![false; heavy.len()];
    for &(atom, serial) in index {
        let Some(slot) = atom.checked_sub(1).and_then(|i| image.get_mut(i)) else {
            let n = atoms.len();
            return mismatch(format!("REMARK SMILES IDX names atom {atom}; expected 1 to {n}"));
        };
        let Some(i) = heavy.iter().position(|a| a.serial == serial) else {
            return mismatch(format!(
                "REMARK SMILES IDX names serial number {serial}, which no heavy atom of the pose has"
            ));
        };
        let (wanted, found) = (atoms[atom - 1].atomic_number, heavy[i].element);
        if wanted != found {
            return mismatch(format!(
                "REMARK SMILES IDX pairs atom {atom} ({}) with serial number {serial} ({})",
                symbol(wanted),
                symbol(found)
            ));
        }
        if slot.replace(i).is_some() || std::mem::replace(&mut used[i], true) {
            return mismatch(format!(
                "REMARK SMILES IDX names atom {atom} or serial number {serial} twice"
            ));
        }
    }
    match image.iter().position(Option::is_none) {
        Some(i) => mismatch(format!("REMARK SMILES IDX does not name atom {}", i + 1)),
        None => Ok(image.into_iter().flatten().collect()),
    }
}

/// The heavy atom of the pose for each atom of the template, by elements and distances.
fn by_graph(template: &Molecule, heavy: &[&PoseAtom], line: usize) -> Result<Vec<usize>, Error> {
    let elements: Vec<u8> = heavy.iter().map(|a| a.element).collect();
    let positions: Vec<[f64; 3]> = heavy.iter().map(|a| a.position).collect();
    match_pose(template, &elements, &positions).map_err(|mismatch| {
        let message = match mismatch {
            Mismatch::Elements(z, wanted, found) => {
                let (z, all) = (symbol(z), template.atoms().len());
                format!(
                    "the template has {wanted} {z} atoms, the pose {found} (of {all} and {} heavy \
                     atoms); expected the molecule that was docked",
                    heavy.len()
                )
            }
            Mismatch::Bonds => "the template has the same elements as the pose, but its bonds do \
                                not fit the distances there; expected the molecule that was docked"
                .into(),
            Mismatch::TooHard => {
                "no match of template and pose was found within the bound on work".into()
            }
        };
        Error::new(ErrorKind::Template, Some(line), message)
    })
}

fn symbol(atomic_number: u8) -> &'static str {
    cc::Element::from_atomic_number(atomic_number).map_or("*", |e| e.symbol())
}
