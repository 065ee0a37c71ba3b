//! Boosted trees as ONNX's `TreeEnsembleRegressor`, for other programs: model files have a smaller form.

use super::{attribute, file, node};
use chmr::model::{Tree, Trees};
use tract_onnx::pb::{AttributeProto, NodeProto, attribute_proto::AttributeType};

/// The bytes of `trees`, which read rows of `inputs` columns, as an ONNX file called `name`: `x` → `y` as with networks.
pub fn export_trees(trees: &Trees, inputs: usize, name: &str) -> Vec<u8> {
    let (mut nodes, mut targets) = (Nodes::default(), Targets::default());
    for (i, tree) in (0..).zip(trees.iter()) {
        nodes.add(i, &tree);
        targets.add(i, &tree);
    }
    let one = |name: &str, i: usize| AttributeProto {
        i: i as i64,
        ..attribute(name, AttributeType::Int)
    };
    let mut attributes =
        vec![one("n_targets", trees.tasks()), floats("base_values", trees.base().to_vec())];
    attributes.extend(nodes.attributes());
    attributes.extend(targets.attributes());
    let node = NodeProto {
        domain: super::TREES.into(),
        ..node("TreeEnsembleRegressor", &["x"], "y", attributes)
    };
    file(name, vec![node], vec![], inputs, trees.tasks())
}

/// Splits first, then leaves; a value that is no number goes where the comparison is false.
#[derive(Default)]
struct Nodes {
    trees: Vec<i64>,
    ids: Vec<i64>,
    features: Vec<i64>,
    thresholds: Vec<f32>,
    left: Vec<i64>,
    right: Vec<i64>,
    modes: Vec<Vec<u8>>,
}

impl Nodes {
    fn add(&mut self, tree: i64, content: &Tree) {
        let splits = content.splits.len() as i64;
        let child = |c: i8| match i64::from(c) {
            c if c >= 0 => c,
            c => splits - 1 - c,
        };
        for (i, split) in (0..).zip(&content.splits) {
            let (left, right) = (child(split.left), child(split.right));
            self.push(
                (tree, i),
                (split.feature.into(), split.threshold),
                (left, right),
                b"BRANCH_LEQ",
            );
        }
        for i in splits..=2 * splits {
            self.push((tree, i), (0, 0.0), (0, 0), b"LEAF");
        }
    }

    fn push(
        &mut self,
        (tree, id): (i64, i64),
        (feature, threshold): (i64, f32),
        (left, right): (i64, i64),
        mode: &[u8],
    ) {
        self.trees.push(tree);
        self.ids.push(id);
        self.features.push(feature);
        self.thresholds.push(threshold);
        self.left.push(left);
        self.right.push(right);
        self.modes.push(mode.to_vec());
    }

    fn attributes(self) -> [AttributeProto; 7] {
        [
            integers("nodes_treeids", self.trees),
            integers("nodes_nodeids", self.ids),
            integers("nodes_featureids", self.features),
            floats("nodes_values", self.thresholds),
            integers("nodes_truenodeids", self.left),
            integers("nodes_falsenodeids", self.right),
            AttributeProto {
                strings: self.modes,
                ..attribute("nodes_modes", AttributeType::Strings)
            },
        ]
    }
}

/// What leaves add to which output.
#[derive(Default)]
struct Targets {
    trees: Vec<i64>,
    ids: Vec<i64>,
    tasks: Vec<i64>,
    weights: Vec<f32>,
}

impl Targets {
    fn add(&mut self, tree: i64, content: &Tree) {
        for (id, &leaf) in (content.splits.len() as i64..).zip(&content.leaves) {
            self.trees.push(tree);
            self.ids.push(id);
            self.tasks.push(content.task.into());
            self.weights.push(leaf);
        }
    }

    fn attributes(self) -> [AttributeProto; 4] {
        [
            integers("target_treeids", self.trees),
            integers("target_nodeids", self.ids),
            integers("target_ids", self.tasks),
            floats("target_weights", self.weights),
        ]
    }
}

fn integers(name: &str, ints: Vec<i64>) -> AttributeProto {
    AttributeProto { ints, ..attribute(name, AttributeType::Ints) }
}

fn floats(name: &str, floats: Vec<f32>) -> AttributeProto {
    AttributeProto { floats, ..attribute(name, AttributeType::Floats) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use chmr::model::Split;
    use prost::Message;
    use std::collections::HashMap;
    use tract_onnx::pb::ModelProto;

    /// Chains and bushes over six columns, for three outputs.
    fn trees(random: &mut Random) -> Trees {
        let grown: Vec<Tree> = (0..40)
            .map(|i| {
                let splits = i % 5;
                let split = |at: i8| {
                    let last = at + 1 == splits as i8;
                    Split {
                        feature: (random.bits() % 6) as u16,
                        threshold: random.unit() - 0.5,
                        left: if last { -2 - at } else { at + 1 },
                        right: -1 - at,
                    }
                };
                let splits: Vec<Split> = (0..splits as i8).map(split).collect();
                Tree { task: (i % 3) as u16, leaves: random.uniform(splits.len() + 1, 1.0), splits }
            })
            .collect();
        Trees::new(vec![0.5, -1.0, 0.0], &grown).unwrap()
    }

    /// As the operator's definition says it.
    fn run(file: &[u8], x: &[f32]) -> Vec<f32> {
        let model = ModelProto::decode(file).unwrap();
        assert!(model.opset_import.iter().any(|o| o.domain == "ai.onnx.ml"));
        let node = model.graph.unwrap().node.remove(0);
        let all: HashMap<&str, &AttributeProto> =
            node.attribute.iter().map(|a| (a.name.as_str(), a)).collect();
        let ints = |name: &str| &all[name].ints;
        let mut y = all["base_values"].floats.clone();
        let at: HashMap<(i64, i64), usize> = ints("nodes_treeids")
            .iter()
            .zip(ints("nodes_nodeids"))
            .map(|(t, n)| (*t, *n))
            .zip(0..)
            .collect();
        assert_eq!(at.len(), ints("nodes_treeids").len(), "a node twice");
        for tree in 0..=*ints("nodes_treeids").last().unwrap() {
            let mut i = at[&(tree, 0)];
            while all["nodes_modes"].strings[i] == b"BRANCH_LEQ" {
                let is = x[ints("nodes_featureids")[i] as usize] <= all["nodes_values"].floats[i];
                let next = if is { "nodes_truenodeids" } else { "nodes_falsenodeids" };
                i = at[&(tree, ints(next)[i])];
            }
            let leaf = |t: usize| {
                (ints("target_treeids")[t], ints("target_nodeids")[t])
                    == (tree, ints("nodes_nodeids")[i])
            };
            let t = (0..ints("target_ids").len()).find(|t| leaf(*t)).unwrap();
            y[ints("target_ids")[t] as usize] += all["target_weights"].floats[t];
        }
        y
    }

    #[test]
    fn the_operator_gives_what_the_library_gives() {
        let mut random = Random::new(1, "trees as onnx");
        let trees = trees(&mut random);
        let file = export_trees(&trees, 7, "t");
        for _ in 0..100 {
            let mut x = random.uniform(7, 1.0);
            x[(random.bits() % 7) as usize] = f32::NAN;
            assert_eq!(run(&file, &x), trees.outputs(&x, 7));
        }
    }
}
