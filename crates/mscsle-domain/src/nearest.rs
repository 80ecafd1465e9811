//! Nearest names, for messages that say what was probably meant.

/// The candidate nearest to `name`, when it is near enough to be a misspelling.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // One edit in three letters; a shorter word has no misspelling that can be told from another word.
    nearest_within(name, candidates, fold(name).chars().count() / 3)
}

/// The candidate nearest to `name` that differs in at most `limit` letters (inserted, left out, replaced or swapped).
///
/// ```
/// use mscsle_domain::nearest_within;
///
/// assert_eq!(nearest_within("Prednison", ["prednisone", "prednisolone"], 2), Some("prednisone"));
/// assert_eq!(nearest_within("prednimustine", ["prednisone", "prednisolone"], 2), None);
/// ```
#[must_use]
pub fn nearest_within<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>, limit: usize) -> Option<&'a str> {
    let wanted = fold(name);
    candidates
        .into_iter()
        .map(|candidate| (edit_distance(&wanted, &fold(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean `x`?`, or empty.
#[must_use]
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, candidates).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// Lower case without separators: `Birth Date`, `birthdate` and `birth_date` are the same word.
fn fold(name: &str) -> String {
    name.chars().take(64).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours.
fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (previous[j + 1] + 1).min(row[j] + 1).min(previous[j] + usize::from(x != y));
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before[j - 1] + 1);
            }
            row[j + 1] = best;
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_and_case_do_not_matter() {
        assert_eq!(nearest("BirthDate", ["sex", "birth_date"]), Some("birth_date"));
    }

    #[test]
    fn swapped_letters_are_one_edit() {
        assert_eq!(edit_distance("usubijd", "usubjid"), 1);
        assert_eq!(nearest("vist", ["visit", "date"]), Some("visit"));
    }

    #[test]
    fn unlike_names_are_not_suggested() {
        assert_eq!(did_you_mean("colour", ["usubjid", "sex"]), "");
    }
}
