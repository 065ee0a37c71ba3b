//! Shape descriptors: numbers that describe a molecule by the positions of its atoms.
//!
//! | columns | what | from |
//! |---|---|---|
//! | 0 to 59 | USRCAT; the first twelve are USR | Ballester and Richards, J. Comput. Chem. 28 (2007) 1711; Schreyer and Blundell, J. Cheminform. 4 (2012) 27 |
//! | 60 to 139 | 3D autocorrelation by topological distance | Klein, Kaiser and Ecker, J. Chem. Inf. Comput. Sci. 44 (2004) 200 |
//! | 140 to 149 | moments of inertia and what is made of them | Sauer and Schwarz, J. Chem. Inf. Comput. Sci. 43 (2003) 987; Todeschini and Consonni, Handbook of Molecular Descriptors (2000) |
//!
//! Atoms are those of the [`Molecule`]: hydrogens that were folded into their heavy atoms take no
//! part, so that a pose has the same shape whether its file lists hydrogens, the polar ones alone, or
//! none. Values are those of RDKit on the molecule without hydrogens; `docs/shape.md` says how far they
//! agree and where they do not mean to. None depends on where the molecule lies, how it is turned, or
//! on the order of its atoms; only [`names`] that end in `_state_1` to `_state_10` and the classes of
//! USRCAT look at bonds and hydrogens as well as at positions and elements.

mod autocorrelation;
mod moments;
mod pharmacophore;
mod usr;
mod weights;

use crate::chem::{Conformer, Molecule};
use std::fmt;
use std::sync::LazyLock;

/// Number of shape descriptors.
pub const SHAPE_DESCRIPTORS: usize = USRCAT + AUTOCORRELATION + MOMENTS;

const USRCAT: usize = usr::MOMENTS * (1 + pharmacophore::CLASSES.len());
const AUTOCORRELATION: usize = autocorrelation::WEIGHTINGS.len() * autocorrelation::LAGS;
const MOMENTS: usize = moments::NAMES.len();

/// The fewest atoms that have a shape.
const LEAST_ATOMS: usize = 3;
/// Å. All atoms within it are at one place: files have three or four decimals.
const ONE_PLACE: f64 = 1e-3;
/// Å. Beyond it a position is no molecule's; squares of distances times masses still fit an f32.
const FARTHEST: f32 = 1e6;

/// Why a molecule has no shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoShape {
    /// It was given without positions, as a SMILES is.
    NoConformer,
    /// Its positions are those of a drawing: all z are 0, and the file does not say that it is 3D.
    Drawing,
    /// It has fewer than three atoms besides hydrogens and wildcards.
    TooFewAtoms,
    /// A position is not a number, or a million ångström away.
    BadPosition,
    /// All its atoms are at one place.
    OnePlace,
}

impl fmt::Display for NoShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoConformer => {
                "no conformer was given; expected a molecule with 3D coordinates (SDF, PDBQT, arrays)"
            }
            Self::Drawing => {
                "the coordinates are those of a drawing (all z are 0); expected a 3D conformer"
            }
            Self::TooFewAtoms => {
                "fewer than three atoms besides hydrogens and wildcards have no shape"
            }
            Self::BadPosition => {
                "a position is no number within a million ångström of the origin"
            }
            Self::OnePlace => "all atoms are at one place; expected a 3D conformer",
        })
    }
}

impl std::error::Error for NoShape {}

/// Names of the shape descriptors, in the order of [`shape`]'s values: `usrcat_<class>_<point>_<moment>`,
/// `autocorrelation_<weighting>_<bonds>`, and single words.
pub fn names() -> &'static [String] {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let classes = std::iter::once("all").chain(pharmacophore::CLASSES.map(|c| c.0));
        let usrcat = classes.flat_map(|class| {
            usr::NAMES.iter().map(move |moment| format!("usrcat_{class}_{moment}"))
        });
        let autocorrelation = autocorrelation::WEIGHTINGS.iter().flat_map(|weighting| {
            (1..=autocorrelation::LAGS).map(move |k| format!("autocorrelation_{weighting}_{k}"))
        });
        let moments = moments::NAMES.iter().map(|&name| name.to_owned());
        usrcat.chain(autocorrelation).chain(moments).collect()
    });
    &NAMES
}

