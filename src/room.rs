//! Room for as many values as a file says that there are: where the system refuses it, that is an error of the call, not the
//! end of the host.

use crate::error::Error;

/// An empty vector with room for `n` values.
pub(crate) fn room<T>(n: usize) -> Result<Vec<T>, Error> {
    let mut room = Vec::new();
    match room.try_reserve_exact(n) {
        Ok(()) => Ok(room),
        Err(_) => Err(Error::limit(format!("no memory for {n} values"))),
    }
}

/// All of `values`.
pub(crate) fn collected<T>(values: impl ExactSizeIterator<Item = T>) -> Result<Vec<T>, Error> {
    let mut all = room(values.len())?;
    all.extend(values);
    Ok(all)
}

/// A copy of `values`.
pub(crate) fn copied<T: Copy>(values: &[T]) -> Result<Vec<T>, Error> {
    let mut all = room(values.len())?;
    all.extend_from_slice(values);
    Ok(all)
}

/// `n` times `value`.
pub(crate) fn filled<T: Clone>(value: T, n: usize) -> Result<Vec<T>, Error> {
    let mut all = room(n)?;
    all.resize(n, value);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn too_much_is_an_error() {
        assert_eq!(filled(7u8, 3).unwrap(), [7; 3]);
        assert_eq!(collected([1, 2].into_iter()).unwrap(), [1, 2]);
        for n in [usize::MAX, usize::MAX / 8] {
            assert_eq!(room::<u64>(n).unwrap_err().kind, ErrorKind::Limit);
        }
    }
}
