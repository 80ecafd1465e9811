//! Transport files: real ones cell by cell against their Dataset-JSON twins, round trips, damaged bytes.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, clippy::panic, reason = "tests read files")]

use mscsle_domain::TextColumn;
use mscsle_io::{
    FormatKind, IoError, MisreadZeros, TextEncoding, Values, XportFormat, XportMember, XportReader, XportVariable,
    XportVersion, XportWriter, read_xport, write_xport,
};
use proptest::prelude::*;

fn data(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../../tests/data/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn read(bytes: &[u8]) -> Result<mscsle_io::XportFile, IoError> {
    read_xport(bytes, "x.xpt", &TextEncoding::Auto)
}

fn days_of(iso: &str) -> f64 {
    match mscsle_domain::PartialDate::parse(iso).unwrap() {
        mscsle_domain::PartialDate::Full(day) => f64::from(day.0 + 3653),
        other => panic!("{other:?}"),
    }
}

#[test]
fn real_files_hold_the_cells_of_their_json_twins() {
    let mut n_cells = 0;
    for name in ["adtte", "adsl", "dm"] {
        let file = read(&data(&format!("cdisc/{name}.xpt"))).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&data(&format!("cdisc/{name}.json"))).unwrap();
        let member = &file.members[0];
        assert_eq!(
            (file.version, file.members.len(), member.name.to_lowercase()),
            (XportVersion::V5, 1, name.to_owned())
        );
        let rows = json["rows"].as_array().unwrap();
        assert_eq!(member.n_rows, rows.len());
        for (k, column) in json["columns"].as_array().unwrap().iter().enumerate() {
            let variable = &member.variables[k];
            assert_eq!(variable.name, column["name"].as_str().unwrap());
            assert!(!variable.label.is_empty());
            for (row, cells) in rows.iter().enumerate() {
                let cell = &cells[k];
                let place = format!("{name} {} row {row}", variable.name);
                match &variable.values {
                    Values::Text(text) => {
                        assert_eq!(text.get(row).unwrap_or(""), cell.as_str().unwrap_or(""), "{place}");
                    }
                    Values::Number { values, missing } => match cell {
                        serde_json::Value::Null => {
                            assert_eq!((values[row].is_nan(), missing[row]), (true, b'.'), "{place}")
                        }
                        serde_json::Value::String(date) if variable.format.kind() == FormatKind::Date => {
                            assert_eq!(values[row], days_of(date), "{place}");
                        }
                        number => assert_eq!(Some(values[row]), number.as_f64(), "{place}"),
                    },
                    _ => panic!("{place}"),
                }
                n_cells += 1;
            }
        }
    }
    assert!(n_cells > 10_000);
}

#[test]
fn zeros_of_the_pilot_are_zeros() {
    let file = read(&data("cdisc/adtte.xpt")).unwrap();
    let Values::Number { values, .. } = &file.members[0].variable("cnsr").unwrap().values else { panic!() };
    // 152 events in the 254 patients, as published with the data.
    assert_eq!(values.iter().filter(|&&x| x == 0.0).count(), 152);
}

#[test]
fn versions_5_and_8_of_one_data_set_are_equal() {
    let (v5, v8) = (read(&data("pyreadstat/sas.xpt5")).unwrap(), read(&data("pyreadstat/sas.xpt8")).unwrap());
    assert_eq!((v5.version, v8.version), (XportVersion::V5, XportVersion::V8));
    let Values::Number { values, .. } = &v8.members[0].variables[0].values else { panic!() };
    assert_eq!(values, &(1..=10).map(f64::from).collect::<Vec<_>>());
    assert_eq!(v5.members[0].variables[0].values, v8.members[0].variables[0].values);
}

#[test]
fn long_labels_and_times_of_version_8_are_read() {
    let file = read(&data("pyreadstat/dates_xpt_v8.xpt")).unwrap();
    let member = &file.members[0];
    assert_eq!((member.label.as_str(), member.n_rows), ("dataset label for the dates test dataset", 19));
    assert_eq!(
        member.variable("seconds").unwrap().label,
        "this variable counts the number of seconds since 1960-01-01T00:00:00"
    );
    assert_eq!(member.variable("dates").unwrap().format.kind(), FormatKind::Date);
    assert_eq!(member.variable("times").unwrap().format.kind(), FormatKind::Time);
    let table = member.clone().into_table().unwrap();
    for row in 0..table.n_rows() {
        let text = table.text("string_dates", row).unwrap();
        assert_eq!(table.date("dates", row).unwrap().to_string(), text);
        assert_eq!(table.date("dt", row).unwrap().to_string(), text);
    }
}

