//! Writing: version 5 by default, nothing truncated silently, no time of day unless given.

use super::header::{self, RECORD};
use super::ibm::to_ibm;
use super::{TextEncoding, XportFormat, XportMember, XportVariable, XportVersion};
use crate::values::is_tag;
use crate::{IoError, NewFile, Values};
use encoding_rs::Encoding;
use std::borrow::Cow;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// Time stamp of members that have none: files made from the same data are the same bytes.
const NO_TIME: &str = "01JAN60:00:00:00";

/// Writes members into a transport file, which appears when it is whole; see [`NewFile`].
///
/// # Errors
/// [`IoError::System`] and those of [`write_xport`].
pub fn write_xport_file(
    members: &[XportMember],
    version: XportVersion,
    encoding: &TextEncoding,
    path: &Path,
) -> Result<(), IoError> {
    let shown = path.display().to_string();
    let texts = Texts::new(encoding)?;
    members.iter().try_for_each(|member| Plan::of_member(member, version, texts, &shown).map(|_| ()))?;
    let mut file = NewFile::create(path)?;
    write_xport(members, version, encoding, &mut file, &shown)?;
    file.commit()
}

/// Writes members to anything that writes; `file` is the name in messages.
///
/// A text variable is as wide as its longest text in bytes, at least `length`, or has the length that is `fixed`. In version 5, rows shorter than 80 bytes are
/// widened where blank rows at the end could not be told from padding.
///
/// # Errors
/// [`IoError::XportLimit`] for names, labels and texts that the version cannot hold and for a member without variables or
/// with variables of unequal length, [`IoError::XportNumber`] for numbers outside the range of the format or not exact in
/// the length asked for, [`IoError::NotInEncoding`], [`IoError::UnknownEncoding`], [`IoError::System`].
pub fn write_xport(
    members: &[XportMember],
    version: XportVersion,
    encoding: &TextEncoding,
    writer: impl Write,
    file: &str,
) -> Result<(), IoError> {
    let texts = Texts::new(encoding)?;
    let plans = members.iter().map(|member| Plan::of_member(member, version, texts, file));
    let plans = plans.collect::<Result<Vec<_>, _>>()?;
    let created = members.first().map_or(NO_TIME, stamp);
    let mut out = XportWriter::new(writer, version, encoding, created, file)?;
    for (member, plan) in members.iter().zip(plans) {
        out.begin(member, plan, Some(member.n_rows as u64))?;
        out.write_rows(&member.variables)?;
        out.end_member()?;
    }
    out.finish().map(|_| ())
}

/// Writes members row by row, so that memory need not grow with the file.
///
/// ```
/// use mscsle_domain::TextColumn;
/// use mscsle_io::{TextEncoding, Values, XportMember, XportVariable, XportVersion, XportWriter, read_xport};
/// let numbers = |values: Vec<f64>| Values::Number { missing: vec![0; values.len()], values };
/// let variable = |values| XportVariable { name: "AVAL".to_owned(), values, ..XportVariable::default() };
/// let member = XportMember { name: "ADTTE".to_owned(), variables: vec![variable(numbers(vec![]))], ..XportMember::default() };
/// let mut out = XportWriter::new(Vec::new(), XportVersion::V5, &TextEncoding::Auto, "", "adtte.xpt")?;
/// out.begin_member(&member, None)?;
/// for chunk in [vec![1.0, 2.0], vec![0.0]] {
///     out.write_rows(&[variable(numbers(chunk))])?;
/// }
/// out.end_member()?;
/// let bytes = out.finish()?;
/// assert_eq!(read_xport(&bytes[..], "adtte.xpt", &TextEncoding::Auto)?.members[0].n_rows, 3);
/// # Ok::<(), mscsle_io::IoError>(())
/// ```
#[derive(Debug)]
pub struct XportWriter<W> {
    writer: W,
    version: XportVersion,
    texts: Texts,
    file: String,
    /// Bytes written.
    at: u64,
    member: Option<Open>,
}

/// The member that is being written.
#[derive(Debug)]
struct Open {
    name: String,
    plan: Plan,
    row: u64,
    announced: Option<u64>,
    /// Byte at which the record with the number of rows begins.
    count_at: u64,
    last_is_blank: bool,
    /// The bytes of rows since the last record began.
    tail: Vec<u8>,
}

