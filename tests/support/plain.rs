//! Messages are for people: none shows how this library is made inside.

/// Traces of Rust's debug text and of panics.
const TRACES: [&str; 15] = [
    "Some(",
    "None)",
    "Ok(",
    "Err(",
    "Error {",
    "Error(",
    "Kind(",
    " { kind:",
    "unwrap",
    "panicked",
    "src/",
    ".rs:",
    "::",
    "Utf8Error",
    "PhantomData",
];

/// The first such trace in `message`, for which no part of the input `given` is to blame.
pub fn trace(message: &str, given: &str) -> Option<&'static str> {
    TRACES.into_iter().find(|t| message.contains(t) && !given.contains(t))
}

#[track_caller]
pub fn assert_plain(message: &str, given: &str) {
    if let Some(trace) = trace(message, given) {
        panic!("{trace:?} shows the inside of the library: {message}");
    }
}
