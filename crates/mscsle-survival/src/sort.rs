//! Sorting of packed keys.

/// Sorts packed keys; equal keys are indistinguishable, so any order of work gives the same result.
pub(crate) fn sort_keys(keys: &mut [u64]) {
    keys.sort_unstable();
}
