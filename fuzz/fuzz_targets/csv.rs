//! CSV, guessed and declared: no panic, and a table is the same after writing and reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mscsle_io::{CellType, read_table, read_typed, write_table};

fuzz_target!(|data: &[u8]| {
    let _ = read_typed(data, &[], &[], "x.csv");
    for (_, kind) in CellType::WORDS {
        let _ = read_typed(data, &[("a".to_owned(), kind)], &["Y".to_owned()], "x.csv");
    }
    let Ok(table) = read_table("table", data, "x.csv") else { return };
    let mut bytes = Vec::new();
    write_table(&table, &mut bytes, "x.csv").expect("memory takes it");
    // A row of one empty cell is written as an empty line in quotes; all rows are read again.
    let again = read_table("table", &bytes[..], "x.csv").expect("what was written is read");
    assert_eq!(again.n_rows(), table.n_rows());
    for (name, _) in table.columns() {
        (0..table.n_rows()).for_each(|row| assert_eq!(again.text(name, row), table.text(name, row)));
    }
});
