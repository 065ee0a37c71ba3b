//! Extreme eigenvalues of Burden's matrix: BCUT, Pearlman and Smith, J. Chem. Inf. Comput. Sci. 39
//! (1999) 28, in RDKit's two-dimensional form (`BCUT2D`).

mod kernel;
mod lanes;
mod spectrum;

use super::Descriptor;
use super::context::{Context, order};
use super::physical::mass;
use crate::chem::Molecule;
use spectrum::{Four, Matrices};

pub(super) const LIST: [Descriptor; 8] = [
    d("BCUT2D_MWHI", "largest eigenvalue of the Burden matrix with atomic masses"),
    d("BCUT2D_MWLOW", "smallest eigenvalue of the Burden matrix with atomic masses"),
    d("BCUT2D_CHGHI", "largest eigenvalue of the Burden matrix with Gasteiger charges"),
    d("BCUT2D_CHGLO", "smallest eigenvalue of the Burden matrix with Gasteiger charges"),
    d("BCUT2D_LOGPHI", "largest eigenvalue of the Burden matrix with Crippen log P"),
    d("BCUT2D_LOGPLOW", "smallest eigenvalue of the Burden matrix with Crippen log P"),
    d("BCUT2D_MRHI", "largest eigenvalue of the Burden matrix with Crippen refractivity"),
    d("BCUT2D_MRLOW", "smallest eigenvalue of the Burden matrix with Crippen refractivity"),
];

const fn d(name: &'static str, definition: &'static str) -> Descriptor {
    Descriptor::rdkit(name, definition)
}

/// What stands between atoms that are not bonded.
const FAR: f64 = 0.001;

pub(super) fn compute(context: &Context, out: &mut [f64]) {
    if context.charge_unknown {
        out.fill(f64::NAN);
        return;
    }
    let graph = Graph::without_hydrogens(context.mol);
    let masses: Vec<f64> = context.mol.atoms().iter().map(mass).collect();
    let properties = [&masses, &context.charge, &context.logp, &context.refractivity];
    let diagonal: Vec<Four> =
        graph.atoms.iter().map(|&i| properties.map(|p| p[i as usize])).collect();
    let matrices = Matrices { diagonal: &diagonal, bonds: &graph.bonds };
    for ((least, largest), pair) in
        kernel::extreme_eigenvalues(&matrices).into_iter().zip(out.chunks_exact_mut(2))
    {
        (pair[1], pair[0]) = (least, largest);
    }
}

/// The atoms of the matrix, as RDKit takes them: hydrogen atoms of the graph are left out.
struct Graph {
    atoms: Vec<u32>,
    /// Both ends, numbered among `atoms`, and what the bond adds to the constant.
    bonds: Vec<(u32, u32, f64)>,
}

impl Graph {
    fn without_hydrogens(mol: &Molecule) -> Self {
        let mut index = vec![u32::MAX; mol.atoms().len()];
        let mut atoms = Vec::with_capacity(mol.atoms().len());
        for (i, _) in mol.atoms().iter().enumerate().filter(|(_, a)| a.atomic_number != 1) {
            index[i] = atoms.len() as u32;
            atoms.push(i as u32);
        }
        let bonds = mol
            .bonds()
            .iter()
            .map(|b| {
                let (i, j) = (index[b.begin as usize], index[b.end as usize]);
                (i, j, 1.0 / order(b.order).sqrt() - FAR)
            })
            .filter(|&(i, j, _)| i != u32::MAX && j != u32::MAX)
            .collect();
        Self { atoms, bonds }
    }
}
