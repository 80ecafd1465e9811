//! Records of 80 bytes and the rows that run over them, a chunk of the file at a time.

use super::header::{self, RECORD};
use crate::IoError;
use std::io::{ErrorKind, Read};

/// Bytes asked for at a time, whole records.
const CHUNK: usize = RECORD * 4096;

/// What of a file has been read and not used; the buffer always begins at a record.
#[derive(Debug)]
pub(super) struct Records<R> {
    reader: R,
    pub(super) file: String,
    buffer: Vec<u8>,
    used: usize,
    /// Byte of the file at which the buffer begins.
    begin: u64,
    ended: bool,
    /// Bytes of the buffer that are known to be rows of the member, whole records.
    known: usize,
    /// Whether the rows of the member end there.
    rows_end: bool,
}

/// What rows need to know of their member.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Bytes of a row.
    pub(super) length: usize,
    /// Rows left, where the file says how many there are.
    pub(super) left: Option<u64>,
    /// Rows read.
    pub(super) row: u64,
    /// Whether all variables are texts.
    pub(super) only_texts: bool,
}

impl Layout {
    /// Counts rows that were read.
    pub(super) fn advance(&mut self, n: usize) {
        self.row += n as u64;
        self.left = self.left.map(|left| left.saturating_sub(n as u64));
    }
}

/// What comes next.
pub(super) enum Rows {
    /// So many whole rows, which [`Records::take_rows`] gives.
    Some(usize),
    /// No more rows, and whether blank rows at the end may have been rows.
    End(bool),
}

impl<R: Read> Records<R> {
    pub(super) fn new(reader: R, file: &str) -> Records<R> {
        let file = file.to_owned();
        Records { reader, file, buffer: Vec::new(), used: 0, begin: 0, ended: false, known: 0, rows_end: false }
    }

    /// Byte of the file that comes next.
    pub(super) fn at(&self) -> u64 {
        self.begin + self.used as u64
    }

    pub(super) fn wrong(&self, what: impl Into<String>) -> IoError {
        IoError::Xport { file: self.file.clone(), at: self.at(), what: what.into() }
    }

