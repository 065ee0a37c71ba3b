//! The operations of a graph network that are no matrix products, each in one pass over memory and with its gradient.
//!
//! Put together from candle's own operations, each of their steps makes a tensor of atoms × width. Here a message, a normalisation or a pooling reads its input and writes its output once, in
//! loops that the compiler turns into vector instructions of the processor at hand. CPU and f32 only;
//! `tests/distil.rs` holds each of them, gradients included, beside the same in candle's operations.

use super::gelu::{gelu, gelu_slope};
use super::packed::Packed;
use super::vectorized::vectorized;
use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Storage, Tensor, bail,
};
use std::sync::{Arc, Mutex};

/// Rows of `table` summed: row i of the result is the sum of the rows `rows[i · k..][..k]`. [n, width].
///
/// # Errors
/// If a row is out of range.
pub fn embed(table: &Tensor, rows: &Arc<Vec<u32>>, k: usize) -> Result<Tensor> {
    table.apply_op1(Embed { rows: rows.clone(), k })
}

/// xᵢ + Σ gelu(xⱼ + t(bond)) over the neighbours j of each atom i. `x` [atoms, width], `table` [kinds of bond, width].
///
/// # Errors
/// If the shapes do not fit.
pub fn aggregate(x: &Tensor, table: &Tensor, graph: &Arc<Packed>) -> Result<Tensor> {
    x.apply_op2(table, Aggregate(graph.clone()))
}

/// gelu(batch norm(z)) with the batch's own statistics, which are left in `seen`: mean and (population) variance of each
/// column. `z` [rows, width], `gain` and `shift` \[width\].
///
/// # Errors
/// If the shapes do not fit.
pub fn norm_gelu(z: &Tensor, gain: &Tensor, shift: &Tensor, seen: &Arc<Seen>) -> Result<Tensor> {
    z.apply_op3(gain, shift, NormGelu(seen.clone()))
}

/// Sum of each molecule's rows times its factor. `x` [atoms, width] to [molecules, width].
///
/// # Errors
/// If the shapes do not fit.
pub fn pool(x: &Tensor, graph: &Arc<Packed>, factors: &Arc<Vec<f32>>) -> Result<Tensor> {
    x.apply_op1(Pool { graph: graph.clone(), factors: factors.clone() })
}

/// x plus its molecule's row of `v`. `x` [atoms, width], `v` [molecules, width].
///
/// # Errors
/// If the shapes do not fit.
pub fn spread(x: &Tensor, v: &Tensor, graph: &Arc<Packed>) -> Result<Tensor> {
    x.apply_op2(v, Spread(graph.clone()))
}

/// Statistics of a batch.
#[derive(Default)]
pub struct Seen(Mutex<(Vec<f32>, Vec<f32>)>);

impl Seen {
    /// Mean and variance of each column; empty before the first batch.
    pub fn get(&self) -> (Vec<f32>, Vec<f32>) {
        self.0.lock().map(|s| s.clone()).unwrap_or_default()
    }
}

struct Embed {
    rows: Arc<Vec<u32>>,
    k: usize,
}

struct Aggregate(Arc<Packed>);

struct NormGelu(Arc<Seen>);

struct Pool {
    graph: Arc<Packed>,
    factors: Arc<Vec<f32>>,
}

struct Spread(Arc<Packed>);

/// Added to a variance before its root, as [`layers`](crate::chmr::layers) does.
const EPSILON: f32 = crate::chmr::layers::EPSILON as f32;

