//! A window on a stream of JSON: values are found without being understood, and only what has been read is in memory.

use crate::IoError;
use std::io::{ErrorKind, Read};

/// Bytes asked for at a time.
const CHUNK: usize = 64 << 10;

/// Most bytes of one value: a row, or an attribute before the rows.
const LONGEST: usize = 64 << 20;

/// Most brackets within brackets.
const DEEPEST: usize = 64;

/// The bytes of a stream from the first that has not been used.
#[derive(Debug)]
pub(super) struct Window<R> {
    reader: R,
    pub(super) file: String,
    /// What has been read, and room behind it.
    buffer: Vec<u8>,
    used: usize,
    /// End of what has been read.
    filled: usize,
    /// Byte of the stream at which the buffer begins.
    begin: u64,
    ended: bool,
}

impl<R: Read> Window<R> {
    pub(super) fn new(reader: R, file: &str) -> Window<R> {
        Window { reader, file: file.to_owned(), buffer: Vec::new(), used: 0, filled: 0, begin: 0, ended: false }
    }

    /// A window on a part of a stream that begins at a byte of it.
    pub(super) fn starting(reader: R, file: &str, begin: u64) -> Window<R> {
        Window { begin, ..Window::new(reader, file) }
    }

    /// Byte of the stream at which the next value begins.
    pub(super) fn at(&self) -> u64 {
        self.begin + self.used as u64
    }

    pub(super) fn wrong(&self, what: impl Into<String>) -> IoError {
        self.wrong_at(self.at(), what)
    }

    pub(super) fn wrong_at(&self, at: u64, what: impl Into<String>) -> IoError {
        IoError::Json { file: self.file.clone(), at, place: String::new(), what: what.into() }
    }

    /// What has been read and not used.
    pub(super) fn open(&self) -> &[u8] {
        self.buffer.get(self.used..self.filled).unwrap_or_default()
    }

    /// Reads another chunk; false at the end of the stream.
    fn more(&mut self) -> Result<bool, IoError> {
        if self.ended {
            return Ok(false);
        }
        if self.used > 0 {
            self.buffer.copy_within(self.used..self.filled, 0);
            self.begin += self.used as u64;
            self.filled -= self.used;
            self.used = 0;
        }
        if self.buffer.len() < self.filled + CHUNK {
            self.buffer.resize(self.filled + CHUNK, 0);
        }
        let read = loop {
            match self.reader.read(&mut self.buffer[self.filled..self.filled + CHUNK]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        match read {
            Ok(n) => {
                self.filled += n;
                self.ended = n == 0;
                Ok(n > 0)
            }
            Err(error) => {
                self.ended = true;
                if error.kind() == ErrorKind::InvalidData {
                    return Err(self.wrong_at(self.begin + self.filled as u64, error.to_string()));
                }
                Err(IoError::System { path: self.file.clone(), done: "read", reason: error.to_string() })
            }
        }
    }

    /// The next byte that is no white space, which stays unused; none at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, IoError> {
        loop {
            let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
            match self.open().iter().position(|b| !blank(b)) {
                Some(n) => {
                    self.used += n;
                    return Ok(self.open().first().copied());
                }
                None => {
                    self.used = self.filled;
                    if !self.more()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Skips a UTF-8 byte order mark.
    pub(super) fn skip_mark(&mut self) -> Result<(), IoError> {
        while self.filled < 3 && self.more()? {}
        if self.open().starts_with(&[0xEF, 0xBB, 0xBF]) {
            self.used = 3;
        }
        Ok(())
    }

    /// Uses one byte.
    pub(super) fn step(&mut self) {
        self.skip(1);
    }

    /// Uses some bytes.
    pub(super) fn skip(&mut self, n: usize) {
        self.used = (self.used + n).min(self.filled);
    }

    /// Uses the byte that must come next.
    pub(super) fn expect(&mut self, byte: u8) -> Result<(), IoError> {
        match self.peek()? {
            Some(b) if b == byte => {
                self.step();
                Ok(())
            }
            Some(b) => Err(self.wrong(format!(
                "`{}` was expected, not `{}`",
                char::from(byte),
                char::from(b).escape_default()
            ))),
            None => Err(self.wrong(format!("the file ends where `{}` was expected; it is cut off", char::from(byte)))),
        }
    }

    /// Takes the bytes of the next value, whatever it is; brackets and quotes are matched, nothing else is checked.
    pub(super) fn value(&mut self) -> Result<&[u8], IoError> {
        let Some(first) = self.peek()? else {
            return Err(self.wrong("the file ends where a value was expected; it is cut off"));
        };
        let mut scan = Scan { depth: 0, in_text: false, escaped: false };
        let mut seen = 0;
        loop {
            let open = self.open();
            let end = match first {
                b'"' | b'[' | b'{' => scan.end(&open[seen..]).map_err(|what| self.wrong(what))?.map(|n| seen + n),
                _ => open.iter().position(|b| matches!(b, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r' | b':')),
            };
            if let Some(n) = end {
                if n == 0 {
                    return Err(
                        self.wrong(format!("a value was expected, not `{}`", char::from(first).escape_default()))
                    );
                }
                let from = self.used;
                self.used += n;
                return Ok(&self.buffer[from..from + n]);
            }
            seen = open.len();
            if seen > LONGEST {
                return Err(self.wrong("a value longer than 64 MiB"));
            }
            if !self.more()? {
                return Err(self.wrong("the file ends inside a value that begins here; it is cut off"));
            }
        }
    }
}

/// Where the search for the end of a value stands.
struct Scan {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Scan {
    /// Number of bytes up to the end of the value, if it is among them.
    fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, &'static str> {
        let mut i = 0;
        while let Some(&byte) = bytes.get(i) {
            i += 1;
            if self.in_text {
                if self.escaped {
                    self.escaped = false;
                } else if byte == b'\\' {
                    self.escaped = true;
                } else if byte == b'"' {
                    self.in_text = false;
                    if self.depth == 0 {
                        return Ok(Some(i));
                    }
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'[' | b'{' => {
                    self.depth += 1;
                    if self.depth > DEEPEST {
                        return Err("more than 64 brackets within brackets");
                    }
                }
                b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Ok(Some(i));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }
}
