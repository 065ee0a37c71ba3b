//! One molecule of a pose, as the file states it: its atoms, and the remarks above them.

use super::remarks::Remarks;
use crate::chem::error::{Error, ErrorKind};
use crate::chem::limits::Limits;
use crate::chem::molblock::{clip, columns};
use chematic_core as cc;

/// One atom line.
pub(super) struct PoseAtom {
    pub(super) serial: i32,
    pub(super) element: u8,
    pub(super) position: [f64; 3],
}

/// A molecule of a pose: what stands between its `ROOT` and its `TORSDOF`, or all that has neither.
#[derive(Default)]
pub(super) struct Unit<'a> {
    pub(super) atoms: Vec<PoseAtom>,
    /// Line of the pose, from 1.
    pub(super) line: usize,
    pub(super) fault: Option<Error>,
    pub(super) remarks: Remarks<'a>,
    /// The residue that it is inside, as `CYS A 41`.
    pub(super) residue: Option<&'a str>,
    /// It had its `ROOT`.
    pub(super) rooted: bool,
    /// It had its `TORSDOF`.
    pub(super) closed: bool,
    /// Of which water all of it is: columns 18 to 26.
    pub(super) water: Option<&'a str>,
}

impl<'a> Unit<'a> {
    pub(super) fn at(line: usize) -> Self {
        Self { line, ..Self::default() }
    }

    /// Whether it is there at all, were it only an unreadable atom.
    pub(super) fn is_something(&self) -> bool {
        !self.atoms.is_empty() || self.fault.is_some() || self.rooted
    }

    /// What tells a water from other molecules and from the next one.
    pub(super) fn water_of(line: &'a str) -> Option<&'a str> {
        let water = ["HOH", "WAT", "H2O", "DOD", "TIP", "SOL"];
        water.contains(&columns(line, 17, 20).trim()).then(|| columns(line, 17, 26))
    }
}

impl Unit<'_> {
    /// An `ATOM` or `HETATM` line.
    pub(super) fn take(&mut self, line: &str, number: usize, limits: &Limits) -> Result<(), Error> {
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
/// of opened macrocycles, hydrating waters, a zinc's free places. Reactive docking numbers its types.
fn element(kind: &str) -> Option<Option<u8>> {
    let plain = match kind {
        "G0" | "G1" | "G2" | "G3" | "CG0" | "CG1" | "CG2" | "CG3" => kind,
        numbered => numbered.trim_end_matches(|c: char| c.is_ascii_digit()),
    };
    Some(Some(match plain {
        "G0" | "G1" | "G2" | "G3" | "W" | "TZ" => return Some(None),
        "H" | "HD" | "HS" => 1,
        "C" | "A" | "CG0" | "CG1" | "CG2" | "CG3" => 6,
        "N" | "NA" | "NS" => 7,
        "O" | "OA" | "OS" => 8,
        "S" | "SA" => 16,
        _ => {
            let mut letters = plain.chars();
            let symbol: String =
                letters.next().into_iter().chain(letters.map(|c| c.to_ascii_lowercase())).collect();
            cc::Element::from_symbol(&symbol)?.atomic_number()
        }
    }))
}
