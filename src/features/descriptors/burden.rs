//! Extreme eigenvalues of Burden's matrix: BCUT, Pearlman and Smith, J. Chem. Inf. Comput. Sci. 39
//! (1999) 28, in RDKit's two-dimensional form (`BCUT2D`).

use super::Descriptor;
use super::context::{Context, order};
use super::physical::mass;
use crate::chem::Molecule;

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
/// Matrices up to this size are reduced completely; of larger ones only the ends of the spectrum.
const EXACT: usize = 24;
/// Steps between two looks at whether the ends of a larger spectrum still move, and the most steps.
const STRIDE: usize = 8;
const STEPS: usize = 320;

pub(super) fn compute(context: &Context, out: &mut [f64]) {
    if context.charge_unknown {
        out.fill(f64::NAN);
        return;
    }
    let graph = Graph::without_hydrogens(context.mol);
    let masses: Vec<f64> = context.mol.atoms().iter().map(mass).collect();
    let properties = [&masses, &context.charge, &context.logp, &context.refractivity];
    for (property, pair) in properties.into_iter().zip(out.chunks_exact_mut(2)) {
        let diagonal: Vec<f64> = graph.atoms.iter().map(|&i| property[i as usize]).collect();
        (pair[1], pair[0]) = if diagonal.iter().any(|v| !v.is_finite()) {
            (f64::NAN, f64::NAN)
        } else {
            graph.extreme_eigenvalues(&diagonal)
        };
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

    /// Smallest and largest eigenvalue, by Lanczos' reduction with full reorthogonalisation. A product
    /// with the matrix costs atoms + bonds: it is sparse but for a constant.
    fn extreme_eigenvalues(&self, diagonal: &[f64]) -> (f64, f64) {
        let n = diagonal.len();
        if n == 0 {
            return (0.0, 0.0);
        }
        let steps = n.min(STEPS);
        let mut basis: Vec<f64> = Vec::with_capacity(n * steps.min(EXACT));
        let (mut alpha, mut beta): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        // Any vector that is not orthogonal to an eigenvector: one without the molecule's symmetry.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut v: Vec<f64> = (0..n)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                0.5 + (state >> 11) as f64 / (1u64 << 53) as f64
            })
            .collect();
        normalise(&mut v);
        let mut last = (f64::NAN, f64::NAN);
        for step in 1..=steps {
            let mut w = self.product(diagonal, &v);
            alpha.push(dot(&w, &v));
            basis.extend_from_slice(&v);
            for earlier in basis.chunks_exact(n).rev() {
                let overlap = dot(&w, earlier);
                w.iter_mut().zip(earlier).for_each(|(w, e)| *w -= overlap * e);
            }
            let length = normalise(&mut w);
            // An invariant subspace that holds a part of every eigenvector: nothing is left to find.
            let closed = length < 1e-9;
            if closed || step == steps || (step >= EXACT && step.is_multiple_of(STRIDE)) {
                let now = (-largest_root(&alpha, &beta, true), largest_root(&alpha, &beta, false));
                let scale = now.0.abs().max(now.1.abs()) + 1.0;
                let still = (now.0 - last.0).abs() + (now.1 - last.1).abs() < 1e-10 * scale;
                last = now;
                if closed || still {
                    break;
                }
            }
            beta.push(length);
            v = w;
        }
        last
    }

    fn product(&self, diagonal: &[f64], v: &[f64]) -> Vec<f64> {
        let all = FAR * v.iter().sum::<f64>();
        let mut w: Vec<f64> = diagonal.iter().zip(v).map(|(d, v)| (d - FAR) * v + all).collect();
        for &(i, j, x) in &self.bonds {
            let (i, j) = (i as usize, j as usize);
            w[i] += x * v[j];
            w[j] += x * v[i];
        }
        w
    }
}

/// In four independent sums, so that additions need not wait for each other.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a4.zip(b4) {
        for k in 0..4 {
            sums[k] += a[k] * b[k];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

fn normalise(v: &mut [f64]) -> f64 {
    let length = dot(v, v).sqrt();
    if length > 0.0 {
        v.iter_mut().for_each(|x| *x /= length);
    }
    length
}

/// The largest eigenvalue of the tridiagonal matrix (`negated`: of its negative), by Laguerre's
/// iteration from above, which never steps over the largest root of a polynomial with real roots.
fn largest_root(alpha: &[f64], beta: &[f64], negated: bool) -> f64 {
    let a = |i: usize| if negated { -alpha[i] } else { alpha[i] };
    let n = alpha.len();
    let size = n as f64;
    let at = |i: usize| if i < n - 1 { beta.get(i).copied().unwrap_or(0.0) } else { 0.0 };
    // Gershgorin's bound, and a little more to stand clear of the root.
    let bound = (0..n)
        .map(|i| a(i) + at(i) + if i > 0 { at(i - 1) } else { 0.0 })
        .fold(f64::NEG_INFINITY, f64::max);
    let scale = bound.abs() + 1.0;
    let mut x = bound + 1e-3 * scale;
    for _ in 0..60 {
        // p'/p and (p'/p)' of the characteristic polynomial, from its pivots and their derivatives.
        let (mut pivot, mut first, mut second) = (1.0, 0.0, 0.0);
        let (mut sum, mut slope) = (0.0, 0.0);
        for i in 0..n {
            let b = if i > 0 { at(i - 1) * at(i - 1) } else { 0.0 };
            let inverse = 1.0 / pivot;
            let (p1, p2) = (first, second);
            pivot = x - a(i) - b * inverse;
            first = 1.0 + b * p1 * inverse * inverse;
            second = b * (p2 * inverse * inverse - 2.0 * p1 * p1 * inverse.powi(3));
            if pivot <= 0.0 {
                return x; // rounding has carried it onto the root
            }
            let ratio = first / pivot;
            sum += ratio;
            slope += ratio * ratio - second / pivot;
        }
        let root = ((size - 1.0) * (size * slope - sum * sum)).max(0.0).sqrt();
        let step = size / (sum + root);
        x -= step;
        if step.abs() < 1e-13 * scale {
            break;
        }
    }
    x
}
