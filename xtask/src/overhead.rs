//! `cargo xtask overhead`: what a call costs through C and C++ beyond the Rust API, and how scoring
//! scales from one thread to two.
//!
//! The costs are a fraction of a per mille, far below the noise of any clock: callgrind counts
//! instructions instead. Beyond the Rust API is all that is neither in `Model::predict`,
//! `Model::predict_one` nor `Batch::push_smiles`.

use crate::Result;
use crate::hosts::{self, Build, Link, model};
use crate::run::{root, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `cargo xtask overhead`.
pub fn command(_: &[String]) -> Result {
    for args in [
        ["build", "--release", "--lib", "--bins", "--examples"].as_slice(),
        &["test", "--release", "--test", "host_models"],
    ] {
        run(Command::new(env!("CARGO")).args(args).current_dir(root()))?;
    }
    let calls = counted(&build("overhead")?)?;
    report(&calls)?;
    run(Command::new(build("scaling")?).arg("default"))
}

fn build(name: &str) -> Result<PathBuf> {
    let flags = vec!["-std=c++17", "-O2", "-g0", "-pthread"];
    let build = Build { compiler: "c++", flags, label: "bench", link: Link::Shared };
    hosts::compile(&build, &root().join(format!("benches/hosts/{name}.cpp")))
}

/// One function, or one function as another calls it.
struct Count {
    caller: Option<String>,
    function: String,
    instructions: f64,
    /// Known for calls.
    calls: f64,
}

/// Runs a program under callgrind.
fn counted(program: &Path) -> Result<Vec<Count>> {
    let out = root().join("target/hosts/callgrind.out");
    run(Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .arg(model("structure.chmr")))?;
    let output = Command::new("callgrind_annotate")
        .args(["--inclusive=yes", "--tree=calling", "--auto=no", "--threshold=100"])
        .arg(out)
        .output()?;
    Ok(counts(&String::from_utf8_lossy(&output.stdout)))
}

/// Lines such as `1,234 ( 5.67%)  *  file:function [object]`, each followed by those of what the
/// function calls, with `>` and `(7x)`.
fn counts(text: &str) -> Vec<Count> {
    let mut caller: Option<String> = None;
    let mut counts = Vec::new();
    for line in text.lines() {
        let Some((head, rest)) = line.split_once(")  ") else { continue };
        let Some((number, _)) = head.split_once('(') else { continue };
        let Ok(instructions) = number.trim().replace(',', "").parse::<f64>() else { continue };
        let (mark, rest) = rest.split_at(1.min(rest.len()));
        let function = rest.trim().rsplit_once(" [").map_or(rest.trim(), |(name, _)| name);
        match mark {
            "*" => {
                caller = Some(function.to_owned());
                let function = function.to_owned();
                counts.push(Count { caller: None, function, instructions, calls: 0.0 });
            }
            ">" => {
                let Some((function, calls)) = function.rsplit_once(" (") else { continue };
                let calls = calls.trim_end_matches("x)").replace(',', "").parse().unwrap_or(0.0);
                let (caller, function) = (caller.clone(), function.to_owned());
                counts.push(Count { caller, function, instructions, calls });
            }
            _ => {}
        }
    }
    counts
}

fn report(counts: &[Count]) -> Result {
    let own = |function: &str| -> Result<f64> {
        let count = counts.iter().find(|c| c.caller.is_none() && c.function.ends_with(function));
        Ok(count.ok_or_else(|| format!("callgrind saw no {function}"))?.instructions)
    };
    let call = |caller: &dyn Fn(&str) -> bool, function: &str| -> Result<(f64, f64)> {
        let called =
            |c: &&Count| c.caller.as_deref().is_some_and(caller) && c.function.ends_with(function);
        let sum = |(n, calls), c: &Count| (n + c.instructions, calls + c.calls);
        let total = counts.iter().filter(called).fold((0.0, 0.0), sum);
        if total.1 > 0.0 { Ok(total) } else { Err(format!("no call of {function}").into()) }
    };
    // What an export adds to the function of the Rust API that its guarded body calls.
    let added = |c: &str, rust: &str| -> Result<f64> {
        let (inside, calls) = call(&|caller| caller.ends_with("guard::guard"), rust)?;
        Ok((own(c)? - inside) / calls)
    };
    let one = added("chmr_predict_smiles", "Model>::predict_one")?;
    let predict = added("chmr_predict", "Model>::predict")?;
    let add = added("chmr_batch_add_smiles", "Batch::push_smiles")?;
    println!("instructions beyond the Rust API, and in it:");
    for way in ["c", "cpp"] {
        // In C++ the call may stand in a member of the header that was not inlined.
        let by_way = |caller: &str| caller.ends_with("_by_c") == (way == "c");
        let host = format!("one_by_{way}");
        let (inside, calls) = call(&by_way, "chmr_predict_smiles")?;
        let extra = (own(&host)? - inside) / calls + one;
        println!("one molecule by {way}: {extra:.0} a call");

        let host = format!("batch_by_{way}");
        let (inside, calls) = call(&by_way, "chmr_predict")?;
        let (adding, adds) = call(&by_way, "chmr_batch_add_smiles")?;
        let glue = (own(&host)? - inside - adding) / calls;
        let extra = glue + predict + add * adds / calls;
        let share = 100.0 * extra / (inside / calls);
        println!("a batch of 256 by {way}: {extra:.0}, {share:.3} % of the work");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn annotations_are_read() {
        let text = "1,000 (10.0%)  *  a.cpp:f [/tmp/x y]\n  200 ( 2.0%)  >   ???:g (1,024x) [/tmp/x]\nnoise";
        let counts = super::counts(text);
        assert_eq!((counts[0].function.as_str(), counts[0].instructions), ("a.cpp:f", 1000.0));
        assert_eq!((counts[1].function.as_str(), counts[1].calls), ("???:g", 1024.0));
        assert_eq!(counts[1].caller.as_deref(), Some("a.cpp:f"));
    }
}
