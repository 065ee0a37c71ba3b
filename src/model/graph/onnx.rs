//! Graph networks as ONNX files. A file is read only if it is the graph that `form` makes for its sizes, node for node: what
//! runs is then what the file says.

use super::form::{Content, Form, Initializer, form, suffix};
use super::shape::GraphShape;
use super::weights::GraphWeights;
use crate::error::Error;
use crate::model::onnx::{brief, check_head, shown, unsupported};
use crate::model::onnx_outline::outline;
use crate::model::onnx_weights::{Stored, copied, scaled, widened};
use half::f16;
use prost::Message;
use std::collections::{BTreeMap, HashMap};
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto,
    tensor_proto::DataType, tensor_shape_proto::dimension::Value as Dim, type_proto::Value,
};

/// How the matrices of a graph network are stored; vectors are f32 always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GraphStore {
    /// Four bytes a weight.
    F32,
    /// Two.
    #[default]
    F16,
    /// One, and a scale a column.
    Int8,
}

/// The most that a byte stands for.
const MOST: f32 = 127.0;

impl GraphWeights {
    /// The bytes of an ONNX file called `name`, any ONNX runtime's to run.
    pub fn to_onnx(&self, name: &str, store: GraphStore) -> Vec<u8> {
        let kind = match store {
            GraphStore::F32 => Stored::Single,
            GraphStore::F16 => Stored::Half,
            GraphStore::Int8 => Stored::Byte,
        };
        let matrices = matrices(&self.shape);
        let stored = |name: &str| if matrices.contains(name) { kind } else { Stored::Single };
        let Form { nodes, initializers, inputs, output } = form(&self.shape, stored);
        let graph = GraphProto {
            name: name.into(),
            node: nodes,
            initializer: initializers.iter().map(|i| self.tensor(i)).collect(),
            input: inputs,
            output: vec![output],
            ..Default::default()
        };
        let model = ModelProto {
            ir_version: 9,
            producer_name: "chmr".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 20 }],
            graph: Some(graph),
            ..Default::default()
        };
        model.encode_to_vec()
    }

    /// Reads what [`to_onnx`](Self::to_onnx) writes.
    ///
    /// # Errors
    /// [`ErrorKind::Corrupt`](crate::ErrorKind::Corrupt) for a damaged file, [`ErrorKind::Limit`](crate::ErrorKind::Limit) for sizes
    /// beyond all use, [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for any other graph, with where it first differs.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self, Error> {
        let file = File::check(bytes)?;
        let value = |(name, _): &(String, Vec<usize>)| {
            let stored = file.stored(name);
            let raw = file.raw(&format!("{name}{}", suffix(stored)));
            let bytes = match stored {
                Stored::Single => copied(raw)?,
                Stored::Half => widened(raw)?,
                Stored::Byte => scaled(raw, file.raw(&format!("{name}.scales")))?,
            };
            let values = bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
            Ok((name.clone(), values))
        };
        let values = file.shape.tensors().iter().map(value).collect::<Result<_, Error>>()?;
        Self::new(file.shape, values)
    }

    fn tensor(&self, initializer: &Initializer) -> TensorProto {
        let (kind, raw_data) = match &initializer.content {
            Content::Constant(kind, bytes) => (*kind, bytes.clone()),
            Content::Weight(name, Stored::Single) => (DataType::Float, little(self.get(name))),
            Content::Weight(name, Stored::Half) => {
                let halves = self.get(name).iter().flat_map(|v| f16::from_f32(*v).to_le_bytes());
                (DataType::Float16, halves.collect())
            }
            Content::Weight(name, Stored::Byte) => {
                let scales = self.scales(name);
                let byte = |(v, s): (&f32, &f32)| (v / s).round().clamp(-MOST, MOST) as i8;
                let rows = self.get(name).chunks_exact(scales.len());
                let bytes = rows.flat_map(|row| row.iter().zip(&scales).map(byte));
                (DataType::Int8, bytes.map(i8::cast_unsigned).collect())
            }
            Content::Scales(name) => (DataType::Float, little(&self.scales(name))),
        };
        TensorProto {
            name: initializer.name.clone(),
            dims: initializer.dims.iter().map(|d| *d as i64).collect(),
            data_type: kind as i32,
            raw_data,
            ..Default::default()
        }
    }

    /// What the largest byte of each column stands for, over that byte.
    fn scales(&self, name: &str) -> Vec<f32> {
        let dims = self.shape.tensors().into_iter().find(|(n, _)| n == name);
        let columns = dims.and_then(|(_, d)| d.last().copied()).unwrap_or(1);
        let mut scales = vec![0f32; columns];
        for row in self.get(name).chunks_exact(columns) {
            scales.iter_mut().zip(row).for_each(|(s, v)| *s = s.max(v.abs() / MOST));
        }
        // Any scale does where all is zero.
        scales.iter_mut().filter(|s| **s < f32::MIN_POSITIVE).for_each(|s| *s = 1.0);
        scales
    }
}