impl CustomOp1 for Embed {
    fn name(&self) -> &'static str {
        "embed"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (table, (count, width)) = (floats(storage, layout)?, matrix(layout)?);
        if self.rows.iter().any(|&r| r as usize >= count) {
            bail!("embed: a row beyond the table's {count}");
        }
        let n = self.rows.len() / self.k;
        let mut out = vec![0f32; n * width];
        vectorized(|| {
            for (out, rows) in out.chunks_exact_mut(width).zip(self.rows.chunks_exact(self.k)) {
                for &r in rows {
                    add(out, &table[r as usize * width..][..width]);
                }
            }
        });
        Ok((CpuStorage::F32(out), (n, width).into()))
    }

    fn bwd(&self, table: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (count, width) = table.dims2()?;
        let mut out = vec![0f32; count * width];
        with(&[gradient], |values| {
            vectorized(|| {
                let each = values[0].chunks_exact(width).zip(self.rows.chunks_exact(self.k));
                for (g, rows) in each {
                    for &r in rows {
                        add(&mut out[r as usize * width..][..width], g);
                    }
                }
            });
        })?;
        Ok(Some(Tensor::from_vec(out, (count, width), table.device())?))
    }
}

impl CustomOp2 for Aggregate {
    fn name(&self) -> &'static str {
        "aggregate"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        table: &CpuStorage,
        table_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (n, width) = matrix(x_layout)?;
        let (kinds, table_width) = matrix(table_layout)?;
        let graph = &*self.0;
        if n != graph.atoms() || table_width != width {
            bail!("aggregate: {n} × {width} atoms of {}, a table of {table_width}", graph.atoms());
        }
        if graph.kinds.iter().any(|&k| k as usize >= kinds) {
            bail!("aggregate: a kind of bond beyond the table's {kinds}");
        }
        let (x, table) = (floats(x, x_layout)?, floats(table, table_layout)?);
        let mut out = x.to_vec();
        vectorized(|| {
            for (i, out) in out.chunks_exact_mut(width).enumerate() {
                for (source, kind) in graph.neighbors(i) {
                    let (a, b) = (&x[source * width..][..width], &table[kind * width..][..width]);
                    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
                        *out += gelu(a + b);
                    }
                }
            }
        });
        Ok((CpuStorage::F32(out), (n, width).into()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        table: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let ((n, width), kinds) = (x.dims2()?, table.dim(0)?);
        let (dx, dt) = with(&[x, table, gradient], |values| {
            let (xs, ts, gs) = (values[0], values[1], values[2]);
            let (mut dx, mut dt) = (gs.to_vec(), vec![0f32; kinds * width]);
            vectorized(|| {
                for (i, g) in gs.chunks_exact(width).enumerate() {
                    for (source, kind) in self.0.neighbors(i) {
                        let (a, b) = (&xs[source * width..][..width], &ts[kind * width..][..width]);
                        let dx = &mut dx[source * width..][..width];
                        let dt = &mut dt[kind * width..][..width];
                        for ((((dx, dt), g), a), b) in dx.iter_mut().zip(dt).zip(g).zip(a).zip(b) {
                            let d = g * gelu_slope(a + b);
                            *dx += d;
                            *dt += d;
                        }
                    }
                }
            });
            (dx, dt)
        })?;
        let dx = Tensor::from_vec(dx, (n, width), x.device())?;
        Ok((Some(dx), Some(Tensor::from_vec(dt, (kinds, width), x.device())?)))
    }
}

