//! The grammar of SMILES, in one pass and without recursion.
//!
//! It is RDKit's, which is an automaton over tokens with a stack of branches:
//!
//! ```text
//! smiles  := atom step*
//! step    := bond? atom | "." atom | bond? ring | "(" bond? atom | ")"
//! ring    := digit | "%" nonzero digit | "%(" 1 to 5 digits ")"
//! ```
//!
//! So a branch holds an atom before anything else, a bond stands before an atom or a ring number alone, and a dot
//! before an atom alone; inside a branch it is allowed. Limits act as the text is read.

use super::atom::atom;
use super::bond::{Written, bond, modelled, of_ring};
use super::cursor::{Cursor, syntax};
use super::draft::Draft;
use crate::chem::error::{Error, ErrorKind};
use crate::chem::limits::Limits;
use chematic_core::{AtomIdx, BondOrder};

/// Reads `text`, which is printable ASCII.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Draft, Error> {
    let mut reader = Reader {
        text: Cursor::new(text),
        limits,
        draft: Draft::new(text.len().min(limits.atoms)),
        last: AtomIdx(0),
        branches: Vec::new(),
        open: Vec::new(),
        opened: 0,
    };
    reader.atom(None, None)?;
    while let Some(byte) = reader.text.peek() {
        reader.step(byte)?;
    }
    reader.finish()
}

struct Reader<'a> {
    text: Cursor<'a>,
    limits: &'a Limits,
    draft: Draft,
    /// The atom to which the next one is bound.
    last: AtomIdx,
    /// Where each open branch began, and its place in the text.
    branches: Vec<(AtomIdx, usize)>,
    open: Vec<OpenRing>,
    /// Rings opened so far.
    opened: u32,
}

/// A ring number met once.
struct OpenRing {
    number: u32,
    atom: AtomIdx,
    bond: Option<Written>,
    /// Which of the rings opened this is.
    occurrence: u32,
    /// Where its atom's neighbour order waits for the other end.
    waiting: Option<(usize, usize)>,
    /// Its place in the text.
    at: usize,
}

