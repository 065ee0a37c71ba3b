//! The ends of the spectra of four matrices that differ in their diagonals alone, a lane each: what one lane
//! computes, and in which order, does not hang on the others.

use super::FAR;
use super::lanes::Lanes;

/// A value for each of the four matrices.
pub(super) type Four = [f64; 4];

/// Matrices up to this size are reduced completely; of larger ones only the ends of the spectrum.
const EXACT: usize = 24;
/// Steps between two looks at whether the ends of a larger spectrum still move, and the most steps.
const STRIDE: usize = 8;
const STEPS: usize = 320;

/// What the matrices have in common: `FAR` between atoms that are not bonded, and what each bond adds to that.
pub(super) struct Matrices<'a> {
    pub diagonal: &'a [Four],
    pub bonds: &'a [(u32, u32, f64)],
}

impl Matrices<'_> {
    /// Smallest and largest eigenvalue of each, by Lanczos' reduction with full reorthogonalisation. A product
    /// with a matrix costs atoms + bonds: it is sparse but for a constant.
    #[inline(always)]
    pub fn extreme_eigenvalues<L: Lanes>(&self) -> [(f64, f64); 4] {
        let n = self.diagonal.len();
        if n == 0 {
            return [(0.0, 0.0); 4];
        }
        let steps = n.min(STEPS);
        let likely = steps.min(2 * EXACT);
        let mut basis: Vec<Four> = Vec::with_capacity(n * likely);
        let mut reduced =
            Tridiagonal { alpha: Vec::with_capacity(likely), beta: Vec::with_capacity(likely) };
        // Any vector that is not orthogonal to an eigenvector: one without the molecule's symmetry.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut v: Vec<Four> = (0..n)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                [0.5 + (state >> 11) as f64 / (1u64 << 53) as f64; 4]
            })
            .collect();
        let mut w = vec![[0.0; 4]; n];
        normalise::<L>(&mut v);
        let mut last = [(f64::NAN, f64::NAN); 4];
        // A matrix that has an undefined property has no eigenvalues to look for.
        let mut open: [bool; 4] =
            std::array::from_fn(|l| self.diagonal.iter().all(|d| d[l].is_finite()));
        for step in 1..=steps {
            self.product::<L>(&v, &mut w);
            reduced.alpha.push(dot::<L>(&w, &v).values());
            basis.extend_from_slice(&v);
            orthogonalise::<L>(&mut w, &basis);
            let length = normalise::<L>(&mut w);
            // An invariant subspace that holds a part of every eigenvector: nothing is left to find.
            let closed = length.map(|l| l < 1e-9);
            let look = step == steps || (step >= EXACT && step.is_multiple_of(STRIDE));
            if look || (0..4).any(|l| open[l] && closed[l]) {
                let [least, largest] = reduced.largest_roots::<L>();
                for l in 0..4 {
                    if !open[l] || !(look || closed[l]) {
                        continue;
                    }
                    let now = (-least[l], largest[l]);
                    let scale = now.0.abs().max(now.1.abs()) + 1.0;
                    let moved = (now.0 - last[l].0).abs() + (now.1 - last[l].1).abs();
                    last[l] = now;
                    open[l] = !(closed[l] || moved < 1e-10 * scale);
                }
                if !open.contains(&true) {
                    break;
                }
            }
            reduced.beta.push(length);
            std::mem::swap(&mut v, &mut w);
        }
        last
    }

    #[inline(always)]
    fn product<L: Lanes>(&self, v: &[Four], w: &mut [Four]) {
        let far = L::all(FAR);
        let all = far.mul(v.iter().fold(L::all(-0.0), |sum, v| sum.add(L::load(v))));
        for ((w, v), d) in w.iter_mut().zip(v).zip(self.diagonal) {
            L::load(d).sub(far).mul(L::load(v)).add(all).store(w);
        }
        for &(i, j, x) in self.bonds {
            let (i, j, x) = (i as usize, j as usize, L::all(x));
            L::load(&w[i]).add(x.mul(L::load(&v[j]))).store(&mut w[i]);
            L::load(&w[j]).add(x.mul(L::load(&v[i]))).store(&mut w[j]);
        }
    }
}

