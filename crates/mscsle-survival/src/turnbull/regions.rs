//! The regions that can carry mass, and which of them each row covers.

/// Regions in order, and the rows as ranges of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Regions {
    pub(super) left: Vec<f64>,
    pub(super) right: Vec<f64>,
    /// First region of each row, and one past its last.
    pub(super) first: Vec<usize>,
    pub(super) end: Vec<usize>,
}

/// Order of end points at the same time: an exact time begins, intervals end, intervals begin.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
enum Point {
    Exact,
    Closes,
    Opens,
}

/// A region is a beginning followed at once by an end, among the sorted end points.
pub(super) fn regions(lower: &[f64], upper: &[f64], rows: &[usize]) -> Regions {
    let mut points: Vec<(f64, Point)> = Vec::with_capacity(2 * rows.len());
    for &i in rows {
        points.push((lower[i], if lower[i] == upper[i] { Point::Exact } else { Point::Opens }));
        points.push((upper[i], Point::Closes));
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1 as u8).cmp(&(b.1 as u8))));
    let mut left = Vec::new();
    let mut right = Vec::new();
    for pair in points.windows(2) {
        if pair[0].1 != Point::Closes && pair[1].1 == Point::Closes {
            left.push(pair[0].0);
            right.push(pair[1].0);
        }
    }
    // a region lies in (lower, upper] if it does not begin before it and does not end after it
    let first = rows
        .iter()
        .map(|&i| {
            if lower[i] == upper[i] {
                right.partition_point(|&r| r < lower[i])
            } else {
                // (a, b] and the exact time b > lower
                right.partition_point(|&r| r <= lower[i])
            }
        })
        .collect();
    let end = rows.iter().map(|&i| right.partition_point(|&r| r <= upper[i])).collect();
    Regions { left, right, first, end }
}
