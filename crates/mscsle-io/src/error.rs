//! What can be wrong with files.

use mscsle_domain::DomainError;

/// A file that cannot be read or written.
///
/// Rows count from 0 below the header; lines count from 1 with the header, as an editor shows them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IoError {
    /// No such file or folder.
    #[error("there is no {what} `{path}`")]
    Missing {
        /// `file` or `folder`.
        what: &'static str,
        /// The path.
        path: String,
    },
    /// The operating system refuses.
    #[error("`{path}` cannot be {done}: {reason}")]
    System {
        /// The path.
        path: String,
        /// `read` or `written`.
        done: &'static str,
        /// What the system says.
        reason: String,
    },
    /// A file that must not be overwritten.
    #[error("`{path}` exists already; choose another folder or pass `overwrite=True`")]
    Exists {
        /// The path.
        path: String,
    },
    /// A folder without the tables of a trial.
    #[error(
        "folder `{path}` has no `subjects.csv`; it needs one file a table ({known}), of which all but subjects may be left out"
    )]
    NoSubjects {
        /// The folder.
        path: String,
        /// Names of the tables.
        known: String,
    },
    /// A file whose name is nearly that of a table.
    #[error("`{file}` is not the name of a table; if it is `{near}`, rename it")]
    MisspeltFile {
        /// The file name.
        file: String,
        /// The name of the table with the extension of the file.
        near: String,
    },
    /// Two files for one table, which differ in case or extension.
    #[error("`{other}` and `{file}` are both the table `{table}`; remove one of them")]
    TwoFiles {
        /// The file name.
        file: String,
        /// The other file.
        other: String,
        /// The table.
        table: String,
    },
    /// An empty file.
    #[error("`{file}` is empty; the first line names the columns")]
    NoHeader {
        /// The file.
        file: String,
    },
    /// Columns separated by another sign.
    #[error(
        "`{file}` separates columns by `{separator}`; pass `separator=\"{separator}\"` (and `decimal=\",\"` if its numbers have a decimal comma)"
    )]
    Separator {
        /// The file.
        file: String,
        /// The sign, as Python writes it.
        separator: &'static str,
    },
    /// Bytes that are not text.
    #[error(
        "`{file}`, near line {line}, column {column}: not UTF-8 text; pass its encoding, perhaps `encoding=\"{likely}\"`, or save the file as UTF-8"
    )]
    NotUtf8 {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// Name of the column, or its position in the header.
        column: String,
        /// An encoding that such files often have.
        likely: &'static str,
    },
    /// Bytes that are no text in the encoding named.
    #[error("`{file}`, near line {line} (byte {at}): not {encoding} text; name the encoding the file was saved in")]
    NotInFile {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// The byte, counted from 0.
        at: u64,
        /// The encoding.
        encoding: &'static str,
    },
    /// UTF-8 text that another encoding would garble.
    #[error("`{file}` is UTF-8 text, not {encoding}; leave `encoding` out")]
    IsUtf8 {
        /// The file.
        file: String,
        /// The encoding asked for.
        encoding: &'static str,
    },
    /// A separator or decimal sign that cannot be one.
    #[error("`{option}` must be {wanted}, but is `{value}`")]
    CsvOption {
        /// `separator` or `decimal`.
        option: &'static str,
        /// The value.
        value: String,
        /// What it may be.
        wanted: &'static str,
    },
    /// A row with too few or too many cells.
    #[error(
        "`{file}`, row {row} (near line {line}) has {found} cell(s), the header has {expected}; a comma or line break inside a cell needs quotes"
    )]
    RaggedRow {
        /// The file.
        file: String,
        /// Row, counted from 0.
        row: usize,
        /// The line on which the row begins (blank lines before it not counted), from 1.
        line: u64,
        /// Number of columns.
        expected: usize,
        /// Cells of this row.
        found: usize,
    },
    /// More distinct texts or rows than can be numbered.
    #[error("`{file}` is too large: {what}")]
    TooLarge {
        /// The file.
        file: String,
        /// What there is too much of.
        what: &'static str,
    },
    /// A word that is no type of cells.
    #[error("unknown type `{name}`; use `text`, `number`, `integer`, `flag`, `date`, `datetime` or `time`")]
    UnknownType {
        /// The word.
        name: String,
    },
    /// A declared column that the file does not have.
    #[error("`{file}` has no column `{column}`{hint}")]
    NoColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The nearest name.
        hint: String,
    },
    /// A cell that is not of the type of its column.
    #[error("`{file}`, column `{column}`, row {row} is `{value}`, not {wanted}")]
    Cell {
        /// The file.
        file: String,
        /// Row, counted from 0.
        row: usize,
        /// Column.
        column: String,
        /// The cell.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A transport file that contradicts its format.
    #[error("`{file}`, byte {at}: {what}")]
    Xport {
        /// The file.
        file: String,
        /// Byte of the file.
        at: u64,
        /// What is wrong.
        what: String,
    },
    /// A Dataset-JSON file that contradicts its format; of a compressed file the byte is that of the text in it.
    #[error("`{file}`, byte {at}{place}: {what}")]
    Json {
        /// The file.
        file: String,
        /// Byte.
        at: u64,
        /// Row and column, where there are any.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// Something a file cannot hold.
    #[error("`{file}` cannot be written: {what}")]
    Written {
        /// The file.
        file: String,
        /// What does not fit, and what would.
        what: String,
    },
    /// An encoding that does not exist.
    #[error("unknown encoding `{encoding}`; use a name such as `utf-8`, `windows-1252`, `gb18030` or `shift_jis`")]
    UnknownEncoding {
        /// The name.
        encoding: String,
    },
    /// A text that the encoding does not have.
    #[error("`{file}`, column `{column}`, row {row}: the text is not {encoding}; name the encoding of the file")]
    Encoding {
        /// The file.
        file: String,
        /// Row.
        row: usize,
        /// Column.
        column: String,
        /// The encoding.
        encoding: &'static str,
    },
    /// A character that the encoding asked for does not have.
    #[error("`{file}` cannot be written: `{column}`, row {row} has `{character}`, which {encoding} does not have")]
    NotInEncoding {
        /// The file.
        file: String,
        /// Row.
        row: usize,
        /// Column.
        column: String,
        /// The character.
        character: char,
        /// The encoding.
        encoding: &'static str,
    },
    /// A text that is no SAS format.
    #[error("`{format}` is not a format; write `DATE9.`, `8.2` or nothing")]
    Format {
        /// The text.
        format: String,
    },
    /// Something a transport file cannot hold.
    #[error("`{file}` cannot be written: {what}")]
    XportLimit {
        /// The file.
        file: String,
        /// What does not fit, and what would.
        what: String,
    },
    /// A number a transport file cannot hold.
    #[error("`{file}` cannot be written: `{column}`, row {row} is {value:e}, which {why}")]
    XportNumber {
        /// The file.
        file: String,
        /// Row.
        row: usize,
        /// Column.
        column: String,
        /// The number.
        value: f64,
        /// Why it does not fit.
        why: &'static str,
    },
    /// Columns that do not make a table.
    #[error("`{file}`: {error}")]
    Table {
        /// The file.
        file: String,
        /// What is wrong with them.
        error: DomainError,
    },
}