impl Open {
    /// Whether no record of the rows that follow would be taken for the header of another member.
    fn holds_no_header(&mut self, block: &[u8]) -> bool {
        let begun = self.tail.len();
        let mut first: Vec<u8> = self.tail.clone();
        first.extend(block.iter().take(RECORD - begun));
        let is_header = |bytes: &[u8]| {
            bytes.first_chunk().is_some_and(|r| matches!(header::kind(r), Some("MEMBER" | "MEMBV8" | "MEMBV9")))
        };
        let rest = block.get(RECORD - begun..).unwrap_or_default();
        let plain = !is_header(&first) && !rest.chunks_exact(RECORD).any(is_header);
        self.tail = if first.len() < RECORD { first } else { rest.chunks_exact(RECORD).remainder().to_vec() };
        plain
    }
}

impl XportWriter<NewFile> {
    /// Makes a file and begins it; `created` is the time of creation, 1960-01-01 when it is none. The file takes its place
    /// by [`NewFile::commit`] of what [`XportWriter::finish`] gives back.
    ///
    /// # Errors
    /// Those of [`XportWriter::new`].
    pub fn create(path: &Path, version: XportVersion, encoding: &TextEncoding, created: &str) -> Result<Self, IoError> {
        Texts::new(encoding)?;
        XportWriter::new(NewFile::create(path)?, version, encoding, created, &path.display().to_string())
    }
}

impl<W: Write> XportWriter<W> {
    /// Writes the header of a file; `created` is the time of creation, 1960-01-01 when it is none.
    ///
    /// # Errors
    /// [`IoError::UnknownEncoding`], [`IoError::System`].
    pub fn new(
        writer: W,
        version: XportVersion,
        encoding: &TextEncoding,
        created: &str,
        file: &str,
    ) -> Result<XportWriter<W>, IoError> {
        let created = if created.len() == 16 && created.is_ascii() { created } else { NO_TIME };
        let texts = Texts::new(encoding)?;
        let mut out = XportWriter { writer, version, texts, file: file.to_owned(), at: 0, member: None };
        let words = Words::of(version);
        let mut head = Vec::new();
        record(&mut head, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:030}", words.library, 0));
        record(
            &mut head,
            &format!("{:<8}{:<8}{:<8}{:<8}{:<8}{:24}{created:<16}", "SAS", "SAS", "SASLIB", "9.4", "mscsle", ""),
        );
        record(&mut head, created);
        out.write(&head)?;
        Ok(out)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), IoError> {
        self.at += bytes.len() as u64;
        let system = |error: std::io::Error| IoError::System {
            path: self.file.clone(),
            done: "written",
            reason: error.to_string(),
        };
        self.writer.write_all(bytes).map_err(system)
    }

    /// Begins a member whose rows come later: the values of the variables say only what they are, and the texts need their
    /// `length`. Version 8 stores the number of rows: announce it, or end with [`XportWriter::end_member_counted`].
    ///
    /// # Errors
    /// [`IoError::XportLimit`] for what the version cannot hold.
    pub fn begin_member(&mut self, member: &XportMember, n_rows: Option<u64>) -> Result<(), IoError> {
        let plan = Plan::of_variables(member, self.version, self.texts, &self.file)?;
        self.begin(member, plan, n_rows)
    }

    fn begin(&mut self, member: &XportMember, plan: Plan, announced: Option<u64>) -> Result<(), IoError> {
        if self.member.is_some() {
            return Err(self.limit(format!("member `{}` begins before the last one ended", member.name)));
        }
        let header = member_header(member, &plan, self.version, announced.unwrap_or(0), self.texts);
        self.write(&header)?;
        let count_at = self.at - RECORD as u64;
        let name = member.name.clone();
        self.member = Some(Open { name, plan, row: 0, announced, count_at, last_is_blank: false, tail: Vec::new() });
        Ok(())
    }

    fn header_in_texts(&self, open: &Open, row: u64) -> IoError {
        self.limit(format!(
            "member `{}`, near row {row}: the texts hold the beginning of a header record, which would end the rows",
            open.name
        ))
    }

