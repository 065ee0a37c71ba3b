//! Lines and points between two axes.

use super::svg::{COLOURS, Svg, pixel};

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 360.0;
/// Left, right, top, bottom.
const MARGIN: [f64; 4] = [62.0, 130.0, 34.0, 48.0];

/// One colour's worth of points. Those that are not finite are left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// For the legend.
    pub name: String,
    /// x and y.
    pub points: Vec<(f64, f64)>,
}

/// What stands around the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Titles<'a> {
    /// Above.
    pub title: &'a str,
    /// Below.
    pub x: &'a str,
    /// To the left.
    pub y: &'a str,
}

/// How points are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Joined by lines.
    Lines,
    /// One by one.
    Points,
    /// One by one, with the line y = x.
    PointsAndDiagonal,
}

/// A chart of all series.
pub fn chart(titles: Titles<'_>, series: &[Series], kind: Kind) -> String {
    let finite = |p: &&(f64, f64)| p.0.is_finite() && p.1.is_finite();
    let all: Vec<(f64, f64)> =
        series.iter().flat_map(|s| s.points.iter().filter(finite)).copied().collect();
    let mut x = Axis::around(all.iter().map(|p| p.0));
    let mut y = Axis::around(all.iter().map(|p| p.1));
    x.whole = kind == Kind::Lines && all.iter().all(|p| p.0.fract() == 0.0);
    if kind == Kind::PointsAndDiagonal {
        (x.low, x.high) = (x.low.min(y.low), x.high.max(y.high));
        (y.low, y.high) = (x.low, x.high);
    }
    let [left, right, top, bottom] = MARGIN;
    let at_x = |v: f64| left + x.share(v) * (WIDTH - left - right);
    let at_y = |v: f64| HEIGHT - bottom - y.share(v) * (HEIGHT - top - bottom);
    let mut svg = Svg::new(WIDTH, HEIGHT, titles.title);
    svg.labelled("text", &[("x", &left), ("y", &20), ("font-weight", &"bold")], titles.title);
    let (end_x, end_y) = (WIDTH - right, HEIGHT - bottom);
    for (v, label) in x.ticks() {
        let px = pixel(at_x(v));
        svg.element("path", &[("class", &"grid"), ("d", &format!("M{px} {top}V{end_y}"))]);
        let place: [(&str, &dyn std::fmt::Display); 3] =
            [("x", &px), ("y", &(end_y + 16.0)), ("text-anchor", &"middle")];
        svg.labelled("text", &place, &label);
    }
    for (v, label) in y.ticks() {
        let py = pixel(at_y(v));
        svg.element("path", &[("class", &"grid"), ("d", &format!("M{left} {py}H{end_x}"))]);
        let place: [(&str, &dyn std::fmt::Display); 4] = [
            ("x", &(left - 6.0)),
            ("y", &py),
            ("text-anchor", &"end"),
            ("dominant-baseline", &"middle"),
        ];
        svg.labelled("text", &place, &label);
    }
    svg.element("path", &[("class", &"line"), ("d", &format!("M{left} {top}V{end_y}H{end_x}"))]);
    let middle = (left + end_x) / 2.0;
    let place: [(&str, &dyn std::fmt::Display); 3] =
        [("x", &middle), ("y", &(HEIGHT - 10.0)), ("text-anchor", &"middle")];
    svg.labelled("text", &place, titles.x);
    let turn = format!("translate(14 {}) rotate(-90)", (top + end_y) / 2.0);
    svg.labelled("text", &[("transform", &turn), ("text-anchor", &"middle")], titles.y);
    if kind == Kind::PointsAndDiagonal {
        let (a, b) = (x.low, x.high);
        let d = format!("M{} {}L{} {}", at_x(a), at_y(a), at_x(b), at_y(b));
        svg.element("path", &[("class", &"line"), ("stroke-dasharray", &"4 4"), ("d", &d)]);
    }
    for (i, s) in series.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let points: Vec<(f64, f64)> = s.points.iter().filter(finite).copied().collect();
        if kind == Kind::Lines && points.len() > 1 {
            let path: Vec<String> = points
                .iter()
                .map(|p| format!("{},{}", pixel(at_x(p.0)), pixel(at_y(p.1))))
                .collect();
            let stroke: [(&str, &dyn std::fmt::Display); 4] = [
                ("points", &path.join(" ")),
                ("fill", &"none"),
                ("stroke", &colour),
                ("stroke-width", &2),
            ];
            svg.element("polyline", &stroke);
        } else {
            for (px, py) in points {
                let (cx, cy) = (pixel(at_x(px)), pixel(at_y(py)));
                let dot: [(&str, &dyn std::fmt::Display); 5] = [
                    ("cx", &cx),
                    ("cy", &cy),
                    ("r", &3),
                    ("fill", &colour),
                    ("fill-opacity", &0.6),
                ];
                svg.element("circle", &dot);
            }
        }
        let row = top + 8.0 + 18.0 * i as f64;
        let key: [(&str, &dyn std::fmt::Display); 5] = [
            ("x", &(end_x + 10.0)),
            ("y", &(row - 5.0)),
            ("width", &10),
            ("height", &10),
            ("fill", &colour),
        ];
        svg.element("rect", &key);
        let place: [(&str, &dyn std::fmt::Display); 3] =
            [("x", &(end_x + 25.0)), ("y", &row), ("dominant-baseline", &"middle")];
        svg.labelled("text", &place, &s.name);
    }
    svg.finish()
}

