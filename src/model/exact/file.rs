//! An ONNX file that is to be one known graph.

use super::form::{Content, Form, Initializer};
use crate::error::Error;
use crate::model::onnx::{brief, check_head, shown, unsupported};
use crate::model::onnx_outline::outline;
use prost::Message;
use std::collections::{BTreeMap, HashMap, HashSet};
use tract_onnx::pb::{
    ModelProto, NodeProto, TensorProto, ValueInfoProto, tensor_proto::DataType,
    tensor_shape_proto::dimension::Value as Dim, type_proto::Value,
};

/// A file's graph, read without its weights, which stay where they are.
pub(in crate::model) struct File<'a> {
    tensors: HashMap<String, (TensorProto, &'a [u8])>,
    nodes: Vec<NodeProto>,
    inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
}

impl<'a> File<'a> {
    /// Reads the graph; its nodes are not looked at before [`compare`](Self::compare).
    ///
    /// # Errors
    /// For what is no ONNX file, or one with more than a graph.
    pub(in crate::model) fn read(bytes: &'a [u8]) -> Result<Self, Error> {
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
        Ok(Self { tensors, nodes: graph.node, inputs: graph.input, outputs: graph.output })
    }

    /// Whether there is an initializer of this name.
    pub(in crate::model) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Whether a node makes the value of this name.
    pub(in crate::model) fn makes(&self, name: &str) -> bool {
        self.nodes.iter().any(|node| node.output.iter().any(|output| output == name))
    }

    /// The bytes of an initializer; none where it is absent.
    pub(in crate::model) fn raw(&self, name: &str) -> &'a [u8] {
        self.tensors.get(name).map_or(&[], |(_, raw)| raw)
    }

    /// The dimension `axis` of an initializer.
    ///
    /// # Errors
    /// If it is absent, or has fewer.
    pub(in crate::model) fn dimension(&self, name: &str, axis: usize) -> Result<usize, Error> {
        let dims = self.tensors.get(name).map(|(t, _)| t.dims.as_slice()).unwrap_or_default();
        dims.get(axis).and_then(|d| usize::try_from(*d).ok()).ok_or_else(|| missing(name))
    }

    /// The last dimension of an initializer.
    ///
    /// # Errors
    /// If it is absent, or a number.
    pub(in crate::model) fn columns(&self, name: &str) -> Result<usize, Error> {
        let rank = self.tensors.get(name).map_or(0, |(t, _)| t.dims.len());
        self.dimension(name, rank.wrapping_sub(1))
    }

    /// Every node, initializer and port must be the form's.
    ///
    /// # Errors
    /// With the first that is not.
    pub(in crate::model) fn compare(&self, form: &Form) -> Result<(), Error> {
        self.compare_initializers(form)?;
        check_nodes(&self.nodes, &form.nodes)?;
        check_ports("input", &self.inputs, &form.inputs)?;
        check_ports("output", &self.outputs, std::slice::from_ref(&form.output))
    }

    /// Every initializer must be the form's, of its type, dimensions and length.
    fn compare_initializers(&self, form: &Form) -> Result<(), Error> {
        for Initializer { name, dims, content } in &form.initializers {
            let kind = content.kind();
            let size = match kind {
                DataType::Int64 => 8,
                DataType::Float16 => 2,
                DataType::Int8 => 1,
                _ => 4,
            };
            let Some((tensor, raw)) = self.tensors.get(name) else { return Err(missing(name)) };
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
        let known: HashSet<&str> = form.initializers.iter().map(|i| i.name.as_str()).collect();
        match self.tensors.keys().filter(|name| !known.contains(name.as_str())).min() {
            Some(other) => Err(unsupported(&shown("initializer", other))),
            None => Ok(()),
        }
    }
}

fn missing(name: &str) -> Error {
    unsupported(&format!("a network without the initializer '{name}' of its form"))
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
            return Err(unsupported(&format!("a network that ends before {}", text(expected))));
        };
        if bare(found) != bare(expected) {
            return Err(unsupported(&format!(
                "a network whose node {i} is {}, not {} with its attributes",
                text(found),
                text(expected)
            )));
        }
    }
    match found.get(expected.len()) {
        Some(more) => Err(unsupported(&format!("a network with a further {}", text(more)))),
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
        return Err(Error::corrupt(format!("expected the {what}s {names:?} of a network")));
    }
    Ok(())
}
