//! Roots of monotone functions by bisection to the last bit.

/// x in [low, high] where the monotone `f` crosses zero; the end where it does not.
pub(crate) fn bisect(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let rising = f(low) <= f(high);
    for _ in 0..300 {
        let middle = low + 0.5 * (high - low);
        if middle <= low || middle >= high {
            break;
        }
        let value = f(middle);
        if value == 0.0 {
            return middle;
        }
        if (value < 0.0) == rising {
            low = middle;
        } else {
            high = middle;
        }
    }
    low + 0.5 * (high - low)
}