fn number(name: &str, values: Vec<f64>, missing: Vec<u8>) -> XportVariable {
    XportVariable {
        name: name.to_owned(),
        label: format!("label of {name}"),
        length: 8,
        fixed: true,
        format: XportFormat::default(),
        informat: XportFormat::default(),
        values: Values::Number { values, missing },
    }
}

fn texts(name: &str, values: &[&str]) -> XportVariable {
    let text = TextColumn::from_values(values.iter().map(|v| Some(*v)));
    XportVariable { values: Values::Text(text), length: 0, fixed: false, ..number(name, Vec::new(), Vec::new()) }
}

fn member(name: &str, variables: Vec<XportVariable>) -> XportMember {
    XportMember {
        name: name.to_owned(),
        label: "made by a test".to_owned(),
        created: "22NOV26:00:00:00".to_owned(),
        n_rows: variables.first().map_or(0, |v| v.values.len()),
        variables,
        ..XportMember::default()
    }
}

fn written(members: &[XportMember], version: XportVersion) -> Result<Vec<u8>, IoError> {
    let mut bytes = Vec::new();
    write_xport(members, version, &TextEncoding::Auto, &mut bytes, "x.xpt")?;
    assert_eq!(bytes.len() % 80, 0);
    Ok(bytes)
}

fn refusal(member: XportMember, version: XportVersion) -> String {
    written(&[member], version).unwrap_err().to_string()
}

#[test]
fn special_missing_values_keep_their_letter() {
    let tags = vec![0, b'.', b'_', b'A', b'Z'];
    let values = vec![0.0, f64::NAN, f64::NAN, f64::NAN, f64::NAN];
    for version in [XportVersion::V5, XportVersion::V8] {
        let bytes = written(&[member("M", vec![number("X", values.clone(), tags.clone())])], version).unwrap();
        let Values::Number { values, missing } = &read(&bytes).unwrap().members[0].variables[0].values.clone() else {
            panic!()
        };
        assert_eq!((values[0], missing), (0.0, &tags));
    }
}

#[test]
fn several_members_follow_each_other() {
    let members = [
        member("ONE", vec![number("X", vec![1.0, 2.0], vec![0, 0]), texts("T", &["a", "bb"])]),
        member("EMPTY", vec![texts("T", &[])]),
        member("TWO", vec![texts("T", &["c"])]),
    ];
    for version in [XportVersion::V5, XportVersion::V8] {
        let file = read(&written(&members, version).unwrap()).unwrap();
        let shape: Vec<_> = file.members.iter().map(|m| (m.name.as_str(), m.n_rows)).collect();
        assert_eq!(shape, [("ONE", 2), ("EMPTY", 0), ("TWO", 1)]);
    }
}

#[test]
fn a_blank_last_row_is_not_lost() {
    for version in [XportVersion::V5, XportVersion::V8] {
        let file = read(&written(&[member("M", vec![texts("T", &["x", "", ""])])], version).unwrap()).unwrap();
        assert_eq!((file.members[0].n_rows, file.members[0].rows_ambiguous), (3, false));
    }
}

