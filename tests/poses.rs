//! Docked poses and arrays: what a docking tool hands over.

#[path = "support/skip.rs"]
mod skip;

use chmr::chem::{
    AtomTable, BondOrder, Error, ErrorKind, Limits, Molecule, PdbqtReader, SdfReader,
    molecule_from_atoms, parse_smiles,
};
use chmr::features::{maccs, morgan};
use std::fmt::Write;
use std::io::BufReader;

/// Output of AutoDock Vina: ibuprofen, three poses (`tests/hosts/docking/dock.sh`).
const VINA: &str = include_str!("golden/vina.pdbqt");
const IBUPROFEN: &str = "CC(C)Cc1ccc(cc1)C(C)C(=O)O";

fn limits() -> Limits {
    Limits::default()
}

fn smiles(text: &str) -> Molecule {
    parse_smiles(text, &limits()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn read(text: &str, template: Option<&str>) -> Vec<Result<Molecule, Error>> {
    read_of(text, &template.into_iter().collect::<Vec<_>>())
}

fn read_of(text: &str, templates: &[&str]) -> Vec<Result<Molecule, Error>> {
    PdbqtReader::new(text, templates, limits()).map(|pose| pose.molecule).collect()
}

/// The SMILES of each molecule, or "" where it is refused.
fn written(text: &str, templates: &[&str]) -> Vec<String> {
    let read = read_of(text, templates).into_iter();
    read.map(|m| m.ok().and_then(|m| m.to_smiles()).unwrap_or_default()).collect()
}

/// The message of the only pose, which is refused.
fn refusal(text: &str, template: Option<&str>, kind: ErrorKind) -> String {
    let [Err(e)] = &read(text, template)[..] else { panic!("one refused pose") };
    assert_eq!(e.kind, kind, "{e}");
    e.message.clone()
}

/// The longest bond, Å: what gives a wrong match away.
fn longest_bond(mol: &Molecule) -> f32 {
    let positions = &mol.conformer().unwrap().positions;
    let length = |b: &chmr::chem::Bond| {
        let (p, q) = (positions[b.begin as usize], positions[b.end as usize]);
        (0..3).map(|k| (p[k] - q[k]).powi(2)).sum::<f32>().sqrt()
    };
    mol.bonds().iter().map(length).fold(0.0, f32::max)
}

/// A pose as Vina writes it, of heavy atoms in the order given.
fn pose(mol: &Molecule, positions: &[[f32; 3]], order: &[usize]) -> String {
    let mut text = String::from("ROOT\n");
    for (serial, &i) in order.iter().enumerate() {
        let kind = match mol.atoms()[i].atomic_number {
            6 if mol.atoms()[i].aromatic => "A",
            z => ["C", "NA", "OA", "F", "P", "SA", "Cl", "Br", "I", "B", "Si", "Se"]
                [[6, 7, 8, 9, 15, 16, 17, 35, 53, 5, 14, 34].iter().position(|&k| k == z).unwrap()],
        };
        let [x, y, z] = positions[i];
        writeln!(
            text,
            "ATOM  {:5}  X   UNL     1    {x:8.3}{y:8.3}{z:8.3}  0.00  0.00    +0.000 {kind:<2}",
            serial + 1
        )
        .unwrap();
    }
    text + "ENDROOT\nTORSDOF 0\n"
}

/// Ethanol on a line, its atoms as O, C, C.
fn ethanol() -> String {
    let positions = [[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [2.9, 0.0, 0.0]];
    pose(&smiles("CCO"), &positions, &[2, 1, 0])
}

#[test]
fn vina_output() {
    for template in [IBUPROFEN, "OC(=O)C(C)c1ccc(CC(C)C)cc1", "[O-]C(=O)[C@@H](C)c1ccc(CC(C)C)cc1"]
    {
        let poses = read(VINA, Some(template));
        assert_eq!(poses.len(), 3);
        let mut seen = Vec::new();
        for mol in poses.into_iter().map(Result::unwrap) {
            assert_eq!(mol.to_smiles(), smiles(template).to_smiles());
            assert!(longest_bond(&mol) < 1.65, "{template}");
            let conformer = mol.conformer().unwrap();
            assert!(conformer.is_3d);
            assert!(!seen.contains(&conformer.positions), "each pose has its own positions");
            seen.push(conformer.positions.clone());
        }
    }
}

#[test]
fn remarks_name_the_molecule_and_its_atoms() {
    // The same geometry, read once by the map and once by the distances.
    let remarks = "REMARK SMILES CCO\nREMARK SMILES IDX 1 3 2 2\nREMARK SMILES IDX 3 1\n";
    let expected = [[0.0, 0.0, 0.0], [1.5, 0.0, 0.0], [2.9, 0.0, 0.0]];
    for text in [
        format!("{remarks}{}", ethanol()),
        format!("REMARK SMILES CCO\n{}", ethanol()),
        format!("MODEL 1\n{remarks}{}ENDMDL\n", ethanol()),
        format!("{remarks}MODEL 1\n{}ENDMDL\n", ethanol()).replace('\n', "\r\n"),
    ] {
        let mut poses = read(&text, None);
        let mol = poses.remove(0).unwrap();
        assert!(poses.is_empty());
        assert_eq!(mol.conformer().unwrap().positions, expected, "{text}");
    }
    // The map is believed, whatever the distances.
    let far = ethanol().replace("   1.500", "  99.500");
    let by_map = read(&format!("{remarks}{far}"), None).remove(0).unwrap();
    assert_eq!(by_map.conformer().unwrap().positions[1][0], 99.5);
    // A template of the caller's goes before the remarks.
    let own = read(&format!("REMARK SMILES CCN\n{}", ethanol()), Some("OCC")).remove(0).unwrap();
    assert_eq!(own.atoms()[0].atomic_number, 8);
}

#[test]
fn each_model_is_a_pose_of_its_own() {
    let good = format!("MODEL\n{}ENDMDL\n", ethanol());
    let bad = format!("MODEL\n{}ENDMDL\n", ethanol().replace("   1.500", "     x.5"));
    let unfinished = format!("MODEL\n{}", ethanol());
    let text = format!("{good}{bad}MODEL\nENDMDL\n{unfinished}{good}");
    let ok: Vec<_> = read(&text, Some("CCO")).iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, false, false, true, true]);
    assert!(read("", Some("CCO")).is_empty());
    assert!(read("REMARK SMILES CCO\n\n", None).is_empty());
}

#[test]
fn what_is_not_the_ligand_is_passed_over() {
    let residue = "BEGIN_RES LYS A  52\nATOM      1  CA  LYS A  52       9.000   9.000   9.000  0.00  \
                   0.00    +0.000 C \nEND_RES LYS A  52\n";
    let glue = "ATOM     90  G   UNL     1       8.000   8.000   8.000  0.00  0.00    +0.000 G0\n";
    let polar = "ATOM     91  H   UNL     1       3.400   0.800   0.000  0.00  0.00    +0.000 HD\n";
    let text = format!("{residue}{}{glue}{polar}{residue}", ethanol());
    assert!(read(&text, Some("CCO"))[0].is_ok());
}

/// Methylamine, far from ethanol.
fn methylamine() -> String {
    let positions = [[20.0, 0.0, 0.0], [21.4, 0.0, 0.0]];
    pose(&smiles("CN"), &positions, &[0, 1])
}

fn water(number: usize) -> String {
    format!(
        "HETATM   40  O   HOH A{number:4}       9.000   9.000   9.000  1.00  0.00    -0.400 OA\n\
         HETATM   41  H   HOH A{number:4}       9.900   9.000   9.000  1.00  0.00     0.200 HD\n"
    )
}

#[test]
fn molecules_that_were_docked_together_are_a_row_each() {
    let remarked = |smiles: &str, body: String| format!("REMARK SMILES {smiles}\n{body}");
    let (a, b) = (remarked("CCO", ethanol()), remarked("CN", methylamine()));
    let two = format!("MODEL 1\n{a}{b}ENDMDL\nMODEL 2\n{b}{a}ENDMDL\n");
    assert_eq!(written(&two, &[]), ["CCO", "CN", "CN", "CCO"]);
    // The order of templates does not matter, nor that one is given as part of a mixture.
    let bare = format!("MODEL 1\n{}{}ENDMDL\n", ethanol(), methylamine());
    for templates in [&["CN", "OCC"][..], &["OCC", "CN"], &["OCC.CN"], &["CC", "CN.OCC"]] {
        assert_eq!(written(&bare, templates).len(), 2, "{templates:?}");
        assert!(!written(&bare, templates).contains(&String::new()), "{templates:?}");
    }
    // A template for one, a remark for the other.
    let mixed = format!("MODEL 1\n{}{b}ENDMDL\n", ethanol());
    assert_eq!(written(&mixed, &["CCO"]), ["CCO", "CN"]);
    // What is missing is told, and the other is read.
    let read = read_of(&bare, &["CCO"]);
    let message = &read[1].as_ref().unwrap_err().message;
    assert!(
        read[0].is_ok() && message.contains("2 molecules: give a template for each"),
        "{message}"
    );
    let message = read_of(&bare, &[])[1].as_ref().unwrap_err().message.clone();
    assert!(message.contains("for each of the 2"), "{message}");
    let message = read_of(&bare, &["CCO", "CCC"])[1].as_ref().unwrap_err().message.clone();
    assert!(
        message.contains("none of the 2 templates") && message.contains("2 heavy atoms"),
        "{message}"
    );
    // Remarks of the first pose, or above all, hold for the others.
    let first = format!("MODEL 1\n{a}{b}ENDMDL\n{}", bare.replace("MODEL 1", "MODEL 2"));
    assert_eq!(written(&first, &[]), ["CCO", "CN", "CCO", "CN"]);
    assert_eq!(
        written(&format!("REMARK SMILES CCO\nREMARK SMILES CN\n{bare}"), &[]),
        ["CCO", "CN"]
    );
    assert_eq!(written(&format!("REMARK SMILES CCO.CN\n{bare}"), &[]), ["CCO", "CN"]);
    // Without MODEL, and with a map of serial numbers that both begin from 1.
    let map = "REMARK SMILES CCO\nREMARK SMILES IDX 1 3 2 2 3 1\n";
    assert_eq!(written(&format!("{map}{}{b}", ethanol()), &[]), ["CCO", "CN"]);
    // Where each belongs.
    let places: Vec<_> =
        PdbqtReader::new(&two, &[], limits()).map(|p| (p.model, p.ligand, p.ligands)).collect();
    assert_eq!(places, [(0, 0, 2), (0, 1, 2), (1, 0, 2), (1, 1, 2)]);
}

#[test]
fn waters_are_molecules_of_their_own() {
    for text in [
        format!("MODEL 1\n{}ROOT\n{}ENDROOT\nTORSDOF 0\nENDMDL\n", ethanol(), water(2)),
        format!("{}{}", ethanol(), water(2)),
        // In one list with the molecule.
        format!("{}{}", ethanol().replace("ENDROOT\nTORSDOF 0\n", ""), water(2)),
    ] {
        assert_eq!(written(&text, &["CCO", "O"]), ["CCO", "O"], "{text}");
        let read = read_of(&text, &["CCO"]);
        assert!(
            read[0].is_ok() && read[1].as_ref().unwrap_err().message.contains("template for each")
        );
    }
    let two = format!("{}{}{}", ethanol(), water(2), water(3));
    assert_eq!(written(&two, &["O", "CCO"]), ["CCO", "O", "O"]);
}

#[test]
fn molecules_bound_to_the_receptor_are_rows() {
    let inside =
        |remarks: &str| format!("BEGIN_RES CYS A  41\n{remarks}{}END_RES CYS A  41\n", ethanol());
    let flexible = "BEGIN_RES LYS A  52\nATOM      1  CA  LYS A  52       9.000   9.000   9.000  0.00  \
                    0.00    +0.000 C \nEND_RES LYS A  52\n";
    let own = inside("REMARK SMILES CCO\nREMARK SMILES IDX 1 3 2 2 3 1\n");
    assert_eq!(written(&own, &[]), ["CCO"]);
    assert_eq!(written(&format!("MODEL 1\n{flexible}{own}ENDMDL\n"), &[]), ["CCO"]);
    // Beside another molecule, and named by a template or a remark above.
    assert_eq!(written(&format!("REMARK SMILES CN\n{}{own}", methylamine()), &[]), ["CN", "CCO"]);
    assert_eq!(written(&format!("{flexible}{}", inside("")), &["CCO"]), ["CCO"]);
    assert_eq!(written(&format!("REMARK SMILES CCO\n{}", inside("")), &[]), ["CCO"]);
    // Nothing to go by: an error, not silence.
    for templates in [&[][..], &["CCC"]] {
        let read = read_of(&inside(""), templates);
        let message = &read[0].as_ref().unwrap_err().message;
        assert!(
            read.len() == 1 && message.contains("CYS A  41") && message.contains("template"),
            "{message}"
        );
    }
    let wrong = inside("REMARK SMILES CCN\n");
    let message = read_of(&wrong, &[])[0].as_ref().unwrap_err().message.clone();
    assert!(
        message.contains("1 N atoms") && message.contains("bound to the receptor"),
        "{message}"
    );
    // A receptor above its ligand's poses.
    let above = format!("{flexible}MODEL 1\nREMARK SMILES CCO\n{}{flexible}ENDMDL\n", ethanol());
    assert_eq!(written(&above, &[]), ["CCO"]);
}

#[test]
fn remarks_of_other_programs_are_understood() {
    for remark in [
        "REMARK    SMILES: CCO",
        "REMARK smiles = CCO",
        "REMARK SMILES:CCO",
        "REMARK Ligand SMILES: CCO from a file",
        "REMARK  canonical_smiles: CCO",
        "REMARK SMILES CCO\nREMARK IDX 1 3 2 2 3 1",
        "REMARK    SMILES: CCO\nREMARK IDX 3 1 1 3 2 2",
        // Whatever that counts, it is not what Meeko means.
        "REMARK SMILES: CCO\nREMARK IDX 1 1 2 2 3 3",
        "REMARK SMILES: CCO\nREMARK IDX of the pose: 7",
        "REMARK SMILES CCO\nREMARK H PARENT 3 4\nREMARK Flexibility Score: 1.00",
    ] {
        assert_eq!(written(&format!("{remark}\n{}", ethanol()), &[]), ["CCO"], "{remark}");
    }
    let named = format!("REMARK  Name = drink one\n{}", ethanol());
    let pose = PdbqtReader::new(&named, &["CCO"], limits()).next().unwrap();
    assert_eq!(pose.name.as_deref(), Some("drink one"));
    for other in [
        "REMARK VINA RESULT:    -4.280      0.000      0.000",
        "REMARK  status: ('A' for Active)",
        "REMARK",
    ] {
        refusal(&format!("{other}\n{}", ethanol()), None, ErrorKind::Template);
    }
}

#[test]
fn a_hydrogen_that_is_an_atom_of_the_template_is_found() {
    // Drawn with its hydrogen, as the double bond has two sides: acetaldimine.
    let text = "ROOT\n\
        ATOM      1  C   UNL     1       0.000   0.000   0.000  0.00  0.00    +0.000 C \n\
        ATOM      2  C   UNL     1       1.500   0.000   0.000  0.00  0.00    +0.000 C \n\
        ATOM      3  N   UNL     1       2.100   1.100   0.000  0.00  0.00    +0.000 N \n\
        ATOM      4  H   UNL     1       3.100   1.100   0.000  0.00  0.00    +0.000 HD\n\
        ENDROOT\nTORSDOF 0\n";
    let template = r"[H]/N=C/C";
    if smiles(template).atoms().iter().all(|a| a.atomic_number != 1) {
        return; // folded in: nothing to be found
    }
    for (text, templates) in [
        (text.to_owned(), &[template][..]),
        (format!("REMARK SMILES {template}\nREMARK SMILES IDX 1 4 2 3 3 2 4 1\n{text}"), &[]),
    ] {
        let mol = read_of(&text, templates).remove(0).unwrap();
        let h = mol.atoms().iter().position(|a| a.atomic_number == 1).unwrap();
        assert_eq!(mol.conformer().unwrap().positions[h], [3.1, 1.1, 0.0]);
    }
    let without = text
        .replace("   0.00    +0.000 HD", "   0.00    +0.000 G0")
        .replace("  0.00  0.00    +0.000 HD", "  0.00  0.00    +0.000 W ");
    refusal(&without, Some(template), ErrorKind::Unsupported);
}

#[test]
fn numbered_types_of_reactive_docking() {
    assert_eq!(
        written(&ethanol().replace(" OA", " OA4").replace(" C \n", " C1\n"), &["CCO"]),
        ["CCO"]
    );
}

#[test]
fn the_cases_that_failed() {
    let folder = std::env::var("CHMR_DATA").unwrap_or("../shared/data".into());
    for (file, rows) in [
        ("p1_two_ligands", &["Cc1ccncc1O", "CC(=O)NCCS", "Cc1ccncc1O", "CC(=O)NCCS"][..]),
        ("p3_water", &["Cc1ccncc1O", "O"]),
        ("p5_covalent", &["Cc1ccncc1O"]),
        ("p10_colon", &["Cc1ccncc1O"]),
    ] {
        let Ok(text) = std::fs::read_to_string(format!("{folder}/cases/{file}.pdbqt")) else {
            skip::skip(format_args!("no cases/{file}.pdbqt in {folder}"));
            continue;
        };
        let expected: Vec<String> = rows.iter().map(|r| smiles(r).to_smiles().unwrap()).collect();
        assert_eq!(written(&text, &[]), expected, "{file}");
    }
}

#[test]
fn mismatches_say_what_differs() {
    let template = ErrorKind::Template;
    let text = ethanol();
    assert!(refusal(&text, None, template).contains("REMARK SMILES"));
    assert!(refusal(&text, Some("CCCO"), template).contains("3 C atoms, the pose 2"));
    assert!(refusal(&text, Some("CCN"), template).contains("1 N atoms, the pose 0"));
    assert!(refusal(&text, Some("COC"), template).contains("distances"));
    assert!(refusal(&text, Some("CC.O"), template).contains("distances"));
    let remarked = |remarks: &str| refusal(&format!("{remarks}{text}"), None, template);
    let head = "REMARK SMILES CCO\nREMARK SMILES IDX";
    assert!(remarked(&format!("{head} 1 3 2 2\n")).contains("does not name atom 3"));
    assert!(remarked(&format!("{head} 1 1 2 2 3 3\n")).contains("atom 1 (C)"));
    assert!(remarked(&format!("{head} 1 3 1 2 3 1\n")).contains("twice"));
    assert!(remarked(&format!("{head} 1 3 2 3 3 1\n")).contains("twice"));
    assert!(remarked(&format!("{head} 4 3\n")).contains("expected 1 to 3"));
    assert!(remarked(&format!("{head} 0 3\n")).contains("expected 1 to 3"));
    assert!(remarked(&format!("{head} 1 9\n")).contains("serial number 9"));
    assert!(remarked("REMARK SMILES CC\nREMARK SMILES IDX 1 3 2 2\n").contains("2 heavy atoms"));
    refusal(&format!("{head} 1 x\n{text}"), None, ErrorKind::Syntax);
    refusal(&format!("{head} 1\n{text}"), None, ErrorKind::Syntax);
    refusal(&format!("REMARK SMILES C(\n{text}"), None, ErrorKind::Syntax);
    refusal(&text, Some("C("), ErrorKind::Syntax);
    refusal(&text, Some("[2H]OCC"), ErrorKind::Unsupported);
    refusal(&text.replace(" OA", " Xx"), Some("CCO"), ErrorKind::Element);
    refusal("MODEL 1\nENDMDL\n", Some("CCO"), ErrorKind::Empty);
}

#[test]
fn work_on_a_match_is_bounded() {
    // All atoms in one place: every pair could be a bond.
    let chain = smiles(&"C".repeat(900));
    let heap = pose(&chain, &vec![[0.0; 3]; 900], &(0..900).collect::<Vec<_>>());
    refusal(&heap, Some(&"C".repeat(900)), ErrorKind::Template);
    // A sheet of carbon and a template of as many atoms that winds in another way.
    let sheet: Vec<[f32; 3]> =
        (0..400).map(|i| [(i % 20) as f32 * 1.5, (i / 20) as f32 * 1.5, 0.0]).collect();
    let all: Vec<usize> = (0..400).collect();
    let branched = format!("{}C", "C(C)(C)".repeat(133));
    let text = pose(&smiles(&"C".repeat(400)), &sheet, &all);
    assert!(read(&text, Some(&branched))[0].is_err());
}

/// Ligands of crystal structures, read from poses whose atoms are in another order.
#[test]
fn crystal_ligands() {
    let folder = std::env::var("CHMR_DATA").unwrap_or("../shared/data".into());
    let Ok(file) = std::fs::File::open(format!("{folder}/parity/pdb_ligands.sdf.gz")) else {
        skip::skip(format_args!("no parity/pdb_ligands.sdf.gz in {folder}"));
        return;
    };
    let file = BufReader::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(file)));
    let (mut read_back, mut refused) = (0, Vec::new());
    for record in SdfReader::new(file, limits()).map(Result::unwrap) {
        let Ok(mol) = record.molecule(&limits()) else { continue };
        let known = [5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53];
        let n = mol.atoms().len();
        let Some(template) = mol.to_smiles() else { continue };
        if !mol.atoms().iter().all(|a| known.contains(&a.atomic_number)) {
            continue;
        }
        // Every seventh atom, and round again: no neighbours stay together.
        let stride = (7..).find(|s| (2..=*s).all(|d| n % d != 0 || s % d != 0)).unwrap();
        let order: Vec<usize> = (0..n).map(|i| i * stride % n).collect();
        let positions = &mol.conformer().unwrap().positions;
        match read(&pose(&mol, positions, &order), Some(&template)).remove(0) {
            Ok(pose) => {
                read_back += 1;
                assert_eq!(morgan(&pose, 2, 1024), morgan(&mol, 2, 1024), "{}", record.title);
                assert!(longest_bond(&pose) <= longest_bond(&mol) + 0.45, "{}", record.title);
            }
            Err(e) => refused.push(format!("{}: {e}", record.title)),
        }
    }
    println!("{read_back} read back, refused: {refused:#?}");
    assert!(read_back > 1900);
    // Broken crystal structures: bonds longer than any tolerance permits.
    assert!(refused.len() * 100 < read_back, "{}", refused.len());
}

