//! Checks of arguments that every estimator shares; behind them nothing is checked again.

use crate::SurvivalError;

/// Refuses an argument whose length differs from that of `time`.
pub(crate) fn length(argument: &'static str, expected: usize, found: usize) -> Result<(), SurvivalError> {
    if expected == found { Ok(()) } else { Err(SurvivalError::UnequalLength { argument, expected, found }) }
}

/// Smallest time that is no misread zero: a reader that turns SAS zeros into 5.4e-79 would make events of them.
const SMALLEST_TIME: f64 = 1e-70;

/// Refuses NaN, infinities, negative values and misread zeros; -0 passes.
pub(crate) fn times(argument: &'static str, values: &[f64]) -> Result<(), SurvivalError> {
    // one pass without branches: valid iff 0 or SMALLEST_TIME <= value < infinity
    let all_valid = values
        .iter()
        .fold(true, |valid, &value| valid & ((value == 0.0) | (SMALLEST_TIME..f64::INFINITY).contains(&value)));
    if all_valid {
        return Ok(());
    }
    for (row, &value) in values.iter().enumerate() {
        if !value.is_finite() {
            return Err(SurvivalError::NotFinite { argument, row, value });
        }
        if value < 0.0 {
            return Err(SurvivalError::NegativeTime { argument, row, value });
        }
        if value != 0.0 && value < SMALLEST_TIME {
            return Err(SurvivalError::MisreadZero { argument, row, value });
        }
    }
    Ok(())
}

/// Refuses entries that are not before their exit.
pub(crate) fn entries(entry: &[f64], time: &[f64]) -> Result<(), SurvivalError> {
    length("entry", time.len(), entry.len())?;
    times("entry", entry)?;
    match entry.iter().zip(time).position(|(entry, time)| entry >= time) {
        Some(row) => Err(SurvivalError::EntryNotBeforeTime { row, entry: entry[row], time: time[row] }),
        None => Ok(()),
    }
}

/// Refuses weights that are negative, not finite or all zero.
pub(crate) fn weights(weights: &[f64], rows: usize) -> Result<(), SurvivalError> {
    length("weights", rows, weights.len())?;
    for (row, &value) in weights.iter().enumerate() {
        if !value.is_finite() {
            return Err(SurvivalError::NotFinite { argument: "weights", row, value });
        }
        if value < 0.0 {
            return Err(SurvivalError::NegativeWeight { row, value });
        }
    }
    if weights.iter().all(|&weight| weight == 0.0) { Err(SurvivalError::NoWeight) } else { Ok(()) }
}

/// Refuses codes at or above `limit`.
pub(crate) fn codes(argument: &'static str, codes: &[u32], rows: usize, limit: usize) -> Result<(), SurvivalError> {
    length(argument, rows, codes.len())?;
    if codes.iter().fold(0, |largest, &code| largest.max(code)) as usize >= limit
        && let Some(row) = codes.iter().position(|&code| code as usize >= limit)
    {
        return Err(SurvivalError::CodeOutOfRange { argument, row, value: codes[row], limit });
    }
    Ok(())
}

/// Number of rows of each code; the codes are below `limit`.
pub(crate) fn count_codes(codes: &[u32], limit: usize) -> Vec<f64> {
    let mut counts = vec![0_u64; limit];
    if limit <= 8 {
        // comparisons of a block in the first-level cache vectorise; one counter per code would wait for itself
        for block in codes.chunks(4096) {
            for (code, count) in counts.iter_mut().enumerate() {
                *count += block.iter().map(|&value| u32::from(value == code as u32)).sum::<u32>() as u64;
            }
        }
    } else {
        for &code in codes {
            counts[code as usize] += 1;
        }
    }
    counts.into_iter().map(|count| count as f64).collect()
}