impl Reader<'_> {
    fn step(&mut self, byte: u8) -> Result<(), Error> {
        match byte {
            b'(' => {
                if self.branches.len() >= self.limits.depth {
                    let (at, limit) = (self.text.at, self.limits.depth);
                    let message =
                        format!("branches nested deeper than the limit of {limit} at byte {at}");
                    return Err(Error::new(ErrorKind::Limit, Some(at), message));
                }
                self.branches.push((self.last, self.text.at));
                self.text.at += 1;
                let bond = bond(&mut self.text);
                self.atom(Some(self.last), bond)
            }
            b')' => {
                let (last, _) =
                    self.branches.pop().ok_or_else(|| self.text.syntax("')' without a '('"))?;
                self.last = last;
                self.text.at += 1;
                Ok(())
            }
            b'.' => {
                self.text.at += 1;
                self.atom(None, None)
            }
            b'0'..=b'9' | b'%' => self.ring(None),
            _ => {
                let bond = bond(&mut self.text);
                match self.text.peek() {
                    Some(b'0'..=b'9' | b'%') => self.ring(bond),
                    _ => self.atom(Some(self.last), bond),
                }
            }
        }
    }

    /// An atom, bound to `before`.
    fn atom(&mut self, before: Option<AtomIdx>, bond: Option<Written>) -> Result<(), Error> {
        let at = self.text.at;
        let atom = atom(&mut self.text)?.ok_or_else(|| self.no_atom(bond))?;
        if self.draft.atoms() >= self.limits.atoms {
            return Err(self.too_many("atoms", self.limits.atoms));
        }
        let new = self.draft.add_atom(atom, before);
        if let Some(before) = before {
            let bond = modelled(bond, at)?;
            self.bond(bond, before, new, at)?;
            self.draft.note_neighbor(before, new);
        }
        self.last = new;
        Ok(())
    }

    fn no_atom(&self, bond: Option<Written>) -> Error {
        let found = self.text.found();
        let expected = match (bond, self.text.at) {
            (Some(_), _) => "an atom or ring number behind the bond",
            (None, 0) => "an atom first",
            (None, _) => "an atom, bond, branch, ring number or '.'",
        };
        self.text.syntax(format!("unexpected {found}; expected {expected},"))
    }

    fn too_many(&self, what: &str, limit: usize) -> Error {
        let message = format!("the molecule has more than {limit} {what}, the limit");
        Error::new(ErrorKind::Limit, Some(self.text.at), message)
    }

    /// Adds the bond; its index is its place among the bonds of the text, in which a ring's stands where it closes.
    fn bond(
        &mut self,
        bond: Option<Written>,
        left: AtomIdx,
        right: AtomIdx,
        at: usize,
    ) -> Result<chematic_core::BondIdx, Error> {
        // Open rings are bonds to come.
        if self.draft.bonds() + self.open.len() >= self.limits.bonds {
            return Err(self.too_many("bonds", self.limits.bonds));
        }
        self.draft
            .add_bond(bond, left, right)
            .ok_or_else(|| syntax(at, "a second bond between the same two atoms"))
    }

    /// A ring number, which opens a ring or closes it.
    fn ring(&mut self, bond: Option<Written>) -> Result<(), Error> {
        let at = self.text.at;
        let number = self.ring_number()?;
        let Some(place) = self.open.iter().position(|ring| ring.number == number) else {
            if self.draft.bonds() + self.open.len() >= self.limits.bonds {
                return Err(self.too_many("bonds", self.limits.bonds));
            }
            let waiting = self.draft.note_open_ring(self.last);
            self.open.push(OpenRing {
                number,
                atom: self.last,
                bond,
                occurrence: self.opened,
                waiting,
                at,
            });
            self.opened += 1;
            return Ok(());
        };
        let ring = self.open.swap_remove(place);
        if ring.atom == self.last {
            return Err(syntax(at, format!("ring {number} binds an atom to itself")));
        }
        let (bond, by_opening) = of_ring(ring.bond, bond);
        let index = self.bond(bond, ring.atom, self.last, at)?;
        let dative = bond.is_some_and(|b| b.order == BondOrder::Dative);
        self.draft.note_ring(index, (number, ring.occurrence), (!dative).then_some(by_opening));
        self.draft.note_neighbor(self.last, ring.atom);
        self.draft.resolve(ring.waiting, self.last);
        Ok(())
    }

    fn ring_number(&mut self) -> Result<u32, Error> {
        let at = self.text.at;
        let rest = self.text.rest().as_bytes();
        let digits = |from: usize, most: usize| {
            rest[from.min(rest.len())..]
                .iter()
                .take(most)
                .take_while(|b| b.is_ascii_digit())
                .count()
        };
        let (from, count, length) = match rest {
            [b'%', b'(', ..] => match digits(2, 5) {
                0 => (0, 0, 0),
                n if rest.get(2 + n) == Some(&b')') => (2, n, n + 3),
                _ => (0, 0, 0),
            },
            [b'%', b'1'..=b'9', b'0'..=b'9', ..] => (1, 2, 3),
            [b'%', ..] => (0, 0, 0),
            _ => (0, 1, 1),
        };
        if count == 0 {
            let expected = "expected % and two digits from 10, or %( with up to five digits and )";
            return Err(syntax(at, format!("no ring number; {expected},")));
        }
        self.text.at += length;
        Ok(rest[from..from + count].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')))
    }

    fn finish(self) -> Result<Draft, Error> {
        if let Some((_, at)) = self.branches.last() {
            return Err(syntax(*at, "a '(' that is never closed"));
        }
        if let Some(ring) = self.open.iter().min_by_key(|ring| ring.at) {
            let number = ring.number;
            let message = format!(
                "ring {number} is opened, but never closed; expected the same ring number a second time, opened"
            );
            return Err(syntax(ring.at, message));
        }
        self.draft.check_hydrogens()?;
        Ok(self.draft)
    }
}
