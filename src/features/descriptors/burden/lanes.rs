//! Four numbers that are computed with together.

/// Arithmetic lane by lane, in which nothing is fused or reordered: every implementation gives the same bits.
pub(super) trait Lanes: Copy {
    fn load(values: &[f64; 4]) -> Self;
    fn store(self, to: &mut [f64; 4]);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn div(self, other: Self) -> Self;
    fn sqrt(self) -> Self;
    /// The smaller; the second where the first is not a number.
    fn least(self, other: Self) -> Self;

    #[inline(always)]
    fn all(value: f64) -> Self {
        Self::load(&[value; 4])
    }

    #[inline(always)]
    fn values(self) -> [f64; 4] {
        let mut values = [0.0; 4];
        self.store(&mut values);
        values
    }
}

/// For any processor.
#[derive(Clone, Copy)]
pub(super) struct Plain([f64; 4]);

macro_rules! each {
    ($a:expr, $b:expr, $op:expr) => {
        Self([$op($a[0], $b[0]), $op($a[1], $b[1]), $op($a[2], $b[2]), $op($a[3], $b[3])])
    };
}

impl Lanes for Plain {
    #[inline(always)]
    fn load(values: &[f64; 4]) -> Self {
        Self(*values)
    }
    #[inline(always)]
    fn store(self, to: &mut [f64; 4]) {
        *to = self.0;
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        each!(self.0, other.0, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        each!(self.0, other.0, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        each!(self.0, other.0, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        each!(self.0, other.0, |a, b| a / b)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.map(f64::sqrt))
    }
    #[inline(always)]
    fn least(self, other: Self) -> Self {
        each!(self.0, other.0, |a, b| if a < b { a } else { b })
    }
}
