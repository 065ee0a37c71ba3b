//! Formats that are not read, so that a message can name them.

use super::error::Error;
use std::path::Path;

const UNPACK: &str = "unpack it first";
const TABLE: &str = "save the sheet as CSV";
const CONVERT: &str = "convert it to SDF, as with Open Babel";

/// First bytes of binary formats, what they are, and what to do.
const MAGIC: [(&[u8], &str, &str); 25] = [
    (b"BZh", "bzip2", "unpack it first, as with bunzip2"),
    (b"\xfd7zXZ\0", "xz", "unpack it first, as with unxz"),
    (b"\x28\xb5\x2f\xfd", "zstd", "unpack it first, as with unzstd"),
    (b"\x04\x22\x4d\x18", "lz4", UNPACK),
    (b"LZIP", "lzip", UNPACK),
    (b"\x1f\x9d", "compress (.Z)", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an Excel workbook (.xls) or another file of old Office",
        TABLE,
    ),
    (b"%PDF", "PDF", "take the structures out of it"),
    (b"VjCD0100", "CDX (ChemDraw)", CONVERT),
    (b"PARE", "encrypted Parquet", "write it without encryption"),
    (b"ARROW1", "Arrow (Feather)", "write it as Parquet"),
    (b"ORC", "ORC", "write it as Parquet"),
    (b"Obj\x01", "Avro", "write it as Parquet"),
    (b"\x89HDF\r\n\x1a\n", "HDF5", "write it as Parquet"),
    (b"SQLite format 3\0", "an SQLite database", "write the table as CSV"),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV"),
    (b"\x80\x02", "a Python pickle", "write it as CSV"),
    (b"\x80\x03", "a Python pickle", "write it as CSV"),
    (b"\x80\x04", "a Python pickle", "write it as CSV"),
    (b"\x80\x05", "a Python pickle", "write it as CSV"),
    (b"\x89PNG", "an image (PNG)", "take the structures out of it"),
    (b"\xff\xd8\xff", "an image (JPEG)", "take the structures out of it"),
    (b"\x7fELF", "a program", "check the file's name"),
];

/// Endings of names, what they stand for, and what to do.
const ENDINGS: [(&str, &str, &str); 29] = [
    ("mol2", "MOL2", CONVERT),
    ("pdb", "PDB", CONVERT),
    ("ent", "PDB", CONVERT),
    ("cif", "CIF", CONVERT),
    ("mmcif", "CIF", CONVERT),
    ("xyz", "XYZ", CONVERT),
    ("cdx", "CDX (ChemDraw)", CONVERT),
    ("cdxml", "CDXML (ChemDraw)", CONVERT),
    ("cml", "CML", CONVERT),
    ("mrv", "MRV (Marvin)", CONVERT),
    ("mae", "Maestro", CONVERT),
    ("maegz", "Maestro", CONVERT),
    ("rxn", "a reaction (RXN)", "expected molecules"),
    ("rdf", "reactions (RDF)", "expected molecules"),
    ("inchi", "InChI", "convert it to SMILES, as with Open Babel"),
    ("json", "JSON", "write it as CSV"),
    ("jsonl", "JSON", "write it as CSV"),
    ("xlsx", "an Excel workbook (.xlsx)", TABLE),
    ("xls", "an Excel workbook (.xls)", TABLE),
    ("ods", "an OpenDocument spreadsheet", TABLE),
    ("bz2", "bzip2", UNPACK),
    ("xz", "xz", UNPACK),
    ("zst", "zstd", UNPACK),
    ("zip", "a ZIP archive", UNPACK),
    ("pdf", "PDF", "take the structures out of it"),
    ("feather", "Arrow (Feather)", "write it as Parquet"),
    ("arrow", "Arrow (Feather)", "write it as Parquet"),
    ("fasta", "FASTA", "expected small molecules"),
    ("tdt", "TDT", CONVERT),
];

/// The message about a file that is `what`.
fn refused(what: &str, hint: &str) -> Error {
    Error::new(
        None,
        format!(
            "this is {what}, which is not read; {hint} (read are SMILES, CSV and TSV, SDF, PDBQT, Parquet, and these as .gz)"
        ),
    )
}

