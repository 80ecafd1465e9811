//! Dataset-JSON: the pilot's files in three forms and as transport files hold the same cells; damage is named.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests read the repository's files and may panic")]

use mscsle_domain::TextColumn;
use mscsle_io::{
    IoError, JsonDataset, JsonForm, JsonMetadata, JsonReader, JsonType, JsonWriter, TextEncoding, Values, read_json,
    read_xport, write_json,
};
use proptest::prelude::*;

const PILOT: [&str; 6] = ["adtte", "adsl", "adcibc", "adae", "dm", "rs"];

fn data(file: &str) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/cdisc/");
    std::fs::read(format!("{path}{file}")).unwrap()
}

fn read(bytes: &[u8]) -> Result<JsonDataset, IoError> {
    read_json(bytes, "x.json")
}

fn written(dataset: &JsonDataset, form: JsonForm) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_json(dataset, form, &mut bytes, "x.json").unwrap();
    bytes
}

/// A cell as text: numbers by their bits, blank and missing alike as a transport file has them.
fn cell(values: &Values, row: usize) -> String {
    match values {
        Values::Text(text) => text.get(row).unwrap_or_default().trim_end().to_owned(),
        Values::Number { values, .. } if values[row].is_nan() => ".".to_owned(),
        Values::Number { values, .. } => format!("{:?}", values[row]),
        _ => String::new(),
    }
}

/// All cells, null and "" apart.
fn cells(dataset: &JsonDataset) -> Vec<Vec<String>> {
    let shown = |values: &Values, row: usize| match values {
        Values::Text(text) => format!("{:?}", text.get(row)),
        other => cell(other, row),
    };
    dataset.values.iter().map(|values| (0..values.len()).map(|row| shown(values, row)).collect()).collect()
}

#[test]
fn the_three_files_of_a_data_set_hold_the_same_cells() {
    for name in PILOT {
        let object = read(&data(&format!("{name}.json"))).unwrap();
        let lines = read(&data(&format!("{name}.ndjson"))).unwrap();
        assert!(cells(&object) == cells(&lines), "{name}");
        assert_eq!(object.metadata, lines.metadata, "{name}");
        let transport = read_xport(&data(&format!("{name}.xpt"))[..], "x.xpt", &TextEncoding::Auto).unwrap();
        let member = &transport.members[0];
        assert_eq!((member.n_rows, member.variables.len()), (object.n_rows, object.values.len()), "{name}");
        for ((column, values), variable) in object.metadata.columns.iter().zip(&object.values).zip(&member.variables) {
            assert_eq!(column.name, variable.name);
            for row in 0..member.n_rows {
                assert_eq!(cell(values, row), cell(&variable.values, row), "{name}, {}, row {row}", column.name);
            }
        }
    }
}

#[test]
fn what_is_written_is_read_again_in_every_form() {
    for name in PILOT {
        let dataset = read(&data(&format!("{name}.json"))).unwrap();
        for form in [JsonForm::Object, JsonForm::Lines, JsonForm::Compressed] {
            let bytes = written(&dataset, form);
            let again = read(&bytes).unwrap();
            assert_eq!(again.metadata, dataset.metadata);
            assert!(cells(&again) == cells(&dataset), "{name}, {form:?}");
            assert_eq!(bytes, written(&dataset, form));
        }
    }
}

#[test]
fn chinese_and_emoji_of_the_international_example_are_kept() {
    let dataset = read(&data("ae_i18n.json")).unwrap();
    assert_eq!(dataset.n_rows, 1191);
    assert!(cells(&read(&written(&dataset, JsonForm::Compressed)).unwrap()) == cells(&dataset));
}

#[test]
fn chunks_are_the_whole() {
    let bytes = data("adae.ndjson");
    let whole = read(&bytes).unwrap();
    let mut reader = JsonReader::new(&bytes[..], "x.ndjson").unwrap();
    let mut n = 0;
    while let Some(chunk) = reader.read_rows(100).unwrap() {
        for (part, all) in chunk.iter().zip(&whole.values) {
            for row in 0..part.len() {
                assert_eq!(cell(part, row), cell(all, n + row));
            }
        }
        n += chunk[0].len();
    }
    assert_eq!(n, whole.n_rows);
}

const HEAD: &str = r#"{"datasetJSONVersion":"1.1.0","name":"X","label":"","records":2,"columns":[
 {"itemOID":"a","name":"T","label":"t","dataType":"string"},{"itemOID":"b","name":"N","label":"n","dataType":"decimal","targetDataType":"decimal"},
 {"itemOID":"c","name":"D","label":"d","dataType":"date","targetDataType":"integer"},{"itemOID":"d","name":"I","label":"i","dataType":"integer"}]"#;

fn message(rest: &str) -> String {
    read(format!("{HEAD}{rest}").as_bytes()).unwrap_err().to_string()
}

