//! Every SMARTS that the descriptors ask for, compiled together on first use.

use super::crippen_table::TYPES;
use super::fragment_table::FRAGMENTS;
use super::qed_table::{ACCEPTORS, ALERTS};
use crate::features::smarts::Library;
use std::sync::LazyLock;

// Where each group starts among the patterns.
pub(super) const CRIPPEN: usize = 0;
pub(super) const ACCEPTOR: usize = CRIPPEN + TYPES.len();
pub(super) const DONOR: usize = ACCEPTOR + 1;
pub(super) const ROTATABLE: usize = DONOR + 1;
pub(super) const AMIDE: usize = ROTATABLE + 1;
pub(super) const QED_ACCEPTORS: usize = AMIDE + 1;
pub(super) const QED_ALERTS: usize = QED_ACCEPTORS + ACCEPTORS.len();
pub(super) const FRAGMENT: usize = QED_ALERTS + ALERTS.len();

// RDKit `Lipinski` and `rdMolDescriptors`.
const ACCEPTOR_SMARTS: &str = "[$([O,S;H1;v2]-[!$(*=[O,N,P,S])]),$([O,S;H0;v2]),$([O,S;-]),\
    $([N;v3;!$(N-*=!@[O,N,P,S])]),$([nH0X2,o,s;+0])]";
const DONOR_SMARTS: &str = "[$([N;!H0;v3]),$([N;!H0;+1;v4]),$([O,S;H1;+0]),$([n;H1;+0])]";
const ROTATABLE_SMARTS: &str = "[!$(*#*)&!D1&!$(C(F)(F)F)&!$(C(Cl)(Cl)Cl)&!$(C(Br)(Br)Br)\
    &!$(C([CH3])([CH3])[CH3])&!$([CD3](=[N,O,S])-!@[#7,O,S!D1])\
    &!$([#7,O,S!D1]-!@[CD3]=[N,O,S])&!$([CD3](=[N+])-!@[#7!D1])\
    &!$([#7!D1]-!@[CD3]=[N+])]-,:;!@[!$(*#*)&!D1&!$(C(F)(F)F)&!$(C(Cl)(Cl)Cl)\
    &!$(C(Br)(Br)Br)&!$(C([CH3])([CH3])[CH3])]";
const AMIDE_SMARTS: &str = "C(=[O;!R])N";

pub(super) static PATTERNS: LazyLock<Library> = LazyLock::new(|| {
    Library::new(
        TYPES
            .iter()
            .map(|t| t.0)
            .chain([ACCEPTOR_SMARTS, DONOR_SMARTS, ROTATABLE_SMARTS, AMIDE_SMARTS])
            .chain(ACCEPTORS)
            .chain(ALERTS)
            .chain(FRAGMENTS.iter().map(|f| f.1)),
    )
});
