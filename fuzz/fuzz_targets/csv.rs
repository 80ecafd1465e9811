//! CSV, guessed and declared: no panic, and a table is the same after writing and reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mscsle_io::{CellType, CsvOptions, read_table, read_typed, write_table};

fuzz_target!(|data: &[u8]| {
    let plain = CsvOptions::default();
    let words = |encoding, missing| CsvOptions::from_words(encoding, Some(";"), Some(","), missing).expect("known words");
    let options = words(None, vec!["Y".to_owned()]);
    let _ = read_typed(data, &[], &plain, "x.csv");
    for (_, kind) in CellType::WORDS {
        let _ = read_typed(data, &[("a".to_owned(), kind)], &options, "x.csv");
    }
    for encoding in ["windows-1252", "utf-16", "gb18030"] {
        let _ = read_typed(data, &[], &words(Some(encoding), Vec::new()), "x.csv");
    }
    let Ok(table) = read_table("table", data, "x.csv", &plain) else { return };
    let mut bytes = Vec::new();
    write_table(&table, &mut bytes, "x.csv").expect("memory takes it");
    // A row of one empty cell is written as an empty line in quotes; all rows are read again.
    let again = read_table("table", &bytes[..], "x.csv", &plain).expect("what was written is read");
    assert_eq!(again.n_rows(), table.n_rows());
    for (name, _) in table.columns() {
        (0..table.n_rows()).for_each(|row| assert_eq!(again.text(name, row), table.text(name, row)));
    }
});
