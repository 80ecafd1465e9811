//! Spellings of units, and amounts of a unit in another.

/// One accepted unit of a laboratory test.
///
/// `canonical = value * multiply / divide`; two numbers, so that a factor printed as a divisor (113.12) stays exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AcceptedUnit {
    /// The unit as it is usually written.
    pub unit: &'static str,
    /// Factor.
    pub multiply: f64,
    /// Divisor.
    pub divide: f64,
}

impl AcceptedUnit {
    /// The value in the canonical unit.
    #[must_use]
    pub fn to_canonical(&self, value: f64) -> f64 {
        value * self.multiply / self.divide
    }

    /// A canonical value in this unit.
    #[must_use]
    pub fn from_canonical(&self, value: f64) -> f64 {
        value * self.divide / self.multiply
    }
}

/// One spelling for all spellings of a unit: no blanks, lower case, `u` for micro, `10^9` for a power, `24h` for a day.
///
/// ```
/// use mscsle_domain::normal_unit;
/// assert_eq!(normal_unit("µmol/L"), normal_unit("umol/l"));
/// assert_eq!(normal_unit("×10⁹/L"), normal_unit("10*9/L"));
/// assert_eq!(normal_unit("g/day"), normal_unit("g/24 h"));
/// assert_eq!(normal_unit("mL/min/1.73 m²"), normal_unit("ml/min/1.73m2"));
/// ```
#[must_use]
pub fn normal_unit(unit: &str) -> String {
    let mut text = String::with_capacity(unit.len());
    for c in unit.trim().chars() {
        match c {
            'µ' | 'μ' => text.push('u'),
            '×' | '*' | '^' | ' ' | '\u{a0}' | '\u{202f}' | '(' | ')' | '[' | ']' => {
                // Marks of a power and blanks go; the power itself is put back below.
                if matches!(c, '*' | '^') {
                    text.push('^');
                }
            }
            '⁹' => text.push_str("^9"),
            '⁶' => text.push_str("^6"),
            '⁴' => text.push_str("^4"),
            '³' => text.push_str("^3"),
            '²' => text.push('2'),
            '⁻' => text.push('-'),
            '·' => text.push('.'),
            c => text.extend(c.to_lowercase()),
        }
    }
    if let Some(rest) = text.strip_prefix('^') {
        text = rest.to_owned();
    }
    // x10^9/l, 10e9/l, e9/l and e+9/l are powers of ten.
    for (from, to) in [("x10", "10"), ("10e+", "10^"), ("10e", "10^"), ("10exp", "10^"), ("10-", "10^-")] {
        if text.starts_with(from) {
            text = format!("{to}{}", &text[from.len()..]);
        }
    }
    for digit in ["3", "4", "6", "9", "12"] {
        for prefix in ["10", "e", "e+", "e0"] {
            if let Some(rest) = text.strip_prefix(&format!("{prefix}{digit}/")) {
                text = format!("10^{digit}/{rest}");
            }
        }
    }
    for (from, to) in
        [("mcmol", "umol"), ("mcg", "ug"), ("micromol", "umol"), ("mcl", "ul"), ("mm^3", "mm3"), ("m^2", "m2")]
    {
        text = text.replace(from, to);
    }
    for day in ["/24hours", "/24hour", "/24hrs", "/24hr", "/day", "/d", "per24h", "perday"] {
        if let Some(rest) = text.strip_suffix(day) {
            text = format!("{rest}/24h");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_have_one_spelling() {
        for text in ["10^9/L", "x10^9/L", "× 10⁹/L", "10*9/L", "10E9/L", "E9/L", "e+9/L", "x 10^9 / L", "*10^9/L"] {
            assert_eq!(normal_unit(text), "10^9/l", "{text}");
        }
    }

    #[test]
    fn unlike_units_stay_apart() {
        assert_ne!(normal_unit("mg/dL"), normal_unit("mg/L"));
        assert_ne!(normal_unit("mg/mmol"), normal_unit("mg/mol"));
        assert_ne!(normal_unit("mL/min"), normal_unit("mL/min/1.73 m2"));
    }
}
