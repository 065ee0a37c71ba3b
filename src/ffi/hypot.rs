//! `hypot` and `hypotf` for what is linked here: the shared libraries and the program.
//!
//! The standard library takes both from the system's libm, and glibc gave them a new version in 2.35: these two alone
//! would keep the library from every older system, whatever calls them (dependencies do). So the linker is told, by
//! the build scripts, to take those below instead. Nothing else sees them: they are hidden, and a static library leaves
//! the choice to the program.

use std::arch::global_asm;

extern "C" fn double(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

extern "C" fn single(x: f32, y: f32) -> f32 {
    libm::hypotf(x, y)
}

// `no_mangle` would export them from every shared library.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".pushsection .text.chmr_own_hypot,\"ax\",@progbits",
    ".hidden chmr_own_hypot",
    ".globl chmr_own_hypot",
    ".type chmr_own_hypot,@function",
    "chmr_own_hypot: jmp {double}",
    ".hidden chmr_own_hypotf",
    ".globl chmr_own_hypotf",
    ".type chmr_own_hypotf,@function",
    "chmr_own_hypotf: jmp {single}",
    ".popsection",
    double = sym double,
    single = sym single,
);

#[cfg(target_arch = "aarch64")]
global_asm!(
    ".pushsection .text.chmr_own_hypot,\"ax\",@progbits",
    ".p2align 2",
    ".hidden chmr_own_hypot",
    ".globl chmr_own_hypot",
    ".type chmr_own_hypot,@function",
    "chmr_own_hypot: b {double}",
    ".hidden chmr_own_hypotf",
    ".globl chmr_own_hypotf",
    ".type chmr_own_hypotf,@function",
    "chmr_own_hypotf: b {single}",
    ".popsection",
    double = sym double,
    single = sym single,
);

#[cfg(test)]
mod tests {
    #[test]
    fn both_are_those_of_the_standard_library() {
        let mut x = 1e-300f64;
        while x < 1e300 {
            for y in [0.0, 3.7e-5 * x, x, 1.7 * x, 1e200, f64::MIN_POSITIVE] {
                let (own, theirs) = (super::double(x, -y), f64::hypot(x, y));
                let room = f64::EPSILON * theirs + f64::from_bits(1);
                assert!((own - theirs).abs() <= room, "{x} {y}");
                let (x, y) = (x as f32, y as f32);
                let (own, theirs) = (super::single(-x, y), f32::hypot(x, y));
                let room = f32::EPSILON * theirs + f32::from_bits(1);
                assert!(own == theirs || (own - theirs).abs() <= room, "{x} {y}");
            }
            x *= 47.3;
        }
        assert_eq!(super::double(f64::INFINITY, f64::NAN), f64::INFINITY);
        assert!(super::single(1.0, f32::NAN).is_nan());
    }
}