impl CustomOp3 for NormGelu {
    fn name(&self) -> &'static str {
        "norm_gelu"
    }

    fn cpu_fwd(
        &self,
        z: &CpuStorage,
        z_layout: &Layout,
        gain: &CpuStorage,
        gain_layout: &Layout,
        shift: &CpuStorage,
        shift_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (n, width) = matrix(z_layout)?;
        let (z, gain) = (floats(z, z_layout)?, floats(gain, gain_layout)?);
        let shift = floats(shift, shift_layout)?;
        if gain.len() != width || shift.len() != width || n == 0 {
            bail!("norm_gelu: {n} rows of {width}, gain of {}", gain.len());
        }
        let (mut mean, mut variance) = (vec![0f32; width], vec![0f32; width]);
        let mut out = vec![0f32; n * width];
        vectorized(|| {
            for row in z.chunks_exact(width) {
                add(&mut mean, row);
            }
            mean.iter_mut().for_each(|m| *m /= n as f32);
            for row in z.chunks_exact(width) {
                for ((v, m), z) in variance.iter_mut().zip(&mean).zip(row) {
                    *v += (z - m) * (z - m);
                }
            }
            variance.iter_mut().for_each(|v| *v /= n as f32);
            let (a, b) = affine(&mean, &variance, gain, shift);
            for (out, row) in out.chunks_exact_mut(width).zip(z.chunks_exact(width)) {
                for (((out, z), a), b) in out.iter_mut().zip(row).zip(&a).zip(&b) {
                    *out = gelu(z * a + b);
                }
            }
        });
        if let Ok(mut seen) = self.0.0.lock() {
            *seen = (mean, variance);
        }
        Ok((CpuStorage::F32(out), (n, width).into()))
    }

    fn bwd(
        &self,
        z: &Tensor,
        gain: &Tensor,
        shift: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (n, width) = z.dims2()?;
        let (mean, variance) = self.0.get();
        let scale: Vec<f32> = variance.iter().map(|v| 1.0 / (v + EPSILON).sqrt()).collect();
        // Of what stands before the activation, its sum over the rows, and its sum times the normalised input.
        let mut du = vec![0f32; n * width];
        let (mut sum, mut product) = (vec![0f32; width], vec![0f32; width]);
        with(&[z, gain, shift, gradient], |values| {
            let (zs, gs) = (values[0], values[3]);
            let (a, b) = affine(&mean, &variance, values[1], values[2]);
            vectorized(|| {
                let rows = du.chunks_exact_mut(width).zip(zs.chunks_exact(width));
                for ((du, z), g) in rows.zip(gs.chunks_exact(width)) {
                    slopes(du, z, g, [&a, &b, &mean, &scale], &mut sum, &mut product);
                }
                let n = n as f32;
                for (du, z) in du.chunks_exact_mut(width).zip(zs.chunks_exact(width)) {
                    centre(du, z, [&a, &mean, &scale], &sum, &product, n);
                }
            });
        })?;
        let device = z.device();
        Ok((
            Some(Tensor::from_vec(du, (n, width), device)?),
            Some(Tensor::from_vec(product, width, device)?),
            Some(Tensor::from_vec(sum, width, device)?),
        ))
    }
}

/// One row of the gradient before the activation, added to its sums.
#[inline(always)]
fn slopes(
    du: &mut [f32],
    z: &[f32],
    g: &[f32],
    [a, b, mean, scale]: [&[f32]; 4],
    sum: &mut [f32],
    product: &mut [f32],
) {
    let width = du.len();
    let (z, g, a, b) = (&z[..width], &g[..width], &a[..width], &b[..width]);
    let (mean, scale) = (&mean[..width], &scale[..width]);
    let (sum, product) = (&mut sum[..width], &mut product[..width]);
    for j in 0..width {
        let d = g[j] * gelu_slope(z[j] * a[j] + b[j]);
        du[j] = d;
        sum[j] += d;
        product[j] += d * (z[j] - mean[j]) * scale[j];
    }
}

/// One row of the gradient behind the normalisation, made that of its input.
#[inline(always)]
fn centre(
    du: &mut [f32],
    z: &[f32],
    [a, mean, scale]: [&[f32]; 3],
    sum: &[f32],
    product: &[f32],
    n: f32,
) {
    let width = du.len();
    let (z, a, mean, scale) = (&z[..width], &a[..width], &mean[..width], &scale[..width]);
    let (sum, product) = (&sum[..width], &product[..width]);
    for j in 0..width {
        let normed = (z[j] - mean[j]) * scale[j];
        du[j] = (du[j] - (sum[j] + normed * product[j]) / n) * a[j];
    }
}

