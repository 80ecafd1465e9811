//! Texts of a column while it is read: each distinct text once, one code a row.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// A growing column of byte strings.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    codes: Vec<i32>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Codes with the hash of their text, so that growing does not read the texts again.
    table: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
    /// Code of the last text, and where it stands among the bytes.
    last: Option<(u32, usize, usize)>,
}

/// Why a text was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is new and not valid.
    Invalid,
    /// There are more distinct texts than codes.
    Full,
}

impl Interner {
    /// Adds a row with a text; none when there are more distinct texts than codes.
    pub(crate) fn push(&mut self, text: &[u8]) -> Option<()> {
        self.push_if(text, |_| true).ok()
    }

    /// Adds a row with a text, which is looked at when it is new.
    pub(crate) fn push_if(&mut self, text: &[u8], valid: impl FnOnce(&[u8]) -> bool) -> Result<(), Refusal> {
        if let Some((code, from, to)) = self.last
            && self.bytes.get(from..to) == Some(text)
        {
            self.push_code(code as i32);
            return Ok(());
        }
        let hash = self.hasher.hash_one(text);
        let hash = (hash >> 32) as u32 ^ hash as u32;
        let (bytes, ends) = (&self.bytes, &self.ends);
        let code =
            match self.table.find(spread(hash), |&(code, other)| other == hash && slice(bytes, ends, code) == text) {
                Some(&(code, _)) => code,
                None if !valid(text) => return Err(Refusal::Invalid),
                None => {
                    let code = u32::try_from(self.ends.len()).ok().filter(|&code| code < i32::MAX as u32);
                    let code = code.ok_or(Refusal::Full)?;
                    self.bytes.extend_from_slice(text);
                    self.ends.push(self.bytes.len());
                    self.table.insert_unique(spread(hash), (code, hash), |&(_, hash)| spread(hash));
                    code
                }
            };
        let (from, to) = bounds(&self.ends, code);
        self.last = Some((code, from, to));
        self.push_code(code as i32);
        Ok(())
    }

    /// Adds a row with the last text again, if that is what these bytes begin with before a quote: its length.
    pub(crate) fn push_again(&mut self, rest: &[u8]) -> Option<usize> {
        let (code, from, to) = self.last?;
        if rest.get(to - from) != Some(&b'"') || rest.get(..to - from) != self.bytes.get(from..to) {
            return None;
        }
        self.push_code(code as i32);
        Some(to - from)
    }

    /// Takes the last row out; its text stays.
    pub(crate) fn pop(&mut self) {
        self.codes.pop();
    }

    /// Makes room for so many more rows.
    pub(crate) fn reserve(&mut self, n: usize) {
        grow(&mut self.codes, n);
    }

    /// Adds a row without a text.
    pub(crate) fn push_missing(&mut self) {
        self.push_code(-1);
    }

    fn push_code(&mut self, code: i32) {
        grow(&mut self.codes, 1);
        self.codes.push(code);
    }

    /// The distinct texts in the order of their first row.
    pub(crate) fn levels(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len() as u32).map(|code| slice(&self.bytes, &self.ends, code))
    }

    /// The codes of the rows.
    pub(crate) fn into_codes(self) -> Vec<i32> {
        self.codes
    }

    /// The first row of a level.
    pub(crate) fn first_row(&self, level: usize) -> usize {
        self.codes.iter().position(|&code| usize::try_from(code) == Ok(level)).unwrap_or(0)
    }
}

/// Makes room for so many more values: short columns double, long ones grow by an eighth, so that they do not take twice their
/// memory.
pub(crate) fn grow<T>(values: &mut Vec<T>, n: usize) {
    if values.capacity() - values.len() < n {
        let more = if values.len() < 1 << 20 { values.len() } else { values.len() / 8 };
        values.reserve_exact(n.max(more).max(32));
    }
}

/// A hash of 32 bits over the 64 that the table wants.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Where the text of a code stands among the bytes.
fn bounds(ends: &[usize], code: u32) -> (usize, usize) {
    let code = code as usize;
    let from = if code == 0 { 0 } else { ends.get(code - 1).copied().unwrap_or(0) };
    (from, ends.get(code).copied().unwrap_or(from))
}

fn slice<'a>(bytes: &'a [u8], ends: &[usize], code: u32) -> &'a [u8] {
    let (from, to) = bounds(ends, code);
    bytes.get(from..to).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_text_is_found_again_only_before_a_quote() {
        let mut column = Interner::default();
        assert_eq!(column.push_again(b"\""), None);
        assert_eq!(column.push_if(b"\xFF", |new| std::str::from_utf8(new).is_ok()), Err(Refusal::Invalid));
        column.push_if(b"ab", |_| true).unwrap();
        assert_eq!(column.push_again(b"ab\"]"), Some(2));
        assert_eq!(column.push_again(b"abc\""), None);
        assert_eq!(column.push_again(b"ab"), None);
        column.pop();
        assert_eq!(column.into_codes(), [0]);
    }

    #[test]
    fn each_text_has_one_code_in_the_order_of_its_first_row() {
        let mut column = Interner::default();
        for text in ["b", "a", "", "b", "b"] {
            column.push(text.as_bytes()).unwrap();
        }
        column.push_missing();
        assert_eq!(column.levels().collect::<Vec<_>>(), [&b"b"[..], b"a", b""]);
        assert_eq!(column.first_row(2), 2);
        assert_eq!(column.into_codes(), [0, 1, 2, 0, 0, -1]);
    }
}
