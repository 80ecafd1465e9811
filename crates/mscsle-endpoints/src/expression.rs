//! Small arithmetic over the parameters of a definition: `1 - improve`, `tolerance * prot_normal`.
//!
//! Numbers, names, `+ - * /` and brackets; evaluated once when a definition is compiled.

/// Evaluates an expression; `lookup` gives the number of a parameter.
///
/// # Errors
/// A sentence that says what is wrong with the text.
pub(crate) fn evaluate(text: &str, lookup: &dyn Fn(&str) -> Result<f64, String>) -> Result<f64, String> {
    let mut parser = Parser { rest: text.trim_start(), lookup, depth: 0 };
    let value = parser.sum()?;
    if parser.rest.is_empty() {
        if value.is_finite() { Ok(value) } else { Err(format!("`{text}` is not a finite number")) }
    } else {
        Err(format!("`{}` is not understood in `{text}`; use numbers, parameters, `+ - * /` and brackets", parser.rest))
    }
}

struct Parser<'a> {
    rest: &'a str,
    lookup: &'a dyn Fn(&str) -> Result<f64, String>,
    depth: usize,
}

impl Parser<'_> {
    fn take(&mut self, symbol: char) -> bool {
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn sum(&mut self) -> Result<f64, String> {
        let mut value = self.product()?;
        loop {
            if self.take('+') {
                value += self.product()?;
            } else if self.take('-') {
                value -= self.product()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<f64, String> {
        let mut value = self.atom()?;
        loop {
            if self.take('*') {
                value *= self.atom()?;
            } else if self.take('/') {
                value /= self.atom()?;
            } else {
                return Ok(value);
            }
        }
    }

    fn atom(&mut self) -> Result<f64, String> {
        self.depth += 1;
        if self.depth > 64 {
            return Err("the expression is nested too deeply".to_owned());
        }
        let value = if self.take('(') {
            let value = self.sum()?;
            if !self.take(')') {
                return Err("a closing bracket is missing".to_owned());
            }
            value
        } else if self.take('-') {
            -self.atom()?
        } else {
            let end = self
                .rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
                .unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest.trim_start();
            if word.is_empty() {
                return Err("a number or a parameter is missing".to_owned());
            } else if word.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
                word.parse::<f64>().map_err(|_| format!("`{word}` is not a number"))?
            } else {
                (self.lookup)(word)?
            }
        };
        self.depth -= 1;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<f64, String> {
        evaluate(text, &|name| if name == "improve" { Ok(0.5) } else { Err(format!("no parameter `{name}`")) })
    }

    #[test]
    fn arithmetic_keeps_its_order() {
        assert_eq!(value("1 - improve"), Ok(0.5));
        assert_eq!(value("2 + 3 * (1 - improve) / 2"), Ok(2.75));
        assert_eq!(value("-2 * -improve"), Ok(1.0));
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "1 +", "1 ** 2", "(1", "foo", "1 2", "1 / 0", "1.2.3"] {
            assert!(value(text).is_err(), "{text}");
        }
        assert!(value(&"(".repeat(1000)).is_err());
    }
}
