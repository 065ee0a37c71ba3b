use super::*;
use proptest::prelude::*;

/// Numbers around 0 that a seed gives.
fn values(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32 * 4.0 - 2.0
    };
    (0..count).map(|_| next()).collect()
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

/// Φ by its series, in f64: good to 1e-7 and better up to 6.
fn phi(x: f64) -> f64 {
    if x.abs() > 6.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        let n = f64::from(n);
        term *= -x * x / (2.0 * n);
        sum += term / (2.0 * n + 1.0);
    }
    0.5 + sum / (2.0 * std::f64::consts::PI).sqrt()
}

#[test]
fn gelu_is_off_by_less_than_a_half_millionth() {
    // Every 500th of all f32 between −40 and 40.
    let some = |bits: u32| (0..bits).step_by(500).map(f32::from_bits);
    let mut x: Vec<f32> = some(40f32.to_bits()).flat_map(|v| [v, -v]).collect();
    x.resize(x.len().next_multiple_of(LANES), 0.0);
    for kernel in Kernel::available() {
        let mut found = x.clone();
        kernel.gelus(&mut found);
        for (x, found) in x.iter().zip(found) {
            let (x, found) = (f64::from(*x), f64::from(found));
            let error = (found - x * phi(x)).abs();
            assert!(error <= 4.4e-7 * x.abs().max(1.0), "{} {x} {found}", kernel.name);
        }
    }
}

#[test]
fn gelu_of_no_number_is_none() {
    for kernel in Kernel::available() {
        let mut x = [f32::NAN; LANES];
        x[1] = f32::INFINITY;
        kernel.gelus(&mut x);
        assert!(x[0].is_nan() && x[1] == f32::INFINITY, "{}: {x:?}", kernel.name);
    }
}

proptest! {
    #[test]
    fn every_kernel_has_the_bits_of_the_scalar_one(
        rows in 0usize..40, inputs in 1usize..50, outputs in 1usize..90, seed: u64,
    ) {
        let weights = Packed::new(inputs, outputs, &values(seed, inputs * outputs), &values(seed ^ 1, outputs));
        let from = values(seed ^ 2, rows * inputs);
        let stride = padded(outputs);
        let start = values(seed ^ 3, rows * stride);
        for then in [Then::Store, Then::Gelu, Then::Add, Then::AddGelu] {
            let product = |kernel: &Kernel| {
                let mut to = start.clone();
                let rows = Rows { from: &from, from_stride: inputs, to: &mut to, count: rows };
                kernel.product(rows, &weights, then);
                to
            };
            let expected = product(&scalar::KERNEL);
            for kernel in Kernel::available() {
                prop_assert_eq!(bits(&product(&kernel)), bits(&expected), "{} {:?}", kernel.name, then);
            }
            // And each row is what it is alone.
            if rows > 0 {
                let mut to = start[(rows - 1) * stride..].to_vec();
                let last = Rows { from: &from[(rows - 1) * inputs..], from_stride: inputs, to: &mut to, count: 1 };
                Kernel::detect().product(last, &weights, then);
                prop_assert_eq!(bits(&to), bits(&expected[(rows - 1) * stride..]));
            }
            if then == Then::Store {
                for (row, from) in expected.chunks(stride).zip(from.chunks(inputs)) {
                    for (j, found) in row.iter().enumerate().take(outputs) {
                        let weight = |k: usize| f64::from(weights.values[(j / LANES * inputs + k) * LANES + j % LANES]);
                        let sum: f64 = (0..inputs).map(|k| f64::from(from[k]) * weight(k)).sum();
                        let exact = sum + f64::from(weights.bias[j]);
                        // Fifty steps, each off by 2⁻²⁴ of a sum below 200.
                        prop_assert!((f64::from(*found) - exact).abs() < 1e-3, "{found} {exact}");
                    }
                    prop_assert!(row[outputs..].iter().all(|v| *v == 0.0));
                }
            }
        }
    }

    #[test]
    fn every_kernel_multiplies_bytes_exactly(
        rows in 0usize..40, inputs in 1usize..70, outputs in 1usize..90, seed: u64,
    ) {
        let bytes = |seed: u64, count| -> Vec<i8> {
            values(seed, count).into_iter().map(|v| (v * 63.5).round() as i8).collect()
        };
        let weights = bytes(seed, inputs * outputs);
        let (scales, bias) = (values(seed ^ 1, outputs), values(seed ^ 2, outputs));
        let packed = PackedBytes::new(inputs, outputs, &weights, &scales, &bias);
        let mut from = values(seed ^ 3, rows * inputs);
        // A row of the largest bytes alone, and one of zeros.
        from.iter_mut().take(inputs).for_each(|v| *v = if *v < 0.0 { -2.0 } else { 2.0 });
        from.iter_mut().skip(inputs).take(inputs).for_each(|v| *v = 0.0);
        let stride = padded(outputs);
        let start = values(seed ^ 4, rows * stride);
        for then in [Then::Store, Then::Gelu, Then::Add, Then::AddGelu] {
            let product = |kernel: &Kernel| {
                let mut to = start.clone();
                let rows = Rows { from: &from, from_stride: inputs, to: &mut to, count: rows };
                kernel.product_bytes(rows, &packed, &mut ByteRows::default(), then);
                to
            };
            let expected = product(&scalar::KERNEL);
            for kernel in Kernel::available() {
                prop_assert_eq!(bits(&product(&kernel)), bits(&expected), "{} {:?}", kernel.name, then);
            }
            if then != Then::Store {
                continue;
            }
            for (found, row) in expected.chunks(stride).zip(from.chunks(inputs)) {
                let largest = row.iter().fold(LEAST, |most, v| most.max(v.abs()));
                let steps = row.iter().map(|v| (v * (STEPS / largest)).round_ties_even() as i32);
                let steps: Vec<i32> = steps.collect();
                for (j, found) in found.iter().enumerate().take(outputs) {
                    let products = steps.iter().enumerate().map(|(k, s)| s * i32::from(weights[k * outputs + j]));
                    let sum = products.sum::<i32>() as f32 * (largest / STEPS);
                    prop_assert_eq!(found.to_bits(), sum.mul_add(scales[j], bias[j]).to_bits());
                }
            }
        }
    }

    #[test]
    fn every_kernel_sends_the_same_messages(atoms in 1usize..9, panels in 1usize..6, seed: u64) {
        let width = panels * LANES;
        let (x, bonds) = (values(seed, atoms * width), values(seed ^ 1, 3 * width));
        let edge = |i: usize| Edge { atom: (i % atoms) as u32, bond: (i % 3) as u32 };
        let edges: Vec<Edge> = (0..atoms + 1).map(edge).collect();
        let messages = |kernel: &Kernel| {
            let mut to = vec![0.0; width];
            let of = Messages { x: &x, bonds: &bonds, scale: 1.1 };
            kernel.messages(&of, atoms - 1, &edges, &mut to);
            kernel.add_all(&x, &mut to);
            kernel.add_to_all(&bonds[..width], &mut to);
            to
        };
        let expected = messages(&scalar::KERNEL);
        for kernel in Kernel::available() {
            prop_assert_eq!(bits(&messages(&kernel)), bits(&expected), "{}", kernel.name);
        }
        for (c, found) in expected.iter().enumerate() {
            let at = |values: &[f32], row: usize| f64::from(values[row * width + c]);
            let message = |e: &Edge| {
                let sum = at(&x, e.atom as usize) + at(&bonds, e.bond as usize);
                sum * phi(sum)
            };
            let exact = at(&x, atoms - 1) * f64::from(1.1f32)
                + edges.iter().map(message).sum::<f64>()
                + (0..atoms).map(|a| at(&x, a)).sum::<f64>()
                + at(&bonds, 0);
            prop_assert!((f64::from(*found) - exact).abs() < 1e-4, "{found} {exact}");
        }
    }
}

