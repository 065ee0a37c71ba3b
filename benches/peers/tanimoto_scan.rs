//! Our side of `tanimoto.py`: top-10 Tanimoto search over a file of packed fingerprints, one thread.
//!
//! `tanimoto_scan ROWS QUERIES BITS THRESHOLD...`: little-endian 64-bit words; prints, for each
//! threshold, the milliseconds a query: one by one the median and (`mean_`) the mean, then the mean of all in
//! one call (`batch_`) and of eight a call as they come (`few_`); and first the bandwidth of reading the rows once.

use chmr::reference::PackedFingerprints;
use std::time::Instant;

fn words(path: &str) -> Vec<u64> {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    bytes.chunks_exact(8).map(|c| u64::from_le_bytes(c.try_into().expect("8 bytes"))).collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [rows, queries, bits, thresholds @ ..] = &args[..] else {
        panic!("usage: tanimoto_scan ROWS QUERIES BITS THRESHOLD...")
    };
    let bits: usize = bits.parse().expect("BITS is a number");
    let rows = words(rows);
    let bandwidth = median(
        (0..5)
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(
                    std::hint::black_box(&rows).iter().fold(0u64, |a, b| a.wrapping_add(*b)),
                );
                (rows.len() * 8) as f64 / start.elapsed().as_secs_f64() / 1e9
            })
            .collect(),
    );
    println!("read_gb_s {bandwidth:.2}");
    let table = PackedFingerprints::new(bits, &rows).expect("rows fit");
    let queries = words(queries);
    for threshold in thresholds {
        let t: f32 = threshold.parse().expect("THRESHOLD is a number");
        let times = queries
            .chunks_exact(bits / 64)
            .map(|query| {
                let start = Instant::now();
                let found = std::hint::black_box(table.top_k(query, 10, t));
                let ms = start.elapsed().as_secs_f64() * 1e3;
                drop(found);
                ms
            })
            .collect();
        println!("{threshold} {:.4}", median(times));
        let queries: Vec<&[u64]> = queries.chunks_exact(bits / 64).collect();
        let times = (0..3).map(|_| {
            let start = Instant::now();
            std::hint::black_box(table.top_k_batch(&queries, 10, t));
            start.elapsed().as_secs_f64() * 1e3 / queries.len() as f64
        });
        println!("batch_{threshold} {:.4}", median(times.collect()));
        // A few at a time, in no order: their set bits lie far apart.
        let times = (0..3).map(|_| {
            let start = Instant::now();
            for queries in queries.chunks(8) {
                std::hint::black_box(table.top_k_batch(queries, 10, t));
            }
            start.elapsed().as_secs_f64() * 1e3 / queries.len() as f64
        });
        println!("few_{threshold} {:.4}", median(times.collect()));
        let times = (0..3).map(|_| {
            let start = Instant::now();
            for query in &queries {
                std::hint::black_box(table.top_k(query, 10, t));
            }
            start.elapsed().as_secs_f64() * 1e3 / queries.len() as f64
        });
        println!("mean_{threshold} {:.4}", median(times.collect()));
    }
}
