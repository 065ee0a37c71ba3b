//! A small writer of SVG. Colours suit light and dark pages: text and lines follow the reader's preference, series
//! have middle tones.

use std::fmt::{Display, Write};

/// Tones of the series (Tol, "bright", which colour-blind readers can tell apart).
pub const COLOURS: [&str; 7] =
    ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#999999"];

const STYLE: &str = "text{font-family:sans-serif;font-size:12px;fill:#333}.line{stroke:#888;fill:none}\
    .grid{stroke:#8883;fill:none}@media(prefers-color-scheme:dark){text{fill:#ccc}}";

/// A drawing in the making.
pub struct Svg {
    text: String,
}

impl Svg {
    /// An empty one, in pixels; `title` is what a screen reader says.
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        let mut text = String::new();
        let _ = write!(
            text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\"><title>{}</title><style>{STYLE}</style>",
            escape(title)
        );
        Self { text }
    }

    /// An empty element.
    pub fn element(&mut self, name: &str, attributes: &[(&str, &dyn Display)]) {
        self.open(name, attributes);
        self.text += "/>";
    }

    /// An element around text.
    pub fn labelled(&mut self, name: &str, attributes: &[(&str, &dyn Display)], text: &str) {
        self.open(name, attributes);
        let _ = write!(self.text, ">{}</{name}>", escape(text));
    }

    /// An element that shows `title` under the pointer.
    pub fn told(&mut self, name: &str, attributes: &[(&str, &dyn Display)], title: &str) {
        self.open(name, attributes);
        let _ = write!(self.text, "><title>{}</title></{name}>", escape(title));
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &dyn Display)]) {
        let _ = write!(self.text, "<{name}");
        for (key, value) in attributes {
            let _ = write!(self.text, " {key}=\"{}\"", escape(&value.to_string()));
        }
    }

    /// The whole drawing.
    pub fn finish(self) -> String {
        self.text + "</svg>\n"
    }
}

/// Text as it may stand in XML; control characters, which may not, become spaces.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A coordinate: two decimals are a hundredth of a pixel.
pub fn pixel(v: f64) -> String {
    format!("{v:.2}")
}