/// A molecule as arrays with every hydrogen an atom.
fn arrays(mol: &Molecule) -> AtomTable {
    let mut table = AtomTable {
        elements: mol.atoms().iter().map(|a| a.atomic_number).collect(),
        charges: mol.atoms().iter().map(|a| a.charge).collect(),
        bonds: mol.bonds().iter().map(|b| (b.begin, b.end, b.order)).collect(),
        positions: Vec::new(),
    };
    for (i, atom) in mol.atoms().iter().enumerate() {
        for _ in 0..atom.hydrogens {
            table.bonds.push((i as u32, table.elements.len() as u32, BondOrder::Single));
            table.elements.push(1);
            table.charges.push(0);
        }
    }
    table
}

#[test]
fn arrays_are_the_molecule_that_they_came_from() {
    let mut tried = 0;
    for line in include_str!("golden/fingerprints.csv").lines().skip(1) {
        let text = line.split(',').next().unwrap();
        let mol = smiles(text);
        // Arrays have no isotopes; and what became dative was drawn as something else.
        if mol.atoms().iter().any(|a| a.isotope != 0 || a.atomic_number == 1)
            || mol.bonds().iter().any(|b| b.order == BondOrder::Dative)
        {
            continue;
        }
        let Ok(same) = molecule_from_atoms(&arrays(&mol), &limits()) else {
            panic!("{text}: {}", molecule_from_atoms(&arrays(&mol), &limits()).unwrap_err());
        };
        // Arrays have no radicals: those are filled up.
        if same.atoms().iter().map(|a| a.hydrogens).ne(mol.atoms().iter().map(|a| a.hydrogens)) {
            continue;
        }
        tried += 1;
        assert_eq!(morgan(&same, 2, 1024), morgan(&mol, 2, 1024), "{text}");
        assert_eq!(maccs(&same), maccs(&mol), "{text}");
        assert!(same.conformer().is_none());
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn positions_give_stereo() {
    // Bromochlorofluoromethane, which is as it is turned.
    let corners = [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0]];
    let hand = |mirror: f32| {
        let table = AtomTable {
            elements: vec![6, 9, 17, 35],
            charges: Vec::new(),
            bonds: (1..4).map(|i| (0, i, BondOrder::Single)).collect(),
            positions: std::iter::once([0.0; 3])
                .chain(corners.map(|[x, y, z]| [x * mirror, y, z]))
                .collect(),
        };
        let mol = molecule_from_atoms(&table, &limits()).unwrap();
        assert!(mol.conformer().unwrap().is_3d);
        mol.to_smiles().unwrap()
    };
    assert!(hand(1.0).contains('@') && hand(-1.0).contains('@'));
    assert_ne!(hand(1.0), hand(-1.0));
}

#[test]
fn wrong_arrays_are_refused() {
    let good = arrays(&smiles("CC(=O)[O-]"));
    assert!(molecule_from_atoms(&good, &limits()).is_ok());
    let wrong = |kind: ErrorKind, change: &dyn Fn(&mut AtomTable)| {
        let mut table = good.clone();
        change(&mut table);
        let e = molecule_from_atoms(&table, &limits()).unwrap_err();
        assert_eq!(e.kind, kind, "{e}");
    };
    wrong(ErrorKind::Empty, &|t| *t = AtomTable::default());
    wrong(ErrorKind::Element, &|t| t.elements[0] = 119);
    wrong(ErrorKind::Syntax, &|t| t.charges.truncate(2));
    wrong(ErrorKind::Syntax, &|t| t.positions = vec![[0.0; 3]; 2]);
    wrong(ErrorKind::Syntax, &|t| t.positions = vec![[f32::NAN; 3]; t.elements.len()]);
    wrong(ErrorKind::Syntax, &|t| t.positions = vec![[f32::MAX; 3]; t.elements.len()]);
    wrong(ErrorKind::Syntax, &|t| t.bonds[0].1 = u32::MAX);
    wrong(ErrorKind::Syntax, &|t| t.bonds[0] = (1, 1, BondOrder::Single));
    wrong(ErrorKind::Syntax, &|t| t.bonds.push((t.bonds[0].1, t.bonds[0].0, BondOrder::Double)));
    wrong(ErrorKind::Valence, &|t| t.bonds[0].2 = BondOrder::Quadruple);
    wrong(ErrorKind::Limit, &|t| t.elements = vec![6; 1001]);
    wrong(ErrorKind::Limit, &|t| t.bonds = vec![(0, 1, BondOrder::Single); 2001]);
}
