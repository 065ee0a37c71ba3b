//! `graph_dump FOLDER WIDTH LAYERS WALKS STORE ROUNDS < SMILES`: a made-up graph network with what it reads and gives, for the
//! comparison with onnxruntime.
//!
//! Writes into FOLDER `network.onnx`, and little-endian, molecule behind molecule: `sizes` (i64: atoms and bonds of each), `atoms`
//! (i64, eight codes each), `edges` (i64, two atoms each, both directions of a bond), `bonds` (i64, four codes each edge), `walks`
//! (f32), `y` (f32). WALKS is 0 or 1, STORE f32, f16, int8 or quantized. Prints the seconds of processor time (where Linux tells, else of the clock) of each of ROUNDS
//! rounds over all molecules, 64 at a time on one thread, and the multiply-adds of one round. A line that is no molecule is left out.

use chmr::chem::parse_smiles;
use chmr::features::{graph_codes, walks};
use chmr::model::graph::{
    GraphNetwork, GraphScratch, GraphShape, GraphStore, GraphWeights, MoleculeGraph,
};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

#[path = "../tests/support/graph_weights.rs"]
mod made_up;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, width, layers, with_walks, store, rounds] = arguments.as_slice() else {
        return Err("usage: graph_dump FOLDER WIDTH LAYERS WALKS STORE ROUNDS < SMILES".into());
    };
    let (width, layers) = (width.parse()?, layers.parse()?);
    let with_walks = with_walks == "1";
    let quantized = store == "quantized";
    let store = match store.as_str() {
        "f32" => GraphStore::F32,
        "f16" => GraphStore::F16,
        "int8" | "quantized" => GraphStore::Int8,
        other => return Err(format!("{other}: expected f32, f16, int8 or quantized").into()),
    };
    let shape = GraphShape {
        width,
        layers,
        inner: 2 * width,
        hidden: 1024,
        outputs: 512,
        walks: with_walks,
    };
    let folder = Path::new(folder);
    let mut weights = GraphWeights::new(shape, made_up::graph_weights(&shape.tensors(), 1))?;
    if quantized {
        weights = weights.quantized()?;
    }
    let onnx = weights.to_onnx("made up", store);
    std::fs::write(folder.join("network.onnx"), &onnx)?;
    // Rounded as the file rounds.
    let network = GraphNetwork::new(&GraphWeights::from_onnx(&onnx)?);

    let (mut sizes, mut atoms, mut edges, mut bonds) = (vec![], vec![], vec![], vec![]);
    let (mut back, mut graphs, mut multiply_adds) = (Vec::<f32>::new(), vec![], 0);
    let mut molecules = 0;
    for line in std::io::stdin().lines() {
        let Ok(molecule) = parse_smiles(&line?, &Default::default()) else { continue };
        molecules += 1;
        let Ok(graph) = MoleculeGraph::new(&molecule, with_walks) else { continue };
        let codes = graph_codes(&molecule)?;
        sizes.extend([codes.atoms.len() as i64, codes.bonds.len() as i64]);
        atoms.extend(codes.atoms.iter().flatten().map(|c| i64::from(*c)));
        for (&[a, b], codes) in codes.ends.iter().zip(&codes.bonds) {
            edges.extend([a, b, b, a].map(i64::from));
            bonds.extend(codes.iter().chain(codes).map(|c| i64::from(*c)));
        }
        if with_walks {
            back.extend(walks(&molecule).into_iter().flatten());
        }
        multiply_adds += shape.multiply_adds(graph.atoms());
        graphs.push(graph);
    }
    for (name, values) in [("sizes", sizes), ("atoms", atoms), ("edges", edges), ("bonds", bonds)] {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        std::fs::write(folder.join(name), bytes)?;
    }
    if graphs.len() < molecules {
        eprintln!("{} of {molecules} molecules have no codes", molecules - graphs.len());
    }
    let floats = |name: &str, values: &[f32]| {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        std::fs::write(folder.join(name), bytes)
    };
    floats("walks", &back)?;
    let mut scratch = GraphScratch::default();
    floats("y", &network.run(&graphs, &mut scratch))?;
    for _ in 0..rounds.parse()? {
        let start = Instant::now();
        let before = processor_time();
        for tile in graphs.chunks(64) {
            std::hint::black_box(network.run(tile, &mut scratch));
        }
        let spent = processor_time().zip(before).map(|(now, before)| now - before);
        println!("{}", spent.unwrap_or_else(|| start.elapsed().as_secs_f64()));
    }
    println!("{multiply_adds}");
    Ok(())
}

/// Seconds that this thread has had a processor.
fn processor_time() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}
