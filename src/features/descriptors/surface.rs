//! Surface or state summed over the atoms whose property falls in a range: Labute's VSA families.

use super::Descriptor;
use super::context::Context;

pub(super) const LIST: [Descriptor; 57] = {
    let mut list = [Descriptor::rdkit("", ""); 57];
    let mut i = 0;
    while i < list.len() {
        list[i] = Descriptor::rdkit(NAMES[i].0, NAMES[i].1);
        i += 1;
    }
    list
};

/// Name, definition.
#[rustfmt::skip]
const NAMES: [(&str, &str); 57] = [
    ("PEOE_VSA1", "surface, A^2, of atoms with Gasteiger charge < -0.3"),
    ("PEOE_VSA2", "surface, A^2, of atoms with -0.3 <= Gasteiger charge < -0.25"),
    ("PEOE_VSA3", "surface, A^2, of atoms with -0.25 <= Gasteiger charge < -0.2"),
    ("PEOE_VSA4", "surface, A^2, of atoms with -0.2 <= Gasteiger charge < -0.15"),
    ("PEOE_VSA5", "surface, A^2, of atoms with -0.15 <= Gasteiger charge < -0.1"),
    ("PEOE_VSA6", "surface, A^2, of atoms with -0.1 <= Gasteiger charge < -0.05"),
    ("PEOE_VSA7", "surface, A^2, of atoms with -0.05 <= Gasteiger charge < 0"),
    ("PEOE_VSA8", "surface, A^2, of atoms with 0 <= Gasteiger charge < 0.05"),
    ("PEOE_VSA9", "surface, A^2, of atoms with 0.05 <= Gasteiger charge < 0.1"),
    ("PEOE_VSA10", "surface, A^2, of atoms with 0.1 <= Gasteiger charge < 0.15"),
    ("PEOE_VSA11", "surface, A^2, of atoms with 0.15 <= Gasteiger charge < 0.2"),
    ("PEOE_VSA12", "surface, A^2, of atoms with 0.2 <= Gasteiger charge < 0.25"),
    ("PEOE_VSA13", "surface, A^2, of atoms with 0.25 <= Gasteiger charge < 0.3"),
    ("PEOE_VSA14", "surface, A^2, of atoms with Gasteiger charge >= 0.3"),
    ("SMR_VSA1", "surface, A^2, of atoms with Crippen refractivity < 1.29"),
    ("SMR_VSA2", "surface, A^2, of atoms with 1.29 <= Crippen refractivity < 1.82"),
    ("SMR_VSA3", "surface, A^2, of atoms with 1.82 <= Crippen refractivity < 2.24"),
    ("SMR_VSA4", "surface, A^2, of atoms with 2.24 <= Crippen refractivity < 2.45"),
    ("SMR_VSA5", "surface, A^2, of atoms with 2.45 <= Crippen refractivity < 2.75"),
    ("SMR_VSA6", "surface, A^2, of atoms with 2.75 <= Crippen refractivity < 3.05"),
    ("SMR_VSA7", "surface, A^2, of atoms with 3.05 <= Crippen refractivity < 3.63"),
    ("SMR_VSA8", "surface, A^2, of atoms with 3.63 <= Crippen refractivity < 3.8"),
    ("SMR_VSA9", "surface, A^2, of atoms with 3.8 <= Crippen refractivity < 4.0"),
    ("SMR_VSA10", "surface, A^2, of atoms with Crippen refractivity >= 4.0"),
    ("SlogP_VSA1", "surface, A^2, of atoms with Crippen log P < -0.4"),
    ("SlogP_VSA2", "surface, A^2, of atoms with -0.4 <= Crippen log P < -0.2"),
    ("SlogP_VSA3", "surface, A^2, of atoms with -0.2 <= Crippen log P < 0"),
    ("SlogP_VSA4", "surface, A^2, of atoms with 0 <= Crippen log P < 0.1"),
    ("SlogP_VSA5", "surface, A^2, of atoms with 0.1 <= Crippen log P < 0.15"),
    ("SlogP_VSA6", "surface, A^2, of atoms with 0.15 <= Crippen log P < 0.2"),
    ("SlogP_VSA7", "surface, A^2, of atoms with 0.2 <= Crippen log P < 0.25"),
    ("SlogP_VSA8", "surface, A^2, of atoms with 0.25 <= Crippen log P < 0.3"),
    ("SlogP_VSA9", "surface, A^2, of atoms with 0.3 <= Crippen log P < 0.4"),
    ("SlogP_VSA10", "surface, A^2, of atoms with 0.4 <= Crippen log P < 0.5"),
    ("SlogP_VSA11", "surface, A^2, of atoms with 0.5 <= Crippen log P < 0.6"),
    ("SlogP_VSA12", "surface, A^2, of atoms with Crippen log P >= 0.6"),
    ("EState_VSA1", "surface, A^2, of atoms with E-state < -0.39"),
    ("EState_VSA2", "surface, A^2, of atoms with -0.39 <= E-state < 0.29"),
    ("EState_VSA3", "surface, A^2, of atoms with 0.29 <= E-state < 0.717"),
    ("EState_VSA4", "surface, A^2, of atoms with 0.717 <= E-state < 1.165"),
    ("EState_VSA5", "surface, A^2, of atoms with 1.165 <= E-state < 1.54"),
    ("EState_VSA6", "surface, A^2, of atoms with 1.54 <= E-state < 1.807"),
    ("EState_VSA7", "surface, A^2, of atoms with 1.807 <= E-state < 2.05"),
    ("EState_VSA8", "surface, A^2, of atoms with 2.05 <= E-state < 4.69"),
    ("EState_VSA9", "surface, A^2, of atoms with 4.69 <= E-state < 9.17"),
    ("EState_VSA10", "surface, A^2, of atoms with 9.17 <= E-state < 15.0"),
    ("EState_VSA11", "surface, A^2, of atoms with E-state >= 15.0"),
    ("VSA_EState1", "sum of E-states of atoms with surface < 4.78"),
    ("VSA_EState2", "sum of E-states of atoms with 4.78 <= surface < 5.0"),
    ("VSA_EState3", "sum of E-states of atoms with 5.0 <= surface < 5.41"),
    ("VSA_EState4", "sum of E-states of atoms with 5.41 <= surface < 5.74"),
    ("VSA_EState5", "sum of E-states of atoms with 5.74 <= surface < 6.0"),
    ("VSA_EState6", "sum of E-states of atoms with 6.0 <= surface < 6.07"),
    ("VSA_EState7", "sum of E-states of atoms with 6.07 <= surface < 6.45"),
    ("VSA_EState8", "sum of E-states of atoms with 6.45 <= surface < 7.0"),
    ("VSA_EState9", "sum of E-states of atoms with 7.0 <= surface < 11.0"),
    ("VSA_EState10", "sum of E-states of atoms with surface >= 11.0"),
];

