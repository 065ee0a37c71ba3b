use super::*;
use crate::chem::{Limits, parse_smiles};
use crate::error::ErrorKind;
use crate::features::{ATOM_CODES, BOND_CODES};
use crate::model::kernel::Kernel;
use made_up::graph_weights;
use prost::Message;
use tract_onnx::pb::ModelProto;

#[path = "../../../tests/support/graph_weights.rs"]
mod made_up;

const SMILES: [&str; 9] = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "C",
    "CN1C=NC2=C1C(=O)N(C)C(=O)N2C",
    "[Na+].[Cl-]",
    "C/C=C\\CC#N",
    "C1CC2CCC1CC2",
    "CC(C)CC1=CC=C(C=C1)C(C)C(=O)O",
    "O=S(=O)(N)c1cc(Cl)ccc1NCc1occc1",
    "[Fe+2]",
];

fn shape(width: usize, layers: usize, walks: bool) -> GraphShape {
    GraphShape { width, layers, inner: 2 * width + 3, hidden: 50, outputs: 21, walks }
}

fn weights(shape: GraphShape, seed: u64) -> GraphWeights {
    GraphWeights::new(shape, graph_weights(&shape.tensors(), seed)).expect("complete")
}

fn graphs(smiles: &[&str], walks: bool) -> Vec<MoleculeGraph> {
    let graph = |smiles: &&str| {
        let mol = parse_smiles(smiles, &Limits::default()).expect("a molecule");
        MoleculeGraph::new(&mol, walks).expect("a graph")
    };
    smiles.iter().map(graph).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// `docs/graph-network.md` word for word, in f64.
struct Reference<'a>(&'a GraphWeights);

type Rows = Vec<Vec<f64>>;

impl Reference<'_> {
    fn get(&self, name: &str) -> Vec<f64> {
        self.0.get(name).iter().map(|v| f64::from(*v)).collect()
    }

    fn linear(&self, scope: &str, x: &[f64]) -> Vec<f64> {
        // Where the network is quantized, what it multiplies by is already rounded; here is what it multiplies.
        let largest = x.iter().fold(1e-30f64, |most, v| most.max(v.abs()));
        let rounded = |v: &f64| (v * 127.0 / largest).round_ties_even() * largest / 127.0;
        let x: Vec<f64> = match self.0.is_quantized() {
            true => x.iter().map(rounded).collect(),
            false => x.to_vec(),
        };
        let (w, mut y) = (self.get(&format!("{scope}.weight")), self.get(&format!("{scope}.bias")));
        let n = y.len();
        for (k, x) in x.iter().enumerate() {
            y.iter_mut().zip(&w[k * n..]).for_each(|(y, w)| *y += x * w);
        }
        y
    }

    fn norm(&self, scope: &str, x: &[f64]) -> Vec<f64> {
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let variance = x.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        let (gain, shift) =
            (self.get(&format!("{scope}.weight")), self.get(&format!("{scope}.bias")));
        let scale =
            |(i, v): (usize, &f64)| (v - mean) / (variance + 1e-5).sqrt() * gain[i] + shift[i];
        x.iter().enumerate().map(scale).collect()
    }

    fn mlp(&self, scope: &str, x: &[f64]) -> Vec<f64> {
        let hidden =
            self.norm(&format!("{scope}.norm"), &self.linear(&format!("{scope}.first"), x));
        self.linear(&format!("{scope}.second"), &hidden.into_iter().map(gelu).collect::<Vec<_>>())
    }

    fn embedding(&self, table: &str, codes: &[u8], counts: &[usize]) -> Vec<f64> {
        let (table, width) = (self.get(table), self.0.shape().width);
        let mut first = 0;
        let mut sum = vec![0.0; width];
        for (code, count) in codes.iter().zip(counts) {
            let row = &table[(first + usize::from(*code)) * width..][..width];
            sum.iter_mut().zip(row).for_each(|(s, v)| *s += v);
            first += count;
        }
        sum
    }

    fn run(&self, graph: &MoleculeGraph) -> Vec<f64> {
        let (shape, codes) = (self.0.shape(), &graph.codes);
        let n = codes.atoms.len();
        let mut x: Rows =
            codes.atoms.iter().map(|c| self.embedding("atom.table", c, &ATOM_CODES)).collect();
        if shape.walks {
            let w = self.get("walks.weight");
            for (x, walks) in x.iter_mut().zip(&graph.walks) {
                for (k, p) in walks.iter().enumerate() {
                    x.iter_mut()
                        .zip(&w[k * shape.width..])
                        .for_each(|(x, w)| *x += f64::from(*p) * w);
                }
            }
        }
        let pool = |x: &Rows| {
            let mut sum = vec![0.0; shape.width];
            x.iter().for_each(|x| sum.iter_mut().zip(x).for_each(|(s, x)| *s += x));
            sum
        };
        let mut v = vec![0.0; shape.width];
        let mut reads = Vec::new();
        let mut read = |x: &Rows| {
            reads.extend(pool(x).iter().map(|s| s / n as f64));
            reads.extend(pool(x).iter().map(|s| s / 10.0));
        };
        read(&x);
        for i in 0..shape.layers {
            if i > 0 {
                let heard: Vec<f64> =
                    v.iter().zip(pool(&x)).map(|(v, s)| v + s / n as f64).collect();
                let told = self.mlp(&format!("virtual{i}"), &heard);
                v.iter_mut().zip(told).for_each(|(v, t)| *v += t);
                x.iter_mut().for_each(|x| x.iter_mut().zip(&v).for_each(|(x, v)| *x += v));
            }
            let scale = self.get(&format!("layer{i}.scale"))[0];
            let mut z: Rows = x.iter().map(|x| x.iter().map(|x| x * scale).collect()).collect();
            for (&[a, b], codes) in codes.ends.iter().zip(&codes.bonds) {
                let bond = self.embedding(&format!("layer{i}.bond.table"), codes, &BOND_CODES);
                for (from, to) in [(a, b), (b, a)] {
                    let from = x[from as usize].iter().zip(&bond).map(|(x, e)| gelu(x + e));
                    z[to as usize].iter_mut().zip(from).for_each(|(z, m)| *z += m);
                }
            }
            for (x, z) in x.iter_mut().zip(&z) {
                let inner: Vec<f64> =
                    self.linear(&format!("layer{i}.first"), z).into_iter().map(gelu).collect();
                let change = self.linear(&format!("layer{i}.second"), &inner);
                x.iter_mut().zip(change).for_each(|(x, c)| *x += gelu(c));
            }
            read(&x);
        }
        self.mlp("out", &reads)
    }
}

