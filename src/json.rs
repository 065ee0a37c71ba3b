//! JSON of strangers: each name once in its object, and no more of anything than memory is there for.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

/// What parsed JSON may take in memory, bytes, as estimated generously.
const BYTES: usize = 96 << 20;
/// An object, a map of its own when it is kept.
const OBJECT: usize = 640;
/// Any value, and a name.
const VALUE: usize = 72;

/// Checks that `text` is one JSON value in which no object has two members of one name, and which fits the memory that
/// is allowed for it. Depth is bounded by the parser.
pub(crate) fn check(text: &[u8]) -> Result<(), serde_json::Error> {
    let room = Cell::new(BYTES);
    let mut parser = serde_json::Deserializer::from_slice(text);
    Checked { room: &room }.deserialize(&mut parser)?;
    parser.end()
}

/// Any value.
#[derive(Clone, Copy)]
struct Checked<'r> {
    room: &'r Cell<usize>,
}

impl Checked<'_> {
    fn take<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        let left = self.room.get().checked_sub(bytes);
        self.room.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or_else(|| E::custom("too many values"))
    }
}

impl<'de> DeserializeSeed<'de> for Checked<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        self.take(VALUE + text.len())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.take(VALUE)?;
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.take(OBJECT)?;
        let mut names: HashSet<String> = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            self.take(VALUE + name.len())?;
            if names.contains(&name) {
                let shown: String = name.chars().take(60).collect();
                return Err(A::Error::custom(format!(
                    "the name {shown:?} occurs twice in one object"
                )));
            }
            names.insert(name);
            members.next_value_seed(self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_in_every_object() {
        for good in
            ["{}", r#"{"a":{"b":1},"b":{"b":[{"a":1},{"a":2}]}}"#, "[1,2.5,\"x\",null,true]"]
        {
            assert!(check(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"x":1,"y":2,"x":3}}"#,
            r#"[[{"a":1,"\u0061":2}]]"#,
            "{} {}",
            "[1e999]",
            "[NaN]",
            "",
        ] {
            assert!(check(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn memory_and_depth_are_bounded() {
        // Four megabytes of small objects would take half a gigabyte.
        let many = format!("[{}{{}}]", r#"{"":0},"#.repeat(500_000));
        assert!(check(many.as_bytes()).unwrap_err().to_string().contains("too many values"));
        let deep = "[".repeat(100_000);
        assert!(check(deep.as_bytes()).is_err());
    }
}
