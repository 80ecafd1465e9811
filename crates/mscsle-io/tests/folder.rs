//! Folders of tables: which files are read, which are refused, and that writing and reading agree.

#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests prepare files")]

use mscsle_io::{CsvOptions, IoError, read_trial, write_trial};
use std::path::{Path, PathBuf};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Folder {
        let path = std::env::temp_dir().join(format!("mscsle-io-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        for (file, text) in files {
            std::fs::write(path.join(file), text).unwrap();
        }
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const SUBJECTS: (&str, &str) = ("subjects.csv", "usubjid,sex\nS-1,F\n");

#[test]
fn tables_are_read_in_the_order_of_the_schema_and_other_files_are_listed() {
    let labs = ("LABS.CSV", "usubjid,test\nS-1,crp\n");
    let folder = Folder::new("order", &[labs, SUBJECTS, ("codebook.csv", "x;y\n"), ("plan.toml", "")]);
    let files = read_trial(&folder.0, &[], |_| CsvOptions::default()).unwrap();
    let names: Vec<&str> = files.tables.iter().map(mscsle_domain::Table::name).collect();
    assert_eq!((names, files.not_read), (vec!["subjects", "labs"], vec!["codebook.csv".to_owned()]));
}

#[test]
fn each_table_has_its_own_options() {
    let labs = ("labs.csv", "usubjid;test;value\nS-1;crp;4,5\n");
    let folder = Folder::new("options", &[SUBJECTS, labs]);
    let european = CsvOptions::from_words(None, Some(";"), Some(","), Vec::new()).unwrap();
    let options = |table: &str| if table == "labs" { european.clone() } else { CsvOptions::default() };
    let files = read_trial(&folder.0, &[], options).unwrap();
    assert_eq!(files.tables[1].text("value", 0), Some("4.5"));
}

#[test]
fn a_misspelt_file_is_refused_unless_the_table_is_there() {
    let folder = Folder::new("misspelt", &[SUBJECTS, ("lab.csv", "usubjid,test\n")]);
    assert_eq!(
        read_trial(&folder.0, &[], |_| CsvOptions::default()).unwrap_err().to_string(),
        "`lab.csv` is not the name of a table; if it is `labs.csv`, rename it"
    );
    std::fs::write(folder.0.join("labs.csv"), "usubjid,test\n").unwrap();
    assert_eq!(read_trial(&folder.0, &[], |_| CsvOptions::default()).unwrap().not_read, ["lab.csv"]);
}

#[test]
fn a_folder_without_subjects_or_no_folder_is_an_error() {
    let folder = Folder::new("empty", &[]);
    assert!(matches!(read_trial(&folder.0, &[], |_| CsvOptions::default()), Err(IoError::NoSubjects { .. })));
    assert!(matches!(
        read_trial(Path::new("/nowhere/at/all"), &[], |_| CsvOptions::default()),
        Err(IoError::Missing { what: "folder", .. })
    ));
}

#[test]
fn writing_and_reading_agree_and_nothing_is_overwritten_unasked() {
    let folder = Folder::new("write", &[SUBJECTS, ("labs.csv", "usubjid,test,value\nS-1,crp,<0.15\nS-1,crp,\n")]);
    let files = read_trial(&folder.0, &[], |_| CsvOptions::default()).unwrap();
    let copy = Folder::new("copy", &[]);
    write_trial(&files.tables, &copy.0.join("inside"), false).unwrap();
    assert_eq!(read_trial(&copy.0.join("inside"), &[], |_| CsvOptions::default()).unwrap(), files);
    let refused = write_trial(&files.tables, &copy.0.join("inside"), false).unwrap_err();
    assert!(matches!(refused, IoError::Exists { .. }));
    write_trial(&files.tables, &copy.0.join("inside"), true).unwrap();
}
