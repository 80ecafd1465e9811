//! A zlib stream that may not swell without end.

use flate2::read::ZlibDecoder;
use std::io::{Error, ErrorKind, Read};

/// Bytes that may come out whatever went in.
pub(super) const FREE: u64 = 64 << 20;

/// Most bytes that may come out for each byte that went in, beyond [`FREE`]. Clinical data shrink 10 to 50 times.
pub(super) const RATIO: u64 = 250;

/// Reads what a zlib stream holds.
#[derive(Debug)]
pub(super) struct Inflate<R> {
    decoder: ZlibDecoder<R>,
}

impl<R: Read> Inflate<R> {
    pub(super) fn new(reader: R) -> Inflate<R> {
        Inflate { decoder: ZlibDecoder::new(reader) }
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.decoder.read(buffer).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                let at = self.decoder.total_in();
                Error::new(
                    ErrorKind::InvalidData,
                    format!("the compressed data are damaged or cut off near byte {at} of the file"),
                )
            }
            _ => error,
        })?;
        let (from, to) = (self.decoder.total_in(), self.decoder.total_out());
        if to > FREE + RATIO * from {
            return Err(Error::new(
                ErrorKind::InvalidData,
                format!(
                    "{from} bytes swell to more than {to}; more than {RATIO} times beyond the first 64 MiB are refused"
                ),
            ));
        }
        Ok(n)
    }
}
