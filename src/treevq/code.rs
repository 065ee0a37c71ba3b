//! A place in the hierarchy.

/// The path of one latent from the root to a leaf.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// The node chosen at each level, counted from 0 within its level; level 1 first.
    pub nodes: Vec<u32>,
    /// Cosine between the latent and that node.
    pub cosines: Vec<f32>,
}

impl Code {
    /// The path as text, a digit a level: 0 for the first child, 1 for the second.
    pub fn path(&self) -> String {
        self.nodes.iter().map(|node| if node % 2 == 0 { '0' } else { '1' }).collect()
    }

    /// Level of the deepest common ancestor: 0 where the two part at the root, the depth where they share
    /// the leaf.
    pub fn common_depth(&self, other: &Self) -> usize {
        self.nodes.iter().zip(&other.nodes).take_while(|(a, b)| a == b).count()
    }

    /// Edges between the two leaves: up to the deepest common ancestor and down again.
    pub fn distance(&self, other: &Self) -> usize {
        self.nodes.len() + other.nodes.len() - 2 * self.common_depth(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_part_at_their_deepest_common_ancestor() {
        let code = |nodes: &[u32]| Code { nodes: nodes.to_vec(), cosines: vec![0.0; nodes.len()] };
        let a = code(&[1, 2, 5]);
        assert_eq!(a.path(), "101");
        for (other, depth) in [([1, 2, 5], 3), ([1, 2, 4], 2), ([1, 3, 6], 1), ([0, 1, 2], 0)] {
            let other = code(&other);
            assert_eq!((a.common_depth(&other), a.distance(&other)), (depth, 6 - 2 * depth));
        }
    }
}