    fn limit(&self, what: String) -> IoError {
        IoError::XportLimit { file: self.file.clone(), what }
    }

    /// Writes rows of the member: its variables with their values, in order.
    ///
    /// # Errors
    /// [`IoError::XportLimit`] for other variables than the member has, and for texts longer than their length;
    /// [`IoError::XportNumber`], [`IoError::NotInEncoding`], [`IoError::System`].
    pub fn write_rows(&mut self, variables: &[XportVariable]) -> Result<(), IoError> {
        let Some(mut open) = self.member.take() else { return Err(self.limit("no member has begun".to_owned())) };
        let n_rows = variables.first().map_or(0, |v| v.values.len());
        let fits = variables.len() == open.plan.lengths.len()
            && variables
                .iter()
                .zip(&open.plan.is_text)
                .all(|(v, &text)| v.values.len() == n_rows && matches!(v.values, Values::Text(_)) == text);
        if !fits {
            return Err(self.limit(format!("member `{}` has other variables or columns of unequal length", open.name)));
        }
        let mut encoded = Vec::with_capacity(variables.len());
        for (variable, &length) in variables.iter().zip(&open.plan.lengths) {
            encoded.push(self.texts.levels(variable, length, &self.file, |_| "")?);
        }
        let length = open.plan.row_length;
        let at_once = (1 << 18) / length.max(1) + 1;
        let mut block = Vec::new();
        for from in (0..n_rows).step_by(at_once) {
            let rows = from..(from + at_once).min(n_rows);
            block.clear();
            block.resize(rows.len() * length, b' ');
            let mut place = 0;
            for ((variable, &width), levels) in variables.iter().zip(&open.plan.lengths).zip(&encoded) {
                let cells = block.chunks_exact_mut(length).filter_map(|row| row.get_mut(place..place + width));
                fill_column(variable, rows.clone(), levels, cells, open.row, &self.file)?;
                place += width;
            }
            open.last_is_blank = block.rchunks(length.max(1)).next().is_some_and(|row| row.iter().all(|&b| b == b' '));
            if !open.holds_no_header(&block) {
                return Err(self.header_in_texts(&open, open.row + from as u64));
            }
            self.write(&block)?;
        }
        open.row += n_rows as u64;
        self.member = Some(open);
        Ok(())
    }

    /// Ends a member.
    ///
    /// # Errors
    /// [`IoError::XportLimit`] when other rows were written than announced, the last row of version 5 cannot be told from
    /// padding, or the last record would be taken for a header; [`IoError::System`].
    pub fn end_member(&mut self) -> Result<(), IoError> {
        let Some(mut open) = self.member.take() else { return Err(self.limit("no member has begun".to_owned())) };
        let wrong = if self.version == XportVersion::V8 {
            open.announced.unwrap_or(0)
        } else {
            open.announced.unwrap_or(open.row)
        };
        if wrong != open.row {
            return Err(
                self.limit(format!("member `{}`: {wrong} rows were announced and {} written", open.name, open.row))
            );
        }
        if self.version == XportVersion::V5 && open.last_is_blank && open.plan.row_length < RECORD {
            return Err(self.limit(BLANK_ROWS.to_owned()));
        }
        let written = open.row * open.plan.row_length as u64;
        let padding = (RECORD - (written % RECORD as u64) as usize) % RECORD;
        let padding = vec![b' '; padding];
        if !open.holds_no_header(&padding) {
            return Err(self.header_in_texts(&open, open.row.saturating_sub(1)));
        }
        self.write(&padding)
    }

    /// Ends the file; gives the writer back.
    ///
    /// # Errors
    /// [`IoError::XportLimit`] when a member has not ended, [`IoError::System`].
    pub fn finish(mut self) -> Result<W, IoError> {
        if let Some(open) = &self.member {
            return Err(self.limit(format!("member `{}` has not ended", open.name)));
        }
        let path = self.file;
        self.writer.flush().map_err(|error| IoError::System { path, done: "written", reason: error.to_string() })?;
        Ok(self.writer)
    }
}

