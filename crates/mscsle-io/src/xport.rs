//! SAS transport files (XPORT) of version 5 and 8, read without loss: zeros stay zeros, special missing values keep their
//! letter, and what the format cannot say (the encoding, whether a last blank row is a row) is said instead.

mod header;
mod ibm;
mod read;
mod records;
mod write;

pub use read::{XportReader, read_xport, read_xport_file};
pub use write::{XportWriter, write_xport, write_xport_file};

use crate::values::SAS_TO_UNIX_DAYS;
use crate::{FormatKind, IoError, NewFile, Values};
use encoding_rs::Encoding;
use mscsle_domain::{Column, Day, PartialDate, Table};

/// Version of a transport file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum XportVersion {
    /// Names of 8 characters, labels of 40, texts of 200: what regulators take.
    #[default]
    V5,
    /// Names of 32 characters, labels of 256, texts of 32767; the number of rows is stored.
    V8,
}

/// How the bytes of texts are read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum TextEncoding {
    /// UTF-8 if every text is, otherwise windows-1252, which is reported.
    #[default]
    Auto,
    /// A name of the WHATWG Encoding Standard (`utf-8`, `windows-1252`, `gb18030`, `shift_jis` ...) or of a code page (`cp1252`).
    Named(String),
}

impl TextEncoding {
    /// The encoding of a name; UTF-8 when there is none.
    ///
    /// # Errors
    /// [`IoError::UnknownEncoding`].
    pub(crate) fn resolve(&self) -> Result<&'static Encoding, IoError> {
        let TextEncoding::Named(name) = self else { return Ok(encoding_rs::UTF_8) };
        let plain = name.trim().to_ascii_lowercase().replace('_', "-");
        let page = plain.strip_prefix("cp").map(|digits| match digits {
            "932" => "shift_jis".to_owned(),
            "936" => "gbk".to_owned(),
            "949" => "euc-kr".to_owned(),
            "950" => "big5".to_owned(),
            other => format!("windows-{other}"),
        });
        [Some(name.to_owned()), Some(plain.replace("latin-", "latin")), page]
            .into_iter()
            .flatten()
            .find_map(|label| Encoding::for_label(label.as_bytes()))
            .ok_or_else(|| IoError::UnknownEncoding { encoding: name.chars().take(40).collect() })
    }
}

/// A format or informat: `DATE9.`, `8.2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct XportFormat {
    /// Name, empty for a plain width.
    pub name: String,
    /// Width, 0 where not given.
    pub width: u16,
    /// Decimals.
    pub decimals: u16,
}

impl std::fmt::Display for XportFormat {
    /// As SAS writes it: `DATE9.`, `8.2`; empty when there is no format.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.name.is_empty() && self.width == 0 {
            return Ok(());
        }
        f.write_str(&self.name)?;
        if self.width > 0 {
            write!(f, "{}", self.width)?;
        }
        f.write_str(".")?;
        if self.decimals > 0 { write!(f, "{}", self.decimals) } else { Ok(()) }
    }
}

impl XportFormat {
    /// Reads a format as SAS writes it: `DATE9.`, `8.2`, `$20.`, or nothing.
    ///
    /// # Errors
    /// [`IoError::Format`].
    ///
    /// # Examples
    /// ```
    /// use mscsle_io::XportFormat;
    /// let format = XportFormat::parse("E8601DA10.")?;
    /// assert_eq!((format.name.as_str(), format.width, format.to_string().as_str()), ("E8601DA", 10, "E8601DA10."));
    /// # Ok::<(), mscsle_io::IoError>(())
    /// ```
    pub fn parse(text: &str) -> Result<XportFormat, IoError> {
        let wrong = || IoError::Format { format: text.chars().take(40).collect() };
        if text.is_empty() {
            return Ok(XportFormat::default());
        }
        let (head, decimals) = text.split_once('.').ok_or_else(wrong)?;
        let name = head.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = |text: &str| if text.is_empty() { Ok(0) } else { text.parse().map_err(|_| wrong()) };
        let width = digits(&head[name.len()..])?;
        Ok(XportFormat { name: name.to_owned(), width, decimals: digits(decimals)? })
    }

