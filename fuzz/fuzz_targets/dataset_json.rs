//! Dataset-JSON: no panic; what is read is a JSON document, and is the same after writing and reading in every form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mscsle_io::{JsonDataset, JsonForm, Values, read_json, write_json};

fn cells(dataset: &JsonDataset) -> Vec<Vec<String>> {
    let shown = |values: &Values, row: usize| match values {
        Values::Text(text) => format!("{:?}", text.get(row)),
        Values::Number { values, .. } => format!("{:?}", values[row]),
        _ => String::new(),
    };
    dataset.values.iter().map(|values| (0..dataset.n_rows).map(|row| shown(values, row)).collect()).collect()
}

fuzz_target!(|data: &[u8]| {
    let Ok(dataset) = read_json(data, "x.json") else { return };
    let body = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    let documents = serde_json::Deserializer::from_slice(body).into_iter::<serde_json::Value>();
    if data.first() != Some(&0x78) {
        assert!(documents.into_iter().all(|document| document.is_ok()), "read what is no JSON");
    }
    for form in [JsonForm::Object, JsonForm::Lines, JsonForm::Compressed] {
        let mut bytes = Vec::new();
        // A number read may lie outside what its type is written with (a date beyond the year 9999).
        if write_json(&dataset, form, &mut bytes, "x.json").is_ok() {
            let again = read_json(&bytes[..], "x.json").expect("what was written is read");
            assert_eq!(cells(&again), cells(&dataset));
        }
    }
});
