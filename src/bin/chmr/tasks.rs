//! Choosing a model's tasks.

use crate::Failure;
use chmr::Model;
use globset::GlobBuilder;

/// Indices of the tasks that any of the patterns names, in the model's order; all without one.
pub fn select(model: &Model, patterns: &[String]) -> Result<Vec<usize>, Failure> {
    let tasks = model.tasks();
    if patterns.is_empty() {
        return Ok((0..tasks.len()).collect());
    }
    let mut wanted = vec![false; tasks.len()];
    for pattern in patterns {
        // A name may hold characters that mean something in a pattern.
        if let Some(i) = tasks.iter().position(|t| t.name == *pattern) {
            wanted[i] = true;
            continue;
        }
        let glob = GlobBuilder::new(pattern)
            .case_insensitive(true)
            .build()
            .map_err(|e| format!("--tasks {pattern}: {e}"))?
            .compile_matcher();
        let mut any = false;
        for (wanted, task) in wanted.iter_mut().zip(tasks) {
            if glob.is_match(&task.name) {
                (any, *wanted) = (true, true);
            }
        }
        if !any {
            let mut sets: Vec<&str> = tasks.iter().map(|t| t.dataset.as_str()).collect();
            sets.dedup();
            let sets = sets.iter().map(|s| format!("{s}/*")).collect::<Vec<_>>().join(", ");
            return Err(format!(
                "--tasks {pattern}: no task of the model has such a name; try {sets}, or see `chmr info --tasks '*'`"
            )
            .into());
        }
    }
    Ok((0..tasks.len()).filter(|&i| wanted[i]).collect())
}
