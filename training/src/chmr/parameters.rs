//! Named, seeded parameters: what an optimiser updates and a checkpoint holds.

use super::rng::Rng;
use candle_core::{DType, Device, Error, Result, Shape, Tensor, Var};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::rc::Rc;

/// How a new parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Every entry the same.
    Constant(f64),
    /// Uniform in ±`bound`.
    Uniform(f64),
    /// Normal of mean 0 and this standard deviation.
    Normal(f64),
}

#[derive(Default)]
struct Store {
    trained: BTreeMap<String, Var>,
    buffers: BTreeMap<String, Var>,
}

/// All tensors of a model, by dotted name. A scope shares the store of the scope it came from.
///
/// A parameter's initial value depends on the seed and on its own name alone: adding a module changes no
/// other one's start.
#[derive(Clone)]
pub struct Parameters {
    store: Rc<RefCell<Store>>,
    prefix: String,
    seed: u64,
    dtype: DType,
    device: Device,
}

impl Parameters {
    /// An empty store; `dtype` is F32 for training, F64 where gradients are checked.
    pub fn new(seed: u64, dtype: DType, device: &Device) -> Self {
        let store = Rc::default();
        Self { store, prefix: String::new(), seed, dtype, device: device.clone() }
    }

    /// The same store, with `name.` before every name.
    pub fn scope(&self, name: impl std::fmt::Display) -> Self {
        Self { prefix: format!("{}{name}.", self.prefix), ..self.clone() }
    }

    /// Type of every parameter.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Where every parameter lives.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Creates the parameter `name`, which an optimiser will update.
    ///
    /// # Errors
    /// If the name is taken: two modules in one scope.
    pub fn trained(&self, name: &str, shape: impl Into<Shape>, init: Init) -> Result<Var> {
        self.create(name, shape.into(), init, true)
    }

    /// Creates a tensor that belongs in a checkpoint and that no optimiser touches (running statistics).
    ///
    /// # Errors
    /// If the name is taken.
    pub fn buffer(&self, name: &str, shape: impl Into<Shape>, init: Init) -> Result<Var> {
        self.create(name, shape.into(), init, false)
    }

    fn create(&self, name: &str, shape: Shape, init: Init, trained: bool) -> Result<Var> {
        let name = format!("{}{name}", self.prefix);
        let mut rng = Rng::named(self.seed, &name);
        let values: Vec<f64> = (0..shape.elem_count())
            .map(|_| match init {
                Init::Constant(c) => c,
                Init::Uniform(bound) => (2.0 * rng.uniform() - 1.0) * bound,
                Init::Normal(sd) => sd * rng.normal(),
            })
            .collect();
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu)?
            .to_dtype(self.dtype)?
            .to_device(&self.device)?;
        let var = Var::from_tensor(&tensor)?;
        let mut store = self.store.borrow_mut();
        if store.trained.contains_key(&name) || store.buffers.contains_key(&name) {
            return Err(Error::Msg(format!("two parameters are named {name}")));
        }
        let map = if trained { &mut store.trained } else { &mut store.buffers };
        map.insert(name, var.clone());
        Ok(var)
    }

    /// What an optimiser updates, by name. Of the whole store, whatever the scope.
    pub fn trained_vars(&self) -> Vec<(String, Var)> {
        self.store.borrow().trained.iter().map(|(n, v)| (n.clone(), v.clone())).collect()
    }

    /// Every tensor, buffers included, by name.
    pub fn tensors(&self) -> BTreeMap<String, Tensor> {
        let store = self.store.borrow();
        store
            .trained
            .iter()
            .chain(&store.buffers)
            .map(|(n, v)| (n.clone(), v.as_tensor().clone()))
            .collect()
    }

    /// Writes every tensor to a safetensors file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let tensors: HashMap<String, Tensor> = self.tensors().into_iter().collect();
        candle_core::safetensors::save(&tensors, path)
    }

    /// Reads every tensor of the store from a safetensors file that [`Parameters::save`] wrote.
    ///
    /// # Errors
    /// If the file cannot be read, or lacks a tensor, or has one of another shape. Nothing is changed then.
    pub fn load(&self, path: &Path) -> Result<()> {
        let found = candle_core::safetensors::load(path, &self.device)?;
        self.fill(found, path.display())
    }

    /// Sets every tensor of the store from `found`, which `origin` names in errors and which may hold more.
    ///
    /// # Errors
    /// If it lacks a tensor, or has one of another shape. Nothing is changed then.
    pub fn fill(
        &self,
        mut found: HashMap<String, Tensor>,
        origin: impl std::fmt::Display,
    ) -> Result<()> {
        let store = self.store.borrow();
        let mut pairs = Vec::new();
        for (name, var) in store.trained.iter().chain(&store.buffers) {
            let tensor = found
                .remove(name)
                .ok_or_else(|| Error::Msg(format!("{origin} has no tensor {name}")))?;
            if tensor.shape() != var.shape() {
                return Err(Error::Msg(format!(
                    "{name} in {origin} has shape {:?}; expected {:?}",
                    tensor.shape(),
                    var.shape()
                )));
            }
            pairs.push((var, tensor.to_dtype(self.dtype)?));
        }
        pairs.iter().try_for_each(|(var, tensor)| var.set(tensor))
    }
}