#[test]
fn the_largest_sums_of_bytes_fit() {
    for sign in [127i8, -127] {
        let packed = PackedBytes::new(MOST_INPUTS, 1, &vec![sign; MOST_INPUTS], &[1.0], &[0.0]);
        let row = vec![127.0; MOST_INPUTS];
        let exact = f32::from(sign) * 127.0 * MOST_INPUTS as f32;
        for kernel in Kernel::available() {
            let mut to = [0.0; LANES];
            let rows = Rows { from: &row, from_stride: MOST_INPUTS, to: &mut to, count: 1 };
            kernel.product_bytes(rows, &packed, &mut ByteRows::default(), Then::Store);
            assert_eq!(to[0], exact, "{}", kernel.name);
        }
    }
}

#[test]
fn a_row_with_what_is_no_number_has_no_products() {
    let packed = PackedBytes::new(5, 3, &[1; 15], &[1.0; 3], &[0.0; 3]);
    for (kernel, bad) in
        Kernel::available().into_iter().flat_map(|k| [(k, f32::NAN), (k, f32::INFINITY)])
    {
        let (mut from, mut to) = ([1.0; 10], [0.0; 2 * LANES]);
        from[2] = bad;
        let rows = Rows { from: &from, from_stride: 5, to: &mut to, count: 2 };
        kernel.product_bytes(rows, &packed, &mut ByteRows::default(), Then::Store);
        assert!(to[..3].iter().all(|v| v.is_nan()), "{}: {to:?}", kernel.name);
        assert_eq!(to[LANES..LANES + 3], [5.0; 3], "{}", kernel.name);
    }
}

#[test]
#[should_panic = "needed"]
fn rows_beyond_the_values_are_refused() {
    let weights = Packed::new(4, 3, &[0.0; 12], &[0.0; 3]);
    let mut to = [0.0; 2 * LANES];
    let rows = Rows { from: &[0.0; 7], from_stride: 4, to: &mut to, count: 2 };
    Kernel::detect().product(rows, &weights, Then::Store);
}
