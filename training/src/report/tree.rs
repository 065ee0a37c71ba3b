//! How a codebook's nodes are used, level by level.

use super::svg::{COLOURS, Svg, pixel};

const WIDTH: f64 = 560.0;
const LEVEL: f64 = 30.0;

/// Every level a row, every node a cell under its parent; the fuller its colour, the larger its share of the latents
/// compared with an equal one (full at twice that). `occupancy`: level → node → share.
pub fn tree(title: &str, occupancy: &[Vec<f64>]) -> String {
    let top = 34.0;
    let mut svg = Svg::new(WIDTH, top + LEVEL * occupancy.len() as f64 + 10.0, title);
    svg.labelled("text", &[("x", &10), ("y", &20), ("font-weight", &"bold")], title);
    let left = 70.0;
    for (level, shares) in occupancy.iter().enumerate() {
        let y = top + LEVEL * level as f64;
        let place: [(&str, &dyn std::fmt::Display); 2] = [("x", &10), ("y", &(y + 18.0))];
        svg.labelled("text", &place, &format!("level {}", level + 1));
        let total: f64 = shares.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let width = (WIDTH - left - 10.0) / shares.len() as f64;
        for (node, share) in shares.iter().enumerate() {
            let share = share / total;
            let fill = (share * shares.len() as f64 / 2.0).clamp(0.0, 1.0);
            let cell: [(&str, &dyn std::fmt::Display); 7] = [
                ("x", &pixel(left + width * node as f64)),
                ("y", &y),
                ("width", &pixel(width)),
                ("height", &(LEVEL - 4.0)),
                ("class", &"grid"),
                ("style", &format!("fill:{}", COLOURS[0])),
                ("fill-opacity", &format!("{fill:.3}")),
            ];
            svg.told("rect", &cell, &format!("node {node}: {:.1} %", 100.0 * share));
        }
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fuller_nodes_are_darker() {
        let svg = tree("t", &[vec![0.5, 0.5], vec![1.0, 0.0, 0.0, 0.0]]);
        assert_eq!(svg.matches("<rect").count(), 6);
        let fills: Vec<&str> =
            svg.split("fill-opacity=\"").skip(1).filter_map(|s| s.split('"').next()).collect();
        assert_eq!(fills, ["0.500", "0.500", "1.000", "0.000", "0.000", "0.000"]);
    }
}
