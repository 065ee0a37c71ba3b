//! The paper's modules: gradients against finite differences, invariances, the whole objective, the leak guard.

mod fixtures;
mod gradients;
mod invariances;
mod leak_guard;
mod objective;
mod routing;