impl<W: Write + Seek> XportWriter<W> {
    /// Ends a member whose number of rows was not announced: version 8 stores it, so the header is written again.
    ///
    /// # Errors
    /// Those of [`XportWriter::end_member`].
    pub fn end_member_counted(&mut self) -> Result<(), IoError> {
        if let (XportVersion::V8, Some(open)) = (self.version, &mut self.member)
            && open.announced.is_none()
        {
            open.announced = Some(open.row);
            let mut header = Vec::new();
            rows_record(&mut header, self.version, open.row);
            let (count_at, end) = (open.count_at, self.at);
            let written = self
                .writer
                .seek(SeekFrom::Start(count_at))
                .and_then(|_| self.writer.write_all(&header))
                .and_then(|()| self.writer.seek(SeekFrom::Start(end)));
            written.map_err(|error| IoError::System {
                path: self.file.clone(),
                done: "written",
                reason: error.to_string(),
            })?;
        }
        self.end_member()
    }
}

/// Why a blank last row is not written.
const BLANK_ROWS: &str = "blank rows at the end could not be told from padding; add a number or use version 8";

/// How texts become bytes.
#[derive(Debug, Clone, Copy)]
struct Texts {
    encoding: &'static Encoding,
}

impl Texts {
    fn new(encoding: &TextEncoding) -> Result<Texts, IoError> {
        let found = encoding.resolve()?;
        if found.output_encoding() != found {
            return Err(IoError::UnknownEncoding { encoding: found.name().to_owned() });
        }
        Ok(Texts { encoding: found })
    }

    /// The bytes of a text, or the first character that the encoding does not have.
    fn bytes(self, text: &str) -> Result<Cow<'_, [u8]>, char> {
        let (bytes, _, unmappable) = self.encoding.encode(text);
        if !unmappable {
            return Ok(bytes);
        }
        let refused = text.chars().find(|c| self.encoding.encode(c.encode_utf8(&mut [0; 4])).2);
        Err(refused.unwrap_or('\u{fffd}'))
    }

    fn label(self, label: &str, of: &str, file: &str) -> Result<Vec<u8>, IoError> {
        let refused = |character| IoError::XportLimit {
            file: file.to_owned(),
            what: format!("the label of {of} has `{character}`, which {} does not have", self.encoding.name()),
        };
        self.bytes(label).map(Cow::into_owned).map_err(refused)
    }

    /// The bytes of the levels of a text variable, none of them longer than so many.
    ///
    /// `more` is what a message adds about a text of so many bytes.
    fn levels(
        self,
        variable: &XportVariable,
        longest: usize,
        file: &str,
        more: impl Fn(usize) -> &'static str,
    ) -> Result<Vec<Vec<u8>>, IoError> {
        let Values::Text(text) = &variable.values else { return Ok(Vec::new()) };
        let row_of = |level: usize| text.codes.iter().position(|&code| usize::try_from(code) == Ok(level));
        let mut out = Vec::with_capacity(text.levels.len());
        for (level, words) in text.levels.iter().enumerate() {
            match self.bytes(words) {
                Ok(bytes) if bytes.len() <= longest => out.push(bytes.into_owned()),
                // Levels without a row do not matter.
                Ok(bytes) => match row_of(level) {
                    None => out.push(Vec::new()),
                    Some(row) => {
                        let what = format!(
                            "`{}`, row {row} has a text of {} bytes; at most {longest} fit{}",
                            variable.name,
                            bytes.len(),
                            more(bytes.len())
                        );
                        return Err(IoError::XportLimit { file: file.to_owned(), what });
                    }
                },
                Err(character) => match row_of(level) {
                    None => out.push(Vec::new()),
                    Some(row) => {
                        return Err(IoError::NotInEncoding {
                            file: file.to_owned(),
                            row,
                            column: variable.name.clone(),
                            character,
                            encoding: self.encoding.name(),
                        });
                    }
                },
            }
        }
        Ok(out)
    }
}

/// Header words of a version.
struct Words {
    library: &'static str,
    member: &'static str,
    descriptor: &'static str,
    names: &'static str,
    rows: &'static str,
}

