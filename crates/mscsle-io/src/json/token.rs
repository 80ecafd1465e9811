//! The words of JSON in a buffer: where a text ends, what its escapes mean, and numbers, correctly rounded.

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// Most digits that 64 bits hold whatever they are.
const MOST_DIGITS: usize = 19;

/// The same for eight digits at a time.
const WHOLE_POWERS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Eight bytes of a word: the lowest bit of each, the highest of each, and every fourth byte.
const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;
const PAIRS: u64 = 0xFF | (0xFF << 32);

/// What is wrong, and at which byte.
pub(super) type Wrong = Box<(usize, String)>;

/// What is wrong at a byte.
#[cold]
pub(super) fn wrong(at: usize, what: impl Into<String>) -> Wrong {
    Box::new((at, what.into()))
}

/// The next byte that is no white space, at which it stays; 0 at the end.
pub(super) fn skip_blanks(bytes: &[u8], at: &mut usize) -> u8 {
    loop {
        match bytes.get(*at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => *at += 1,
            Some(&byte) => return byte,
            None => return 0,
        }
    }
}

/// Whether a word stands at a byte.
pub(super) fn is_word(bytes: &[u8], at: usize, word: &[u8]) -> bool {
    bytes.get(at..).is_some_and(|rest| rest.starts_with(word))
}

/// The first quote, backslash or control character from a byte on; the end when there is none.
fn special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(word);
        let quote = word ^ (ONES * b'"' as u64);
        let escape = word ^ (ONES * b'\\' as u64);
        // The lowest marked byte is exact: a borrow only runs upwards from one.
        let found = (quote.wrapping_sub(ONES) & !quote)
            | (escape.wrapping_sub(ONES) & !escape)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        if found & HIGH != 0 {
            return at + (found & HIGH).trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|&b| b != b'"' && b != b'\\' && b >= 0x20) {
        at += 1;
    }
    at
}

/// A text as it stands between quotes, or as its escapes say.
pub(super) enum Text<'a> {
    /// Without escapes.
    Plain(&'a [u8]),
    /// In the buffer for escapes.
    Decoded,
}

/// The text that begins behind a quote, and the byte behind its closing quote. UTF-8 is not checked.
pub(super) fn text<'a>(bytes: &'a [u8], from: usize, decoded: &mut Vec<u8>) -> Result<(Text<'a>, usize), Wrong> {
    let mut at = special(bytes, from);
    if bytes.get(at) == Some(&b'"') {
        return Ok((Text::Plain(bytes.get(from..at).unwrap_or_default()), at + 1));
    }
    decoded.clear();
    let mut begin = from;
    loop {
        decoded.extend_from_slice(bytes.get(begin..at).unwrap_or_default());
        match bytes.get(at) {
            Some(b'"') => return Ok((Text::Decoded, at + 1)),
            Some(b'\\') => at = escape(bytes, at, decoded)?,
            Some(control) => {
                let what = format!("the control character {control:#04x} in a text, where an escape is needed");
                return Err(wrong(at, what));
            }
            None => return Err(wrong(at, "the file ends inside a text")),
        }
        begin = at;
        at = special(bytes, at);
    }
}

/// Adds what an escape means; the byte behind it.
fn escape(bytes: &[u8], at: usize, decoded: &mut Vec<u8>) -> Result<usize, Wrong> {
    let plain = match bytes.get(at + 1) {
        Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'u') => return unicode(bytes, at, decoded),
        _ => return Err(wrong(at, "a backslash that begins no escape of JSON")),
    };
    decoded.push(plain);
    Ok(at + 2)
}

/// Adds the character of `\uXXXX`, or of the two that make a surrogate pair; the byte behind them.
fn unicode(bytes: &[u8], at: usize, decoded: &mut Vec<u8>) -> Result<usize, Wrong> {
    let unit = |at: usize| -> Option<u32> {
        let digits = bytes.get(at..)?.strip_prefix(b"\\u")?.first_chunk::<4>()?;
        digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))
    };
    let first = unit(at).ok_or_else(|| wrong(at, "`\\u` without four hexadecimal digits"))?;
    let (code, end) = match (first, unit(at + 6)) {
        (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) => {
            (0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00), at + 12)
        }
        _ => (first, at + 6),
    };
    let character =
        char::from_u32(code).ok_or_else(|| wrong(at, format!("half of a surrogate pair, `\\u{first:04x}`")))?;
    decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(end)
}

/// Digits from a byte on: added to a number, modulo 2^64; the byte behind them.
fn digits(bytes: &[u8], mut at: usize, value: &mut u64, n: &mut usize) -> usize {
    while let Some(&word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        // Digits become 0 to 9, of which the first byte is the highest; the first byte that is none is marked.
        let word = u64::from_le_bytes(word) ^ (ONES * b'0' as u64);
        let others = (word.wrapping_add(ONES * 0x76) | word) & HIGH;
        let length = (others.trailing_zeros() / 8) as usize;
        let Some(power) = WHOLE_POWERS.get(length).filter(|_| length > 0) else { return at };
        let word = word << (64 - 8 * length);
        let pairs = word.wrapping_mul(10).wrapping_add(word >> 8);
        let eight = ((pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32)))
            .wrapping_add(((pairs >> 16) & PAIRS).wrapping_mul(1 + (10_000 << 32)))
            >> 32;
        *value = value.wrapping_mul(*power).wrapping_add(eight);
        *n += length;
        at += length;
        if length < 8 {
            return at;
        }
    }
    while let Some(digit) = bytes.get(at).map(|b| b.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        *value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        *n += 1;
        at += 1;
    }
    at
}

