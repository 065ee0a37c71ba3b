//! Ward's clustering (Ward, J. Am. Stat. Assoc. 1963, 58, 236): of all clusters those two are joined that add least to the sum of squares
//! within clusters.

use crate::Result;
use ndarray::Array2;
use rayon::prelude::*;

/// A cluster as far as joining it goes.
struct Cluster {
    size: f64,
    centre: Vec<f32>,
}

/// The cluster, from 0, of each row of `x`, where `count` are left. They are numbered by their first rows.
///
/// By chains of nearest neighbours (Murtagh, Comput. J. 1983, 26, 354), which find the same joins as looking for the smallest one each
/// time: rows² · width steps, and memory for the rows alone.
///
/// # Errors
/// If there are fewer rows.
pub fn clusters(x: &Array2<f32>, count: usize) -> Result<Vec<usize>> {
    let n = x.nrows();
    if n < count || count == 0 {
        return Err(format!("{n} molecules for {count} clusters").into());
    }
    let mut clusters: Vec<Option<Cluster>> =
        x.rows().into_iter().map(|r| Some(Cluster { size: 1.0, centre: r.to_vec() })).collect();
    let mut joins = Vec::with_capacity(n - 1);
    let mut chain: Vec<usize> = Vec::new();
    for _ in 1..n {
        let (a, b, cost) = loop {
            if chain.is_empty() {
                chain.extend(clusters.iter().position(Option::is_some));
            }
            let last = chain[chain.len() - 1];
            let before = chain.len().checked_sub(2).map(|i| chain[i]);
            let (near, cost) = nearest(&clusters, last, before);
            if Some(near) == before {
                chain.truncate(chain.len() - 2);
                break (last.min(near), last.max(near), cost);
            }
            chain.push(near);
        };
        let joined = match (clusters[a].take(), clusters[b].take()) {
            (Some(a), Some(b)) => join(&a, &b),
            _ => return Err("a cluster was joined twice".into()),
        };
        // The joined one goes by the smaller number.
        clusters[a] = Some(joined);
        joins.push((cost, a, b));
    }
    // Chains find joins in another order than that of their costs.
    joins.sort_by(|x, y| x.0.total_cmp(&y.0));
    let mut parent: Vec<usize> = (0..n).collect();
    for &(_, a, b) in &joins[..n - count] {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b)] = a.min(b);
    }
    let mut numbers = vec![usize::MAX; n];
    let mut next = 0;
    let number = |row| {
        let root = root(&mut parent, row);
        if numbers[root] == usize::MAX {
            numbers[root] = next;
            next += 1;
        }
        numbers[root]
    };
    Ok((0..n).map(number).collect())
}

fn root(parent: &mut [usize], mut row: usize) -> usize {
    while parent[row] != row {
        parent[row] = parent[parent[row]];
        row = parent[row];
    }
    row
}

/// The cluster that is cheapest to join with `of`, and the cost; `before` where it is as cheap as another.
fn nearest(clusters: &[Option<Cluster>], of: usize, before: Option<usize>) -> (usize, f64) {
    let Some(own) = &clusters[of] else { return (of, f64::INFINITY) };
    let costs = clusters.par_iter().enumerate().with_min_len(512).filter_map(|(i, other)| {
        let other = other.as_ref().filter(|_| i != of)?;
        Some((cost(own, other), Some(i) != before, i))
    });
    let least = costs.min_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    least.map_or((of, f64::INFINITY), |(cost, _, i)| (i, cost))
}

/// What joining two clusters adds to the sum of squares.
fn cost(a: &Cluster, b: &Cluster) -> f64 {
    a.size * b.size / (a.size + b.size) * f64::from(squares(&a.centre, &b.centre))
}

/// Squared distance.
pub(super) fn squares(a: &[f32], b: &[f32]) -> f32 {
    // Sixteen sums side by side, for the compiler to make vectors of.
    let mut sums = [0.0f32; 16];
    let (a, rest_a) = a.as_chunks::<16>();
    let (b, rest_b) = b.as_chunks::<16>();
    for (a, b) in a.iter().zip(b) {
        for i in 0..16 {
            let d = a[i] - b[i];
            sums[i] += d * d;
        }
    }
    let rest = rest_a.iter().zip(rest_b).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
    sums.iter().sum::<f32>() + rest
}

fn join(a: &Cluster, b: &Cluster) -> Cluster {
    let size = a.size + b.size;
    let (wa, wb) = ((a.size / size) as f32, (b.size / size) as f32);
    let centre = a.centre.iter().zip(&b.centre).map(|(a, b)| wa * a + wb * b).collect();
    Cluster { size, centre }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// The definition: every pair is looked at before every join.
    fn plainly(x: &Array2<f32>, count: usize) -> Vec<usize> {
        let mut groups: Vec<Vec<usize>> = (0..x.nrows()).map(|i| vec![i]).collect();
        let of = |rows: &Vec<usize>| {
            let each = rows.iter().map(|&r| Cluster { size: 1.0, centre: x.row(r).to_vec() });
            each.reduce(|a, b| join(&a, &b)).unwrap()
        };
        while groups.len() > count {
            let mut best = (f64::INFINITY, 0, 0);
            for b in 0..groups.len() {
                for a in 0..b {
                    let cost = cost(&of(&groups[a]), &of(&groups[b]));
                    best = if cost < best.0 { (cost, a, b) } else { best };
                }
            }
            let taken = groups.remove(best.2);
            groups[best.1].extend(taken);
        }
        let mut numbers = vec![0; x.nrows()];
        groups.sort_by_key(|g| g.iter().min().copied());
        for (i, group) in groups.iter().enumerate() {
            group.iter().for_each(|&row| numbers[row] = i);
        }
        numbers
    }

    #[test]
    fn chains_find_what_looking_at_all_pairs_finds() {
        let mut random = Random::new(0, "ward");
        let x = Array2::from_shape_fn((60, 21), |_| random.unit());
        for count in [1, 2, 7, 20, 60] {
            assert_eq!(clusters(&x, count).unwrap(), plainly(&x, count), "{count}");
        }
        assert!(clusters(&x, 61).is_err());
    }
}