fn gelu(x: f64) -> f64 {
    // Φ by Simpson's rule over its density, from 0 to x.
    if x.abs() > 8.0 {
        return x.max(0.0);
    }
    let step = x / 400.0;
    let density = |i: usize| {
        let at = step * i as f64;
        let weight = [2.0, 4.0][i % 2] - f64::from(u8::from(i == 0 || i == 400));
        (-at * at / 2.0).exp() * weight
    };
    let integral = (0..=400).map(density).sum::<f64>() * step / 3.0;
    x * (0.5 + integral / (2.0 * std::f64::consts::PI).sqrt())
}

#[test]
fn values_are_those_of_the_written_form() {
    for (width, layers, walks) in [(8, 1, false), (20, 3, true), (33, 2, false)] {
        let weights = weights(shape(width, layers, walks), width as u64);
        let graphs = graphs(&SMILES, walks);
        let found = GraphNetwork::new(&weights).run(&graphs, &mut GraphScratch::default());
        for (graph, found) in graphs.iter().zip(found.chunks_exact(21)) {
            for (found, exact) in found.iter().zip(Reference(&weights).run(graph)) {
                let error = (f64::from(*found) - exact).abs();
                assert!(error < 2e-5 * exact.abs().max(1.0), "{width} {layers}: {found} {exact}");
            }
        }
    }
}

#[test]
fn a_quantized_network_is_the_written_form_of_rounded_numbers() {
    let weights = weights(shape(20, 3, true), 3).quantized().expect("small");
    let graphs = graphs(&SMILES, true);
    let found = GraphNetwork::new(&weights).run(&graphs, &mut GraphScratch::default());
    let exact = graphs.iter().flat_map(|graph| Reference(&weights).run(graph));
    let mut errors: Vec<f64> =
        found.iter().zip(exact).map(|(found, exact)| (f64::from(*found) - exact).abs()).collect();
    errors.sort_by(f64::total_cmp);
    // Now and then a number lies so near the middle between two steps that f32 and f64 round it to different ones, and a
    // molecule's values then differ by what a step makes.
    assert!(errors[errors.len() / 2] < 1e-5, "{}", errors[errors.len() / 2]);
    assert!(errors[errors.len() - 1] < 0.02, "{}", errors[errors.len() - 1]);
}

