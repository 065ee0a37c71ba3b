//! Results for a person: a few endpoints with their units.

use crate::Failure;
use crate::output::{Record, Sink, Target, Value};
use chmr::Model;
use chmr::model::{Task, TaskKind};
use std::io::Write;

/// Columns that fit beside the names on a usual screen.
const ENDPOINTS: usize = 6;
const NAME: usize = 24;
const WIDTH: usize = 15;

/// A table of fixed widths, so that it can be written row by row.
pub struct Table {
    out: Target,
    kinds: Vec<TaskKind>,
}

impl Table {
    /// The few of `selected` to show: of a large selection, measured quantities before
    /// probabilities.
    pub fn choose(model: &Model, mut selected: Vec<usize>) -> Vec<usize> {
        if selected.len() > ENDPOINTS {
            let tasks = model.tasks();
            selected.sort_by_key(|&t| tasks[t].kind != TaskKind::Regression);
            selected.truncate(ENDPOINTS);
            selected.sort_unstable();
        }
        selected
    }

    /// Writes the heading.
    pub fn new(mut out: Target, model: &Model, selected: &[usize]) -> Result<Self, Failure> {
        let tasks: Vec<&Task> = selected.iter().map(|&t| &model.tasks()[t]).collect();
        let heads: Vec<Vec<String>> = tasks.iter().map(|t| heading(t)).collect();
        let height = heads.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            write!(out, "{:NAME$}", "")?;
            for head in &heads {
                // Headings stand on the line below, whatever their height.
                let text = (line + head.len()).checked_sub(height).map_or("", |i| &head[i]);
                write!(out, "{text:>WIDTH$}")?;
            }
            writeln!(out)?;
        }
        writeln!(out, "{}", "─".repeat(NAME + WIDTH * tasks.len()))?;
        Ok(Self { out, kinds: tasks.iter().map(|t| t.kind).collect() })
    }
}

/// The data set, the property in as many lines as it needs, the unit.
fn heading(task: &Task) -> Vec<String> {
    let unit = match (&task.unit, task.kind) {
        (Some(unit), _) => unit.clone(),
        (None, TaskKind::Classification) => "probability".into(),
        (None, TaskKind::Regression) => String::new(),
    };
    // The data set's column may end in the unit.
    let column = task.column.strip_suffix(&format!("({unit})")).unwrap_or(&task.column);
    let mut lines = vec![String::new()];
    for word in column.split([' ', '_']).chain([unit.as_str()]).filter(|w| !w.is_empty()) {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        let joined = line.chars().count() + 1 + word.chars().count();
        if line.is_empty() {
            line.push_str(word);
        } else if joined < WIDTH && word != unit {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.into_iter().map(|l| clip(&l, WIDTH - 1)).collect()
}

fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

impl Sink for Table {
    fn write(&mut self, record: &Record) -> Result<(), Failure> {
        write!(self.out, "{:NAME$}", clip(record.id, NAME - 1))?;
        if record.values.is_empty() {
            write!(self.out, " {}", record.status)?;
        }
        let mut kinds = self.kinds.iter();
        let mut note = "";
        for value in record.values {
            match value {
                Value::Text(text) => note = text,
                Value::Number(v) => match kinds.next() {
                    Some(TaskKind::Classification) => {
                        write!(self.out, "{:>WIDTH$}", format!("{:.1} %", v * 100.0))?;
                    }
                    _ => write!(self.out, "{v:>WIDTH$.3}")?,
                },
            }
        }
        if !note.is_empty() {
            write!(self.out, "  {note}")?;
        }
        Ok(writeln!(self.out)?)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        Ok(self.out.finish()?)
    }
}
