//! The command line reads and writes Parquet.

#[path = "support/plain.rs"]
mod plain;
#[path = "support/program.rs"]
mod program;
mod support;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::parser::parse_message_type;
use program::{chmr, text};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.chmr"), support::model()).unwrap();
    folder
}

fn csv(out: &Output) -> Vec<Vec<String>> {
    assert!(out.status.success(), "{}", text(&out.stderr));
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(out.stdout.as_slice());
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Molecules with numbers as ids in row groups of `group`, as other programs write them.
fn parquet(
    molecules: &[Option<&str>],
    group: usize,
    compression: Compression,
    dictionary: bool,
) -> Vec<u8> {
    let schema = "message schema { optional int64 key; optional binary Canonical_SMILES (UTF8); required double y; }";
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_dictionary_enabled(dictionary)
        .build();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for (g, chunk) in molecules.chunks(group).enumerate() {
        let mut out = writer.next_row_group().unwrap();
        let keys: Vec<i64> = (0..chunk.len()).map(|i| 100 + (g * group + i) as i64).collect();
        let mut column = out.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&keys, Some(&vec![1; keys.len()]), None).unwrap();
        column.close().unwrap();
        let values: Vec<ByteArray> = chunk.iter().flatten().map(|s| ByteArray::from(*s)).collect();
        let levels: Vec<i16> = chunk.iter().map(|s| i16::from(s.is_some())).collect();
        let mut column = out.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None).unwrap();
        column.close().unwrap();
        let mut column = out.next_column().unwrap().unwrap();
        let numbers = vec![0.5; chunk.len()];
        column.typed::<parquet::data_type::DoubleType>().write_batch(&numbers, None, None).unwrap();
        column.close().unwrap();
        out.close().unwrap();
    }
    writer.into_inner().unwrap()
}

#[test]
fn molecules_of_every_row_group_are_read_in_order() {
    let folder = folder();
    let alkanols: Vec<String> = (0..2500).map(|i| format!("{}O", "C".repeat(i % 30 + 1))).collect();
    let mut molecules: Vec<Option<&str>> = alkanols.iter().map(|s| Some(s.as_str())).collect();
    molecules[7] = None;
    molecules[9] = Some("C(C");
    let lz4 = Compression::LZ4_RAW;
    let gzip = Compression::GZIP(Default::default());
    let mut first = None;
    for (compression, dictionary) in [
        (Compression::SNAPPY, true),
        (gzip, false),
        (lz4, true),
        (Compression::UNCOMPRESSED, false),
    ] {
        let bytes = parquet(&molecules, 1100, compression, dictionary);
        std::fs::write(folder.path().join("a.parquet"), &bytes).unwrap();
        let args = ["fingerprint", "a.parquet", "--kind", "maccs", "--id-column", "key"];
        let rows = csv(&chmr(&folder, &args, b""));
        assert_eq!(rows.len(), 2501);
        for (i, row) in rows[1..].iter().enumerate() {
            assert_eq!(row[0], (100 + i).to_string());
            assert_eq!(row[1], molecules[i].unwrap_or_default());
            assert_eq!(row[2] == "ok", i != 7 && i != 9, "{row:?}");
        }
        assert!(rows[8][2].contains("empty"), "{:?}", rows[8]);
        assert!(first.get_or_insert(rows.clone()) == &rows);
        // From a pipe, packed, under another name: the content decides.
        let piped =
            chmr(&folder, &["fingerprint", "-", "--kind", "maccs", "--id-column", "key"], &bytes);
        assert!(csv(&piped) == rows);
        std::fs::write(folder.path().join("a.csv"), &bytes).unwrap();
        let args = ["fingerprint", "a.csv", "--kind", "maccs", "--id-column", "key"];
        assert!(csv(&chmr(&folder, &args, b"")) == rows);
    }
}

