//! The pretrained structure part, frozen: what prediction heads are trained on and what a model file ships.
//!
//! A run folder holds it in three files that `pretrain` writes:
//!
//! | file | content |
//! |---|---|
//! | `backbone.json` | [`BackboneConfig`] |
//! | `backbone.safetensors` | weights under the names that [`Chmr`](crate::chmr::objective::Chmr) gives them (`encoder_1d.…`, `projector_1d.…`, `encoder_2d.…`, `projector_2d.…`) |
//! | `standardizer.safetensors` | `median`, `mean`, `scale`, each \[descriptors\], and `clip` \[1\]: the descriptors' common scale |

use crate::Result;
use crate::chmr::encoders::{GraphBatch, GraphConfig, GraphEncoder, VectorEncoder};
use crate::chmr::layers::Mode;
use crate::chmr::parameters::Parameters;
use crate::chmr::projector::Projector;
use crate::keep::Files;
use candle_core::{DType, Device, Tensor};
use chmr::features::{Standardizer, StructureLayout};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Shape of a backbone, and what it is fed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackboneConfig {
    /// Names of the descriptors that open the structure vector, in order.
    pub descriptors: Vec<String>,
    /// Whether the MACCS keys follow.
    pub maccs: bool,
    /// Radius of the Morgan bits that come last.
    pub morgan_radius: u32,
    /// Their number.
    pub morgan_bits: usize,
    /// Width of the 1D encoder's hidden layer; none: the structure vector itself.
    pub hidden_1d: Option<usize>,
    /// Width of the latent space.
    pub latent: usize,
    /// The 2D encoder, if the model has one.
    pub graph: Option<GraphShape>,
    /// SHA-256 of the pretraining run's configuration and prepared data.
    pub identity: String,
}

/// Shape of a 2D encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphShape {
    /// Message passing layers.
    pub layers: usize,
    /// Width of every embedding.
    pub width: usize,
}

impl BackboneConfig {
    /// For structure vectors of `layout`; without a 2D encoder.
    pub fn new(layout: &StructureLayout, hidden_1d: Option<usize>, latent: usize) -> Self {
        Self {
            descriptors: layout.descriptor_names().into_iter().map(String::from).collect(),
            maccs: layout.maccs,
            morgan_radius: layout.morgan_radius,
            morgan_bits: layout.morgan_bits,
            hidden_1d,
            latent,
            graph: None,
            identity: String::new(),
        }
    }

    /// Layout of the structure vector.
    ///
    /// # Errors
    /// For a descriptor that this library does not know.
    pub fn layout(&self) -> Result<StructureLayout> {
        Ok(StructureLayout {
            descriptors: StructureLayout::find(&self.descriptors)?,
            maccs: self.maccs,
            morgan_radius: self.morgan_radius,
            morgan_bits: self.morgan_bits,
        })
    }
}

/// The structure encoders and their projectors, in evaluation mode.
pub struct Backbone {
    config: BackboneConfig,
    layout: StructureLayout,
    standardizer: Standardizer,
    encoder_1d: VectorEncoder,
    projector_1d: Projector,
    graph: Option<(GraphEncoder, Projector)>,
    tensors: HashMap<String, Tensor>,
}

impl Backbone {
    /// With the weights that `seed` gives to a fresh model: for tests, and as a baseline of random features.
    ///
    /// # Errors
    /// For an unknown descriptor, or a standardizer of another width.
    pub fn new(config: BackboneConfig, standardizer: Standardizer, seed: u64) -> Result<Self> {
        Self::build(config, standardizer, seed, |_| Ok(()))
    }

    /// Reads the backbone of a run folder.
    ///
    /// # Errors
    /// If a file is absent, or its content does not fit the configuration.
    pub fn load(run: &Path) -> Result<Self> {
        let path = run.join("backbone.json");
        let text =
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let config = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        let standardizer = load_standardizer(&run.join("standardizer.safetensors"))?;
        Self::build(config, standardizer, 0, |p| Ok(p.load(&run.join("backbone.safetensors"))?))
    }

    /// Picks its weights, on whatever device they are, out of a whole model's.
    ///
    /// # Errors
    /// As [`Backbone::new`]; also if a weight is absent or of another shape.
    pub fn from_weights(
        config: BackboneConfig,
        standardizer: Standardizer,
        weights: &BTreeMap<String, Tensor>,
    ) -> Result<Self> {
        Self::build(config, standardizer, 0, |p| {
            let on_host = |t: &Tensor| t.to_device(&Device::Cpu);
            let all = weights.iter().map(|(name, t)| Ok((name.clone(), on_host(t)?)));
            Ok(p.fill(all.collect::<Result<_>>()?, "the model")?)
        })
    }

