//! The rows of Dataset-JSON against serde_json: what is accepted, the values, and damage, whatever the size of the chunks.

use mscsle_io::{JsonDataset, Values, read_json};
use proptest::prelude::*;
use serde_json::Value;
use std::io::Read;

const TYPES: [&str; 6] = ["string", "double", "integer", "boolean", "decimal", "URI"];

fn head() -> String {
    let columns: Vec<String> =
        (0..12).map(|i| format!("{{\"name\":\"C{i}\",\"dataType\":\"{}\"}}", TYPES[i % TYPES.len()])).collect();
    format!("{{\"datasetJSONVersion\":\"1.1.0\",\"name\":\"X\",\"columns\":[{}]}}\n", columns.join(","))
}

/// A cell as serde_json and the rules of its type have it; none when it is refused.
fn wanted(kind: &str, cell: &Value) -> Option<String> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number = |x: f64| Some(format!("{:x}", x.to_bits()));
    match (kind, cell) {
        ("string" | "URI", Value::Null) => Some("null".to_owned()),
        ("string" | "URI", Value::String(text)) => Some(format!("{text:?}")),
        ("double" | "integer" | "boolean" | "decimal", Value::Null) => Some("null".to_owned()),
        ("double" | "decimal", Value::Number(n)) => n.as_f64().and_then(number),
        ("integer", Value::Number(n)) => n.as_f64().filter(|x| x.fract() == 0.0 && x.abs() <= EXACT).and_then(number),
        ("boolean", Value::Bool(yes)) => number(f64::from(u8::from(*yes))),
        ("decimal", Value::String(text)) => {
            let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
            text.parse::<f64>().ok().filter(|x| plain && x.is_finite()).and_then(number)
        }
        _ => None,
    }
}

/// All rows by serde_json; none when anything is refused.
fn oracle(rows: &[u8]) -> Option<Vec<Vec<String>>> {
    let documents = serde_json::Deserializer::from_slice(rows).into_iter::<Vec<Value>>();
    documents
        .map(|row| {
            let row = row.ok().filter(|row| row.len() == 12)?;
            row.iter().enumerate().map(|(i, cell)| wanted(TYPES[i % TYPES.len()], cell)).collect()
        })
        .collect()
}

fn rows_of(dataset: &JsonDataset) -> Vec<Vec<String>> {
    let cell = |values: &Values, row: usize| match values {
        Values::Text(text) => text.get(row).map_or("null".to_owned(), |text| format!("{text:?}")),
        Values::Number { values, .. } if values[row].is_nan() => "null".to_owned(),
        Values::Number { values, .. } => format!("{:x}", values[row].to_bits()),
        _ => String::new(),
    };
    (0..dataset.n_rows).map(|row| dataset.values.iter().map(|values| cell(values, row)).collect()).collect()
}