impl Words {
    fn of(version: XportVersion) -> Words {
        match version {
            XportVersion::V5 => {
                Words { library: "LIBRARY", member: "MEMBER", descriptor: "DSCRPTR", names: "NAMESTR", rows: "OBS" }
            }
            XportVersion::V8 => {
                Words { library: "LIBV8", member: "MEMBV8", descriptor: "DSCPTV8", names: "NAMSTV8", rows: "OBSV8" }
            }
        }
    }
}

/// Bytes of every variable of a member, and of a row.
#[derive(Debug)]
struct Plan {
    lengths: Vec<usize>,
    is_text: Vec<bool>,
    row_length: usize,
}

impl Plan {
    fn new(lengths: Vec<usize>, member: &XportMember) -> Plan {
        let is_text = member.variables.iter().map(|v| matches!(v.values, Values::Text(_))).collect();
        Plan { row_length: lengths.iter().sum(), lengths, is_text }
    }

    /// The plan of a member with all its rows.
    fn of_member(member: &XportMember, version: XportVersion, texts: Texts, file: &str) -> Result<Plan, IoError> {
        check(member, version, texts, file)?;
        let longest_text = limits(version).2;
        let mut lengths = Vec::new();
        for variable in &member.variables {
            if variable.values.len() != member.n_rows {
                let what =
                    format!("`{}` has {} rows, the member {}", variable.name, variable.values.len(), member.n_rows);
                return Err(IoError::XportLimit { file: file.to_owned(), what });
            }
            lengths.push(match &variable.values {
                Values::Number { values, .. } => match number_length(variable, file)? {
                    length if variable.fixed || values.iter().all(|&x| is_exact(x, length)) => length,
                    _ => 8,
                },
                Values::Text(_) if variable.fixed => {
                    let length = text_length(variable, version, file)?;
                    texts.levels(variable, length, file, |_| "")?;
                    length
                }
                Values::Text(_) => {
                    let more = |n| hint(version, n <= limits(XportVersion::V8).2);
                    let longest =
                        texts.levels(variable, longest_text, file, more)?.iter().map(Vec::len).max().unwrap_or(0);
                    longest.max(variable.length.min(longest_text)).max(1)
                }
            });
        }
        widen_for_blank_rows(member, version, longest_text, &mut lengths, file)?;
        Ok(Plan::new(lengths, member))
    }

    /// The plan of a member whose rows come later.
    fn of_variables(member: &XportMember, version: XportVersion, texts: Texts, file: &str) -> Result<Plan, IoError> {
        check(member, version, texts, file)?;
        let longest_text = limits(version).2;
        let mut lengths = Vec::new();
        for variable in &member.variables {
            lengths.push(match &variable.values {
                Values::Number { .. } => number_length(variable, file)?,
                Values::Text(_) => text_length(variable, version, file)?,
            });
        }
        let row_length: usize = lengths.iter().sum();
        let only_texts = member.variables.iter().all(|v| matches!(v.values, Values::Text(_)));
        if version == XportVersion::V5 && only_texts && row_length < RECORD {
            widen(&mut lengths, RECORD - row_length, longest_text, file)?;
        }
        Ok(Plan::new(lengths, member))
    }
}

fn stamp(member: &XportMember) -> &str {
    if member.created.len() == 16 && member.created.is_ascii() { &member.created } else { NO_TIME }
}

/// Longest name, label and text of a version.
fn limits(version: XportVersion) -> (usize, usize, usize) {
    match version {
        XportVersion::V5 => (8, 40, 200),
        XportVersion::V8 => (32, 256, 32_767),
    }
}

/// What a message adds when version 8 would hold what version 5 does not.
fn hint(version: XportVersion, fits: bool) -> &'static str {
    if version == XportVersion::V5 && fits { "; pass `version=8`, which has room for it" } else { "" }
}

