//! What graph networks read, as little-endian arrays in files, molecule behind molecule: `sizes` (i64: atoms and bonds of each), `atoms`
//! (i64, eight codes each), `edges` (i64, two atoms each, both directions of a bond), `bonds` (i64, four codes each edge), `walks` (f32).

use chmr::Error;
use chmr::chem::Molecule;
use chmr::features::{graph_codes, walks};
use std::path::Path;

/// See the module.
#[derive(Default)]
pub struct GraphArrays {
    sizes: Vec<i64>,
    atoms: Vec<i64>,
    edges: Vec<i64>,
    bonds: Vec<i64>,
    walks: Vec<f32>,
}

impl GraphArrays {
    /// Adds a molecule, with its walks or without.
    ///
    /// # Errors
    /// If it has no codes.
    pub fn push(&mut self, molecule: &Molecule, with_walks: bool) -> Result<(), Error> {
        let codes = graph_codes(molecule)?;
        self.sizes.extend([codes.atoms.len() as i64, codes.bonds.len() as i64]);
        self.atoms.extend(codes.atoms.iter().flatten().map(|c| i64::from(*c)));
        for (&[a, b], codes) in codes.ends.iter().zip(&codes.bonds) {
            self.edges.extend([a, b, b, a].map(i64::from));
            self.bonds.extend(codes.iter().chain(codes).map(|c| i64::from(*c)));
        }
        if with_walks {
            self.walks.extend(walks(molecule).into_iter().flatten());
        }
        Ok(())
    }

    /// Writes the files.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        let Self { sizes, atoms, edges, bonds, walks } = self;
        for (name, values) in
            [("sizes", sizes), ("atoms", atoms), ("edges", edges), ("bonds", bonds)]
        {
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            std::fs::write(folder.join(name), bytes)?;
        }
        floats(folder, "walks", walks)
    }
}

/// Writes `values` to the file `name`.
pub fn floats(folder: &Path, name: &str, values: &[f32]) -> std::io::Result<()> {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    std::fs::write(folder.join(name), bytes)
}