    fn build(
        config: BackboneConfig,
        standardizer: Standardizer,
        seed: u64,
        fill: impl FnOnce(&Parameters) -> Result<()>,
    ) -> Result<Self> {
        let layout = config.layout()?;
        if standardizer.mean.len() != layout.descriptors.len() {
            return Err(format!(
                "a standardizer of {} descriptors; the backbone takes {}",
                standardizer.mean.len(),
                layout.descriptors.len()
            )
            .into());
        }
        // The names and scopes of `Chmr`.
        let p = Parameters::new(seed, DType::F32, &Device::Cpu);
        let inputs = layout.width();
        let encoder_1d = match config.hidden_1d {
            None => VectorEncoder::identity(inputs),
            Some(width) => VectorEncoder::hidden(&p.scope("encoder_1d"), inputs, width, 0.0)?,
        };
        let projector_1d =
            Projector::new(&p.scope("projector_1d"), encoder_1d.width(), config.latent)?;
        let graph = match config.graph {
            None => None,
            Some(GraphShape { layers, width }) => {
                let shape = GraphConfig { layers, width, dropout: 0.0 };
                let encoder = GraphEncoder::new(&p.scope("encoder_2d"), shape)?;
                Some((encoder, Projector::new(&p.scope("projector_2d"), width, config.latent)?))
            }
        };
        fill(&p)?;
        let tensors = p.tensors().into_iter().collect();
        Ok(Self { config, layout, standardizer, encoder_1d, projector_1d, graph, tensors })
    }

    /// Writes the three files.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn save(&self, run: &Path) -> Result<()> {
        std::fs::create_dir_all(run)?;
        let mut files = Files::new();
        self.write(run, &mut files)?;
        files.commit()
    }

    /// Adds the three files of the folder `run` to `files`.
    pub(crate) fn write(&self, run: &Path, files: &mut Files) -> Result<()> {
        write_standardizer(&self.standardizer, &run.join("standardizer.safetensors"), files)?;
        files.candle(&run.join("backbone.safetensors"), &self.tensors)?;
        files.write(&run.join("backbone.json"), serde_json::to_string_pretty(&self.config)?)
    }

    /// Shape and inputs.
    pub fn config(&self) -> &BackboneConfig {
        &self.config
    }

    /// Layout of the structure vector that [`Backbone::embed`] takes.
    pub fn layout(&self) -> &StructureLayout {
        &self.layout
    }

    /// Scale of its descriptors: a model file must carry this one.
    pub fn standardizer(&self) -> &Standardizer {
        &self.standardizer
    }

    /// The 1D encoder; its [`layers`](VectorEncoder::layers) are what an exporter writes.
    pub fn encoder_1d(&self) -> &VectorEncoder {
        &self.encoder_1d
    }

    /// The 1D projector: LayerNorm → Linear → SiLU, on the encoder's output.
    pub fn projector_1d(&self) -> &Projector {
        &self.projector_1d
    }

    /// The 2D encoder and its projector, if the model has them.
    pub fn graph(&self) -> Option<(&GraphEncoder, &Projector)> {
        self.graph.as_ref().map(|(encoder, projector)| (encoder, projector))
    }

    /// Every weight by its name.
    pub fn tensors(&self) -> &HashMap<String, Tensor> {
        &self.tensors
    }

    /// What the 1D part makes of structure vectors `x` [n, inputs]: `encoder_1d` [n, hidden] (absent without a
    /// hidden layer) and `latent_1d` [n, latent].
    ///
    /// # Errors
    /// If the width of `x` differs.
    pub fn embed(&self, x: &Tensor) -> Result<Vec<(String, Tensor)>> {
        let encoded = self.encoder_1d.forward(x, &Mode::Evaluate)?;
        let latent = self.projector_1d.forward(&encoded)?.detach();
        let encoded = self.config.hidden_1d.map(|_| ("encoder_1d".to_owned(), encoded.detach()));
        Ok(encoded.into_iter().chain([("latent_1d".to_owned(), latent)]).collect())
    }

    /// What the 2D part makes of molecular graphs: `encoder_2d` [n, width] and `latent_2d` [n, latent]; nothing
    /// where the model has no such part.
    ///
    /// # Errors
    /// None but candle's own.
    pub fn embed_graphs(&self, graphs: &GraphBatch) -> Result<Vec<(String, Tensor)>> {
        let Some((encoder, projector)) = &self.graph else { return Ok(Vec::new()) };
        let encoded = encoder.forward(graphs, &Mode::Evaluate)?;
        let latent = projector.forward(&encoded)?.detach();
        Ok(vec![("encoder_2d".to_owned(), encoded.detach()), ("latent_2d".to_owned(), latent)])
    }
}

