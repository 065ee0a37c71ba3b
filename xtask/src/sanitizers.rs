//! Hosts under the sanitizers of the C compiler.

use crate::Result;
use crate::hosts::{self, Build, Language, Link};
use crate::run::{root, side_by_side};
use std::io::Write;
use std::process::{Command, Stdio};

/// Name, flags and what they are good for: the first two see the hosts' own accesses and all of the
/// library's allocations (overruns of buffers, double frees, leaks); the third sees whether
/// what the hosts share is shared as the header permits. It knows nothing of the locks inside the
/// library, which is not instrumented, and so is told to pass over it.
const SANITIZERS: &[(&str, &[&str])] = &[
    ("address", &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]),
    ("thread", &["-fsanitize=thread"]),
];

/// Compilers of the sanitized builds.
const COMPILERS: &[(&str, &str, Language)] =
    &[("cc", "-std=c99", Language::C), ("c++", "-std=c++17", Language::Cpp)];

/// Runs every host under every sanitizer that the compiler has; false if it has none.
pub fn run_all() -> Result<bool> {
    let mut builds = Vec::new();
    for (label, flags) in SANITIZERS {
        if !works(flags) {
            println!("cc has no -fsanitize={label}: skipped");
            continue;
        }
        for &(compiler, standard, language) in COMPILERS {
            for source in hosts::sources(language)? {
                if !unfit(label, hosts::name(&source)) {
                    let flags = [&[standard], *flags].concat();
                    builds.push((Build { compiler, flags, label, link: Link::Shared }, source));
                }
            }
        }
    }
    side_by_side(&builds, |(build, source)| hosts::run_host(build, source))?;
    Ok(!builds.is_empty())
}

/// Whether the C compiler has a sanitizer and its run-time library, and the machine lets it run.
fn works(flags: &[&str]) -> bool {
    let program = root().join("target/sanitizer-probe");
    let mut probe = Command::new("cc");
    probe.args(flags).args(["-x", "c", "-", "-o"]).arg(&program).stdin(Stdio::piped());
    let compiled = probe.stderr(Stdio::null()).spawn().and_then(|mut child| {
        child
            .stdin
            .take()
            .map_or(Ok(()), |mut text| text.write_all(b"int main(void) { return 0; }"))?;
        child.wait()
    });
    compiled.is_ok_and(|s| s.success()) && Command::new(program).status().is_ok_and(|s| s.success())
}

/// Hosts that say nothing under a sanitizer: those that unload what it would name, the examples
/// with the large embedded model, and forks, which ThreadSanitizer does not follow.
fn unfit(sanitizer: &str, host: &str) -> bool {
    ["dlopen", "predict"].contains(&host) || (sanitizer == "thread" && host == "fork")
}
