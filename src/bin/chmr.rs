//! The command line.
fn main() {
    let mut ok = 0;
    for l in std::io::stdin().lines() {
        match chmr::chem::parse_smiles(&l.unwrap(), &Default::default()) {
            Ok(m) => {
                ok += 1;
                std::hint::black_box(m.rings().len());
            }
            Err(e) => println!("{e}"),
        }
    }
    println!("{ok}");
}
