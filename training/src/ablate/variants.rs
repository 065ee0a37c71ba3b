//! What is left out, a variant each.

use crate::pretrain::PretrainConfig;
use crate::pretrain::config::{Augmentation, CodebookKind};

/// A row of the paper's ablation table.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// For a person.
    pub name: String,
    /// How it is pretrained, but for the seed.
    pub config: PretrainConfig,
}

impl Variant {
    /// The name as part of a path.
    pub fn folder(&self) -> String {
        crate::finetune::file_name(&self.name)
    }
}

/// All variants of `full`, which is the first. `modalities`: the biological modalities prepared.
pub fn variants(full: &PretrainConfig, modalities: &[String]) -> Vec<Variant> {
    let mut all = Vec::new();
    let mut add = |name: &str, change: &dyn Fn(&mut PretrainConfig)| {
        let mut config = full.clone();
        change(&mut config);
        all.push(Variant { name: name.into(), config });
    };
    add("full", &|_| ());
    add("zero imputation", &|c| c.augmentation = Augmentation::Zero);
    add("random imputation", &|c| c.augmentation = Augmentation::Random);
    add("mean imputation", &|c| c.augmentation = Augmentation::Mean);
    add("w/o SCA", &|c| c.lambda_sca = 0.0);
    add("w/o Tree-VQ", &|c| c.codebook = CodebookKind::None);
    add("flat VQ", &|c| c.codebook = CodebookKind::Flat);
    add("w/o CPR", &|c| c.lambda_cpr = 0.0);
    add("structure only", &|c| c.modalities = Some(vec![]));
    for name in modalities {
        add(&format!("only {name}"), &|c| c.modalities = Some(vec![name.clone()]));
    }
    for depth in (2..=8).filter(|d| *d != full.depth) {
        add(&format!("depth {depth}"), &|c| c.depth = depth);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_differs_and_is_in_range() {
        let modalities = ["expression", "jump"].map(String::from);
        let all = variants(&PretrainConfig::default(), &modalities);
        assert_eq!(all.len(), 9 + 2 + 6);
        for (i, a) in all.iter().enumerate() {
            a.config.check().unwrap();
            for b in &all[..i] {
                assert!(a.config != b.config && a.folder() != b.folder(), "{} {}", a.name, b.name);
            }
        }
    }
}