#[test]
fn predictions_as_parquet_are_those_of_csv() {
    let folder = folder();
    let smi: String = (0..5000).map(|i| format!("{}O m{i}\n", "C".repeat(i % 40 + 1))).collect();
    std::fs::write(folder.path().join("a.smi"), format!("C(C bad\n{smi}")).unwrap();
    let predict = ["predict", "--model", "m.chmr", "a.smi"];
    let wanted = csv(&chmr(&folder, &predict, b""));
    let out = chmr(&folder, &[&predict[..], &["-o", "o.parquet"]].concat(), b"");
    assert!(out.status.success() && out.stdout.is_empty(), "{}", text(&out.stderr));
    let piped = chmr(&folder, &[&predict[..], &["--format", "parquet"]].concat(), b"");
    assert!(piped.stdout == std::fs::read(folder.path().join("o.parquet")).unwrap());

    let file = std::fs::File::open(folder.path().join("o.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let names: Vec<String> = reader
        .metadata()
        .file_metadata()
        .schema_descr()
        .columns()
        .iter()
        .map(|c| c.name().to_owned())
        .collect();
    assert_eq!(names, wanted[0]);
    let mut n = 0;
    for (row, wanted) in reader.get_row_iter(None).unwrap().zip(&wanted[1..]) {
        n += 1;
        for ((_, field), wanted) in row.unwrap().get_column_iter().zip(wanted) {
            match field {
                Field::Str(text) => assert_eq!(text, wanted),
                Field::Float(v) => {
                    assert_eq!(v.to_bits(), wanted.parse::<f32>().unwrap().to_bits())
                }
                Field::Null => assert_eq!(wanted, ""),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(n, 5001);
    // What was written is read.
    let again = csv(&chmr(
        &folder,
        &["predict", "--model", "m.chmr", "o.parquet", "--id-column", "id"],
        b"",
    ));
    assert!(again == wanted);
}

/// pandas users read it with pyarrow: in an environment that has it, named by `CHMR_PYARROW`.
#[test]
fn pyarrow_reads_what_is_written_and_is_read() {
    let Some(python) = std::env::var_os("CHMR_PYARROW") else {
        eprintln!("skipped: CHMR_PYARROW names no Python with pyarrow");
        return;
    };
    let folder = folder();
    std::fs::write(folder.path().join("a.smi"), "CCO a\nC(C b\nCC c\n").unwrap();
    assert!(
        chmr(&folder, &["predict", "--model", "m.chmr", "a.smi", "-o", "o.parquet"], b"")
            .status
            .success()
    );
    let script = "
import pyarrow as pa, pyarrow.parquet as pq
t = pq.read_table('o.parquet')
assert t.column('id').to_pylist() == ['a', 'b', 'c'], t
assert str(t.schema.field('smiles').type) == 'string', t.schema
assert str(t.schema.field('test/0').type) == 'float', t.schema
assert [v is None for v in t.column('test/0').to_pylist()] == [False, True, False]
s = ['CCO', None, 'CC'] * 1000
for name, kind in [('plain', pa.string()), ('large', pa.large_string()), ('dict', pa.dictionary(pa.int32(), pa.string()))]:
    pq.write_table(pa.table({'y': list(range(3000)), 'SMILES': pa.array(s).cast(kind)}), name + '.parquet', row_group_size=700, compression='gzip' if name == 'large' else 'snappy')
";
    let out =
        Command::new(python).args(["-c", script]).current_dir(folder.path()).output().unwrap();
    assert!(out.status.success(), "{}", text(&out.stderr));
    for name in ["plain", "large", "dict"] {
        let name = format!("{name}.parquet");
        let rows = csv(&chmr(
            &folder,
            &["fingerprint", &name, "--kind", "maccs", "--id-column", "y"],
            b"",
        ));
        assert_eq!(rows.len(), 3001, "{name}");
        assert!(
            rows[1..]
                .iter()
                .enumerate()
                .all(|(i, r)| r[0] == i.to_string() && (r[2] == "ok") == (i % 3 != 1))
        );
    }
}

#[test]
fn profiles_of_parquet_are_those_of_csv() {
    let folder = folder();
    let molecules = [Some("CO"), Some("CCO"), Some("CCCO")];
    std::fs::write(
        folder.path().join("p.parquet"),
        parquet(&molecules, 2, Compression::SNAPPY, true),
    )
    .unwrap();
    std::fs::write(
        folder.path().join("p.csv"),
        "key,smiles,y\n100,CO,0.5\n101,CCO,0.5\n102,CCCO,0.5\n",
    )
    .unwrap();
    let library = |name: &str| {
        let args = [
            "library",
            "build",
            "--profiles",
            name,
            "--modality",
            "e",
            "--id-column",
            "key",
            "-o",
            "e.lib",
        ];
        let out = chmr(&folder, &args, b"");
        assert!(out.status.success(), "{}", text(&out.stderr));
        std::fs::read(folder.path().join("e.lib")).unwrap()
    };
    assert!(library("p.parquet") == library("p.csv"));
}

#[test]
fn broken_files_and_wrong_columns_are_errors() {
    let folder = folder();
    let whole = parquet(&[Some("C"); 50], 50, Compression::SNAPPY, true);
    let run = |bytes: &[u8], more: &[&str]| {
        std::fs::write(Path::new(folder.path()).join("a.parquet"), bytes).unwrap();
        chmr(&folder, &[&["fingerprint", "a.parquet"], more].concat(), b"")
    };
    let told = |out: Output, needle: &str| {
        assert_eq!(out.status.code(), Some(1));
        assert!(text(&out.stderr).contains(needle), "{}", text(&out.stderr));
    };
    told(run(&whole, &["--smiles-column", "y"]), "no text");
    told(run(&whole, &["--smiles-column", "z"]), "key, Canonical_SMILES, y");
    told(run(&whole[..whole.len() - 9], &[]), "a.parquet: the Parquet file cannot be read");
    told(run(b"CCO a\n", &["--input-format", "parquet"]), "not Parquet");
    // No byte of it that is altered makes it crash.
    for at in (0..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        assert!(matches!(run(&bytes, &[]).status.code(), Some(0 | 1)), "byte {at}");
    }
}