#[test]
fn rounding_to_bytes_changes_little() {
    let whole = weights(shape(40, 3, true), 7);
    let graphs = graphs(&SMILES, true);
    let run = |weights: &GraphWeights| {
        GraphNetwork::new(weights).run(&graphs, &mut GraphScratch::default())
    };
    let (exact, rounded) = (run(&whole), run(&whole.clone().quantized().expect("small")));
    let sums = exact
        .iter()
        .zip(&rounded)
        .fold((0.0, 0.0), |(error, all), (a, b)| (error + (a - b) * (a - b), all + a * a));
    assert!(sums.0 > 0.0 && sums.0 < 1e-3 * sums.1, "{sums:?}");
}

#[test]
fn a_layer_too_wide_to_be_summed_exactly_is_refused() {
    let wide = GraphShape { layers: 1, inner: 1, hidden: 1, outputs: 1, ..shape(4096, 1, false) };
    assert!(weights(wide, 1).quantized().is_ok());
    let error = crate::model::quantize::check_inputs(65_537).expect_err("too many");
    assert_eq!(error.kind, ErrorKind::Limit);
}

#[test]
fn bits_depend_on_neither_company_nor_processor() {
    let single = weights(shape(40, 3, true), 7);
    bits_are_the_same(&single);
    bits_are_the_same(&single.quantized().expect("small"));
}

fn bits_are_the_same(weights: &GraphWeights) {
    // More atoms than go through the layers together, and a molecule that has as many alone.
    let long = "CC(N)C".repeat(150);
    let mut smiles: Vec<&str> = SMILES.iter().copied().cycle().take(60).collect();
    smiles.insert(17, &long);
    let graphs = graphs(&smiles, true);
    let network = GraphNetwork::new(weights);
    let mut scratch = GraphScratch::default();
    let together = network.run(&graphs, &mut scratch);
    for kernel in Kernel::available() {
        let other = GraphNetwork::with(weights, kernel);
        assert_eq!(bits(&other.run(&graphs, &mut scratch)), bits(&together), "{kernel:?}");
    }
    for (graph, expected) in graphs.iter().zip(together.chunks_exact(21)) {
        let alone = network.run(std::slice::from_ref(graph), &mut scratch);
        assert_eq!(bits(&alone), bits(expected));
    }
    assert!(network.run(&[], &mut scratch).is_empty());
}

#[test]
fn what_is_written_is_read_again() {
    let weights = weights(shape(16, 2, true), 3);
    let read = |store| GraphWeights::from_onnx(&weights.to_onnx("g", store)).expect("read");
    assert_eq!(read(GraphStore::F32), weights);
    for (store, most) in [(GraphStore::F16, 5e-4), (GraphStore::Int8, 5e-3)] {
        let close = read(store);
        assert_eq!(close.shape(), weights.shape());
        for (name, dims) in weights.shape().tensors() {
            let (exact, found) = (weights.get(&name), close.get(&name));
            let pairs = || exact.iter().zip(found.iter());
            let largest = weights.get(&name).iter().fold(0f32, |m, v| m.max(v.abs()));
            assert!(pairs().all(|(a, b)| (a - b).abs() <= most * largest), "{name}");
            // Only matrices are rounded; and what was rounded once stays.
            assert_eq!(pairs().any(|(a, b)| a != b), dims.len() == 2, "{name}");
        }
        assert_eq!(GraphWeights::from_onnx(&close.to_onnx("g", store)).expect("read"), close);
    }
    let quantized = weights.clone().quantized().expect("small");
    let read = GraphWeights::from_onnx(&quantized.to_onnx("g", GraphStore::F32)).expect("read");
    assert!(read.is_quantized());
    assert_eq!(read, quantized);
}

