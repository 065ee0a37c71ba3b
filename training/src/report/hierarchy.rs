//! The learned hierarchy: how its nodes share the molecules out.

use super::svg::{COLOURS, Svg, pixel};

const WIDTH: f64 = 860.0;
const LEVEL: f64 = 44.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 34.0;
/// Narrower cells have no text.
const READABLE: f64 = 34.0;

/// Every level a row, every node a cell under its parent, as wide as its share of the molecules, in the colour of
/// its ancestor at the second level and fainter with depth. `counts`: level → node → molecules; `told`: what is said
/// of a node of the last level under the pointer.
pub fn hierarchy(title: &str, counts: &[Vec<usize>], told: &[String]) -> String {
    let mut svg = Svg::new(WIDTH, TOP + LEVEL * counts.len() as f64 + 10.0, title);
    svg.labelled("text", &[("x", &10), ("y", &20), ("font-weight", &"bold")], title);
    let total = counts.first().map_or(0, |c| c.iter().sum::<usize>()).max(1) as f64;
    for (level, counts) in counts.iter().enumerate() {
        let y = TOP + LEVEL * level as f64;
        let place: [(&str, &dyn std::fmt::Display); 2] = [("x", &10), ("y", &(y + LEVEL / 2.0))];
        svg.labelled("text", &place, &format!("level {}", level + 1));
        let mut left = LEFT;
        for (node, &count) in counts.iter().enumerate() {
            let share = count as f64 / total;
            let width = share * (WIDTH - LEFT - RIGHT);
            if count == 0 {
                continue;
            }
            let ancestor = if level == 0 { 2 * node } else { node >> (level - 1) };
            let cell: [(&str, &dyn std::fmt::Display); 7] = [
                ("x", &pixel(left)),
                ("y", &(y + 1.0)),
                ("width", &pixel((width - 1.0).max(0.4))),
                ("height", &(LEVEL - 2.0)),
                ("rx", &2),
                ("fill", &COLOURS[ancestor % COLOURS.len()]),
                // Siblings are told apart by their tone.
                ("fill-opacity", &if node % 2 == 0 { 0.85 } else { 0.6 }),
            ];
            let more = told.get(node).filter(|_| counts.len() == told.len());
            let text = format!("node {node}: {:.1} %", 100.0 * share);
            svg.told("rect", &cell, &more.map_or(text.clone(), |m| format!("{text}\u{2003}{m}")));
            if width > READABLE {
                let place: [(&str, &dyn std::fmt::Display); 4] = [
                    ("x", &pixel(left + width / 2.0)),
                    ("y", &(y + LEVEL / 2.0 + 4.0)),
                    ("text-anchor", &"middle"),
                    ("pointer-events", &"none"),
                ];
                svg.labelled("text", &place, &format!("{:.0} %", 100.0 * share));
            }
            left += width;
        }
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_stand_under_their_parents() {
        let told = ["a", "b", "c", "d"].map(String::from);
        let svg = hierarchy("t", &[vec![30, 10], vec![20, 10, 0, 10]], &told);
        let places: Vec<(f64, f64)> = svg
            .split("<rect x=\"")
            .skip(1)
            .map(|cell| {
                let mut values = cell.split('"').step_by(2);
                let x = values.next().unwrap().parse().unwrap();
                (x, values.nth(1).unwrap().parse().unwrap())
            })
            .collect();
        // The empty node is not drawn; the last one of level 2 begins where the second of level 1 does.
        assert_eq!(places.len(), 5);
        assert_eq!(places[1], places[4]);
        assert!(svg.contains("node 3: 25.0 %\u{2003}d") && svg.contains("75 %"));
    }
}
