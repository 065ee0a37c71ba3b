//! S-groups in the property block of V2000 tables.

use super::at;
use super::fields::{clip, columns, integer};
use super::groups::{Group, check_connection, check_kind, check_subtype};
use super::table::{Table, atom_index};
use crate::chem::error::{Error, ErrorKind};

/// The groups that the lines so far have described.
#[derive(Default)]
pub(super) struct GroupLines {
    groups: Vec<Group>,
    /// Parents of multiple groups, which must be members in the end.
    parents: Vec<(usize, u32)>,
    /// Data that a further line continues, and of which group.
    unfinished: Option<(i32, String, usize)>,
}

impl GroupLines {
    /// Takes one `M  S..` line.
    pub(super) fn take(&mut self, line: &str, number: usize, table: &Table) -> Result<(), Error> {
        match columns(line, 3, 6) {
            "STY" => self.each(line, number, |this, id, value| {
                check_kind(value, number)?;
                if this.find(id).is_none() {
                    let kind = value.to_owned();
                    this.groups.push(Group { number: id, kind, line: number, ..Group::default() });
                }
                Ok(())
            }),
            "SST" => self.each(line, number, |this, id, value| match this.find(id) {
                Some(_) => check_subtype(value, number),
                None => Ok(()),
            }),
            "SCN" => self.each(line, number, |this, id, value| match this.find(id) {
                Some(_) => check_connection(value.trim_end(), number),
                None => Ok(()),
            }),
            "SAL" => self.members(line, number, table.atoms.len(), |g| &mut g.atoms),
            "SBL" => self.members(line, number, table.bonds.len(), |g| &mut g.bonds),
            "SPA" => self.parents(line, number, table.atoms.len()),
            "SAP" => self.attachments(line, number, table),
            "SBV" => self.state(line, number, table),
            "SDT" => self.field(line, number),
            "SCD" => self.data(line, number, false),
            "SED" => self.data(line, number, true),
            "SMT" | "SCL" => {
                if self.find(self.id(line, number)?).is_some() && line.len() < 12 {
                    return Err(short(line, number));
                }
                Ok(())
            }
            "SDI" => {
                let coordinates = integer(columns(line, 10, 13), number, "number of coordinates")?;
                if self.find(self.id(line, number)?).is_some() && coordinates != 4 {
                    return Err(at(ErrorKind::Syntax, number, "expected four coordinates"));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The groups, when the block has ended.
    pub(super) fn finish(self, number: usize) -> Result<Vec<Group>, Error> {
        for (group, atom) in self.parents {
            if !self.groups[group].atoms.contains(&atom) {
                let message = format!("parent atom {} is no member of its S-group", atom + 1);
                return Err(at(ErrorKind::Syntax, number, message));
            }
        }
        Ok(self.groups)
    }

    fn find(&self, id: i32) -> Option<usize> {
        self.groups.iter().position(|g| g.number == id)
    }

    fn id(&self, line: &str, number: usize) -> Result<i32, Error> {
        if line.len() < 8 {
            return Err(short(line, number));
        }
        integer(columns(line, 7, 10), number, "number of an S-group")
    }

    /// Entries of a group's number and a word of three letters.
    fn each(
        &mut self,
        line: &str,
        number: usize,
        mut take: impl FnMut(&mut Self, i32, &str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let entries = integer(columns(line, 7, 9), number, "number of entries")?;
        for entry in 0..entries.max(0) as usize {
            let from = 9 + 8 * entry;
            if line.len() < from + 7 {
                return Err(short(line, number));
            }
            let id = integer(columns(line, from + 1, from + 4), number, "number of an S-group")?;
            take(self, id, columns(line, from + 5, from + 8))?;
        }
        Ok(())
    }

    /// The numbers of atoms or bonds of one group, as indices.
    fn list(
        &self,
        line: &str,
        number: usize,
        available: usize,
    ) -> Result<Option<(usize, Vec<u32>)>, Error> {
        let Some(group) = self.find(self.id(line, number)?) else { return Ok(None) };
        let entries = integer(columns(line, 11, 13), number, "number of entries")?.max(0) as usize;
        let mut out = Vec::new();
        for entry in 0..entries {
            let from = 13 + 4 * entry;
            if line.len() < from + 4 {
                return Err(short(line, number));
            }
            let n = integer(columns(line, from + 1, from + 4), number, "atom or bond number")?;
            out.push(atom_index(n, number, available)?);
        }
        Ok(Some((group, out)))
    }

    fn members(
        &mut self,
        line: &str,
        number: usize,
        available: usize,
        of: impl Fn(&mut Group) -> &mut Vec<u32>,
    ) -> Result<(), Error> {
        if let Some((group, list)) = self.list(line, number, available)? {
            of(&mut self.groups[group]).extend(list);
        }
        Ok(())
    }

    fn parents(&mut self, line: &str, number: usize, atoms: usize) -> Result<(), Error> {
        if let Some((group, list)) = self.list(line, number, atoms)? {
            self.parents.extend(list.into_iter().map(|atom| (group, atom)));
        }
        Ok(())
    }

    fn attachments(&mut self, line: &str, number: usize, table: &Table) -> Result<(), Error> {
        let Some(group) = self.find(self.id(line, number)?) else { return Ok(()) };
        let entries = integer(columns(line, 11, 13), number, "number of entries")?.max(0) as usize;
        for entry in 0..entries {
            let from = 13 + 11 * entry;
            if line.len() < from + 8 {
                return Err(short(line, number));
            }
            let n = integer(columns(line, from + 1, from + 4), number, "atom number")?;
            let leaving = integer(columns(line, from + 5, from + 8), number, "atom number")?;
            if leaving != 0 {
                atom_index(leaving, number, table.atoms.len())?;
            }
            let atom = atom_index(n, number, table.atoms.len())?;
            self.groups[group].attached_by.push(atom);
        }
        Ok(())
    }

    fn state(&mut self, line: &str, number: usize, table: &Table) -> Result<(), Error> {
        let Some(group) = self.find(self.id(line, number)?) else { return Ok(()) };
        let n = integer(columns(line, 11, 14), number, "bond number")?;
        let bond = atom_index(n, number, table.bonds.len())?;
        self.groups[group].add_state(bond, &table.bonds, number)
    }

    fn field(&mut self, line: &str, number: usize) -> Result<(), Error> {
        let Some(group) = self.find(self.id(line, number)?) else { return Ok(()) };
        self.groups[group].field = columns(line, 11, 41).trim_end().to_owned();
        self.groups[group].query = columns(line, 63, 65).trim_end().to_owned();
        Ok(())
    }

    fn data(&mut self, line: &str, number: usize, last: bool) -> Result<(), Error> {
        let id = self.id(line, number)?;
        let Some(group) = self.find(id) else { return Ok(()) };
        if self.unfinished.as_ref().is_some_and(|(of, ..)| *of != id) {
            let message = "data of a group follow unfinished data of another";
            return Err(at(ErrorKind::Syntax, number, message));
        }
        let (_, mut text, lines) = self.unfinished.take().unwrap_or((id, String::new(), 0));
        if !last && lines > 2 {
            return Err(at(ErrorKind::Syntax, number, "more than three SCD lines in a row"));
        }
        let has_data = line.len() > 11;
        text.push_str(columns(line, 11, 80));
        if !last {
            self.unfinished = Some((id, text, lines + usize::from(has_data)));
        } else if has_data {
            let text = text.trim_end();
            let end = (0..=text.len().min(200)).rev().find(|&i| text.is_char_boundary(i));
            self.groups[group].data.push(text[..end.unwrap_or(0)].to_owned());
        }
        Ok(())
    }
}

fn short(line: &str, number: usize) -> Error {
    at(ErrorKind::Syntax, number, format!("S-group line {:?} is too short", clip(line)))
}