#[test]
fn blank_rows_that_may_be_padding_are_said() {
    // Ten rows of eight bytes fill the last record; blanked, the last eight may be rows or padding.
    let names: Vec<String> = (0..10).map(|i| format!("subject{i}")).collect();
    let column = texts("T", &names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut bytes = written(&[member("M", vec![column])], XportVersion::V5).unwrap();
    assert!(!read(&bytes).unwrap().members[0].rows_ambiguous);
    let end = bytes.len();
    bytes[end - 64..].fill(b' ');
    let file = read(&bytes).unwrap();
    assert_eq!((file.members[0].n_rows, file.members[0].rows_ambiguous), (2, true));
    let with_number = member("M", vec![texts("T", &["a"]), number("X", vec![1.0], vec![0])]);
    assert!(read(&written(&[with_number], XportVersion::V8).unwrap()).is_ok());
}

#[test]
fn the_encoding_is_assumed_aloud_or_named() {
    let mut bytes = written(&[member("M", vec![texts("T", &["Sjogren", "abc"])])], XportVersion::V5).unwrap();
    let at = bytes.windows(7).position(|w| w == b"Sjogren").unwrap();
    bytes[at + 2] = 0xF6;
    let file = read(&bytes).unwrap();
    assert_eq!((file.encoding, file.encoding_assumed), ("windows-1252", true));
    let Values::Text(text) = &file.members[0].variables[0].values else { panic!() };
    assert_eq!(text.get(0), Some("Sjögren"));
    let strict = read_xport(bytes.as_slice(), "x.xpt", &TextEncoding::Named("utf-8".to_owned())).unwrap_err();
    assert_eq!(strict.to_string(), "`x.xpt`, column `T`, row 0: the text is not UTF-8; name the encoding of the file");
    assert!(read_xport(bytes.as_slice(), "x.xpt", &TextEncoding::Named("gb18030".to_owned())).is_ok());
    let unknown = read_xport(bytes.as_slice(), "x.xpt", &TextEncoding::Named("klingon".to_owned())).unwrap_err();
    assert!(matches!(unknown, IoError::UnknownEncoding { .. }));
}

#[test]
fn what_a_version_cannot_hold_is_refused_not_cut() {
    let v5 = |member| refusal(member, XportVersion::V5);
    assert!(v5(member("TOOLONGNAME", vec![texts("T", &["a"])])).contains("at most 8 letters"));
    assert!(v5(member("M", vec![texts("TOOLONGNAME", &["a"])])).contains("at most 8 letters"));
    assert!(v5(member("M", vec![texts("1ST", &["a"])])).contains("`1ST`"));
    assert!(v5(member("M", vec![texts("T", &["a"]), texts("t", &["a"])])).contains("variable `t` twice"));
    assert!(
        v5(member("M", vec![texts("T", &["a", &"b".repeat(201)])]))
            .contains("row 1 has a text of 201 bytes; at most 200 fit; pass `version=8`, which has room for it")
    );
    assert!(v5(member("M", Vec::new())).contains("0 variables"));
    assert!(v5(member("M", vec![texts("T", &["a"]), texts("U", &[])])).contains("`U` has 0 rows"));
    let mut labelled = texts("T", &["a"]);
    labelled.label = "x".repeat(41);
    assert!(v5(member("M", vec![labelled.clone()])).contains("41 bytes, at most 40 fit; pass `version=8`"));
    assert!(
        v5(member("M", vec![texts("LONG_NAME", &["a"])]))
            .ends_with("digits and `_`; pass `version=8`, which has room for it")
    );
    assert!(v5(member("M", vec![texts("1T", &["a"])])).ends_with("letters, digits and `_`"), "no version has it");
    let v8 = read(&written(&[member("M", vec![labelled])], XportVersion::V8).unwrap()).unwrap();
    assert_eq!(v8.members[0].variables[0].label, "x".repeat(41));
    for (value, why) in
        [(1e80, "outside the range"), (1e-100, "outside the range"), (f64::INFINITY, "outside the range")]
    {
        assert!(v5(member("M", vec![number("X", vec![1.0, value], vec![0, 0])])).contains(why));
    }
    let mut short = number("X", vec![1.0, 0.1], vec![0, 0]);
    short.length = 3;
    assert!(v5(member("M", vec![short.clone()])).contains("row 1 is 1e-1, which is not exact"));
    short.values = Values::Number { values: vec![1.0, 0.5], missing: vec![0, 0] };
    let Values::Number { values, .. } =
        read(&written(&[member("M", vec![short])], XportVersion::V5).unwrap()).unwrap().members[0].variables[0]
            .values
            .clone()
    else {
        panic!()
    };
    assert_eq!(values, [1.0, 0.5]);
}

#[test]
fn lengths_are_kept_where_the_values_fit_and_refused_where_fixed() {
    let lengths = |variables: &[XportVariable], version| -> Vec<usize> {
        let file = read(&written(&[member("M", variables.to_vec())], version).unwrap()).unwrap();
        file.members[0].variables.iter().map(|v| v.length).collect()
    };
    let of = |mut variable: XportVariable, length, fixed| {
        (variable.length, variable.fixed) = (length, fixed);
        variable
    };
    let exact = number("X", vec![1.0, 0.5, f64::NAN], vec![0, 0, b'A']);
    let fine = number("Y", vec![1.0, 0.1, f64::NAN], vec![0, 0, b'A']);
    let words = texts("T", &["a", "bb", ""]);
    for version in [XportVersion::V5, XportVersion::V8] {
        let kept = [of(exact.clone(), 3, false), of(fine.clone(), 3, false), of(words.clone(), 20, false)];
        assert_eq!(lengths(&kept, version), [3, 8, 20]);
        assert_eq!(lengths(&[of(exact.clone(), 2, false), of(words.clone(), 1, false)], version), [8, 2]);
        assert_eq!(lengths(&[of(exact.clone(), 4, true), of(words.clone(), 2, true)], version), [4, 2]);
        let short = refusal(member("M", vec![of(words.clone(), 1, true)]), version);
        assert!(short.contains("`T`, row 1 has a text of 2 bytes; at most 1 fit"), "{short}");
        assert!(refusal(member("M", vec![of(fine.clone(), 3, true)]), version).contains("row 1 is 1e-1, which is not"));
    }
    let long = refusal(member("M", vec![of(words.clone(), 201, true)]), XportVersion::V5);
    assert!(long.contains("text `T` needs a length of 1 to 200 bytes"), "{long}");
    let blank = refusal(member("M", vec![of(words, 5, true)]), XportVersion::V5);
    assert!(blank.contains("blank rows at the end could not be told from padding"), "{blank}");
}

#[test]
fn formats_say_days_seconds_or_times() {
    for (kind, formats) in [
        (
            FormatKind::DateTime,
            "DATETIME20. DTDATE9. DTMONYY7. DTWKDATX. DTYEAR4. DTYYQC6. E8601DN10. E8601DX25. MDYAMPM. DATEAMPM.",
        ),
        (
            FormatKind::Date,
            "DATE9. E8601DA10. YYMMDD10. YYMMD7. MMYYS7. YYQ6. MONYY7. WEEKDATE29. JULIAN7. WORDDATX18. WEEKV11.",
        ),
        (FormatKind::Time, "TIME8. TIMEAMPM11. TOD8. HHMM5. HOUR2. E8601TX14. E8601LZ14. NLTIMAP10."),
        (FormatKind::Number, "8.2 BEST12. YEAR4. MONTH2. QTR1. WEEKDAY1. DAY2. DOLLAR8. HEX4. Z2. "),
    ] {
        for format in formats.split(' ') {
            assert_eq!(XportFormat::parse(format).unwrap().kind(), kind, "{format}");
        }
    }
}

#[test]
fn chunks_are_the_rows_of_the_whole() {
    let bytes = data("cdisc/adtte.xpt");
    let whole = read(&bytes).unwrap();
    let mut reader = XportReader::new(bytes.as_slice(), "adtte.xpt", &TextEncoding::Auto).unwrap();
    assert!(reader.next_member().unwrap());
    let Values::Number { values: all, .. } = &whole.members[0].variable("AVAL").unwrap().values else { panic!() };
    let mut seen = Vec::new();
    while let Some(chunk) = reader.read_rows(100).unwrap() {
        let Values::Number { values, .. } = &chunk.variable("AVAL").unwrap().values else { panic!() };
        assert!(values.len() <= 100);
        seen.extend_from_slice(values);
    }
    assert_eq!(&seen, all);
    assert!(!reader.next_member().unwrap());
}

#[test]
fn files_that_are_cut_off_or_something_else_are_errors_with_their_byte() {
    let bytes = data("cdisc/dm.xpt");
    for end in [0, 10, 80, 240, 500, 2000, bytes.len() - 1, bytes.len() - 80, bytes.len() - 160] {
        match read(&bytes[..end]) {
            Err(IoError::Xport { .. }) => {}
            Ok(file) => assert!(file.members.iter().all(|m| m.n_rows < 18), "{end}"),
            Err(other) => panic!("{end}: {other}"),
        }
    }
    assert!(read(b"usubjid,age\n").unwrap_err().to_string().contains("cut off"));
    assert!(read(&[b'x'; 800]).unwrap_err().to_string().contains("it is not a SAS transport file"));
}

/// The members of the files in tests/reference/xport, which R has read.
#[test]
fn the_number_that_is_stored_as_blanks_is_not_lost_at_the_end() {
    let blanks = f64::from_bits(0x37C0_1010_1010_1010);
    let values = vec![1.0, blanks];
    assert_eq!(values[1], 3.687_825_414_344_431e-40);
    let one = number("X", values.clone(), vec![0, 0]);
    assert!(refusal(member("A", vec![one.clone()]), XportVersion::V5).contains("could not be told from padding"));
    let with_text = member("A", vec![texts("T", &["a", ""]), one]);
    let file = read(&written(&[with_text], XportVersion::V5).unwrap()).unwrap();
    assert_eq!(file.members[0].variables[1].values, Values::Number { values, missing: vec![0, 0] });
}

#[test]
fn zeros_that_another_program_miswrote_are_counted_by_column_and_chunk() {
    let tiny = 5.397_605_346_934_028e-79;
    let values = vec![0.0, 1.0, tiny, -tiny, 1e-70];
    let columns = vec![number("CNSR", values.clone(), vec![0; 5]), number("AVAL", vec![0.0; 5], vec![0; 5])];
    let bytes = written(&[member("A", columns)], XportVersion::V5).unwrap();
    let found = |n_rows, first_row| vec![MisreadZeros { column: "CNSR".to_owned(), n_rows, first_row }];
    let file = read(&bytes).unwrap();
    assert_eq!(file.members[0].misread_zeros, found(2, 2));
    assert_eq!(file.members[0].variables[0].values, Values::Number { values, missing: vec![0; 5] });
    let mut reader = XportReader::new(bytes.as_slice(), "x.xpt", &TextEncoding::Auto).unwrap();
    assert!(reader.next_member().unwrap());
    let chunks: Vec<_> = std::iter::from_fn(|| reader.read_rows(3).unwrap()).map(|c| c.misread_zeros).collect();
    assert_eq!(chunks, [found(1, 2), found(1, 3)]);
}

#[test]
fn a_text_that_would_be_taken_for_a_header_is_refused() {
    let mark = "HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!000000000000000001600000000140  ";
    let second = member("A", vec![texts("T", &[&"x".repeat(80), mark])]);
    assert!(refusal(second, XportVersion::V5).contains("near row 0: the texts hold the beginning of a header record"));
    // Padding makes a record of a shorter text.
    let filled = "x".repeat(32);
    let numbered = |t: &[&str]| vec![texts("T", t), number("X", vec![1.0; t.len()], vec![0; t.len()])];
    for variables in [vec![texts("T", &[&mark[..48]])], numbered(&[&filled, &filled, &mark[..28]])] {
        let said = refusal(member("A", variables), XportVersion::V5);
        assert!(said.contains("the texts hold the beginning of a header record"), "{said}");
    }
    let inside = member("A", vec![texts("T", &[&format!("x{mark}")])]);
    assert!(written(&[inside], XportVersion::V5).is_ok());
}

#[test]
fn rows_written_in_chunks_are_the_whole() {
    let whole = reference_member();
    for version in [XportVersion::V5, XportVersion::V8] {
        let mut template = read(&written(std::slice::from_ref(&whole), version).unwrap()).unwrap().members.remove(0);
        template.created = String::new();
        let mut out =
            XportWriter::new(std::io::Cursor::new(Vec::new()), version, &TextEncoding::Auto, "", "x.xpt").unwrap();
        out.begin_member(&template, None).unwrap();
        for row in 0..template.n_rows {
            let mut chunk = template.variables.clone();
            for variable in &mut chunk {
                variable.values = match &variable.values {
                    Values::Text(text) => {
                        Values::Text(TextColumn { codes: vec![text.codes[row]], levels: text.levels.clone() })
                    }
                    Values::Number { values, missing } => {
                        Values::Number { values: vec![values[row]], missing: vec![missing[row]] }
                    }
                    other => other.clone(),
                };
            }
            out.write_rows(&chunk).unwrap();
        }
        out.end_member_counted().unwrap();
        let bytes = out.finish().unwrap().into_inner();
        assert!(bytes == written(&[template], version).unwrap(), "{version:?}");
    }
}

#[test]
fn a_writer_says_what_is_missing() {
    let mut out = XportWriter::new(Vec::new(), XportVersion::V8, &TextEncoding::Auto, "", "x.xpt").unwrap();
    let mut wanted = member("A", vec![texts("T", &[])]);
    let text = |error: IoError| error.to_string();
    assert!(text(out.write_rows(&wanted.variables).unwrap_err()).contains("no member has begun"));
    assert!(text(out.begin_member(&wanted, None).unwrap_err()).contains("text `T` needs a length of 1 to 32767 bytes"));
    wanted.variables[0].length = 3;
    out.begin_member(&wanted, None).unwrap();
    assert!(text(out.begin_member(&wanted, None).unwrap_err()).contains("begins before the last one ended"));
    out.write_rows(&[texts("T", &["abc"])]).unwrap();
    assert!(text(out.end_member().unwrap_err()).contains("0 rows were announced and 1 written"));
    let mut out = XportWriter::new(Vec::new(), XportVersion::V8, &TextEncoding::Auto, "", "x.xpt").unwrap();
    out.begin_member(&wanted, Some(1)).unwrap();
    let long = text(out.write_rows(&[texts("T", &["abc", "abcd"])]).unwrap_err());
    assert!(long.contains("`T`, row 1 has a text of 4 bytes; at most 3 fit"), "{long}");
}

#[test]
fn other_encodings_are_written_and_their_gaps_named() {
    let latin = TextEncoding::Named("windows-1252".to_owned());
    let write = |text: &str, encoding: &TextEncoding| {
        let mut bytes = Vec::new();
        let made = member("A", vec![texts("T", &["x", text])]);
        write_xport(&[made], XportVersion::V5, encoding, &mut bytes, "x.xpt").map(|()| bytes)
    };
    let bytes = write("Sjögren", &latin).unwrap();
    assert!(bytes.windows(7).any(|w| w == b"Sj\xF6gren"));
    assert!(read_xport(&bytes[..], "x.xpt", &latin).is_ok());
    assert_eq!(
        write("狼疮", &latin).unwrap_err().to_string(),
        "`x.xpt` cannot be written: `T`, row 1 has `狼`, which windows-1252 does not have"
    );
    assert!(write("狼疮", &TextEncoding::Named("gb18030".to_owned())).is_ok());
    assert!(write("a", &TextEncoding::Named("utf-16".to_owned())).is_err());
}

fn reference_member() -> XportMember {
    let mut date = number("VISITDT", vec![0.0, 18_000.0, -1.0, f64::NAN, 22_000.0], vec![0, 0, 0, b'.', 0]);
    date.format = XportFormat { name: "DATE".to_owned(), width: 9, decimals: 0 };
    let values = vec![0.0, 1.0 / 3.0, -1234.5, f64::NAN, f64::NAN];
    member(
        "LABS",
        vec![
            texts("USUBJID", &["GU-001", "GU-002", "GU-003", "GU-004", "GU-005"]),
            number("AVAL", values, vec![0, 0, 0, b'A', b'_']),
            date,
            texts("NOTE", &["µmol/L", "", "  leading", "b", "c"]),
        ],
    )
}

#[test]
fn r_reads_the_values_that_were_written() {
    let read_by_r: serde_json::Value = serde_json::from_slice(&data("../reference/xport/reference.json")).unwrap();
    for (version, name) in [(XportVersion::V5, "v5"), (XportVersion::V8, "v8")] {
        let bytes = data(&format!("../reference/xport/written_{name}.xpt"));
        assert_eq!(written(&[reference_member()], version).unwrap(), bytes, "{name}: remake the reference");
        let columns = &read_by_r[name];
        for variable in &reference_member().variables {
            let cells = columns[&variable.name].as_array().unwrap();
            for (row, cell) in cells.iter().enumerate() {
                match &variable.values {
                    Values::Text(text) => assert_eq!(cell.as_str().unwrap_or(""), text.get(row).unwrap_or("")),
                    Values::Number { values, .. } => {
                        let from_r: Option<f64> = cell.as_str().map(|text| text.parse().unwrap());
                        assert_eq!(from_r, Some(values[row]).filter(|x| !x.is_nan()), "{name} {}", variable.name);
                    }
                    _ => panic!(),
                }
            }
        }
        let tags = read_by_r[name]["tags"].as_array().unwrap();
        assert_eq!(tags.iter().map(|t| t.as_str()).collect::<Vec<_>>(), [None, None, None, Some("a"), Some("_")]);
    }
}

#[test]
fn the_same_members_are_the_same_bytes() {
    let members = [member("M", vec![texts("T", &["a", "b"])])];
    assert_eq!(written(&members, XportVersion::V5).unwrap(), written(&members, XportVersion::V5).unwrap());
}

fn any_number() -> impl Strategy<Value = (f64, u8)> {
    prop_oneof![
        (-1e70_f64..1e70).prop_map(|x| (x, 0)),
        (-1000_i32..1000).prop_map(|x| (f64::from(x), 0)),
        Just((0.0, 0)),
        (-1e-60_f64..1e-60).prop_filter("range", |x| x.abs() > 1e-75).prop_map(|x| (x, 0)),
        prop_oneof![Just(b'.'), Just(b'_'), b'A'..=b'Z'].prop_map(|tag| (f64::NAN, tag)),
    ]
}

proptest! {
    #[test]
    fn a_round_trip_is_the_identity(
        rows in proptest::collection::vec((any_number(), "[ -~]{0,12}", "\\PC{0,20}"), 0..40),
        v8 in any::<bool>(),
    ) {
        let version = if v8 { XportVersion::V8 } else { XportVersion::V5 };
        let trimmed = |text: &str| text.trim_end_matches([' ', '\0']).to_owned();
        let a: Vec<String> = rows.iter().map(|r| trimmed(&r.1)).collect();
        let b: Vec<String> = rows.iter().map(|r| trimmed(&r.2)).collect();
        let variables = [
            texts("A", &a.iter().map(String::as_str).collect::<Vec<_>>()),
            texts("B", &b.iter().map(String::as_str).collect::<Vec<_>>()),
            number("X", rows.iter().map(|r| r.0.0).collect(), rows.iter().map(|r| r.0.1).collect()),
        ];
        // With and without the number: rows that may be blank, and rows that cannot.
        for n in [2, 3] {
            let file = read(&written(&[member("M", variables[..n].to_vec())], version).unwrap()).unwrap();
            let again = &file.members[0];
            prop_assert_eq!((again.n_rows, again.rows_ambiguous), (rows.len(), false));
            for (k, texts) in [&a, &b].into_iter().enumerate() {
                let Values::Text(text) = &again.variables[k].values else { panic!() };
                for (row, expected) in texts.iter().enumerate() {
                    prop_assert_eq!(text.get(row).unwrap_or(""), expected.as_str());
                }
            }
            if let Some(Values::Number { values, missing }) = again.variables.get(2).map(|v| &v.values) {
                for (row, expected) in rows.iter().enumerate() {
                    prop_assert_eq!(missing[row], expected.0.1);
                    prop_assert!(values[row] == expected.0.0 || expected.0.1 != 0);
                }
            }
        }
    }

    #[test]
    fn flipped_bytes_never_panic(at in 0_usize..13_040, to in any::<u8>(), cut in 0_usize..13_041) {
        let mut bytes = data("cdisc/dm.xpt");
        bytes[at] = to;
        let _ = read(&bytes);
        bytes.truncate(cut);
        let _ = read(&bytes);
    }

    #[test]
    fn random_bytes_after_a_header_never_panic(tail in proptest::collection::vec(any::<u8>(), 0..800), keep in 0_usize..12) {
        let mut bytes = data("cdisc/dm.xpt")[..keep * 80].to_vec();
        bytes.extend(tail);
        let _ = read(&bytes);
    }
}
