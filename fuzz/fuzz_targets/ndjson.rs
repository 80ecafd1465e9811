//! The rows of an NDJSON file behind metadata that stand: no panic, chunks are the whole, and every row is JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mscsle_io::{JsonReader, Values, read_json};

const HEAD: &str = concat!(
    r#"{"datasetJSONVersion":"1.1.0","name":"X","columns":[{"name":"T","dataType":"string"},"#,
    r#"{"name":"F","dataType":"float"},{"name":"I","dataType":"integer"},{"name":"N","dataType":"decimal"},"#,
    r#"{"name":"B","dataType":"boolean"},{"name":"D","dataType":"date","targetDataType":"integer"},"#,
    r#"{"name":"DT","dataType":"datetime","targetDataType":"integer"},{"name":"C","dataType":"time","targetDataType":"integer"}]}"#,
    "\n"
);

fn cell(values: &Values, row: usize) -> String {
    match values {
        Values::Text(text) => format!("{:?}", text.get(row)),
        Values::Number { values, .. } => format!("{:?}", values[row]),
        _ => String::new(),
    }
}

fuzz_target!(|data: &[u8]| {
    let bytes = [HEAD.as_bytes(), data].concat();
    let whole = read_json(&bytes[..], "x.ndjson");
    let mut reader = JsonReader::new(&bytes[..], "x.ndjson").expect("the metadata stand");
    let mut n = 0;
    let parts = loop {
        match reader.read_rows(3) {
            Ok(Some(chunk)) => {
                if let Ok(whole) = &whole {
                    for (part, all) in chunk.iter().zip(&whole.values) {
                        (0..part.len()).for_each(|row| assert_eq!(cell(part, row), cell(all, n + row)));
                    }
                }
                n += chunk[0].len();
            }
            Ok(None) => break Ok(n),
            Err(error) => break Err(error),
        }
    };
    assert_eq!(parts.map_err(|e| e.to_string()), whole.as_ref().map(|w| w.n_rows).map_err(ToString::to_string));
    if whole.is_ok() {
        let rows = serde_json::Deserializer::from_slice(data).into_iter::<Vec<serde_json::Value>>();
        assert_eq!(rows.map(|row| row.expect("a row is JSON")).count(), n);
    }
});