#[test]
fn other_graphs_are_refused_with_a_reason() {
    let bytes = weights(shape(8, 2, false), 5).to_onnx("g", GraphStore::F16);
    let altered = |change: fn(&mut ModelProto)| {
        let mut model = ModelProto::decode(&bytes[..]).expect("ONNX");
        change(&mut model);
        GraphWeights::from_onnx(&model.encode_to_vec()).expect_err("another graph")
    };
    type Change = fn(&mut ModelProto);
    let cases: [(&str, ErrorKind, Change); 12] = [
        ("operator set", ErrorKind::Unsupported, |m| m.opset_import[0].version = 19),
        ("no graph", ErrorKind::Corrupt, |m| m.graph = None),
        ("not Gelu(", ErrorKind::Unsupported, |m| {
            let nodes = &mut m.graph.as_mut().unwrap().node;
            nodes.iter_mut().find(|n| n.op_type == "Gelu").unwrap().op_type = "Relu".into();
        }),
        ("not LayerNormalization(", ErrorKind::Unsupported, |m| {
            let nodes = &mut m.graph.as_mut().unwrap().node;
            let node = nodes.iter_mut().find(|n| n.op_type == "LayerNormalization").unwrap();
            node.attribute[1].f = 0.5;
        }),
        ("not ScatterND(", ErrorKind::Unsupported, |m| {
            let nodes = &mut m.graph.as_mut().unwrap().node;
            nodes.iter_mut().find(|n| n.op_type == "ScatterND").unwrap().attribute.clear();
        }),
        ("ends before", ErrorKind::Unsupported, |m| {
            m.graph.as_mut().unwrap().node.pop();
        }),
        ("further Gemm(", ErrorKind::Unsupported, |m| {
            let nodes = &mut m.graph.as_mut().unwrap().node;
            nodes.push(nodes.last().unwrap().clone());
        }),
        ("'out.second.bias'", ErrorKind::Unsupported, |m| {
            m.graph.as_mut().unwrap().initializer.retain(|t| t.name != "out.second.bias");
        }),
        ("initializer 'more'", ErrorKind::Unsupported, |m| {
            let list = &mut m.graph.as_mut().unwrap().initializer;
            let more = tract_onnx::pb::TensorProto { name: "more".into(), ..list[0].clone() };
            list.push(more);
        }),
        ("another value of 'ten'", ErrorKind::Unsupported, |m| {
            let list = &mut m.graph.as_mut().unwrap().initializer;
            list.iter_mut().find(|t| t.name == "ten").unwrap().raw_data = 9f32.to_le_bytes().into();
        }),
        ("bytes do not fit", ErrorKind::Corrupt, |m| {
            let list = &mut m.graph.as_mut().unwrap().initializer;
            list.iter_mut().find(|t| t.name == "out.norm.bias").unwrap().raw_data.pop();
        }),
        ("width: 1000000000", ErrorKind::Limit, |m| {
            let list = &mut m.graph.as_mut().unwrap().initializer;
            list.iter_mut().find(|t| t.name == "atom.table.f16").unwrap().dims[1] = 1_000_000_000;
        }),
    ];
    for (expected, kind, change) in cases {
        let error = altered(change);
        assert!(error.to_string().contains(expected), "{expected}: {error}");
        assert_eq!(error.kind, kind, "{error}");
    }
    for cut in (0..bytes.len()).step_by(101) {
        assert!(GraphWeights::from_onnx(&bytes[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn a_batch_norm_is_folded_into_the_layer_before_it() {
    let (mut weight, mut bias) = (vec![1.0, 2.0, 3.0, 4.0], vec![0.5, -0.5]);
    let norm = BatchNorm {
        weight: &[2.0, 1.0],
        bias: &[0.0, 1.0],
        mean: &[0.5, 0.5],
        variance: &[3.0, 0.0],
        epsilon: 1.0,
    };
    norm.fold(&mut weight, &mut bias);
    assert_eq!((weight, bias), (vec![1.0, 2.0, 3.0, 4.0], vec![0.0, 0.0]));
}

#[test]
fn incomplete_weights_are_refused() {
    let whole = weights(shape(8, 1, false), 1);
    let all = || -> std::collections::BTreeMap<String, Vec<f32>> {
        let tensors = whole.shape().tensors().into_iter();
        tensors.map(|(name, _)| (name.clone(), whole.get(&name).into_owned())).collect()
    };
    let mut values = all();
    values.get_mut("layer0.first.bias").expect("there").pop();
    let error = GraphWeights::new(whole.shape(), values).expect_err("too short");
    assert!(error.to_string().contains("layer0.first.bias"), "{error}");
    let mut values = all();
    values.insert("layer1.scale".into(), vec![1.0]);
    assert!(GraphWeights::new(whole.shape(), values).is_err());
    let shape = GraphShape { layers: 0, ..whole.shape() };
    assert!(GraphWeights::new(shape, all()).is_err());
}