fn little(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

/// The names of the weights that are matrices.
fn matrices(shape: &GraphShape) -> std::collections::HashSet<String> {
    shape.tensors().into_iter().filter(|(_, dims)| dims.len() == 2).map(|(name, _)| name).collect()
}

/// The sizes of the network in an ONNX file, whose graph is checked whole; its weights are not decoded.
///
/// # Errors
/// As [`GraphWeights::from_onnx`].
pub(in crate::model) fn check(bytes: &[u8]) -> Result<GraphShape, Error> {
    File::check(bytes).map(|file| file.shape)
}

/// A checked file.
struct File<'a> {
    shape: GraphShape,
    tensors: HashMap<String, (TensorProto, &'a [u8])>,
}

impl<'a> File<'a> {
    fn check(bytes: &'a [u8]) -> Result<Self, Error> {
        let outline = outline(bytes)?;
        let model = ModelProto::decode(&outline.message[..])
            .map_err(|e| Error::corrupt(format!("not an ONNX file, or a damaged one: {e}")))?;
        check_head(&model, 20)?;
        let graph = model.graph.ok_or_else(|| Error::corrupt("the ONNX file has no graph"))?;
        if graph.initializer.len() != outline.weights.len() {
            return Err(Error::corrupt("the initializers are damaged"));
        }
        if !graph.sparse_initializer.is_empty() {
            return Err(unsupported("sparse initializers"));
        }
        let mut tensors = HashMap::new();
        for (tensor, raw) in graph.initializer.into_iter().zip(outline.weights) {
            let name = tensor.name.clone();
            check_stored(&tensor).map_err(|e| e.at(shown("initializer", &name)))?;
            if tensors.insert(name.clone(), (tensor, raw)).is_some() {
                return Err(Error::corrupt(format!("two values are called '{}'", brief(&name))));
            }
        }
        let mut file = Self {
            shape: GraphShape {
                width: 0,
                layers: 0,
                inner: 0,
                hidden: 0,
                outputs: 0,
                walks: false,
            },
            tensors,
        };
        file.shape = file.sizes()?;
        let matrices = matrices(&file.shape);
        let stored =
            |name: &str| if matrices.contains(name) { file.stored(name) } else { Stored::Single };
        let form = form(&file.shape, stored);
        file.compare(&form)?;
        check_nodes(&graph.node, &form.nodes)?;
        check_ports("input", &graph.input, &form.inputs)?;
        check_ports("output", &graph.output, std::slice::from_ref(&form.output))?;
        Ok(file)
    }

    /// How the weight `name` is stored.
    fn stored(&self, name: &str) -> Stored {
        let kinds = [Stored::Half, Stored::Byte];
        let kept = |kind: &Stored| self.tensors.contains_key(&format!("{name}{}", suffix(*kind)));
        kinds.into_iter().find(kept).unwrap_or(Stored::Single)
    }

    fn raw(&self, name: &str) -> &'a [u8] {
        self.tensors.get(name).map_or(&[], |(_, raw)| raw)
    }

    /// The last dimension of the weight `name`.
    fn columns(&self, name: &str) -> Result<usize, Error> {
        let tensor = self.tensors.get(&format!("{name}{}", suffix(self.stored(name))));
        let last = tensor.and_then(|(t, _)| t.dims.last()).and_then(|d| usize::try_from(*d).ok());
        last.ok_or_else(|| {
            unsupported(&format!("a graph network without the initializer '{name}' of its form"))
        })
    }

    fn sizes(&self) -> Result<GraphShape, Error> {
        let layers =
            (0..).take_while(|i| self.tensors.contains_key(&format!("layer{i}.scale"))).count();
        let walks = self
            .tensors
            .contains_key(&format!("walks.weight{}", suffix(self.stored("walks.weight"))));
        let shape = GraphShape {
            width: self.columns("atom.table")?,
            layers,
            inner: self.columns("layer0.first.bias")?,
            hidden: self.columns("out.first.bias")?,
            outputs: self.columns("out.second.bias")?,
            walks,
        };
        shape.check()?;
        Ok(shape)
    }

    /// Every initializer must be the form's, of its type, dimensions and length.
    fn compare(&self, form: &Form) -> Result<(), Error> {
        for Initializer { name, dims, content } in &form.initializers {
            let (kind, size) = match content {
                Content::Constant(kind, _) => (*kind, if *kind == DataType::Int64 { 8 } else { 4 }),
                Content::Weight(_, Stored::Single) | Content::Scales(_) => (DataType::Float, 4),
                Content::Weight(_, Stored::Half) => (DataType::Float16, 2),
                Content::Weight(_, Stored::Byte) => (DataType::Int8, 1),
            };
            let Some((tensor, raw)) = self.tensors.get(name) else {
                let message =
                    format!("a graph network without the initializer '{name}' of its form");
                return Err(unsupported(&message));
            };
            let same_dims = tensor.dims.iter().copied().eq(dims.iter().map(|d| *d as i64));
            if tensor.data_type != kind as i32 || !same_dims {
                let found = DataType::try_from(tensor.data_type);
                return Err(Error::corrupt(format!(
                    "initializer '{name}': {} of dimensions {:?}, expected {} of {dims:?}",
                    found.map_or("an unknown type", |kind| kind.as_str_name()),
                    tensor.dims,
                    kind.as_str_name()
                )));
            }
            if raw.len() != dims.iter().product::<usize>() * size {
                let message =
                    format!("initializer '{name}': {} bytes do not fit {dims:?}", raw.len());
                return Err(Error::corrupt(message));
            }
            if matches!(content, Content::Constant(_, bytes) if bytes != raw) {
                return Err(unsupported(&format!("another value of '{name}'")));
            }
        }
        let known: std::collections::HashSet<&str> =
            form.initializers.iter().map(|i| i.name.as_str()).collect();
        match self.tensors.keys().filter(|name| !known.contains(name.as_str())).min() {
            Some(other) => Err(unsupported(&shown("initializer", other))),
            None => Ok(()),
        }
    }
}