const PEOE_VSA: &[f64] =
    &[-0.3, -0.25, -0.2, -0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3];
const SMR_VSA: &[f64] = &[1.29, 1.82, 2.24, 2.45, 2.75, 3.05, 3.63, 3.8, 4.0];
const SLOGP_VSA: &[f64] = &[-0.4, -0.2, 0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6];
const ESTATE_VSA: &[f64] = &[-0.39, 0.29, 0.717, 1.165, 1.54, 1.807, 2.05, 4.69, 9.17, 15.0];
const VSA_ESTATE: &[f64] = &[4.78, 5.0, 5.41, 5.74, 6.0, 6.07, 6.45, 7.0, 11.0];

pub(super) fn compute(context: &Context, out: &mut [f64]) {
    out.fill(0.0);
    let mut rest = out;
    let families: [(&[f64], &[f64], &[f64]); 5] = [
        (PEOE_VSA, &context.charge, &context.area),
        (SMR_VSA, &context.refractivity, &context.area),
        (SLOGP_VSA, &context.logp, &context.area),
        (ESTATE_VSA, &context.estate, &context.area),
        (VSA_ESTATE, &context.area, &context.estate),
    ];
    for (bounds, property, summed) in families {
        let (bins, after) = rest.split_at_mut(bounds.len() + 1);
        for (p, s) in property.iter().zip(summed) {
            // As RDKit's `upper_bound`: a property that is not a number goes into the last bin.
            // Counted rather than searched for: nothing for the processor to guess.
            let bin = bounds.iter().filter(|&b| p.is_nan() | (b <= p)).count();
            bins[bin] += s;
        }
        rest = after;
    }
}
