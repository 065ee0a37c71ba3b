//! The template with the positions of a pose.

use super::remarks::Remarks;
use super::unit::{PoseAtom, Unit};
use crate::chem::error::{Error, ErrorKind};
use crate::chem::molecule::{Conformer, Molecule};
use crate::chem::pose_match::{Mismatch, match_pose};
use chematic_core as cc;

/// Farther than this, Å, no hydrogen is from its atom.
const REACH: f64 = 1.4;

/// `template` as `unit` places it: by the pairs of `index` where there are some, else by elements and distances.
pub(super) fn place(
    template: &Molecule,
    unit: &Unit,
    index: Option<&Remarks>,
) -> Result<Molecule, Error> {
    let (atoms, line) = (template.atoms(), unit.line);
    let found: Vec<usize> = (0..unit.atoms.len()).filter(|&i| unit.atoms[i].element != 1).collect();
    // The pairs count the atoms of the SMILES; hydrogens that became part of another atom shift them.
    let in_order = template.source.atom_count() == atoms.len();
    let index = index.filter(|remarks| in_order && !remarks.index.is_empty());
    let by_graph = || by_graph(template, &unit.atoms, &found, line);
    let mut image = match index
        .map(|r| (r.meeko, by_index(template, &unit.atoms, found.len(), &r.index, line)))
    {
        None => by_graph()?,
        Some((_, Ok(image))) => image,
        Some((true, Err(e))) => return Err(e),
        Some((false, Err(_))) => by_graph()?,
    };
    hydrogens(template, &unit.atoms, &mut image, line)?;
    let positions =
        image.iter().flatten().map(|&i| unit.atoms[i].position.map(|x| x as f32)).collect();
    let mut molecule = template.clone();
    molecule.conformer = Some(Conformer { positions, is_3d: true });
    Ok(molecule)
}

/// The atom of the pose for each atom of the template, by `REMARK SMILES IDX`; of hydrogens those alone that it names.
fn by_index(
    template: &Molecule,
    pose: &[PoseAtom],
    heavy: usize,
    index: &[(usize, i32)],
    line: usize,
) -> Result<Vec<Option<usize>>, Error> {
    let mismatch = |message: String| Err(Error::new(ErrorKind::Template, Some(line), message));
    let atoms = template.atoms();
    let wanted = atoms.iter().filter(|a| a.atomic_number != 1).count();
    if wanted != heavy {
        return mismatch(format!("REMARK SMILES has {wanted} heavy atoms, the pose {heavy}"));
    }
    let mut image = vec![None; atoms.len()];
    let mut used = vec![false; pose.len()];
    for &(atom, serial) in index {
        let Some(slot) = atom.checked_sub(1).and_then(|i| image.get_mut(i)) else {
            let n = atoms.len();
            return mismatch(format!("REMARK SMILES IDX names atom {atom}; expected 1 to {n}"));
        };
        let Some(i) = pose.iter().position(|a| a.serial == serial) else {
            return mismatch(format!(
                "REMARK SMILES IDX names serial number {serial}, which no atom of the pose has"
            ));
        };
        let (wanted, found) = (atoms[atom - 1].atomic_number, pose[i].element);
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
    let unnamed = |(image, atom): (&Option<usize>, &crate::chem::molecule::Atom)| {
        image.is_none() && atom.atomic_number != 1
    };
    match image.iter().zip(atoms).position(unnamed) {
        Some(i) => mismatch(format!("REMARK SMILES IDX does not name atom {}", i + 1)),
        None => Ok(image),
    }
}

/// The heavy atom of the pose for each one of the template, by elements and distances.
fn by_graph(
    template: &Molecule,
    pose: &[PoseAtom],
    heavy: &[usize],
    line: usize,
) -> Result<Vec<Option<usize>>, Error> {
    let elements: Vec<u8> = heavy.iter().map(|&i| pose[i].element).collect();
    let positions: Vec<[f64; 3]> = heavy.iter().map(|&i| pose[i].position).collect();
    let image = match_pose(template, &elements, &positions).map_err(|mismatch| {
        let message = match mismatch {
            Mismatch::Elements(z, wanted, found) => {
                let all = template.atoms().iter().filter(|a| a.atomic_number != 1).count();
                format!(
                    "the template has {wanted} {} atoms, the pose {found} (of {all} and {} heavy \
                     atoms); expected the molecule that was docked",
                    symbol(z),
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
    })?;
    Ok(image.into_iter().map(|i| i.map(|i| heavy[i])).collect())
}

/// Finds the hydrogens that are atoms of the template, such as that of an imine: each the nearest of its atom's.
fn hydrogens(
    template: &Molecule,
    pose: &[PoseAtom],
    image: &mut [Option<usize>],
    line: usize,
) -> Result<(), Error> {
    for atom in 0..image.len() {
        if image[atom].is_some() {
            continue;
        }
        let parent = template.neighbors(atom).first().and_then(|n| image[n.atom as usize]);
        let near = parent.into_iter().flat_map(|parent| {
            let p = pose[parent].position;
            let free = |i: &usize| pose[*i].element == 1 && !image.contains(&Some(*i));
            (0..pose.len()).filter(free).map(move |i| {
                let q = pose[i].position;
                ((0..3).map(|k| (p[k] - q[k]).powi(2)).sum::<f64>(), i)
            })
        });
        let nearest =
            near.filter(|(square, _)| *square <= REACH * REACH).min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, i)) = nearest else {
            let message = "the template has hydrogens of its own that the pose lacks (isotopes, \
                           or those of a double bond); expected heavy atoms alone";
            return Err(Error::new(ErrorKind::Unsupported, Some(line), message));
        };
        image[atom] = Some(i);
    }
    Ok(())
}

fn symbol(atomic_number: u8) -> &'static str {
    cc::Element::from_atomic_number(atomic_number).map_or("*", |e| e.symbol())
}