/// In four independent sums, so that additions need not wait for each other.
#[inline(always)]
fn dot<L: Lanes>(a: &[Four], b: &[Four]) -> L {
    let term = |a: &Four, b: &Four| L::load(a).mul(L::load(b));
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest = a4.remainder().iter().zip(b4.remainder());
    let rest = rest.fold(L::all(-0.0), |sum, (a, b)| sum.add(term(a, b)));
    let [mut s, mut t, mut u, mut v] = [L::all(0.0); 4];
    for (a, b) in a4.zip(b4) {
        s = s.add(term(&a[0], &b[0]));
        t = t.add(term(&a[1], &b[1]));
        u = u.add(term(&a[2], &b[2]));
        v = v.add(term(&a[3], &b[3]));
    }
    s.add(t).add(u.add(v)).add(rest)
}

/// Takes from `w` its part along each vector of `basis`, the last first.
#[inline(always)]
fn orthogonalise<L: Lanes>(w: &mut [Four], basis: &[Four]) {
    let mut vectors = basis.chunks_exact(w.len()).rev();
    let Some(mut vector) = vectors.next() else { return };
    let mut overlap = dot::<L>(w, vector);
    for next in vectors {
        overlap = subtract_then_dot::<L>(w, overlap, vector, next);
        vector = next;
    }
    w.iter_mut().zip(vector).for_each(|(w, e)| L::load(w).sub(overlap.mul(L::load(e))).store(w));
}

/// Takes `overlap` times `vector` from `w`, and what is left times `next`, summed as [`dot`] does, in one pass.
#[inline(always)]
fn subtract_then_dot<L: Lanes>(w: &mut [Four], overlap: L, vector: &[Four], next: &[Four]) -> L {
    let step = |w: &mut Four, e: &Four, next: &Four| -> L {
        let left = L::load(w).sub(overlap.mul(L::load(e)));
        left.store(w);
        left.mul(L::load(next))
    };
    let mut w4 = w.chunks_exact_mut(4);
    let (e4, next4) = (vector.chunks_exact(4), next.chunks_exact(4));
    let (last_e, last_next) = (e4.remainder(), next4.remainder());
    let [mut s, mut t, mut u, mut v] = [L::all(0.0); 4];
    for ((w, e), next) in (&mut w4).zip(e4).zip(next4) {
        s = s.add(step(&mut w[0], &e[0], &next[0]));
        t = t.add(step(&mut w[1], &e[1], &next[1]));
        u = u.add(step(&mut w[2], &e[2], &next[2]));
        v = v.add(step(&mut w[3], &e[3], &next[3]));
    }
    let mut rest = L::all(-0.0);
    for ((w, e), next) in w4.into_remainder().iter_mut().zip(last_e).zip(last_next) {
        rest = rest.add(step(w, e, next));
    }
    s.add(t).add(u.add(v)).add(rest)
}

/// Brings the vectors to length 1 and says how long they were. One of length 0 is not a number afterwards.
#[inline(always)]
fn normalise<L: Lanes>(v: &mut [Four]) -> Four {
    let length = dot::<L>(v, v).sqrt();
    v.iter_mut().for_each(|x| L::load(x).div(length).store(x));
    length.values()
}

/// The matrices reduced so far.
struct Tridiagonal {
    alpha: Vec<Four>,
    beta: Vec<Four>,
}

/// A value for each negative matrix, then for each matrix.
type Ends = [Four; 2];

