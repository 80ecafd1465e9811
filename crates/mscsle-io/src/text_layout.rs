//! Texts that stand as codes into levels, laid out in memory as Apache Arrow has them: one copy, of exactly the size needed.

/// Bytes of a text that a view holds itself.
const INLINE: usize = 12;

/// Texts as Arrow lays them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLayout<T> {
    /// Of the layout with views one a row; otherwise where each text begins, and the end of the last.
    pub places: Vec<T>,
    /// The bytes that they point into.
    pub data: Vec<u8>,
    /// One bit a row, the lowest first: 1 where there is a text. None when there is one in every row.
    pub validity: Option<Vec<u8>>,
}

/// The level of a code; none of a code below 0, which is missing, or without a level.
fn of<T>(levels: &[T], code: i32) -> Option<&T> {
    usize::try_from(code).ok().and_then(|code| levels.get(code))
}

fn validity<T>(codes: &[i32], levels: &[T]) -> Option<Vec<u8>> {
    let missing = codes.iter().any(|&code| of(levels, code).is_none());
    let bits = |codes: &[i32]| {
        codes.iter().enumerate().fold(0, |bits, (i, &code)| bits | (u8::from(of(levels, code).is_some()) << i))
    };
    missing.then(|| codes.chunks(8).map(bits).collect())
}

/// Each text behind the one before it, and where it begins; none when the places are too small for that many bytes.
#[must_use]
pub fn text_offsets<T: TryFrom<usize> + Copy>(codes: &[i32], levels: &[impl AsRef<str>]) -> Option<TextLayout<T>> {
    let mut places = Vec::with_capacity(codes.len() + 1);
    let mut end = 0_usize;
    places.push(T::try_from(0).ok()?);
    for &code in codes {
        end = end.checked_add(of(levels, code).map_or(0, |level| level.as_ref().len()))?;
        places.push(T::try_from(end).ok()?);
    }
    let mut data = Vec::with_capacity(end);
    for level in codes.iter().filter_map(|&code| of(levels, code)) {
        data.extend_from_slice(level.as_ref().as_bytes());
    }
    Some(TextLayout { places, data, validity: validity(codes, levels) })
}

/// A view of 16 bytes a row: its length, and the text itself up to 12 bytes, or its first four with its place among the
/// levels, which stand once; none when the long levels take more than 2 GiB.
#[must_use]
pub fn text_views(codes: &[i32], levels: &[impl AsRef<str>]) -> Option<TextLayout<u128>> {
    let mut data = Vec::new();
    let mut views = Vec::with_capacity(levels.len());
    for level in levels {
        let bytes = level.as_ref().as_bytes();
        let mut view = [0_u8; 16];
        view[..4].copy_from_slice(&i32::try_from(bytes.len()).ok()?.to_le_bytes());
        if let Some(inline) = view.get_mut(4..4 + bytes.len()).filter(|_| bytes.len() <= INLINE) {
            inline.copy_from_slice(bytes);
        } else {
            view[4..8].copy_from_slice(bytes.get(..4)?);
            view[12..].copy_from_slice(&i32::try_from(data.len()).ok()?.to_le_bytes());
            data.extend_from_slice(bytes);
        }
        views.push(u128::from_le_bytes(view));
    }
    i32::try_from(data.len()).ok()?;
    let places = codes.iter().map(|&code| of(&views, code).copied().unwrap_or(0)).collect();
    Some(TextLayout { places, data, validity: validity(codes, levels) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [&str; 4] = ["", "exactly 12 b", "thirteen byte", "é"];

    #[test]
    fn offsets_point_at_the_texts_and_missing_ones_have_no_bit() {
        let layout = text_offsets::<i32>(&[3, -1, 1, 0, 9], &LEVELS).unwrap();
        assert_eq!(layout.places, [0, 2, 2, 14, 14, 14]);
        assert_eq!(layout.data, "éexactly 12 b".as_bytes());
        assert_eq!(layout.validity, Some(vec![0b01101]));
        assert_eq!(text_offsets::<i64>(&[0; 9], &LEVELS).unwrap().validity, None);
        assert_eq!(text_offsets::<i8>(&[1; 11], &LEVELS), None);
        let none: [&str; 0] = [];
        assert_eq!(text_offsets::<i64>(&[], &none).unwrap().places, [0]);
    }

    #[test]
    fn views_hold_short_texts_and_point_at_long_ones() {
        let layout = text_views(&[2, 1, -1, 2, 0, 0, 0, 0, -1], &LEVELS).unwrap();
        let bytes = |row: usize| layout.places[row].to_le_bytes();
        assert_eq!(bytes(0), *b"\x0d\0\0\0thir\0\0\0\0\0\0\0\0");
        assert_eq!(bytes(1), *b"\x0c\0\0\0exactly 12 b");
        assert_eq!((bytes(2), bytes(3)), ([0; 16], bytes(0)));
        assert_eq!(layout.data, b"thirteen byte");
        assert_eq!(layout.validity, Some(vec![0b1111_1011, 0]));
    }
}