/// The number that begins at a byte, correctly rounded, and the byte behind it.
pub(super) fn number(bytes: &[u8], from: usize) -> Result<(f64, usize), Wrong> {
    let no_number = |at: usize| Err(wrong(at, "no number of JSON"));
    let negative = bytes.get(from) == Some(&b'-');
    let first = from + usize::from(negative);
    let (mut value, mut n) = (0, 0);
    let mut at = digits(bytes, first, &mut value, &mut n);
    if n == 0 || (n > 1 && bytes.get(first) == Some(&b'0')) {
        return no_number(first);
    }
    let mut power = 0_i64;
    if bytes.get(at) == Some(&b'.') {
        let whole = n;
        at = digits(bytes, at + 1, &mut value, &mut n);
        if n == whole {
            return no_number(at);
        }
        power = whole as i64 - n as i64;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let less = bytes.get(at + 1) == Some(&b'-');
        let signed = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let (mut exponent, mut length) = (0, 0);
        at = digits(bytes, at + 1 + signed, &mut exponent, &mut length);
        if length == 0 {
            return no_number(at);
        }
        let exponent = if length < 6 { exponent as i64 } else { 1_000_000 };
        power += if less { -exponent } else { exponent };
    }
    // Both the digits and the power of ten are doubles, so that one division or product rounds once (Clinger 1990).
    let size = usize::try_from(power.unsigned_abs()).ok().and_then(|size| POWERS.get(size));
    let value = match size {
        Some(size) if n <= MOST_DIGITS && value <= 1 << 53 => {
            let value = if power < 0 { value as f64 / size } else { value as f64 * size };
            if negative { -value } else { value }
        }
        _ => {
            let text = bytes.get(from..at).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
            match text.parse::<f64>() {
                Ok(value) if value.is_finite() => value,
                _ => return Err(wrong(from, "a number larger than any double")),
            }
        }
    };
    Ok((value, at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &[u8]) -> Result<String, Wrong> {
        let mut decoded = Vec::new();
        let (found, _) = text(json, 1, &mut decoded)?;
        let bytes = match found {
            Text::Plain(bytes) => bytes.to_vec(),
            Text::Decoded => decoded,
        };
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_text_ends_at_its_quote_wherever_in_a_word_that_is() {
        for length in 0..40 {
            for (byte, plain) in [(b'"', true), (b'\\', false), (0x1F, false), (0, false)] {
                let mut bytes = vec![b'\x20'; length];
                bytes.push(byte);
                bytes.extend([0xC3, 0xA9, b'"', b'\\', 0]);
                assert_eq!(special(&bytes, 0), length, "{byte}");
                assert_eq!(matches!(text(&bytes, 0, &mut Vec::new()), Ok((Text::Plain(_), _))), plain);
            }
            assert_eq!(special(&vec![0xFF; length], 0), length);
        }
    }

    #[test]
    fn halves_of_surrogate_pairs_and_unknown_escapes_are_refused_where_they_stand() {
        assert_eq!(read(br#""\ud83d\uDE00\u00e9""#).unwrap(), "\u{1F600}\u{e9}");
        for (json, at) in [
            (&br#""ab\ud83d""#[..], 3),
            (br#""ab\udE00""#, 3),
            (br#""a\ud83d\u0041""#, 2),
            (br#""a\u12g4""#, 2),
            (br#""a\x""#, 2),
            (br#""a\u+123""#, 2),
            (b"\"a\nb\"", 2),
            (b"\"abc", 4),
            (b"\"abc\\", 4),
        ] {
            assert_eq!(read(json).unwrap_err().0, at, "{json:?}");
        }
    }

    #[test]
    fn what_is_no_number_of_json_is_refused() {
        for json in
            ["", "-", "01", "-01", "00", ".5", "1.", "1.e5", "1e", "1e+", "+1", "1e400", "-1e999999999999999999999"]
        {
            assert!(number(json.as_bytes(), 0).is_err(), "{json}");
        }
        for (json, wanted) in
            [("0", 0.0), ("-0", -0.0), ("0e5", 0.0), ("1E+2", 100.0), ("1e-400", 0.0), ("0.0e99999", 0.0)]
        {
            assert_eq!(number(json.as_bytes(), 0).unwrap().0.to_bits(), f64::to_bits(wanted), "{json}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn numbers_are_rounded_correctly(json in "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][-+]?[0-9]{1,3})?") {
            let wanted: f64 = json.parse().unwrap();
            match number(json.as_bytes(), 0) {
                Ok((value, end)) => {
                    prop_assert_eq!(value.to_bits(), wanted.to_bits());
                    prop_assert_eq!(end, json.len());
                }
                Err(_) => prop_assert!(wanted.is_infinite()),
            }
        }

        #[test]
        fn every_double_is_read_as_it_was_printed(value in any::<f64>().prop_filter("finite", |x| x.is_finite())) {
            for json in [format!("{value:?}"), format!("{value:e}"), format!("{value}")] {
                prop_assert_eq!(number(json.as_bytes(), 0).unwrap().0.to_bits(), value.to_bits());
            }
        }
    }
}
