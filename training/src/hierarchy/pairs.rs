//! Clusters as the leaves of a full binary tree.

use super::ward::squares;
use ndarray::Array2;

/// A group of clusters that will be a node.
#[derive(Clone)]
struct Group {
    /// In the order of the leaves.
    members: Vec<usize>,
    size: f64,
    centre: Vec<f32>,
}

/// The leaf, from 0, of each of the `count` clusters (a power of two) that the rows of `x` are in: clusters are paired so that the sum of what joining
/// each pair adds to the squares within is small, then the pairs, and so on up to the root.
///
/// # Panics
/// If a cluster is out of range.
pub fn order(x: &Array2<f32>, clusters: &[usize], count: usize) -> Vec<usize> {
    let mut groups: Vec<Group> = (0..count)
        .map(|i| Group { members: vec![i], size: 0.0, centre: vec![0.0; x.ncols()] })
        .collect();
    for (row, &cluster) in x.rows().into_iter().zip(clusters) {
        groups[cluster].size += 1.0;
        groups[cluster].centre.iter_mut().zip(row).for_each(|(c, v)| *c += v);
    }
    for group in &mut groups {
        let size = group.size.max(1.0) as f32;
        group.centre.iter_mut().for_each(|c| *c /= size);
    }
    while groups.len() > 1 {
        let cost = |a: usize, b: usize| {
            let (a, b) = (&groups[a], &groups[b]);
            a.size * b.size / (a.size + b.size) * f64::from(squares(&a.centre, &b.centre))
        };
        let costs = Array2::from_shape_fn((groups.len(), groups.len()), |(a, b)| cost(a, b));
        groups = matching(&costs).iter().map(|&(a, b)| join(&groups[a], &groups[b])).collect();
    }
    let mut leaves = vec![0; count];
    let members = groups.into_iter().flat_map(|g| g.members);
    members.enumerate().for_each(|(leaf, cluster)| leaves[cluster] = leaf);
    leaves
}

fn join(a: &Group, b: &Group) -> Group {
    let size = a.size + b.size;
    let (wa, wb) = ((a.size / size) as f32, (b.size / size) as f32);
    let centre = a.centre.iter().zip(&b.centre).map(|(a, b)| wa * a + wb * b).collect();
    Group { members: [a.members.clone(), b.members.clone()].concat(), size, centre }
}

/// Pairs of all numbers below the size of `costs` (even, symmetric) whose sum of costs no change of two pairs makes smaller, found from the cheapest pairs on.
fn matching(costs: &Array2<f64>) -> Vec<(usize, usize)> {
    let n = costs.nrows();
    let mut all: Vec<(usize, usize)> = (0..n).flat_map(|b| (0..b).map(move |a| (a, b))).collect();
    all.sort_by(|x, y| costs[*x].total_cmp(&costs[*y]));
    let mut taken = vec![false; n];
    let mut pairs = Vec::new();
    for (a, b) in all {
        if !taken[a] && !taken[b] {
            (taken[a], taken[b]) = (true, true);
            pairs.push((a, b));
        }
    }
    loop {
        let mut better = false;
        for i in 0..pairs.len() {
            for j in 0..i {
                let ((a, b), (c, d)) = (pairs[i], pairs[j]);
                let now = costs[[a, b]] + costs[[c, d]];
                for (x, y) in [((a, c), (b, d)), ((a, d), (b, c))] {
                    let (x, y) = ((x.0.min(x.1), x.0.max(x.1)), (y.0.min(y.1), y.0.max(y.1)));
                    if costs[x] + costs[y] < now * (1.0 - 1e-9) {
                        (pairs[i], pairs[j]) = (x, y);
                        better = true;
                        break;
                    }
                }
            }
        }
        if !better {
            pairs.sort_unstable();
            return pairs;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn neighbours_become_siblings() {
        // Two pairs, far apart, their clusters out of order.
        let x = array![[0.0, 0.0], [9.0, 9.0], [0.1, 0.0], [9.0, 9.1]];
        let leaves = order(&x, &[0, 1, 2, 3], 4);
        assert_eq!(leaves[0] / 2, leaves[2] / 2);
        assert_eq!(leaves[1] / 2, leaves[3] / 2);
        let mut sorted = leaves.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3]);
    }

    #[test]
    fn the_cheapest_pair_is_given_up_where_that_pays() {
        let mut costs = Array2::from_elem((4, 4), 10.0);
        for (a, b, cost) in [(0, 1, 1.0), (2, 3, 20.0), (0, 2, 2.0), (1, 3, 2.0)] {
            (costs[[a, b]], costs[[b, a]]) = (cost, cost);
        }
        assert_eq!(matching(&costs), [(0, 2), (1, 3)]);
    }
}