    /// What the format's name says a number is. Formats of a part of a date that is a number itself (`YEAR4.`, `MONTH2.`,
    /// `QTR1.`, `WEEKDAY1.`) say nothing: files have them on years and months as well.
    #[must_use]
    pub fn kind(&self) -> FormatKind {
        let name = self.name.to_ascii_uppercase();
        let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
        if begins(&[
            "DATETIME", "E8601DT", "B8601DT", "IS8601DT", "DATEAMPM", "E8601DZ", "B8601DZ", "IS8601DZ", "E8601DX",
            "B8601DX", "E8601LX", "B8601LX", "E8601DN", "B8601DN", "IS8601DN", "NLDATM", "MDYAMPM", "DTDATE",
            "DTMONYY", "DTWKDATX", "DTYEAR", "DTYYQC",
        ]) {
            FormatKind::DateTime
        } else if begins(&[
            "TIME", "TOD", "HHMM", "HOUR", "E8601TM", "B8601TM", "IS8601TM", "E8601TX", "B8601TX", "E8601TZ",
            "B8601TZ", "IS8601TZ", "E8601LZ", "B8601LZ", "IS8601LZ", "MMSS", "NLTIM",
        ]) {
            FormatKind::Time
        } else if begins(&[
            "DATE", "E8601DA", "B8601DA", "IS8601DA", "YYMM", "MMDDYY", "MMYY", "DDMMYY", "WORDDAT", "WEEKDAT",
            "WEEKU", "WEEKV", "WEEKW", "NLDATE", "MONYY", "YYMON", "YYQ", "JULIAN", "JULDAY", "MINGUO", "NENGO",
            "HDATE", "HEBDATE",
        ]) {
            FormatKind::Date
        } else {
            FormatKind::Number
        }
    }
}

/// A variable of a member.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct XportVariable {
    /// Name as stored.
    pub name: String,
    /// Label.
    pub label: String,
    /// Bytes a value takes: 2 to 8 of a number. On writing a text takes at least what the longest one needs (0 asks for that),
    /// and a number 8 bytes when one of them is not exact in fewer, unless the length is `fixed`.
    pub length: usize,
    /// Whether a text that is longer, or a number that is not exact in the length, is refused on writing. A member that is
    /// written row by row has fixed lengths.
    pub fixed: bool,
    /// Format.
    pub format: XportFormat,
    /// Informat.
    pub informat: XportFormat,
    /// Values.
    pub values: Values,
}

/// A member (data set) of a transport file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct XportMember {
    /// Name.
    pub name: String,
    /// Label.
    pub label: String,
    /// Time of creation as stored, `16FEB11:10:07:55`.
    pub created: String,
    /// Variables in order.
    pub variables: Vec<XportVariable>,
    /// Number of rows.
    pub n_rows: usize,
    /// Whether blank rows at the end may have been rows: a version 5 file cannot tell them from padding.
    pub rows_ambiguous: bool,
    /// Of these rows, columns with numbers between 0 and 1e-70: a warning is due. Ignored on writing.
    pub misread_zeros: Vec<MisreadZeros>,
}

/// Numbers of a column that no measurement gives: zeros that another program miswrote as 5.4e-79, the smallest number of
/// the format. They are read as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MisreadZeros {
    /// Name of the variable.
    pub column: String,
    /// Number of such rows.
    pub n_rows: usize,
    /// The first of them, counted from the first row of the member.
    pub first_row: usize,
}

/// Magnitude below which a number other than 0 is a zero that another program miswrote.
const SMALLEST_MAGNITUDE: f64 = 1e-70;

impl XportMember {
    /// A variable by name, in any case.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&XportVariable> {
        self.variables.iter().find(|variable| variable.name.eq_ignore_ascii_case(name))
    }

    /// The member as a table with names in lower case; numbers with a date format become dates (a date and time its day).
    ///
    /// # Errors
    /// [`IoError::Table`] when two names differ in case only.
    pub fn into_table(self) -> Result<Table, IoError> {
        let name = self.name.to_lowercase();
        let columns = self.variables.into_iter().map(|variable| {
            let kind = variable.format.kind();
            let column = match variable.values {
                Values::Text(text) => Column::Text(text),
                Values::Number { values, .. } => match kind {
                    FormatKind::Date => Column::Date(values.iter().map(|&x| sas_day(x)).collect()),
                    FormatKind::DateTime => Column::Date(values.iter().map(|&x| sas_day(x / 86_400.0)).collect()),
                    FormatKind::Number | FormatKind::Time => Column::Number(values),
                },
            };
            (variable.name.to_lowercase(), column)
        });
        Table::new(name.clone(), columns.collect()).map_err(|error| IoError::Table { file: name, error })
    }
}

/// The day of a count from 1960-01-01; `None` where missing or outside the years 1 to 9999.
fn sas_day(days: f64) -> Option<PartialDate> {
    let whole = days.floor();
    if !(-715_000.0..=2_940_000.0).contains(&whole) {
        return None;
    }
    Some(PartialDate::Full(Day(whole as i32 - SAS_TO_UNIX_DAYS)))
}

/// Reads a file chunk by chunk.
pub type XportFileReader = XportReader<std::fs::File>;

/// Writes a file chunk by chunk.
pub type XportFileWriter = XportWriter<NewFile>;

/// A transport file.
#[derive(Debug, Clone, PartialEq)]
pub struct XportFile {
    /// Version.
    pub version: XportVersion,
    /// Encoding the texts were read with.
    pub encoding: &'static str,
    /// Whether that encoding was assumed because the texts are not UTF-8: a warning is due.
    pub encoding_assumed: bool,
    /// Members in order.
    pub members: Vec<XportMember>,
}
