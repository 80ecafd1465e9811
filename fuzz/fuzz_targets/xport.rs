//! SAS transport files: no panic, chunks are the whole, and what can be written is the same after writing and reading.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mscsle_io::{
    TextEncoding, Values, XportMember, XportReader, XportVersion, read_xport, write_xport,
};

fn cells(member: &XportMember) -> Vec<Vec<String>> {
    let shown = |values: &Values, row: usize| match values {
        Values::Text(text) => text.get(row).unwrap_or_default().to_owned(),
        Values::Number { values, missing } => format!("{:?} {}", values[row], missing[row]),
        _ => String::new(),
    };
    member.variables.iter().map(|v| (0..member.n_rows).map(|row| shown(&v.values, row)).collect()).collect()
}

fuzz_target!(|data: &[u8]| {
    let latin = TextEncoding::Named("windows-1252".to_owned());
    let _ = read_xport(data, "x.xpt", &TextEncoding::Auto);
    let whole = read_xport(data, "x.xpt", &latin);
    if let Ok(mut reader) = XportReader::new(data, "x.xpt", &latin) {
        let mut members: Vec<usize> = Vec::new();
        let parts = (|| {
            while reader.next_member()? {
                let mut n = 0;
                while let Some(chunk) = reader.read_rows(2)? {
                    n += chunk.n_rows;
                }
                members.push(n);
            }
            Ok::<(), mscsle_io::IoError>(())
        })();
        match (&whole, parts) {
            (Ok(file), Ok(())) => assert_eq!(file.members.iter().map(|m| m.n_rows).collect::<Vec<_>>(), members),
            (Err(a), Err(b)) => assert_eq!(a.to_string(), b.to_string()),
            (a, b) => panic!("whole {a:?}, in parts {b:?}"),
        }
    }
    let Ok(file) = whole else { return };
    for version in [XportVersion::V5, XportVersion::V8] {
        let mut bytes = Vec::new();
        if write_xport(&file.members, version, &TextEncoding::Auto, &mut bytes, "x.xpt").is_ok() {
            let again = read_xport(&bytes[..], "x.xpt", &TextEncoding::Named("utf-8".to_owned())).expect("what was written is read");
            for (a, b) in again.members.iter().zip(&file.members) {
                assert_eq!(cells(a), cells(b), "{version:?}");
            }
        }
    }
});
