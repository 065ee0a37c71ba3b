//! What RDKit's periodic table says of the elements (measured data).

/// Mass number of the most common isotope of each element, by atomic number less one (RDKit
/// `GetMostCommonIsotope`; measured data, for the mass difference field of old files).
#[rustfmt::skip]
pub(super) const COMMON_ISOTOPE: [u16; 118] = [
    1, 4, 7, 9, 11, 12, 14, 16, 19, 20, 23, 24, 27, 28, 31, 32,
    35, 40, 39, 40, 45, 48, 51, 52, 55, 56, 59, 58, 63, 64, 69, 74,
    75, 80, 79, 84, 85, 88, 89, 90, 93, 98, 97, 102, 103, 106, 107, 114,
    115, 120, 121, 130, 127, 132, 133, 138, 139, 140, 141, 142, 145, 152, 153, 158,
    159, 164, 165, 166, 169, 174, 175, 180, 181, 184, 187, 192, 193, 195, 197, 202,
    205, 208, 209, 209, 210, 222, 223, 226, 227, 232, 231, 238, 236, 238, 241, 243,
    247, 249, 252, 257, 258, 259, 262, 267, 268, 271, 270, 269, 278, 281, 281, 285,
    284, 289, 288, 293, 292, 294,
];

/// The valences that an element takes, in ascending order; −1 at the end: and any other (RDKit
/// `GetValenceList`).
pub(super) fn valences(atomic_number: u32) -> &'static [i32] {
    match atomic_number {
        1 | 9 | 17 | 35 | 55 | 87 => &[1],
        2 | 10 | 18 | 36 | 86 => &[0],
        3 | 11 | 19 | 37 => &[1, -1],
        4 => &[2],
        12 | 20 | 38 | 56 | 88 => &[2, -1],
        5 | 7 | 13 | 31 | 49 => &[3],
        6 | 14 | 32 => &[4],
        8 => &[2],
        15 | 33 | 51 | 83 => &[3, 5],
        16 | 34 | 52 | 84 => &[2, 4, 6],
        50 | 82 => &[2, 4],
        53 | 85 => &[1, 3, 5],
        54 => &[0, 2, 4, 6],
        _ => &[-1],
    }
}

/// Whether RDKit takes the element for a metal.
pub(super) fn is_metal(atomic_number: u8) -> bool {
    !matches!(
        atomic_number,
        0..=2 | 5..=10 | 14..=18 | 33..=36 | 52..=54 | 85..=86
    )
}
