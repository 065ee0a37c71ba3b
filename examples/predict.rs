//! Predicts the SMILES given as arguments.

use chmr::{Batch, Model, PredictOptions, Run};

fn main() -> Result<(), chmr::Error> {
    let model = Model::open_default()?;
    let mut batch = Batch::new();
    for smiles in std::env::args().skip(1) {
        batch.push_smiles(&smiles);
    }
    let predicted = model.predict(&batch, &PredictOptions::default(), &Run::new())?;
    for (row, values) in predicted.rows.iter().zip(predicted.values.outer_iter()) {
        match row {
            Ok(()) => println!("{} = {:.3}", model.tasks()[0].name, values[0]),
            Err(reason) => println!("{reason}"),
        }
    }
    Ok(())
}