/// The shape descriptors of the conformer that `mol` came with. Lengths are in Å, masses in u; see
/// [`names`] for the columns.
///
/// # Errors
/// [`NoShape`] where there is no conformer to describe: a shape is missing then, never zeros.
pub fn shape(mol: &Molecule) -> Result<[f64; SHAPE_DESCRIPTORS], NoShape> {
    let positions = positions(mol, mol.conformer())?;
    let mut out = [0.0; SHAPE_DESCRIPTORS];
    let (usrcat, rest) = out.split_at_mut(USRCAT);
    let (autocorrelation, moments) = rest.split_at_mut(AUTOCORRELATION);

    let points = usr::ReferencePoints::of(&positions);
    let (all, classes) = usrcat.split_at_mut(usr::MOMENTS);
    points.moments(positions.iter(), all);
    let members = pharmacophore::members(mol);
    for (class, out) in classes.chunks_exact_mut(usr::MOMENTS).enumerate() {
        let of_class = positions.iter().zip(&members).filter(|(_, m)| *m >> class & 1 == 1);
        points.moments(of_class.map(|(p, _)| p), out);
    }
    autocorrelation::compute(mol, &positions, autocorrelation);
    moments::compute(mol, &positions, moments);
    Ok(out)
}

/// The positions, if they are those of a shape.
fn positions(mol: &Molecule, conformer: Option<&Conformer>) -> Result<Vec<[f64; 3]>, NoShape> {
    let conformer = conformer.ok_or(NoShape::NoConformer)?;
    let odd = |x: &f32| x.is_nan() || x.abs() > FARTHEST;
    if conformer.positions.iter().flatten().any(odd) {
        return Err(NoShape::BadPosition);
    }
    if !conformer.is_3d {
        return Err(NoShape::Drawing);
    }
    if mol.atoms().iter().filter(|a| a.atomic_number > 1).count() < LEAST_ATOMS {
        return Err(NoShape::TooFewAtoms);
    }
    let positions: Vec<_> = conformer.positions.iter().map(|p| p.map(f64::from)).collect();
    match positions.first() {
        Some(first) if positions.iter().any(|p| distance(first, p) > ONE_PLACE) => Ok(positions),
        _ => Err(NoShape::OnePlace),
    }
}

fn distance(a: &[f64; 3], b: &[f64; 3]) -> f64 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chem::{Limits, parse_smiles};

    #[test]
    fn positions_that_are_none() {
        let mol = parse_smiles("CCO", &Limits::default()).unwrap();
        let refused = |positions: [[f32; 3]; 3], is_3d| positions_of(&mol, positions, is_3d).err();
        let good = [[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [2.0, 1.4, 0.1]];
        assert_eq!(refused(good, true), None);
        assert_eq!(refused(good, false), Some(NoShape::Drawing));
        assert_eq!(refused([[1.0, 2.0, 3.0]; 3], true), Some(NoShape::OnePlace));
        for odd in [f32::NAN, f32::INFINITY, f32::MIN, 2e6] {
            let mut bad = good;
            bad[1][2] = odd;
            assert_eq!(refused(bad, true), Some(NoShape::BadPosition), "{odd}");
        }
        assert_eq!(shape(&mol), Err(NoShape::NoConformer));
    }

    fn positions_of(
        mol: &Molecule,
        positions: [[f32; 3]; 3],
        is_3d: bool,
    ) -> Result<Vec<[f64; 3]>, NoShape> {
        super::positions(mol, Some(&Conformer { positions: positions.to_vec(), is_3d }))
    }

    #[test]
    fn names_are_unique() {
        assert_eq!(names().len(), SHAPE_DESCRIPTORS);
        let mut sorted = names().to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), SHAPE_DESCRIPTORS);
    }
}