/// The range of one axis.
struct Axis {
    low: f64,
    high: f64,
    /// Whether there is nothing between 1 and 2 (epochs).
    whole: bool,
}

impl Axis {
    /// A little wider than the values.
    fn around(values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for v in values {
            (low, high) = (low.min(v), high.max(v));
        }
        if low > high {
            return Self { low: 0.0, high: 1.0, whole: false };
        }
        let room = if high > low { 0.04 * (high - low) } else { 0.5 * low.abs().max(1e-6) };
        Self { low: low - room, high: high + room, whole: false }
    }

    fn share(&self, v: f64) -> f64 {
        (v - self.low) / (self.high - self.low)
    }

    /// About five round numbers, with their text.
    fn ticks(&self) -> Vec<(f64, String)> {
        let rough = (self.high - self.low) / 5.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough);
        let step = step.unwrap_or(rough).max(if self.whole { 1.0 } else { 0.0 });
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        let first = (self.low / step).ceil() as i64;
        let ticks = (first..first + 12).map(|i| i as f64 * step).take_while(|v| *v <= self.high);
        ticks.map(|v| (v, format!("{:.decimals$}", if v == 0.0 { 0.0 } else { v }))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TITLES: Titles<'_> = Titles { title: "a < b & c", x: "x", y: "y" };

    #[test]
    fn points_stand_where_they_should() {
        let points = vec![(0.0, 0.0), (1.0, 10.0), (0.5, 5.0), (f64::NAN, 1.0)];
        let svg = chart(TITLES, &[Series { name: "s".into(), points }], Kind::Points);
        let places: Vec<(f64, f64)> = svg
            .split("<circle cx=\"")
            .skip(1)
            .map(|c| {
                let mut values = c.split('"').step_by(2);
                let mut next = || values.next().unwrap().parse().unwrap();
                (next(), next())
            })
            .collect();
        let [a, b, c] = places[..] else { panic!("{places:?}") };
        // The third is halfway between the others; y grows upwards.
        assert!(a.0 < b.0 && a.1 > b.1);
        assert!((c.0 - (a.0 + b.0) / 2.0).abs() < 0.02 && (c.1 - (a.1 + b.1) / 2.0).abs() < 0.02);
        assert!(svg.contains("a &lt; b &amp; c") && svg.matches("<svg").count() == 1);
    }

    #[test]
    fn round_ticks() {
        let labels = |low, high| -> Vec<String> {
            Axis { low, high, whole: false }.ticks().into_iter().map(|t| t.1).collect()
        };
        assert_eq!(labels(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-30.0, 60.0), ["-20", "0", "20", "40", "60"]);
        let epochs = Axis { low: 0.9, high: 3.1, whole: true }.ticks();
        assert_eq!(epochs.into_iter().map(|t| t.1).collect::<Vec<_>>(), ["1", "2", "3"]);
    }

    #[test]
    fn nothing_to_draw_is_a_drawing() {
        assert!(chart(TITLES, &[], Kind::Lines).ends_with("</svg>\n"));
        let one = Series { name: "one".into(), points: vec![(1.0, 0.0)] };
        assert!(chart(TITLES, &[one], Kind::PointsAndDiagonal).contains("<circle"));
    }
}
