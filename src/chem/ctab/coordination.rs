//! Coordination polyhedra from positions: square planes, trigonal bipyramids, octahedra.

use super::directions::{cross, dot, sub};
use super::graph::Graph;
use super::table::Table;
use chematic_core::NonTetrahedralClass as Class;
use chematic_core::nontetrahedral::permute;

/// The shape around an atom: its class, and the number of the arrangement in the order of the atom's
/// bonds (places of missing ligands behind those).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Polyhedron {
    pub(super) class: Class,
    pub(super) arrangement: u32,
}

/// Two ligands lie opposite each other where their cosine is below this.
const OPPOSITE: f64 = -0.9;

/// Below this angle two ligands of a seesaw belong to an octahedron: 100°, as its cosine.
const RIGHT_ANGLE: f64 = -0.173_648;

/// The polyhedron around an atom, if its ligands show one.
pub(super) fn polyhedron(table: &Table, graph: &Graph, atom: u32) -> Option<Polyhedron> {
    let centre = &table.atoms[atom as usize];
    // Lighter elements have no such shapes.
    if centre.atomic_number < 15 || !(3..=6).contains(&graph.degree(atom)) {
        return None;
    }
    let v: Vec<[f64; 3]> = graph
        .neighbors(table, atom)
        .map(|n| unit(sub(table.atoms[n as usize].position, centre.position)))
        .collect();
    let mut opposite = vec![None; v.len()];
    let mut axes = Vec::new();
    for i in 0..v.len() {
        for j in i + 1..v.len() {
            if dot(v[i], v[j]) < OPPOSITE {
                if opposite[i].is_some() || opposite[j].is_some() {
                    return None;
                }
                (opposite[i], opposite[j]) = (Some(j), Some(i));
                axes.push((i, j));
            }
        }
    }
    let lone: Vec<usize> = (0..v.len()).filter(|&i| opposite[i].is_none()).collect();
    let (class, places) = match (axes.as_slice(), lone.as_slice()) {
        (&[(a, b)], &[c]) => (Class::SquarePlanar, around(&[Some(a), Some(c), Some(b), None])),
        (&[(a, b), (c, d)], &[]) => {
            (Class::SquarePlanar, around(&[Some(a), Some(c), Some(b), Some(d)]))
        }
        (&[(a, b)], &[c, d]) if dot(v[c], v[d]) > RIGHT_ANGLE => (
            Class::Octahedral,
            octahedron(&v, (Some(a), Some(b)), [(Some(c), None), (Some(d), None)]),
        ),
        (&[(a, b)], &[c, d]) => (Class::TrigonalBipyramidal, bipyramid(&v, a, b, &[c, d])),
        (&[(a, b)], &[c, d, e]) => (Class::TrigonalBipyramidal, bipyramid(&v, a, b, &[c, d, e])),
        (&[(a, b), (c, d)], &[e]) => (
            Class::Octahedral,
            octahedron(&v, (Some(a), Some(b)), [(Some(c), Some(d)), (Some(e), None)]),
        ),
        (&[(a, b), (c, d), (e, f)], &[]) => (
            Class::Octahedral,
            octahedron(&v, (Some(a), Some(b)), [(Some(c), Some(d)), (Some(e), Some(f))]),
        ),
        _ => return None,
    };
    // In these places the ligands have the first arrangement: bring it to the order of the bonds.
    let in_order: Vec<Option<usize>> =
        (0..class.max_nbors()).map(|i| (i < v.len()).then_some(i)).collect();
    let arrangement = permute(class, 1, &places, &in_order)?;
    Some(Polyhedron { class, arrangement })
}

type Places = Vec<Option<usize>>;

fn around(places: &[Option<usize>]) -> Places {
    places.to_vec()
}

/// An axial ligand, the equatorial ones counterclockwise seen from there, the other axial one.
fn bipyramid(v: &[[f64; 3]], a: usize, b: usize, equator: &[usize]) -> Places {
    let mut ring: Places = equator.iter().copied().map(Some).collect();
    if !is_counterclockwise(v, a, equator[0], equator[1]) {
        ring.swap(0, 1);
    }
    ring.resize(3, None);
    std::iter::once(Some(a)).chain(ring).chain([Some(b)]).collect()
}

/// The same for an octahedron, of its three axes; the first and the halves of the others are there.
fn octahedron(
    v: &[[f64; 3]],
    (a, b): (Option<usize>, Option<usize>),
    [(c, d), (e, f)]: [(Option<usize>, Option<usize>); 2],
) -> Places {
    let turns = match (a, c, e) {
        (Some(a), Some(c), Some(e)) => is_counterclockwise(v, a, c, e),
        _ => true,
    };
    let (e, f) = if turns { (e, f) } else { (f, e) };
    vec![a, c, e, d, f, b]
}

/// Whether one goes counterclockwise from `x` to `y`, looking from ligand `from` at the centre.
fn is_counterclockwise(v: &[[f64; 3]], from: usize, x: usize, y: usize) -> bool {
    // A flat drawing counts as counterclockwise.
    dot(v[from], cross(v[x], v[y])) >= 0.0
}

fn unit(v: [f64; 3]) -> [f64; 3] {
    let length = dot(v, v).sqrt();
    if length > 0.0 { v.map(|x| x / length) } else { v }
}