fn check(member: &XportMember, version: XportVersion, texts: Texts, file: &str) -> Result<(), IoError> {
    let (longest_name, longest_label, _) = limits(version);
    let limit = |what: String| IoError::XportLimit { file: file.to_owned(), what };
    let name = &member.name;
    if !is_name(name, longest_name) {
        let more = hint(version, is_name(name, limits(XportVersion::V8).0));
        let what = format!("member `{name}` needs a name of at most {longest_name} letters, digits and `_`{more}");
        return Err(limit(what));
    }
    let n = texts.label(&member.label, &format!("member `{name}`"), file)?.len();
    if n > 40 {
        return Err(limit(format!("the label of member `{name}` has {n} bytes, at most 40 fit")));
    }
    if member.variables.is_empty() || member.variables.len() > 9_999 {
        return Err(limit(format!("member `{name}` has {} variables; 1 to 9999 fit", member.variables.len())));
    }
    let mut seen = std::collections::HashSet::new();
    for variable in &member.variables {
        let shown = &variable.name;
        if !is_name(shown, longest_name) {
            let more = hint(version, is_name(shown, limits(XportVersion::V8).0));
            return Err(limit(format!(
                "variable `{shown}` needs a name of at most {longest_name} letters, digits and `_`{more}"
            )));
        }
        if !seen.insert(shown.to_ascii_uppercase()) {
            return Err(limit(format!("member `{name}` has variable `{shown}` twice")));
        }
        let n = texts.label(&variable.label, &format!("`{shown}`"), file)?.len();
        if n > longest_label {
            let more = hint(version, n <= limits(XportVersion::V8).1);
            return Err(limit(format!("the label of `{shown}` has {n} bytes, at most {longest_label} fit{more}")));
        }
        for format in [&variable.format, &variable.informat] {
            if format.name.len() > 8 || !format.name.is_ascii() {
                return Err(limit(format!("format `{}` of `{shown}` is longer than 8 characters", format.name)));
            }
        }
    }
    Ok(())
}

fn is_name(name: &str, longest: usize) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.len() <= longest
}

fn text_length(variable: &XportVariable, version: XportVersion, file: &str) -> Result<usize, IoError> {
    let longest = limits(version).2;
    if (1..=longest).contains(&variable.length) {
        return Ok(variable.length);
    }
    let more = hint(version, (1..=limits(XportVersion::V8).2).contains(&variable.length));
    let what = format!("text `{}` needs a length of 1 to {longest} bytes{more}", variable.name);
    Err(IoError::XportLimit { file: file.to_owned(), what })
}

/// Whether the bytes that a shorter number drops are zero.
fn is_exact(value: f64, length: usize) -> bool {
    value.is_nan() || to_ibm(value).is_none_or(|bytes| bytes.iter().skip(length).all(|&byte| byte == 0))
}

fn number_length(variable: &XportVariable, file: &str) -> Result<usize, IoError> {
    match variable.length {
        0 => Ok(8),
        2 if !variable.fixed => Ok(8),
        length @ 3..=8 => Ok(length),
        length => Err(IoError::XportLimit {
            file: file.to_owned(),
            what: format!("number `{}` has length {length}; 3 to 8 bytes fit", variable.name),
        }),
    }
}

/// In version 5, padding of the last record that is as long as a row of texts looks like blank rows, and a blank last row
/// looks like padding. The row is widened until neither can be: a row of 80 bytes or more never ends inside the padding.
fn widen_for_blank_rows(
    member: &XportMember,
    version: XportVersion,
    longest_text: usize,
    lengths: &mut [usize],
    file: &str,
) -> Result<(), IoError> {
    let only_texts = member.variables.iter().all(|variable| matches!(variable.values, Values::Text(_)));
    let row_length: usize = lengths.iter().sum();
    if version != XportVersion::V5 || row_length >= RECORD || member.n_rows == 0 {
        return Ok(());
    }
    let last = member.n_rows - 1;
    let last_is_blank = member.variables.iter().all(|variable| match &variable.values {
        Values::Text(text) => text.get(last).is_none_or(|t| t.trim_end_matches(' ').is_empty()),
        // One number is stored as blanks: 3.687825414344431e-40.
        Values::Number { values, .. } => values.get(last).and_then(|&x| to_ibm(x)) == Some([b' '; 8]),
    });
    if !only_texts && !last_is_blank {
        return Ok(());
    }
    let padding = |length: usize| (RECORD - (length * member.n_rows) % RECORD) % RECORD;
    let is_plain = |length: usize| length >= RECORD || (!last_is_blank && padding(length) < length);
    let wanted = (row_length..=RECORD).find(|length| is_plain(*length)).unwrap_or(RECORD) - row_length;
    let mut texts: Vec<&mut usize> = lengths
        .iter_mut()
        .zip(&member.variables)
        .filter_map(|(length, v)| (matches!(v.values, Values::Text(_)) && !v.fixed).then_some(length))
        .collect();
    match texts.iter_mut().find(|length| ***length + wanted <= longest_text) {
        _ if wanted == 0 => Ok(()),
        Some(length) => {
            **length += wanted;
            Ok(())
        }
        None => Err(IoError::XportLimit { file: file.to_owned(), what: BLANK_ROWS.to_owned() }),
    }
}