/// Writes `standardizer.safetensors`.
pub(crate) fn save_standardizer(s: &Standardizer, path: &Path) -> Result<()> {
    let mut files = Files::new();
    write_standardizer(s, path, &mut files)?;
    files.commit()
}

/// Adds `standardizer.safetensors` to `files`.
pub(crate) fn write_standardizer(s: &Standardizer, path: &Path, files: &mut Files) -> Result<()> {
    let tensor = |v: &[f32]| Tensor::from_slice(v, v.len(), &Device::Cpu);
    let tensors = HashMap::from([
        ("median".to_owned(), tensor(&s.median)?),
        ("mean".to_owned(), tensor(&s.mean)?),
        ("scale".to_owned(), tensor(&s.scale)?),
        ("clip".to_owned(), tensor(&[s.clip])?),
    ]);
    files.candle(path, &tensors)
}

/// Reads `standardizer.safetensors`.
pub(crate) fn load_standardizer(path: &Path) -> Result<Standardizer> {
    let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    read_standardizer(&bytes, &path.display().to_string())
}

/// Reads a standardizer's bytes; `name` is for messages.
pub(crate) fn read_standardizer(bytes: &[u8], name: &str) -> Result<Standardizer> {
    let at = |e: &dyn std::fmt::Display| format!("{name}: {e}");
    let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu).map_err(|e| at(&e))?;
    let vector = |name: &str| -> Result<Vec<f32>> {
        let tensor = tensors.get(name).ok_or_else(|| at(&format_args!("no tensor {name}")))?;
        Ok(tensor.to_vec1().map_err(|e| at(&e))?)
    };
    let (median, mean, scale) = (vector("median")?, vector("mean")?, vector("scale")?);
    let clip = vector("clip")?.first().copied().ok_or_else(|| at(&"clip is empty"))?;
    if median.len() != mean.len() || mean.len() != scale.len() {
        return Err(at(&"median, mean and scale differ in length").into());
    }
    Ok(Standardizer { median, mean, scale, clip })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(hidden_1d: Option<usize>) -> Backbone {
        let layout = StructureLayout {
            descriptors: vec![0, 3],
            maccs: false,
            morgan_radius: 2,
            morgan_bits: 64,
        };
        let standardizer = Standardizer::fit(&[1.0, 2.0, 3.0, 5.0], 2, 4.0).unwrap();
        let mut config = BackboneConfig::new(&layout, hidden_1d, 6);
        config.graph = Some(GraphShape { layers: 2, width: 5 });
        Backbone::new(config, standardizer, 7).unwrap()
    }

    #[test]
    fn what_was_written_embeds_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let ours = small(Some(8));
        ours.save(folder.path()).unwrap();
        let read = Backbone::load(folder.path()).unwrap();
        assert_eq!((read.config(), read.standardizer()), (ours.config(), ours.standardizer()));
        let x = Tensor::arange(0f32, 3.0 * 66.0, &Device::Cpu).unwrap();
        let x = (x.reshape((3, 66)).unwrap() / 50.0).unwrap();
        let (a, b) = (ours.embed(&x).unwrap(), read.embed(&x).unwrap());
        let names: Vec<&str> = a.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["encoder_1d", "latent_1d"]);
        assert_eq!((a[0].1.dims(), a[1].1.dims()), (&[3, 8][..], &[3, 6][..]));
        for ((_, a), (_, b)) in a.iter().zip(&b) {
            assert_eq!(a.to_vec2::<f32>().unwrap(), b.to_vec2::<f32>().unwrap());
        }
        assert_eq!(small(None).embed(&x).unwrap().len(), 1);
    }

    #[test]
    fn weights_of_another_shape_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        small(Some(8)).save(folder.path()).unwrap();
        let path = folder.path().join("backbone.json");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"hidden_1d\": 8", "\"hidden_1d\": 9")).unwrap();
        let error = Backbone::load(folder.path()).err().unwrap().to_string();
        assert!(error.contains("encoder_1d") && error.contains("expected"), "{error}");
    }
}
