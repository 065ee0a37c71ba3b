//! Elements by number and by symbol; 0 is the dummy atom `*`.

use chematic_core::Element;

/// The symbol of an atomic number; `*` for 0 and for what is no element.
pub(crate) fn element_symbol(atomic_number: u8) -> &'static str {
    Element::from_atomic_number(atomic_number).map_or("*", |e| e.symbol())
}

/// The atomic number of a symbol.
pub(crate) fn atomic_number(symbol: &str) -> Option<u8> {
    match symbol {
        "*" => Some(0),
        _ => Element::from_symbol(symbol).map(|e| e.atomic_number()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_and_numbers_are_two_names_of_one_thing() {
        assert!((0..=118).all(|n| atomic_number(element_symbol(n)) == Some(n)));
        assert_eq!((element_symbol(35), atomic_number("Xx")), ("Br", None));
    }
}
