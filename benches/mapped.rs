//! Top-10 Tanimoto search in a mapped file of made-up fingerprints of 1,024 bits: how long it takes to write, to map,
//! and a query to run; by one thread and two, and eight queries together. Medians of 32 queries.
//!
//! `cargo bench --bench mapped -- [ROWS] [FOLDER]`: 10,000,000 rows and the system's folder for temporary files unless said
//! otherwise. 185 bytes a row on disk, 136 more while writing. As root on Linux the first query meets a cold cache.

#[path = "support/fingerprints.rs"]
mod fingerprints;

use chmr::features::Fingerprint;
use chmr::reference::{FingerprintTable, TableWriter};
use fingerprints::{Rows, WORDS};
use std::fs::File;
use std::io::Read;
use std::time::Instant;

const QUERIES: usize = 32;

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Reads a file of any size; its length.
fn read(path: &std::path::Path) -> std::io::Result<u64> {
    let (mut file, mut buffer, mut length) = (File::open(path)?, vec![0; 1 << 20], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(length),
            n => length += n as u64,
        }
    }
}

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1).filter(|a| a != "--bench");
    let rows: usize = args.next().map_or(10_000_000, |a| a.parse().expect("ROWS is a number"));
    let folder = args.next().map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(folder)?;
    let path = folder.path().join("rows.fps");

    let mut queries = Vec::new();
    let start = Instant::now();
    let mut writer = TableWriter::create(&path, 2, WORDS * 64).expect("a file");
    for (i, row) in Rows::new().take(rows).enumerate() {
        if i % (rows / QUERIES).max(1) == 0 && queries.len() < QUERIES {
            queries.push(row.to_vec());
        }
        let bytes: Vec<u8> = row.iter().flat_map(|w| w.to_le_bytes()).collect();
        let bits = Fingerprint::from_bytes(WORDS * 64, &bytes).expect("as many bits");
        writer.push(&i.to_string(), "C", &bits).expect("written");
    }
    println!("{rows} rows made and sorted in runs in {:.1} s", ms(start) / 1e3);
    let start = Instant::now();
    writer.finish().expect("written");
    println!("the table written in {:.1} s", ms(start) / 1e3);
    File::open(&path)?.sync_all()?;
    let cold = std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok();

    let start = Instant::now();
    let table = FingerprintTable::open(&path).expect("it was just written");
    let table = table.fingerprints();
    println!("mapped and checked in {:.1} ms{}", ms(start), if cold { ", cold" } else { "" });
    for (name, threshold) in [("from 0.7", 0.7), ("from 0", 0.0)] {
        let start = Instant::now();
        table.top_k(&queries[0], 10, threshold);
        println!("first query, {name}: {:.1} ms", ms(start));
    }
    // Once around, so that what follows is about memory.
    let start = Instant::now();
    let bytes = read(&path)?;
    println!("the file read in {:.1} ms, {:.2} GB", ms(start), bytes as f64 / 1e9);
    table.top_k_batch(&queries, 10, 0.0);

    println!("threshold  one thread  two threads  eight together, one thread (ms a query)");
    for threshold in [0.0, 0.5, 0.7] {
        let by = |threads| {
            let time = |query: &Vec<u64>| {
                let start = Instant::now();
                table.top_k_threads(query, 10, threshold, threads);
                ms(start)
            };
            median(queries.iter().map(time).collect())
        };
        let (one, two) = (by(1), by(2));
        let groups = queries.chunks(8).map(|queries| {
            let start = Instant::now();
            table.top_k_batch(queries, 10, threshold);
            ms(start) / queries.len() as f64
        });
        println!("{threshold:>9}  {one:10.2}  {two:11.2}  {:14.2}", median(groups.collect()));
    }
    Ok(())
}