fn widen(lengths: &mut [usize], by: usize, longest_text: usize, file: &str) -> Result<(), IoError> {
    match lengths.iter_mut().find(|length| **length + by <= longest_text) {
        Some(length) => {
            *length += by;
            Ok(())
        }
        None => Err(IoError::XportLimit { file: file.to_owned(), what: BLANK_ROWS.to_owned() }),
    }
}

fn record(out: &mut Vec<u8>, text: &str) {
    let begin = out.len();
    out.extend_from_slice(text.as_bytes());
    out.resize(begin + RECORD, b' ');
}

fn padded(out: &mut Vec<u8>, bytes: &[u8], length: usize) {
    let kept = &bytes[..bytes.len().min(length)];
    out.extend_from_slice(kept);
    out.resize(out.len() + length - kept.len(), b' ');
}

/// The bytes of the longest beginning of a text that fits into so many.
fn beginning(text: &str, length: usize, texts: Texts) -> Vec<u8> {
    let mut out = Vec::new();
    for character in text.chars() {
        match texts.bytes(character.encode_utf8(&mut [0; 4])) {
            Ok(bytes) if out.len() + bytes.len() <= length => out.extend_from_slice(&bytes),
            _ => break,
        }
    }
    out
}

fn member_header(member: &XportMember, plan: &Plan, version: XportVersion, n_rows: u64, texts: Texts) -> Vec<u8> {
    let words = Words::of(version);
    let mut out = Vec::new();
    record(&mut out, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:017}160{:07}140", words.member, 0, 0));
    record(&mut out, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:030}", words.descriptor, 0));
    let created = stamp(member);
    match version {
        XportVersion::V5 => record(
            &mut out,
            &format!("{:<8}{:<8}{:<8}{:<8}{:<8}{:24}{created}", "SAS", member.name, "SASDATA", "9.4", "mscsle", ""),
        ),
        XportVersion::V8 => record(
            &mut out,
            &format!("{:<8}{:<32}{:<8}{:<8}{:<8}{created}", "SAS", member.name, "SASDATA", "9.4", "mscsle"),
        ),
    }
    let begin = out.len();
    padded(&mut out, created.as_bytes(), 32);
    padded(&mut out, &texts.bytes(&member.label).unwrap_or_default(), 40);
    out.resize(begin + RECORD, b' ');
    let n = member.variables.len();
    record(&mut out, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!000000{n:04}{:020}", words.names, 0));
    let begin = out.len();
    let mut position = 0_usize;
    for (number, (variable, &length)) in member.variables.iter().zip(&plan.lengths).enumerate() {
        name_record(&mut out, variable, (number + 1, length, position), version, texts);
        position += length;
    }
    fill(&mut out, begin);
    let labels = member.variables.iter().map(|v| texts.bytes(&v.label).unwrap_or_default().into_owned());
    let long: Vec<(usize, &XportVariable, Vec<u8>)> = member
        .variables
        .iter()
        .zip(labels)
        .enumerate()
        .filter(|(_, (_, label))| version == XportVersion::V8 && label.len() > 40)
        .map(|(i, (variable, label))| (i, variable, label))
        .collect();
    if !long.is_empty() {
        record(&mut out, &format!("HEADER RECORD*******LABELV8 HEADER RECORD!!!!!!!{:<5}", long.len()));
        let begin = out.len();
        for (i, variable, label) in long {
            for number in [i + 1, variable.name.len(), label.len()] {
                out.extend_from_slice(&(number as u16).to_be_bytes());
            }
            out.extend_from_slice(variable.name.as_bytes());
            out.extend_from_slice(&label);
        }
        fill(&mut out, begin);
    }
    rows_record(&mut out, version, n_rows);
    out
}

/// The header of the rows, which in version 8 says how many there are.
fn rows_record(out: &mut Vec<u8>, version: XportVersion, n_rows: u64) {
    let words = Words::of(version);
    match version {
        XportVersion::V5 => record(out, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{:030}", words.rows, 0)),
        XportVersion::V8 => {
            record(out, &format!("HEADER RECORD*******{:<8}HEADER RECORD!!!!!!!{n_rows:>15}", words.rows));
        }
    }
}

/// Fills the last record with blanks.
fn fill(out: &mut Vec<u8>, begin: usize) {
    let padding = (RECORD - (out.len() - begin) % RECORD) % RECORD;
    out.resize(out.len() + padding, b' ');
}

fn name_record(
    out: &mut Vec<u8>,
    variable: &XportVariable,
    (number, length, position): (usize, usize, usize),
    version: XportVersion,
    texts: Texts,
) {
    let begin = out.len();
    let is_text = matches!(variable.values, Values::Text(_));
    let short = |out: &mut Vec<u8>, n: u16| out.extend_from_slice(&n.to_be_bytes());
    short(out, if is_text { 2 } else { 1 });
    short(out, 0);
    short(out, length as u16);
    short(out, number as u16);
    padded(out, variable.name.as_bytes(), 8);
    padded(out, &beginning(&variable.label, 40, texts), 40);
    let format = |out: &mut Vec<u8>, format: &XportFormat| {
        padded(out, format.name.as_bytes(), 8);
        out.extend_from_slice(&format.width.to_be_bytes());
        out.extend_from_slice(&format.decimals.to_be_bytes());
    };
    format(out, &variable.format);
    short(out, 0); // left-justified
    out.extend_from_slice(&[0, 0]);
    format(out, &variable.informat);
    out.extend_from_slice(&(position as u32).to_be_bytes());
    if version == XportVersion::V8 {
        padded(out, variable.name.as_bytes(), 32);
        short(out, texts.bytes(&variable.label).unwrap_or_default().len() as u16);
    }
    out.resize(begin + 140, 0);
}

/// Fills the cells of a column, which are blank; `first` is the row of the member at which the values begin.
fn fill_column<'a>(
    variable: &XportVariable,
    rows: std::ops::Range<usize>,
    levels: &[Vec<u8>],
    cells: impl Iterator<Item = &'a mut [u8]>,
    first: u64,
    file: &str,
) -> Result<(), IoError> {
    match &variable.values {
        Values::Text(text) => {
            for (cell, &code) in cells.zip(text.codes.get(rows).unwrap_or_default()) {
                let Some(bytes) = usize::try_from(code).ok().and_then(|code| levels.get(code)) else { continue };
                if let Some(cell) = cell.get_mut(..bytes.len()) {
                    cell.copy_from_slice(bytes);
                }
            }
        }
        Values::Number { values, missing } => {
            let from = rows.start;
            for (i, (cell, &value)) in cells.zip(values.get(rows).unwrap_or_default()).enumerate() {
                let row = from + i;
                let number = |why: &'static str| IoError::XportNumber {
                    file: file.to_owned(),
                    row: first as usize + row,
                    column: variable.name.clone(),
                    value,
                    why,
                };
                let bytes = if value.is_nan() {
                    let tag = missing.get(row).copied().filter(|tag| is_tag(*tag)).unwrap_or(b'.');
                    [tag, 0, 0, 0, 0, 0, 0, 0]
                } else {
                    to_ibm(value).ok_or_else(|| number("lies outside the range of the format, 5.4e-79 to 7.2e75"))?
                };
                let (kept, dropped) = bytes.split_at(cell.len().min(8));
                if dropped.iter().any(|&b| b != 0) {
                    return Err(number("is not exact in the length of the variable; use length 8"));
                }
                cell.copy_from_slice(kept);
            }
        }
    }
    Ok(())
}