/// Normalisation, gain and shift as one multiplication and one addition a column.
fn affine(mean: &[f32], variance: &[f32], gain: &[f32], shift: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let a: Vec<f32> = variance.iter().zip(gain).map(|(v, g)| g / (v + EPSILON).sqrt()).collect();
    let b = mean.iter().zip(shift).zip(&a).map(|((m, s), a)| s - m * a).collect();
    (a, b)
}

impl CustomOp1 for Pool {
    fn name(&self) -> &'static str {
        "pool"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, (n, width)) = (floats(storage, layout)?, matrix(layout)?);
        if n != self.graph.atoms() || self.factors.len() != self.graph.len() {
            bail!("pool: {n} rows of {} atoms", self.graph.atoms());
        }
        let mut out = vec![0f32; self.graph.len() * width];
        vectorized(|| {
            let each = out.chunks_exact_mut(width).zip(self.graph.segments()).zip(&*self.factors);
            for ((out, atoms), factor) in each {
                for row in x[atoms.start * width..atoms.end * width].chunks_exact(width) {
                    add(out, row);
                }
                out.iter_mut().for_each(|v| *v *= factor);
            }
        });
        Ok((CpuStorage::F32(out), (self.graph.len(), width).into()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let (n, width) = x.dims2()?;
        let mut out = vec![0f32; n * width];
        with(&[gradient], |values| {
            vectorized(|| {
                let rows = values[0].chunks_exact(width);
                for ((g, atoms), factor) in rows.zip(self.graph.segments()).zip(&*self.factors) {
                    for row in out[atoms.start * width..atoms.end * width].chunks_exact_mut(width) {
                        row.iter_mut().zip(g).for_each(|(o, g)| *o = g * factor);
                    }
                }
            });
        })?;
        Ok(Some(Tensor::from_vec(out, (n, width), x.device())?))
    }
}

impl CustomOp2 for Spread {
    fn name(&self) -> &'static str {
        "spread"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        v: &CpuStorage,
        v_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ((n, width), rows) = (matrix(x_layout)?, matrix(v_layout)?);
        if n != self.0.atoms() || rows != (self.0.len(), width) {
            bail!("spread: {n} × {width} and {rows:?} of {} molecules", self.0.len());
        }
        let mut out = floats(x, x_layout)?.to_vec();
        let v = floats(v, v_layout)?;
        vectorized(|| {
            for (v, atoms) in v.chunks_exact(width).zip(self.0.segments()) {
                for row in out[atoms.start * width..atoms.end * width].chunks_exact_mut(width) {
                    add(row, v);
                }
            }
        });
        Ok((CpuStorage::F32(out), (n, width).into()))
    }

    fn bwd(
        &self,
        _: &Tensor,
        v: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let ones = Arc::new(vec![1f32; self.0.len()]);
        let pooled = pool(&gradient.detach(), &self.0, &ones)?;
        Ok((Some(gradient.clone()), Some(pooled.reshape(v.shape())?)))
    }
}

#[inline(always)]
fn add(to: &mut [f32], row: &[f32]) {
    to.iter_mut().zip(row).for_each(|(t, r)| *t += r);
}

fn matrix(layout: &Layout) -> Result<(usize, usize)> {
    layout.shape().dims2()
}

fn floats<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&values[start..end]),
        _ => bail!("graph operations take contiguous f32"),
    }
}

/// Hands the values of tensors on the CPU to `f`.
fn with<R>(tensors: &[&Tensor], f: impl FnOnce(&[&[f32]]) -> R) -> Result<R> {
    // Copies only what was broadcast or transposed.
    let kept: Vec<Tensor> = tensors.iter().map(|t| t.contiguous()).collect::<Result<_>>()?;
    let guards: Vec<_> = kept.iter().map(Tensor::storage_and_layout).collect();
    let values = guards.iter().map(|(storage, layout)| match &**storage {
        Storage::Cpu(storage) => floats(storage, layout),
        _ => bail!("graph operations run on the CPU"),
    });
    let values: Vec<&[f32]> = values.collect::<Result<_>>()?;
    Ok(f(&values))
}