/// Refuses binary formats that are not read.
pub fn refuse(head: &[u8]) -> Result<(), Error> {
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        let has = |part: &[u8]| head.windows(part.len()).any(|w| w == part);
        return Err(if has(b"xl/") || has(b"[Content_Types].xml") {
            refused("an Excel workbook (.xlsx) or another Office file", TABLE)
        } else if has(b"opendocument.spreadsheet") {
            refused("an OpenDocument spreadsheet", TABLE)
        } else {
            refused("a ZIP archive", UNPACK)
        });
    }
    if head.get(257..262) == Some(b"ustar") {
        return Err(refused("a tar archive", "take the file out of it, as with tar -x"));
    }
    // Letters may also begin a text: what follows them must be no text.
    let texts = |magic: &[u8]| magic.is_ascii() && magic.iter().all(u8::is_ascii_graphic);
    let rest = |magic: &[u8]| {
        head[magic.len()..head.len().min(magic.len() + 64)].iter().any(|b| *b >= 0x80 || *b < 9)
    };
    match MAGIC
        .iter()
        .find(|(m, ..)| head.starts_with(m) && (*m == b"%PDF" || !texts(m) || rest(m)))
    {
        Some((_, what, hint)) => Err(refused(what, hint)),
        None => Ok(()),
    }
}

/// Refuses texts of a format that is not read. `lines` are the first.
pub fn refuse_text(lines: &[&str]) -> Result<(), Error> {
    let first = lines.iter().copied().find(|l| !l.trim().is_empty()).unwrap_or_default().trim();
    let any = |start: &str| lines.iter().take(100).any(|l| l.trim_start().starts_with(start));
    let within = |part: &str| lines.iter().take(20).any(|l| l.contains(part));
    let (what, hint) = match first {
        _ if any("@<TRIPOS>") => ("MOL2", CONVERT),
        _ if any("f_m_ct {") || any("s_m_m2io_version") => ("Maestro", CONVERT),
        f if f.starts_with("$RXN") => ("a reaction (RXN)", "expected molecules"),
        f if f.starts_with("$RDFILE") => ("reactions (RDF)", "expected molecules"),
        f if f.starts_with("$MDL") => ("an RG file", "expected molecules"),
        f if f.starts_with("$SMI<") => ("TDT", CONVERT),
        f if f.starts_with("InChI=") => ("InChI", "convert it to SMILES, as with Open Babel"),
        f if f.starts_with('<') && within("<CDXML") => ("CDXML (ChemDraw)", CONVERT),
        f if f.starts_with('<') && within("MChemicalStruct") => ("MRV (Marvin)", CONVERT),
        f if f.starts_with('<') && (within("<cml") || within("<molecule")) => ("CML", CONVERT),
        f if f.starts_with('<')
            && (within("<html") || within("<!DOCTYPE html") || within("<!doctype html")) =>
        {
            ("an HTML page", "perhaps a download failed")
        }
        f if f.starts_with("<?xml") => ("XML", CONVERT),
        f if f.starts_with("{\"") || f == "{" || f.starts_with("[{") || f.starts_with("{ \"") => {
            ("JSON", "write it as CSV")
        }
        f if f.starts_with("data_") && (any("_atom_site") || any("loop_") || any("_cell")) => {
            ("CIF", CONVERT)
        }
        f if f.starts_with('>') => ("FASTA", "expected small molecules"),
        f if f.starts_with("version https://git-lfs") => {
            ("a pointer of Git LFS", "fetch the file itself")
        }
        _ if is_xyz(lines) => ("XYZ", CONVERT),
        _ => return Ok(()),
    };
    Err(refused(what, hint))
}

/// The refusal of PDB.
pub fn pdb() -> Error {
    refused("PDB, which has no bond orders", CONVERT)
}

/// The refusal of Parquet, where it is not read.
pub fn parquet() -> Error {
    Error::new(None, "this is Parquet, which is not read here; expected a text table, such as CSV")
}

/// A count, a title, then an element and three numbers.
fn is_xyz(lines: &[&str]) -> bool {
    let atom = |line: &str| {
        let mut fields = line.split_whitespace();
        let element =
            fields.next().is_some_and(|f| f.len() <= 3 && f.chars().all(char::is_alphabetic));
        let numbers: Vec<&str> = fields.take(3).collect();
        element && numbers.len() == 3 && numbers.iter().all(|n| n.parse::<f64>().is_ok())
    };
    lines.len() > 2 && lines[0].trim().parse::<u32>().is_ok() && atom(lines[2])
}

/// What the ending of a file's name stands for, if that is a format which is not read, and what to do about it.
pub fn foreign_name(path: &Path) -> Option<Error> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.')?.1;
    let (_, what, hint) = ENDINGS.iter().find(|(e, ..)| *e == ending)?;
    Some(refused(what, hint))
}
