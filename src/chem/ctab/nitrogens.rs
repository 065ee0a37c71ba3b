//! Five-valent nitrogens, as nitro groups and azides are often drawn, get their charges before the
//! stereo of double bonds is looked at (RDKit's `cleanUp`).

use super::graph::Graph;
use super::table::{Order, Table};

/// `N(=O)=O` becomes `[N+]([O-])=O`, `N=N#N` becomes `N=[N+]=[N-]`.
pub(super) fn charge(table: &mut Table, graph: &Graph) {
    for i in 0..table.atoms.len() as u32 {
        let atom = &table.atoms[i as usize];
        let five_valent = atom.atomic_number == 7
            && atom.charge == 0
            && graph.degree(i) >= 2
            && graph.explicit_valence(table, i) == 5;
        if !five_valent {
            continue;
        }
        let is_pair = |b: u32, order: Order, element: u8| {
            let bond = &table.bonds[b as usize];
            let other = &table.atoms[bond.other(i) as usize];
            bond.order == order && other.atomic_number == element && other.charge == 0
        };
        let find =
            |order, element| graph.bonds(i).iter().copied().find(|&b| is_pair(b, order, element));
        let (bond, order) = match (find(Order::Double, 8), find(Order::Triple, 7)) {
            (Some(bond), _) => (bond, Order::Single),
            (None, Some(bond)) => (bond, Order::Double),
            (None, None) => continue,
        };
        let other = table.bonds[bond as usize].other(i);
        table.bonds[bond as usize].order = order;
        table.atoms[i as usize].charge = 1;
        table.atoms[other as usize].charge = -1;
    }
}
