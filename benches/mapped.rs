//! Top-10 Tanimoto search in a mapped file of made-up fingerprints of 1,024 bits: how long it takes to write, to map,
//! and a query to run; by one thread and two, and eight queries together. Medians of 32 queries.
//!
//! `cargo bench --bench mapped -- [ROWS] [FOLDER]`: 10,000,000 rows and the system's folder for temporary files unless said
//! otherwise. 166 bytes a row on disk, 136 of memory while writing. As root on Linux the first query meets a cold cache.

#[path = "support/fingerprints.rs"]
mod fingerprints;

use chmr::reference::{PackedFingerprints, write_packed};
use fingerprints::{WORDS, fingerprints};
use std::io::BufWriter;
use std::time::Instant;

const QUERIES: usize = 32;

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1).filter(|a| a != "--bench");
    let rows: usize = args.next().map_or(10_000_000, |a| a.parse().expect("ROWS is a number"));
    let folder = args.next().map_or_else(std::env::temp_dir, Into::into);
    let file = tempfile::NamedTempFile::new_in(folder)?;

    let words = fingerprints(rows);
    let queries: Vec<Vec<u64>> = words
        .chunks_exact(WORDS)
        .step_by((rows / QUERIES).max(1))
        .take(QUERIES)
        .map(<[u64]>::to_vec)
        .collect();
    let start = Instant::now();
    write_packed(WORDS * 64, &words, &mut BufWriter::with_capacity(1 << 20, file.as_file()))?;
    println!("{rows} rows written in {:.1} s", ms(start) / 1e3);
    drop(words);
    file.as_file().sync_all()?;
    let cold = std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok();

    let start = Instant::now();
    let table = PackedFingerprints::map(file.path()).expect("it was just written");
    println!("mapped and checked in {:.1} ms{}", ms(start), if cold { ", cold" } else { "" });
    for (name, threshold) in [("from 0.7", 0.7), ("from 0", 0.0)] {
        let start = Instant::now();
        table.top_k(&queries[0], 10, threshold);
        println!("first query, {name}: {:.1} ms", ms(start));
    }
    // Once around, so that what follows is about memory.
    let start = Instant::now();
    let bytes = std::fs::read(file.path())?;
    println!("the file read in {:.1} ms, {:.2} GB", ms(start), bytes.len() as f64 / 1e9);
    drop(bytes);
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