#[test]
fn null_and_empty_text_are_kept_apart_and_numbers_as_text_are_numbers() {
    let dataset =
        read(format!("{HEAD}}}\n[\"\",\"1.50\",\"1960-01-02\",7]\n[null,null,null,null]\n").as_bytes()).unwrap();
    assert_eq!(dataset.values[0], Values::Text(TextColumn { codes: vec![0, -1], levels: vec![String::new()] }));
    let firsts: Vec<String> = dataset.values.iter().map(|v| cell(v, 0)).collect();
    assert_eq!(firsts, ["", "1.5", "1.0", "7.0"]);
    let text = String::from_utf8(written(&dataset, JsonForm::Lines)).unwrap();
    assert!(text.ends_with("[\"\",\"1.5\",\"1960-01-02\",7]\n[null,null,null,null]\n"), "{text}");
}

#[test]
fn rows_may_come_before_the_columns() {
    let file =
        r#"{"rows":[["a"],[null]],"name":"X","datasetJSONVersion":"1.1","columns":[{"name":"T","dataType":"string"}]}"#;
    assert_eq!(read(file.as_bytes()).unwrap().n_rows, 2);
}

#[test]
fn damage_is_named_with_byte_row_and_column() {
    let row = "[\"\",\"1.50\",\"1960-01-02\",7]";
    for (rest, wanted) in [
        (format!("}}\n{row}\n"), "`records` says 2 rows, but there are 1; the file is cut off or was changed"),
        (format!("}}\n{row}\n[1,null,null,null]\n"), "row 1, column `T`: the cell is the number 1, not a text or null"),
        (
            format!("}}\n{row}\n[null,\"x\",null,null]"),
            "row 1, column `N`: the cell is the text `x`, not a decimal number",
        ),
        (
            format!("}}\n[null,null,\"1960-01\",null]\n{row}"),
            "row 0, column `D`: the cell is the text `1960-01`, not a complete date",
        ),
        (
            format!("}}\n[null,null,null,1.5]\n{row}"),
            "row 0, column `I`: the cell is the number 1.5, not a whole number up to 2^53",
        ),
        (
            format!("}}\n[null,null,null,[1]]\n{row}"),
            "row 0, column `I`: the cell is an array, not a whole number up to 2^53 or null",
        ),
        (format!("}}\n[null,null]\n{row}"), "row 0, column `D`: the row has 2 cells, the data set has 4 columns"),
        (
            format!("}}\n[null,null,null,null,null]\n{row}"),
            "row 0: the row has more cells than the data set has columns, 4",
        ),
        (format!("}}\n{row}\n[null,nul"), "row 1: the file ends inside a value that begins here; it is cut off"),
        (format!("}}\n{row}\n7"), "row 1 was expected, which begins with `[`"),
        (format!(",\"rows\":[{row}{row}]}}"), "`,` was expected, not `[`"),
        (format!(",\"rows\":[{row},{row}]}} x"), "something stands after the end of the data set"),
        (format!(",\"rows\":[{row},{row}],\"rows\":[]}}"), "`rows` stands after the rows or twice"),
        (",\"rows\"".to_owned(), "the file ends where `:` was expected; it is cut off"),
    ] {
        let text = message(&rest);
        assert!(text.starts_with("`x.json`, byte ") && text.contains(wanted), "{rest}: {text}");
    }
    for (file, wanted) in [
        ("", "byte 0: the file is empty"),
        ("[1]", "byte 0: it is no Dataset-JSON file, which begins with `{`"),
        ("{}", "`datasetJSONVersion` is missing: it is no Dataset-JSON 1.1 file"),
        (r#"{"datasetJSONVersion":"1.0.0"}"#, "Dataset-JSON 1.0.0; version 1.1 is read"),
        (r#"{"datasetJSONVersion":"1.1","name":"X","columns":[]}"#, "0 columns; 1 to 100000 are read"),
        (
            r#"{"datasetJSONVersion":"1.1","name":"X","columns":[{"name":"A","dataType":"text"}]}"#,
            "column 0: `dataType` is `text`; the types are string, integer",
        ),
        (r#"{"rows":[["a"],ull}],"name":"X"}"#, "a value was expected, not `}`"),
        (r#"{"datasetJSONVersion":"1.1","name":"X","name":"Y"}"#, "`name` stands twice"),
    ] {
        let text = read(file.as_bytes()).unwrap_err().to_string();
        assert!(text.contains(wanted), "{file}: {text}");
    }
}

#[test]
fn a_compressed_file_that_is_damaged_or_swells_is_refused() {
    let dataset = read(&data("dm.json")).unwrap();
    let bytes = written(&dataset, JsonForm::Compressed);
    let cut = read(&bytes[..bytes.len() / 2]).unwrap_err().to_string();
    assert!(cut.contains("damaged or cut off"), "{cut}");
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 0x55;
    assert!(read(&flipped).is_err());
    // 300 MB of blanks after the metadata, in 300 kB.
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..300 {
        std::io::Write::write_all(&mut encoder, &blanks).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let text = read(&bomb).unwrap_err().to_string();
    assert!(text.contains("more than 250 times beyond the first 64 MiB are refused"), "{text}");
}

#[test]
fn truncated_and_flipped_files_give_errors_with_their_place_or_the_same_number_of_rows() {
    let bytes = data("dm.ndjson");
    let n_rows = read(&bytes).unwrap().n_rows;
    for length in (0..bytes.len() - 1).step_by(7) {
        let text = read(&bytes[..length]).unwrap_err().to_string();
        assert!(text.starts_with("`x.json`, byte "), "{length}: {text}");
    }
    let mut flipped = bytes.clone();
    for position in (0..bytes.len()).step_by(3) {
        for bit in [0, 3, 7] {
            flipped[position] ^= 1 << bit;
            match read(&flipped) {
                Ok(dataset) => assert_eq!(dataset.n_rows, n_rows),
                Err(error) => assert!(error.to_string().starts_with("`x.json`, byte "), "{error}"),
            }
            flipped[position] = bytes[position];
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn generated_columns_are_the_same_after_writing_and_reading(
        rows in prop::collection::vec((prop::option::of(".{0,12}"), prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL, prop::option::of(-9_007_199_254_740_992_i64..=9_007_199_254_740_992), prop::option::of(any::<bool>()), prop::option::of(-700_000_i32..2_900_000)), 0..20),
        form in prop::sample::select(vec![JsonForm::Object, JsonForm::Lines, JsonForm::Compressed]),
    ) {
        let number = |values: Vec<f64>| {
            let missing = values.iter().map(|x| if x.is_nan() { b'.' } else { 0 }).collect();
            Values::Number { values, missing }
        };
        let mut levels: Vec<String> = Vec::new();
        let codes = rows.iter().map(|row| row.0.as_ref().map_or(-1, |text| {
            levels.iter().position(|l| l == text).unwrap_or_else(|| { levels.push(text.clone()); levels.len() - 1 }) as i32
        })).collect();
        let values = vec![
            Values::Text(TextColumn { codes, levels }),
            number(rows.iter().map(|r| r.1).collect()),
            number(rows.iter().map(|r| r.2.map_or(f64::NAN, |x| x as f64)).collect()),
            number(rows.iter().map(|r| r.3.map_or(f64::NAN, f64::from)).collect()),
            number(rows.iter().map(|r| r.4.map_or(f64::NAN, f64::from)).collect()),
            number(rows.iter().map(|r| r.1).collect()),
        ];
        let types = [JsonType::String, JsonType::Double, JsonType::Integer, JsonType::Boolean, JsonType::Date, JsonType::Decimal];
        let columns = types.iter().enumerate().map(|(i, &data_type)| mscsle_io::JsonColumn {
            name: format!("C{i}"), label: String::new(), oid: format!("IT.{i}"), data_type,
            target: (data_type == JsonType::Date).then(|| "integer".to_owned()), length: None, format: String::new(), key: None,
        }).collect();
        let mut metadata = mscsle_io::JsonMetadata { name: "X".to_owned(), columns, records: Some(rows.len() as u64), ..Default::default() };
        metadata.set_attributes_json(r#"{"datasetJSONCreationDateTime":"2026-01-01T00:00:00","datasetJSONVersion":"1.1.0","itemGroupOID":"IG.X"}"#).unwrap();
        metadata.attributes.remove("datasetJSONVersion");
        let dataset = JsonDataset { metadata, values, n_rows: rows.len() };
        let again = read(&written(&dataset, form)).unwrap();
        prop_assert_eq!(again.values.len(), dataset.values.len());
        for (a, b) in again.values.iter().zip(&dataset.values) {
            for row in 0..rows.len() {
                match (a, b) {
                    (Values::Text(a), Values::Text(b)) => prop_assert_eq!(a.get(row), b.get(row)),
                    _ => prop_assert_eq!(cell(a, row), cell(b, row)),
                }
            }
        }
    }
}

#[test]
fn chunks_of_an_unknown_number_are_counted_at_the_end() {
    let whole = read(&data("adae.ndjson")).unwrap();
    for form in [JsonForm::Object, JsonForm::Lines] {
        let bytes = data("adae.json");
        let mut reader = JsonReader::new(&bytes[..], "x.json").unwrap();
        let metadata = JsonMetadata { records: None, ..reader.metadata().clone() };
        let mut out = JsonWriter::new(std::io::Cursor::new(Vec::new()), metadata.clone(), form, "y.json").unwrap();
        while let Some(chunk) = reader.read_rows(100).unwrap() {
            out.write_rows(&chunk).unwrap();
        }
        let again = read(out.finish_counted().unwrap().get_ref()).unwrap();
        assert_eq!(again.metadata.records, Some(whole.n_rows as u64));
        assert!(cells(&again) == cells(&whole));
        // before the end it is no file
        let mut cut = Vec::new();
        JsonWriter::new(&mut cut, metadata, form, "y.json").unwrap();
        assert!(read(&cut).is_err());
    }
}

#[test]
fn a_compressed_file_needs_its_number_of_rows_first() {
    let metadata = JsonMetadata { records: None, ..read(&data("dm.json")).unwrap().metadata };
    let refused = JsonWriter::new(Vec::new(), metadata, JsonForm::Compressed, "y.dsjc");
    let said = refused.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(said.contains("the number of rows stands before them in a compressed file"), "{said}");
}
