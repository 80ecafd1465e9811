//! Properties of the CSV reader: garbage is an error or a table, never a panic; what is written is read back.

use mscsle_domain::{Column, Table, TextColumn};
use mscsle_io::{CsvOptions, read_table, read_typed, write_table};
use proptest::prelude::*;

fn cell() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~\n\r\"',;]{0,12}", "[<>]?[0-9]{1,3}(\\.[0-9]{1,3})?", "\\PC{0,6}"]
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(table) = read_table("labs", bytes.as_slice(), "labs.csv", &CsvOptions::default()) {
            prop_assert!(!table.columns().is_empty());
        }
    }

    #[test]
    fn random_bytes_in_any_encoding_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        encoding in prop_oneof![Just("windows-1252"), Just("utf-16"), Just("shift_jis"), Just("iso-8859-2")],
    ) {
        let options = CsvOptions::from_words(Some(encoding), Some(";"), Some(","), Vec::new()).expect("known words");
        let _ = read_typed(bytes.as_slice(), &[], &options, "labs.csv");
    }

    #[test]
    fn random_delimited_bytes_never_panic(bytes in "[a,\"\n\r\u{feff}é\u{0}]{0,80}") {
        let _ = read_table("labs", bytes.as_bytes(), "labs.csv", &CsvOptions::default());
    }

    #[test]
    fn what_is_written_is_read_back(rows in proptest::collection::vec((cell(), cell()), 0..12)) {
        let columns = vec![
            ("usubjid".to_owned(), TextColumn::from_values(rows.iter().map(|_| Some("S-1")))),
            ("test".to_owned(), TextColumn::from_values(rows.iter().map(|row| Some(row.0.as_str())))),
            ("value".to_owned(), TextColumn::from_values(rows.iter().map(|row| Some(row.1.as_str())))),
        ];
        let columns = columns.into_iter().map(|(name, column)| (name, Column::Text(column))).collect();
        let table = Table::new("labs", columns).expect("equal lengths");
        let mut bytes = Vec::new();
        write_table(&table, &mut bytes, "labs.csv").expect("memory");
        let again = read_table("labs", bytes.as_slice(), "labs.csv", &CsvOptions::default()).expect("own file");
        prop_assert_eq!(again.n_rows(), rows.len());
        for (row, (test, value)) in rows.iter().enumerate() {
            for (column, text) in [("test", test), ("value", value)] {
                let expected = if text.is_empty() { None } else { Some(text.as_str()) };
                prop_assert_eq!(again.text(column, row), expected);
            }
        }
    }
}