/// The values lie in `raw_data`, in the file.
fn check_stored(tensor: &TensorProto) -> Result<(), Error> {
    let elsewhere = !tensor.external_data.is_empty() || tensor.data_location.unwrap_or(0) != 0;
    let typed = tensor.segment.is_some()
        || !tensor.float_data.is_empty()
        || !tensor.int32_data.is_empty()
        || !tensor.int64_data.is_empty()
        || !tensor.double_data.is_empty()
        || !tensor.uint64_data.is_empty()
        || !tensor.string_data.is_empty();
    match elsewhere || typed {
        true => Err(unsupported("weights other than in raw_data")),
        false => Ok(()),
    }
}

/// The nodes must be the form's, in its order; their names and comments do not matter.
fn check_nodes(found: &[NodeProto], expected: &[NodeProto]) -> Result<(), Error> {
    let bare = |node: &NodeProto| {
        let mut bare = NodeProto { name: String::new(), doc_string: String::new(), ..node.clone() };
        if bare.domain == "ai.onnx" {
            bare.domain.clear();
        }
        bare.attribute.iter_mut().for_each(|a| a.doc_string.clear());
        bare.attribute.sort_by(|a, b| a.name.cmp(&b.name));
        bare
    };
    let text = |node: &NodeProto| {
        let names = |list: &[String]| brief(&list.join(", "));
        format!("{}({}) -> {}", brief(&node.op_type), names(&node.input), names(&node.output))
    };
    for (i, expected) in expected.iter().enumerate() {
        let Some(found) = found.get(i) else {
            return Err(unsupported(&format!(
                "a graph network that ends before {}",
                text(expected)
            )));
        };
        if bare(found) != bare(expected) {
            return Err(unsupported(&format!(
                "a graph network whose node {i} is {}, not {} with its attributes",
                text(found),
                text(expected)
            )));
        }
    }
    match found.get(expected.len()) {
        Some(more) => Err(unsupported(&format!("a graph network with a further {}", text(more)))),
        None => Ok(()),
    }
}

/// Names, types and fixed dimensions of ports; what a dimension of any length is called does not matter.
fn check_ports(
    what: &str,
    found: &[ValueInfoProto],
    expected: &[ValueInfoProto],
) -> Result<(), Error> {
    let key = |port: &ValueInfoProto| {
        let Some(Value::TensorType(tensor)) = port.r#type.as_ref().and_then(|t| t.value.as_ref())
        else {
            return None;
        };
        let dims = tensor.shape.as_ref().map(|s| s.dim.as_slice()).unwrap_or_default();
        let fixed = |value: &Option<Dim>| match value {
            Some(Dim::DimValue(n)) => Some(*n),
            _ => None,
        };
        let dims: Vec<Option<i64>> = dims.iter().map(|d| fixed(&d.value)).collect();
        Some((port.name.clone(), tensor.elem_type, dims))
    };
    let keys = |ports: &[ValueInfoProto]| ports.iter().map(key).collect::<Vec<_>>();
    if keys(found) != keys(expected) {
        let names: BTreeMap<_, _> = expected.iter().map(|p| (p.name.as_str(), ())).collect();
        let names: Vec<_> = names.into_keys().collect();
        return Err(Error::corrupt(format!("expected the {what}s {names:?} of a graph network")));
    }
    Ok(())
}
