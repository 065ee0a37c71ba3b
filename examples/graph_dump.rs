//! `graph_dump FOLDER WIDTH LAYERS WALKS STORE ROUNDS < SMILES`: a made-up graph network with what it reads and gives, for the
//! comparison with onnxruntime.
//!
//! Writes into FOLDER `network.onnx`, the arrays of `tests/support/graph_arrays.rs`, and `y` (f32, little-endian). WALKS is 0 or 1, STORE f32, f16, int8 or quantized. Prints the seconds of processor time (where Linux tells, else of the clock) of each of ROUNDS
//! rounds over all molecules, 64 at a time on one thread, and the multiply-adds of one round. A line that is no molecule is left out.

use chmr::chem::parse_smiles;
use chmr::model::graph::{
    GraphNetwork, GraphScratch, GraphShape, GraphStore, GraphWeights, MoleculeGraph,
};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

#[path = "../tests/support/graph_arrays.rs"]
mod graph_arrays;
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

    let (mut arrays, mut graphs) = (graph_arrays::GraphArrays::default(), vec![]);
    let (mut multiply_adds, mut molecules) = (0, 0);
    for line in std::io::stdin().lines() {
        let Ok(molecule) = parse_smiles(&line?, &Default::default()) else { continue };
        molecules += 1;
        let Ok(graph) = MoleculeGraph::new(&molecule, with_walks) else { continue };
        arrays.push(&molecule, with_walks)?;
        multiply_adds += shape.multiply_adds(graph.atoms());
        graphs.push(graph);
    }
    arrays.write(folder)?;
    if graphs.len() < molecules {
        eprintln!("{} of {molecules} molecules have no codes", molecules - graphs.len());
    }
    let mut scratch = GraphScratch::default();
    graph_arrays::floats(folder, "y", &network.run(&graphs, &mut scratch))?;
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
