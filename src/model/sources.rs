//! What networks read, by number instead of by name.

use super::limits;
use super::manifest::{GRAPH, Manifest, STRUCTURE, Stage};
use crate::error::Error;
use std::collections::HashSet;

/// Something that a network reads: 0 is the structure vector, *i* + 1 the output of stage *i*.
pub(crate) type Source = usize;

impl Manifest {
    /// The numbers of what `reads` names, of which only the first `stages` stages exist yet.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for an unknown, later or repeated name, or none at all;
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) for too wide an input.
    pub(super) fn sources(&self, reads: &[String], stages: usize) -> Result<Vec<Source>, Error> {
        if reads.is_empty() {
            return Err(Error::corrupt("reads: expected at least one name"));
        }
        let mut seen = HashSet::new();
        let sources = reads
            .iter()
            .map(|name| {
                if !seen.insert(name.as_str()) {
                    return Err(Error::corrupt(format!("reads: '{name}' is named twice")));
                }
                if name == STRUCTURE {
                    return Ok(0);
                }
                if name == GRAPH {
                    return Err(Error::corrupt(format!(
                        "reads: '{GRAPH}' is for stages, and nothing else beside it"
                    )));
                }
                let stage = self.stages.iter().take(stages).position(|s| s.name == *name);
                stage.map(|i| i + 1).ok_or_else(|| {
                    Error::corrupt(format!(
                        "reads: '{name}' is neither '{STRUCTURE}' nor a stage before it"
                    ))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let width = self.input_width(&sources);
        if width > limits::WIDTH {
            return Err(Error::limit(format!(
                "reads: {width} columns together, the limit is {}",
                limits::WIDTH
            )));
        }
        Ok(sources)
    }

    /// The numbers of what stage `i` reads; none for a graph network.
    ///
    /// # Errors
    /// As [`sources`](Self::sources).
    pub(super) fn stage_sources(&self, i: usize) -> Result<Vec<Source>, Error> {
        match &self.stages[i] {
            stage if stage.reads_graph() => Ok(Vec::new()),
            stage => self.sources(&stage.reads, i),
        }
    }

    /// Columns of `sources` together.
    pub(super) fn input_width(&self, sources: &[Source]) -> usize {
        sources.iter().map(|&s| self.source_width(s)).sum()
    }

    fn source_width(&self, source: Source) -> usize {
        match source {
            0 => self.structure.width(),
            i => self.stages[i - 1].width,
        }
    }

    pub(super) fn check_stages(&self) -> Result<(), Error> {
        if self.stages.len() > limits::STAGES {
            return Err(Error::limit(format!(
                "stages: {}, the limit is {}",
                self.stages.len(),
                limits::STAGES
            )));
        }
        for (i, stage) in self.stages.iter().enumerate() {
            self.check_stage(i, stage).map_err(|e| e.at(format_args!("stage {i}")))?;
        }
        Ok(())
    }

    pub(super) fn check_codebook(&self) -> Result<(), Error> {
        let Some(codebook) = &self.codebook else { return Ok(()) };
        if codebook.latents.is_empty() {
            return Err(Error::corrupt("latents: expected at least one name"));
        }
        if codebook.latents.iter().any(|name| name == STRUCTURE) {
            return Err(Error::corrupt(format!("latents: '{STRUCTURE}' is no stage")));
        }
        self.sources(&codebook.latents, self.stages.len())?;
        self.check_path(&codebook.path)
    }

    fn check_stage(&self, i: usize, stage: &Stage) -> Result<(), Error> {
        let name = &stage.name;
        if name.is_empty() || name.len() > 100 || name.chars().any(char::is_control) {
            return Err(Error::corrupt("name: expected 1 to 100 plain characters"));
        }
        let reserved = name == STRUCTURE || name == GRAPH;
        if reserved || self.stages[..i].iter().any(|s| s.name == *name) {
            return Err(Error::corrupt(format!("the name '{name}' is taken")));
        }
        if stage.width == 0 || stage.width > limits::WIDTH {
            return Err(Error::limit(format!(
                "width is {}, expected 1 to {}",
                stage.width,
                limits::WIDTH
            )));
        }
        self.check_path(&stage.path)?;
        self.stage_sources(i).map(|_| ())
    }
}
