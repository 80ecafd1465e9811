//! Texts of a column while it is read: each distinct text once, one code a row.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// A growing column of byte strings.
#[derive(Debug, Default)]
pub(crate) struct Interner {
    codes: Vec<i32>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
    last: Option<u32>,
}

impl Interner {
    /// Adds a row with a text; none when there are more distinct texts than codes.
    pub(crate) fn push(&mut self, text: &[u8]) -> Option<()> {
        if let Some(last) = self.last.filter(|&last| slice(&self.bytes, &self.ends, last) == text) {
            self.push_code(last as i32);
            return Some(());
        }
        let hash = self.hasher.hash_one(text);
        let (bytes, ends) = (&self.bytes, &self.ends);
        let found = self.table.find(hash, |&code| slice(bytes, ends, code) == text).copied();
        let code = match found {
            Some(code) => code,
            None => {
                let code = u32::try_from(self.ends.len()).ok().filter(|&code| code < i32::MAX as u32)?;
                self.bytes.extend_from_slice(text);
                self.ends.push(self.bytes.len());
                let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
                self.table.insert_unique(hash, code, |&code| hasher.hash_one(slice(bytes, ends, code)));
                code
            }
        };
        self.last = Some(code);
        self.push_code(code as i32);
        Some(())
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

/// Makes room for so many more values; grows by an eighth, so that a long column does not take twice its memory.
pub(crate) fn grow<T>(values: &mut Vec<T>, n: usize) {
    if values.capacity() - values.len() < n {
        values.reserve_exact(n.max(values.len() / 8).max(32));
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[usize], code: u32) -> &'a [u8] {
    let code = code as usize;
    let from = if code == 0 { 0 } else { ends.get(code - 1).copied().unwrap_or(0) };
    ends.get(code).and_then(|&to| bytes.get(from..to)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

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