    /// Reads another chunk behind the bytes that are not used; false at the end of the file.
    fn fill(&mut self) -> Result<bool, IoError> {
        if self.ended {
            return Ok(false);
        }
        let gone = self.used / RECORD * RECORD;
        self.buffer.drain(..gone);
        self.used -= gone;
        self.known = self.known.saturating_sub(gone);
        self.begin += gone as u64;
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK, 0);
        let mut filled = before;
        while filled < self.buffer.len() {
            match self.reader.read(&mut self.buffer[filled..]) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(n) => filled += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.buffer.truncate(before);
                    self.ended = true;
                    let reason = error.to_string();
                    return Err(IoError::System { path: self.file.clone(), done: "read", reason });
                }
            }
        }
        self.buffer.truncate(filled);
        Ok(filled > before)
    }

    /// Part of a record at the end of the file is an error, when it is reached.
    fn check_end(&self) -> Result<(), IoError> {
        match self.buffer.len() % RECORD {
            0 => Ok(()),
            part => Err(IoError::Xport {
                file: self.file.clone(),
                at: self.begin + (self.buffer.len() - part) as u64,
                what: format!("the file ends after {part} of the 80 bytes of a record; it is cut off"),
            }),
        }
    }

    /// The next record of the headers; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<[u8; RECORD]>, IoError> {
        if self.buffer.len() - self.used < RECORD && !self.fill()? {
            self.check_end()?;
        }
        if self.buffer.len() - self.used < RECORD {
            self.check_end()?;
            return Ok(None);
        }
        let record = self.buffer.get(self.used..self.used + RECORD).and_then(|b| b.first_chunk::<RECORD>().copied());
        self.used += RECORD;
        Ok(record)
    }

    pub(super) fn expect_record(&mut self) -> Result<[u8; RECORD], IoError> {
        self.next()?.ok_or_else(|| self.wrong("the file ends inside its headers"))
    }

    /// Takes bytes that run over records.
    pub(super) fn bytes(&mut self, n: usize) -> Result<Vec<u8>, IoError> {
        while self.buffer.len() - self.used < n {
            if !self.fill()? {
                self.check_end()?;
                self.used = self.buffer.len();
                return Err(self.wrong("the file ends inside its headers"));
            }
        }
        let bytes = self.buffer[self.used..self.used + n].to_vec();
        self.used += n;
        Ok(bytes)
    }

    /// Takes blocks of equal length and the padding after them.
    pub(super) fn blocks(&mut self, n: usize, length: usize) -> Result<Vec<Vec<u8>>, IoError> {
        let mut blocks = Vec::new();
        for _ in 0..n {
            blocks.push(self.bytes(length)?);
        }
        self.drop_rest();
        Ok(blocks)
    }

    /// Goes to the next record.
    pub(super) fn drop_rest(&mut self) {
        self.used = self.used.next_multiple_of(RECORD).min(self.buffer.len());
    }

    /// The rows of a member begin here.
    pub(super) fn begin_rows(&mut self) {
        self.known = self.used;
        self.rows_end = false;
    }

    /// Looks at further records up to a member header or the end of the file.
    fn extend(&mut self) -> Result<(), IoError> {
        if self.buffer.len() < self.known + RECORD && !self.fill()? {
            self.check_end()?;
            self.rows_end = true;
            return Ok(());
        }
        while let Some(record) = self.buffer.get(self.known..self.known + RECORD).and_then(|b| b.first_chunk()) {
            if matches!(header::kind(record), Some("MEMBER" | "MEMBV8" | "MEMBV9")) {
                self.rows_end = true;
                break;
            }
            self.known += RECORD;
        }
        Ok(())
    }

    /// How many whole rows come next, at most so many.
    ///
    /// A row of version 5 needs a look at the record behind it: blanks in the last record may be padding.
    pub(super) fn rows(&mut self, layout: Layout, most: usize) -> Result<Rows, IoError> {
        let length = layout.length;
        if length == 0 || layout.left == Some(0) {
            return self.end_of_rows(layout);
        }
        let most = layout.left.map_or(most, |left| most.min(usize::try_from(left).unwrap_or(usize::MAX)));
        loop {
            let open = self.known - self.used;
            let needed = if layout.left.is_some() { length } else { length.max(RECORD) };
            let certain = if open >= needed { (open - needed) / length + 1 } else { 0 };
            if certain > 0 {
                return Ok(Rows::Some(certain.min(most)));
            }
            if !self.rows_end {
                self.extend()?;
                continue;
            }
            // The last record: rows up to the first from which all is blank.
            let rest = &self.buffer[self.used..self.known];
            let written = rest.iter().rposition(|&b| b != b' ').map_or(0, |last| last + 1);
            if layout.left.is_some() || written == 0 {
                return self.end_of_rows(layout);
            }
            let rows = written.div_ceil(length);
            if rows * length > open {
                return match open / length {
                    0 => Err(self.wrong(format!("the file ends inside row {}; it is cut off", layout.row))),
                    whole => Ok(Rows::Some(whole.min(most))),
                };
            }
            return Ok(Rows::Some(rows.min(most)));
        }
    }

    /// Takes so many rows.
    pub(super) fn take_rows(&mut self, n: usize, length: usize) -> &[u8] {
        let from = self.used;
        self.used = (from + n * length).min(self.buffer.len());
        &self.buffer[from..self.used]
    }

    /// The rows end: what is left of the member is padding.
    fn end_of_rows(&mut self, layout: Layout) -> Result<Rows, IoError> {
        if let Some(left) = layout.left.filter(|&left| left > 0 && layout.length > 0) {
            return Err(self.wrong(format!("{left} rows fewer than the header says; the file is cut off")));
        }
        let mut padding = 0;
        loop {
            let rest = &self.buffer[self.used..self.known];
            if rest.iter().any(|&b| b != b' ') {
                return Err(self.wrong("more bytes than rows"));
            }
            padding += rest.len();
            self.used = self.known;
            if self.rows_end {
                break;
            }
            self.extend()?;
        }
        let ambiguous = layout.left.is_none() && layout.length > 0 && padding >= layout.length && layout.only_texts;
        Ok(Rows::End(ambiguous))
    }
}
