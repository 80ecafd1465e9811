//! Compressed Dataset-JSON: the bytes as they are, and the bytes as a zlib stream after metadata that stand.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mscsle_io::{JsonForm, read_json, write_json};

fuzz_target!(|data: &[u8]| {
    let with_mark = [&[0x78, 0x9C][..], data].concat();
    for bytes in [data, &with_mark[..]] {
        if let Ok(dataset) = read_json(bytes, "x.dsjc") {
            let mut out = Vec::new();
            if write_json(&dataset, JsonForm::Compressed, &mut out, "x.dsjc").is_ok() {
                assert_eq!(read_json(&out[..], "x.dsjc").expect("what was written is read").n_rows, dataset.n_rows);
            }
        }
    }
});