impl Tridiagonal {
    /// The largest eigenvalues, by Laguerre's iteration from above, which never steps over the largest root of a
    /// polynomial with real roots.
    #[inline(always)]
    fn largest_roots<L: Lanes>(&self) -> Ends {
        let n = self.alpha.len();
        let size = n as f64;
        let at = |i: usize| if i < n - 1 { self.beta[i] } else { [0.0; 4] };
        // Gershgorin's bound, and a little more to stand clear of the root.
        let mut bound: Ends = [[f64::NEG_INFINITY; 4]; 2];
        for (i, a) in self.alpha.iter().enumerate() {
            let after = at(i);
            let before = if i > 0 { at(i - 1) } else { [0.0; 4] };
            for l in 0..4 {
                bound[0][l] = f64::max(bound[0][l], -a[l] + after[l] + before[l]);
                bound[1][l] = f64::max(bound[1][l], a[l] + after[l] + before[l]);
            }
        }
        let scale = bound.map(|side| side.map(|b| b.abs() + 1.0));
        let mut x: Ends = [0, 1].map(|s| std::array::from_fn(|l| bound[s][l] + 1e-3 * scale[s][l]));
        let mut moving = [[true; 4]; 2];
        for _ in 0..60 {
            let [(sum, slope, least), (sum1, slope1, least1)] = self.logarithmic::<L>(&x);
            let (sum, slope, least) = ([sum, sum1], [slope, slope1], [least, least1]);
            for s in 0..2 {
                for l in 0..4 {
                    // Rounding may have carried it onto the root.
                    moving[s][l] &= least[s][l] > 0.0;
                    if !moving[s][l] {
                        continue;
                    }
                    let (sum, slope) = (sum[s][l], slope[s][l]);
                    let root = ((size - 1.0) * (size * slope - sum * sum)).max(0.0).sqrt();
                    let step = size / (sum + root);
                    x[s][l] -= step;
                    moving[s][l] = step.abs() >= 1e-13 * scale[s][l];
                }
            }
            if moving == [[false; 4]; 2] {
                break;
            }
        }
        x
    }

    /// p'/p and -(p'/p)' of the characteristic polynomials at `x`, from their pivots and the pivots' derivatives;
    /// and the least pivot.
    #[inline(always)]
    fn logarithmic<L: Lanes>(&self, x: &Ends) -> [(Four, Four, Four); 2] {
        let (one, zero) = (L::all(1.0), L::all(0.0));
        let mut sides = [0, 1].map(|s| Side {
            x: L::load(&x[s]),
            pivot: one,
            first: zero,
            second: zero,
            sum: zero,
            slope: zero,
            least: L::all(f64::INFINITY),
        });
        let mut b = zero;
        for (i, alpha) in self.alpha.iter().enumerate() {
            let a = L::load(alpha);
            sides[0].step(L::load(&alpha.map(|a| -a)), b);
            sides[1].step(a, b);
            if let Some(beta) = self.beta.get(i) {
                b = L::load(beta).mul(L::load(beta));
            }
        }
        sides.map(|s| (s.sum.values(), s.slope.values(), s.least.values()))
    }
}

/// The recurrence over the pivots.
struct Side<L> {
    x: L,
    pivot: L,
    first: L,
    second: L,
    sum: L,
    slope: L,
    least: L,
}

impl<L: Lanes> Side<L> {
    /// `a`: on the diagonal; `b`: the square of what stands beside it.
    #[inline(always)]
    fn step(&mut self, a: L, b: L) {
        let inverse = L::all(1.0).div(self.pivot);
        let (p1, p2) = (self.first, self.second);
        self.pivot = self.x.sub(a).sub(b.mul(inverse));
        self.first = L::all(1.0).add(b.mul(p1).mul(inverse).mul(inverse));
        let cube = inverse.mul(inverse).mul(inverse);
        let bend = L::all(2.0).mul(p1).mul(p1).mul(cube);
        self.second = b.mul(p2.mul(inverse).mul(inverse).sub(bend));
        self.least = self.pivot.least(self.least);
        let ratio = self.first.div(self.pivot);
        self.sum = self.sum.add(ratio);
        self.slope = self.slope.add(ratio.mul(ratio).sub(self.second.div(self.pivot)));
    }
}