/// Gives at most so many bytes at a time.
struct Drops<'a>(&'a [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.0.len().min(self.1).min(buffer.len());
        buffer[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

/// What is read is what serde_json reads, in whole and in drops, with the same message.
fn check(rows: &[u8], drop: usize) -> Result<(), TestCaseError> {
    let file = [head().as_bytes(), rows].concat();
    let read = read_json(&file[..], "x.ndjson");
    let in_drops = read_json(Drops(&file, drop), "x.ndjson");
    match (&read, &in_drops) {
        (Ok(a), Ok(b)) => prop_assert_eq!(rows_of(a), rows_of(b)),
        (Err(a), Err(b)) => prop_assert_eq!(a.to_string(), b.to_string()),
        (a, b) => prop_assert!(false, "whole {:?}, in drops {:?}", a, b),
    }
    let shown = String::from_utf8_lossy(rows);
    match (oracle(rows), read) {
        (Some(wanted), Ok(dataset)) => prop_assert_eq!(rows_of(&dataset), wanted, "{}", shown),
        (None, Err(_)) => {}
        (wanted, read) => prop_assert!(false, "{}: serde_json {:?}, here {:?}", shown, wanted.is_some(), read.err()),
    }
    Ok(())
}

/// A cell as JSON of any kind that fits, with escapes and blanks; now and then one that may not fit.
fn cell(kind: &'static str) -> BoxedStrategy<String> {
    let text = prop_oneof![
        "[a-c]{0,3}".prop_map(|text| Value::String(text).to_string()),
        ".{0,20}".prop_map(|text| Value::String(text).to_string()),
        r#"([a-e é😀]|\\["\\/bfnrt]|\\u00[0-9a-fA-F]{2}|\\ud83d\\ude0[0-9]){0,12}"#
            .prop_map(|text| format!("\"{text}\"")),
        r#"([ -~]|\\u[0-9a-f]{4}|[\x00-\x1f]){0,10}"#.prop_map(|text| format!("\"{text}\"")),
    ];
    let number = prop_oneof![
        r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?",
        r"-?[0-9]{0,4}\.?[0-9]{0,4}",
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(|x| format!("{x:?}")),
    ];
    let whole =
        prop_oneof![any::<i32>().prop_map(|i| i.to_string()), r"-?[1-9][0-9]{14,19}", r"[0-9]{1,3}(\.0|e[0-3])?"];
    let null = Just("null".to_owned());
    match kind {
        "string" | "URI" => prop_oneof![6 => text, 1 => null].boxed(),
        "double" => prop_oneof![6 => number, 1 => null].boxed(),
        "integer" => prop_oneof![6 => whole, 1 => null].boxed(),
        "boolean" => prop_oneof![2 => Just("true".to_owned()), 2 => Just("false".to_owned()), 1 => null].boxed(),
        _ => prop_oneof![2 => number.clone(), 4 => number.prop_map(|n| format!("\"{n}\"")), 1 => null].boxed(),
    }
}

fn row() -> impl Strategy<Value = String> {
    let cells: Vec<BoxedStrategy<String>> = (0..12).map(|i| cell(TYPES[i % TYPES.len()])).collect();
    let blanks = prop_oneof![8 => Just(""), 1 => Just(" "), 1 => Just("\t\r\n ")];
    (cells, prop::collection::vec(blanks, 26)).prop_map(|(cells, blanks)| {
        let cells: Vec<String> =
            cells.iter().enumerate().map(|(i, cell)| format!("{}{cell}{}", blanks[2 * i], blanks[2 * i + 1])).collect();
        format!("[{}]{}", cells.join(","), blanks[24])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn rows_are_read_as_serde_json_reads_them(rows in prop::collection::vec(row(), 0..4), drop in 1..40_usize) {
        check(rows.join("\n").as_bytes(), drop)?;
    }

    #[test]
    fn damaged_rows_are_refused_where_serde_json_refuses_them(
        rows in prop::collection::vec(row(), 1..3),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, prop_oneof![
            prop::sample::select(b"\"\\[]{},: \n\t0123456789-+.eEntfu/\x00\x1f\x7f\x80\xc3\xff".to_vec()), any::<u8>()]), 1..4),
        drop in 1..40_usize,
    ) {
        let mut bytes = rows.join("\n").into_bytes();
        for (place, what, byte) in changes {
            let at = place.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => { bytes.remove(at); }
                _ => bytes.truncate(at + 1),
            }
        }
        check(&bytes, drop)?;
    }
}

#[test]
fn rows_longer_than_a_chunk_are_read_and_damage_in_them_is_named_where_it_stands() {
    let long = "x".repeat(300_000);
    let row = |text: &str| format!("[\"{text}\",1.5,2,true,\"3\",null,\"{text}\",1.5,2,true,\"3\",\"\"]\n");
    let rows = format!("{}{}{}", row(&long), row("a"), row(&long));
    check(rows.as_bytes(), 1 << 15).unwrap();
    let file = format!("{}{}", head(), rows.replace("\"a\",1.5", "\"a\",1.x5"));
    let text = read_json(file.as_bytes(), "x.ndjson").unwrap_err().to_string();
    let at = file.find(".x5").unwrap() + 1;
    assert_eq!(text, format!("`x.ndjson`, byte {at}, row 1, column `C1`: no number of JSON"));
}
