//! The graph as a self-contained SVG picture: bodies below each other, rows by depth, edges downwards.

use std::fmt::Write;

use super::layout::{Class, Layout, layout};
use super::types::Graph;

/// Pixels from row to row, and the height of a box.
const ROW: f64 = 52.0;
const BOX: f64 = 24.0;
/// Pixels around a body, and above it for its title.
const MARGIN: f64 = 16.0;
const TITLE: f64 = 30.0;

/// The picture of a verified graph. Deep nesting makes it long, nothing else.
pub fn svg(graph: &Graph) -> String {
    let layouts: Vec<Layout> = (0..graph.bodies.len()).map(|index| layout(graph, index)).collect();
    let title_width = |layout: &Layout| 7.5 * layout.title.chars().count() as f64;
    let inner = layouts.iter().map(|layout| layout.width.max(title_width(layout))).fold(0.0, f64::max);
    let height = |layout: &Layout| TITLE + layout.rows as f64 * ROW + MARGIN;
    let (width, total) = (inner + 4.0 * MARGIN, layouts.iter().map(|l| height(l) + MARGIN).sum::<f64>() + MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{total:.0}\" \
         viewBox=\"0 0 {width:.0} {total:.0}\" font-family=\"monospace\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    let mut top = MARGIN;
    for layout in &layouts {
        let _ = writeln!(out, "<g transform=\"translate({MARGIN},{top:.0})\">");
        body(&mut out, layout, inner + 2.0 * MARGIN, height(layout));
        out.push_str("</g>\n");
        top += height(layout) + MARGIN;
    }
    out.push_str("</svg>\n");
    out
}

fn body(out: &mut String, layout: &Layout, width: f64, height: f64) {
    let _ = writeln!(
        out,
        "<rect width=\"{width:.0}\" height=\"{height:.0}\" rx=\"6\" fill=\"#fafafa\" stroke=\"#bbbbbb\"/>\n\
         <text x=\"{MARGIN}\" y=\"20\" font-weight=\"bold\">{}</text>",
        escape(&layout.title)
    );
    let y = |row: usize| TITLE + row as f64 * ROW + (ROW - BOX) / 2.0;
    for edge in &layout.edges {
        let (from, to) = (&layout.vertices[edge.from], &layout.vertices[edge.to]);
        let dash = if edge.label.is_empty() { "" } else { " stroke-dasharray=\"4 3\"" };
        let path = if from.row < to.row {
            let (x1, y1) = (MARGIN + from.x + from.width / 2.0, y(from.row) + BOX);
            let (x2, y2) = (MARGIN + to.x + to.width / 2.0, y(to.row));
            let (c1, c2) = (y1 + ROW / 3.0, y2 - ROW / 3.0);
            if !edge.label.is_empty() {
                let (x, y) = ((x1 + x2) / 2.0 + 3.0, (y1 + y2) / 2.0);
                let label = edge.label;
                let _ =
                    writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"10\" fill=\"#777777\">{label}</text>");
            }
            format!("M{x1:.1} {y1:.1}C{x1:.1} {c1:.1} {x2:.1} {c2:.1} {x2:.1} {y2:.1}")
        } else {
            // Closures of one group that capture each other, or themselves: a bow above the row.
            let (x1, y1) = (MARGIN + from.x + from.width / 2.0, y(from.row));
            let (x2, y2) = (MARGIN + to.x + to.width / 2.0 + 12.0, y(to.row));
            let (c1, c2) = (y1 - ROW / 3.0, y2 - ROW / 3.0);
            format!("M{x1:.1} {y1:.1}C{x1:.1} {c1:.1} {x2:.1} {c2:.1} {x2:.1} {y2:.1}")
        };
        let _ = writeln!(out, "<path d=\"{path}\" fill=\"none\" stroke=\"#777777\"{dash}/>");
    }
    for vertex in &layout.vertices {
        let (x, y) = (MARGIN + vertex.x, y(vertex.row));
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{BOX}\" rx=\"4\" fill=\"{}\" stroke=\"#555555\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            vertex.width,
            colour(vertex.class),
            x + vertex.width / 2.0,
            y + 16.0,
            escape(&vertex.label)
        );
    }
}

/// Fill of a box; DOT takes the same.
pub(super) fn colour(class: Class) -> &'static str {
    match class {
        Class::Leaf => "#eeeeee",
        Class::Operation => "#d7e8ff",
        Class::Application => "#ffe3c2",
        Class::Closure => "#d9f2d9",
        Class::Control => "#f3dcf5",
    }
}

/// Text of an XML document: markup escaped, characters that XML does not have replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
