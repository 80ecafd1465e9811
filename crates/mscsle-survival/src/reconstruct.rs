//! Individual times rebuilt from a published Kaplan-Meier curve.

use crate::{KaplanMeierOptions, SurvivalError, kaplan_meier, steps_until};

/// Rounds of the search for the censorings of an interval; it may swing by one for ever.
const MOST_ROUNDS: usize = 1000;

/// What was done to the clicks before they were used.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cleaning {
    /// The point (0, 1) was put in front.
    pub start_added: bool,
    /// Points that were out of order in time.
    pub unsorted: usize,
    /// Points at a time that another point had; the lowest stays.
    pub duplicates: usize,
    /// Points lowered because survival rose.
    pub lowered: usize,
    /// By how much at most.
    pub largest_lowered: f64,
    /// Times of the risk table without a click before the next: a point on the step was put there.
    pub points_added: usize,
    /// Times of the risk table after the last click, left out.
    pub risk_times_dropped: usize,
}

/// How near the rebuilt data come to what was published.
#[derive(Debug, Clone, PartialEq)]
pub struct ReconstructionQuality {
    /// Root mean square of rebuilt less clicked survival over the clicks.
    pub rmse: f64,
    /// Mean of the absolute differences.
    pub mean_deviation: f64,
    /// Largest absolute difference.
    pub max_deviation: f64,
    /// Its time.
    pub max_deviation_time: f64,
    /// Largest absolute difference of the numbers at risk.
    pub max_risk_difference: f64,
}

/// Individual times rebuilt from a curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Reconstruction {
    /// Time of each subject, ascending.
    pub time: Vec<f64>,
    /// Whether the event happened then.
    pub event: Vec<bool>,
    /// Cleaned clicks.
    pub click_time: Vec<f64>,
    /// Cleaned clicks.
    pub click_survival: Vec<f64>,
    /// Rebuilt survival at the clicks.
    pub rebuilt_survival: Vec<f64>,
    /// Times of the risk table that were used.
    pub risk_time: Vec<f64>,
    /// Published numbers at risk.
    pub n_risk: Vec<f64>,
    /// Numbers at risk of the rebuilt data.
    pub rebuilt_n_risk: Vec<f64>,
    /// Rebuilt events from each time of the risk table to the next.
    pub interval_events: Vec<f64>,
    /// Rebuilt censorings in the same intervals.
    pub interval_censored: Vec<f64>,
    /// Published number of events, if it was used.
    pub total_events: Option<u64>,
    /// Whether the search for censorings settled in every interval.
    pub settled: bool,
    /// What was done to the clicks.
    pub cleaning: Cleaning,
    /// How near the result comes.
    pub quality: ReconstructionQuality,
}

impl Reconstruction {
    /// Rebuilt events.
    #[must_use]
    pub fn n_events(&self) -> usize {
        self.event.iter().filter(|&&event| event).count()
    }
}

/// Individual times rebuilt from the clicks on a Kaplan-Meier curve and the numbers at risk below it (Guyot's algorithm).
///
/// In each interval of the risk table censorings are spread evenly and their number is changed until the events that the
/// curve implies lead to the next number at risk:
///
/// ```text
/// d_k = round(n_k (1 - S_k / K)),  K <- K (1 - d_k / n_k),  n_{k+1} = n_k - d_k - c_k
/// ```
///
/// In the last interval the rate of censoring of the earlier ones is carried on, or the number of events fixes it if it was
/// published. Halves are rounded up; no more can leave than are there. Censorings lie at the middle between two clicks, but
/// before a time of the risk table that lies between them; who is left is censored at the last click. The numbers do not identify the subjects: covariates are lost, and a hazard ratio
/// of two rebuilt arms is that of the curves.
///
/// Clicks are put in order, the point (0, 1) in front if it is not there; of points at one time the lowest stays, and survival
/// that rises is lowered to the running minimum. `cleaning` counts all this.
///
/// # Errors
/// Lengths that differ, no clicks, values that are not finite, negative times, survival outside 0 to 1, a risk table that does
/// not begin at 0, is not ascending in time, rises, or is not whole; more events than subjects.
///
/// # Examples
/// ```
/// use mscsle_survival::reconstruct;
/// let found = reconstruct(&[0.0, 1.0, 2.0, 4.0], &[1.0, 0.9, 0.8, 0.6], &[0.0, 2.0], &[10.0, 9.0], Some(4))?;
/// assert_eq!((found.time.len(), found.n_events()), (10, 4));
/// assert!(found.quality.max_deviation < 1e-12);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
///
/// # References
/// Guyot P, Ades AE, Ouwens MJNM, Welton NJ (2012) BMC Med Res Methodol 12:9, doi:10.1186/1471-2288-12-9. Liu N, Zhou Y, Lee JJ
/// (2021) BMC Med Res Methodol 21:111, doi:10.1186/s12874-021-01308-8 (quality of a reconstruction).
pub fn reconstruct(
    time: &[f64],
    survival: &[f64],
    risk_time: &[f64],
    n_risk: &[f64],
    total_events: Option<u64>,
) -> Result<Reconstruction, SurvivalError> {
    check(time, survival, risk_time, n_risk, total_events)?;
    let mut cleaning = Cleaning::default();
    let mut clicks = clean(time, survival, &mut cleaning);
    let last = clicks.last().map_or(0.0, |click| click.0);
    let used: Vec<usize> = (0..risk_time.len()).filter(|&i| risk_time[i] <= last).collect();
    cleaning.risk_times_dropped = risk_time.len() - used.len();
    let risk_time: Vec<f64> = used.iter().map(|&i| risk_time[i]).collect();
    let published: Vec<f64> = used.iter().map(|&i| n_risk[i]).collect();
    // every interval of the risk table needs a click
    for i in 0..risk_time.len() {
        let end = risk_time.get(i + 1).copied().unwrap_or(f64::INFINITY);
        if !clicks.iter().any(|&(t, _)| t >= risk_time[i] && t < end) {
            let place = clicks.partition_point(|&(t, _)| t < risk_time[i]);
            clicks.insert(place, (risk_time[i], clicks[place.saturating_sub(1)].1));
            cleaning.points_added += 1;
        }
    }
    let mut walk = Walk::new(&clicks, &risk_time, &published);
    let settled = walk.run(total_events);
    let (subjects, interval_events, interval_censored) = walk.subjects();
    let (time, event): (Vec<f64>, Vec<bool>) = subjects.into_iter().unzip();
    let km = kaplan_meier(&time, &event, &KaplanMeierOptions::default())?;
    let (click_time, click_survival): (Vec<f64>, Vec<f64>) = clicks.into_iter().unzip();
    let rebuilt_survival: Vec<f64> = steps_until(&km.time, &click_time, km.largest_gap)
        .into_iter()
        .map(|steps| if steps == 0 { 1.0 } else { km.survival[steps as usize - 1] })
        .collect();
    let rebuilt_n_risk: Vec<f64> =
        risk_time.iter().map(|&tau| (time.len() - time.partition_point(|&t| t < tau)) as f64).collect();
    let differences: Vec<f64> = rebuilt_survival.iter().zip(&click_survival).map(|(a, b)| (a - b).abs()).collect();
    let worst = (0..differences.len()).max_by(|&a, &b| differences[a].total_cmp(&differences[b])).unwrap_or(0);
    let count = differences.len() as f64;
    let quality = ReconstructionQuality {
        rmse: (differences.iter().map(|d| d * d).sum::<f64>() / count).sqrt(),
        mean_deviation: differences.iter().sum::<f64>() / count,
        max_deviation: differences[worst],
        max_deviation_time: click_time[worst],
        max_risk_difference: rebuilt_n_risk.iter().zip(&published).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max),
    };
    Ok(Reconstruction {
        time,
        event,
        click_time,
        click_survival,
        rebuilt_survival,
        risk_time,
        n_risk: published,
        rebuilt_n_risk,
        interval_events,
        interval_censored,
        total_events,
        settled,
        cleaning,
        quality,
    })
}

fn check(
    time: &[f64],
    survival: &[f64],
    risk_time: &[f64],
    n_risk: &[f64],
    total_events: Option<u64>,
) -> Result<(), SurvivalError> {
    if time.is_empty() || risk_time.is_empty() {
        return Err(SurvivalError::Empty);
    }
    crate::check::length("survival", time.len(), survival.len())?;
    crate::check::times("time", time)?;
    if let Some(row) = survival.iter().position(|s| !s.is_finite()) {
        return Err(SurvivalError::NotFinite { argument: "survival", row, value: survival[row] });
    }
    let invalid = |option, expected, value| Err(SurvivalError::InvalidOption { option, expected, value });
    if let Some(&value) = survival.iter().find(|s| !(-1e-9..=1.0 + 1e-9).contains(*s)) {
        return invalid("survival", "between 0 and 1 (percent? divide by 100)", value);
    }
    if n_risk.len() != risk_time.len() {
        let (expected, found) = (risk_time.len(), n_risk.len());
        return Err(SurvivalError::UnequalLength { argument: "n_risk", expected, found });
    }
    crate::check::times("risk_time", risk_time)?;
    if risk_time[0] != 0.0 {
        return invalid("risk_time", "0 first: the number of subjects at the start", risk_time[0]);
    }
    if let Some(pair) = risk_time.windows(2).find(|pair| pair[0] >= pair[1]) {
        return invalid("risk_time", "ascending", pair[1]);
    }
    if let Some(&value) = n_risk.iter().find(|n| !(n.is_finite() && **n >= 0.0 && n.fract() == 0.0)) {
        return invalid("n_risk", "whole numbers", value);
    }
    if let Some(pair) = n_risk.windows(2).find(|pair| pair[0] < pair[1]) {
        return invalid("n_risk", "not rising", pair[1]);
    }
    if n_risk[0] < 1.0 {
        return invalid("n_risk", "at least 1 at the start", n_risk[0]);
    }
    match total_events {
        Some(events) if events as f64 > n_risk[0] => {
            invalid("total_events", "at most the number of subjects", events as f64)
        }
        _ => Ok(()),
    }
}

/// Clicks in order, from (0, 1) on, not rising, one at a time.
fn clean(time: &[f64], survival: &[f64], cleaning: &mut Cleaning) -> Vec<(f64, f64)> {
    cleaning.unsorted = time.windows(2).filter(|pair| pair[0] > pair[1]).count();
    let mut points: Vec<(f64, f64)> = time.iter().zip(survival).map(|(&t, &s)| (t, s.clamp(0.0, 1.0))).collect();
    // of one time the highest first, so that the lowest stays
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let mut out: Vec<(f64, f64)> = vec![(0.0, 1.0)];
    cleaning.start_added = points[0] != (0.0, 1.0);
    let points = if cleaning.start_added { &points[..] } else { &points[1..] };
    let mut least = 1.0_f64;
    for &(t, s) in points {
        if s > least {
            cleaning.lowered += 1;
            cleaning.largest_lowered = cleaning.largest_lowered.max(s - least);
        }
        least = least.min(s);
        match out.last_mut() {
            Some(before) if before.0 == t && t > 0.0 => {
                cleaning.duplicates += 1;
                before.1 = least;
            }
            _ => out.push((t, least)),
        }
    }
    // a drop at time 0 is an event at time 0
    out.dedup_by(|b, a| {
        let same = a == b;
        cleaning.duplicates += usize::from(same);
        same
    });
    out
}

/// Halves are rounded up.
fn round(value: f64) -> f64 {
    (value + 0.5).floor()
}

/// The state of the walk along the clicks.
struct Walk {
    t: Vec<f64>,
    s: Vec<f64>,
    /// First click of each interval, then the number of clicks.
    low: Vec<usize>,
    risk_time: Vec<f64>,
    n_risk: Vec<f64>,
    /// At risk, events and censorings (until the next click) at each click.
    n: Vec<f64>,
    d: Vec<f64>,
    c: Vec<f64>,
    k: Vec<f64>,
}

impl Walk {
    fn new(clicks: &[(f64, f64)], risk_time: &[f64], n_risk: &[f64]) -> Self {
        let (t, s): (Vec<f64>, Vec<f64>) = clicks.iter().copied().unzip();
        let mut low: Vec<usize> = risk_time.iter().map(|&tau| t.partition_point(|&x| x < tau)).collect();
        low.push(t.len());
        let size = t.len();
        Self {
            t,
            s,
            low,
            risk_time: risk_time.to_vec(),
            n_risk: n_risk.to_vec(),
            n: vec![0.0; size + 1],
            d: vec![0.0; size],
            c: vec![0.0; size],
            k: vec![1.0; size],
        }
    }

    /// Puts `count` censorings evenly into the clicks from `low` to the click `end`, each before the click that follows it.
    fn spread(&mut self, low: usize, end: usize, count: f64) {
        self.c[low..end].fill(0.0);
        if count <= 0.0 || end <= low {
            return;
        }
        let length = self.t[end] - self.t[low];
        let mut click = low;
        for j in 1..=count as usize {
            let at = self.t[low] + j as f64 * length / (count + 1.0);
            while click + 1 < end && at > self.t[click + 1] {
                click += 1;
            }
            self.c[click] += 1.0;
        }
    }

    /// Walks over the clicks of an interval; `last` is the last click with an event before it.
    fn walk(&mut self, low: usize, end: usize, n: f64, mut last: Option<usize>) -> Option<usize> {
        self.n[low] = n;
        for k in low..end {
            let before = last.map_or(1.0, |last| self.k[last]);
            let at_risk = self.n[k];
            let wanted = if before > 0.0 { round(at_risk * (1.0 - self.s[k] / before)) } else { 0.0 };
            let events = wanted.clamp(0.0, at_risk);
            self.d[k] = events;
            self.k[k] = if at_risk > 0.0 { before * (1.0 - events / at_risk) } else { before };
            self.c[k] = self.c[k].min(at_risk - events);
            self.n[k + 1] = at_risk - events - self.c[k];
            if events > 0.0 {
                last = Some(k);
            }
        }
        last
    }

    fn run(&mut self, total_events: Option<u64>) -> bool {
        let intervals = self.n_risk.len();
        let mut settled = true;
        let mut last = None;
        let mut censored = 0.0;
        for i in 0..intervals - 1 {
            let (low, next) = (self.low[i], self.low[i + 1]);
            let share = if self.s[low] > 0.0 { self.s[next] / self.s[low] } else { 0.0 };
            let mut count = round(self.n_risk[i] * share - self.n_risk[i + 1]).max(0.0);
            let mut end = last;
            for rounds in 0.. {
                self.spread(low, next, count);
                end = self.walk(low, next, self.n_risk[i], last);
                let reached = self.n[next];
                if reached == self.n_risk[i + 1] || (reached < self.n_risk[i + 1] && count <= 0.0) {
                    break;
                }
                if rounds == MOST_ROUNDS {
                    settled = false;
                    break;
                }
                count = (count + reached - self.n_risk[i + 1]).max(0.0);
            }
            // the curve allows no more: the number at risk is what the curve says
            if self.n[next] < self.n_risk[i + 1] || !settled {
                self.n_risk[i + 1] = self.n[next];
            }
            censored += self.c[low..next].iter().sum::<f64>();
            last = end;
        }
        self.last_interval(total_events, censored, last) && settled
    }

    fn last_interval(&mut self, total_events: Option<u64>, censored: f64, last: Option<usize>) -> bool {
        let i = self.n_risk.len() - 1;
        let (low, end) = (self.low[i], self.low[i + 1]);
        let n = self.n_risk[i];
        let mut count = 0.0;
        if i > 0 {
            let earlier = self.t[low - 1] - self.t[self.low[0]];
            if earlier > 0.0 {
                count = round(censored * (self.t[end - 1] - self.t[low]) / earlier).min(n);
            }
        }
        self.spread(low, end - 1, count);
        self.walk(low, end, n, last);
        let Some(total) = total_events else {
            return true;
        };
        let total = total as f64;
        let before: f64 = self.d[..low].iter().sum();
        if before >= total {
            self.d[low..end].fill(0.0);
            self.c[low..end].fill(0.0);
            return true;
        }
        for rounds in 0.. {
            let events = before + self.d[low..end].iter().sum::<f64>();
            if events == total || (events < total && count <= 0.0) {
                break;
            }
            if rounds == MOST_ROUNDS || (events > total && count >= n) {
                return false;
            }
            count = (count + events - total).clamp(0.0, n);
            self.spread(low, end - 1, count);
            self.walk(low, end, n, last);
        }
        true
    }

    /// Subjects by time (events before censorings), and events and censorings by interval.
    fn subjects(&self) -> (Vec<(f64, bool)>, Vec<f64>, Vec<f64>) {
        let mut out = Vec::new();
        let size = self.t.len();
        let total = self.n_risk[0] as usize;
        for k in 0..size {
            out.extend(std::iter::repeat_n((self.t[k], true), self.d[k] as usize));
            if k + 1 < size {
                // who left before the next number at risk left before its time, not only before the next click
                let interval = self.low.iter().position(|&low| low == k + 1);
                let end =
                    interval.and_then(|i| self.risk_time.get(i)).map_or(self.t[k + 1], |tau| tau.min(self.t[k + 1]));
                out.extend(std::iter::repeat_n((0.5 * (self.t[k] + end), false), self.c[k] as usize));
            }
        }
        let left = total.saturating_sub(out.len());
        out.extend(std::iter::repeat_n((self.t[size - 1], false), left));
        out.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let sums = |values: &[f64]| {
            self.low.windows(2).map(|pair| values[pair[0]..pair[1]].iter().sum()).collect::<Vec<f64>>()
        };
        let mut censored = sums(&self.c);
        if let Some(last) = censored.last_mut() {
            *last += left as f64;
        }
        (out, sums(&self.d), censored)
    }
}

#[cfg(test)]
mod tests {
    use super::reconstruct;
    use crate::SurvivalError;

    #[test]
    fn a_curve_without_censoring_comes_back_exactly() {
        let time: Vec<f64> = (0..=10).map(f64::from).collect();
        let survival: Vec<f64> = (0..=10).map(|d| 1.0 - f64::from(d) / 10.0).collect();
        let found = reconstruct(&time, &survival, &[0.0, 5.0], &[10.0, 6.0], None).expect("valid");
        assert_eq!(found.time, time[1..]);
        assert!(found.event.iter().all(|&e| e));
        assert_eq!(found.rebuilt_n_risk, [10.0, 6.0]);
        assert!(found.quality.rmse < 1e-12);
    }

    #[test]
    fn clicks_are_cleaned_and_counted() {
        let found =
            reconstruct(&[2.0, 1.0, 3.0, 3.0, 4.0], &[0.8, 0.9, 0.85, 0.7, 0.7], &[0.0], &[10.0], None).expect("valid");
        assert!(found.cleaning.start_added);
        assert_eq!((found.cleaning.unsorted, found.cleaning.lowered, found.cleaning.duplicates), (1, 1, 1));
        assert!((found.cleaning.largest_lowered - 0.05).abs() < 1e-12);
        assert_eq!(found.click_survival, [1.0, 0.9, 0.8, 0.7, 0.7]);
        assert_eq!(found.n_events(), 3);
    }

    #[test]
    fn nobody_is_invented_or_lost() {
        // a curve that falls to 0 with a risk table that disagrees
        let found = reconstruct(&[0.0, 1.0, 2.0, 3.0], &[1.0, 0.2, 0.1, 0.0], &[0.0, 2.0], &[20.0, 15.0], Some(9))
            .expect("valid");
        assert_eq!(found.time.len(), 20);
        assert!(found.quality.max_risk_difference > 0.0);
    }

    #[test]
    fn an_interval_without_clicks_gets_one_and_later_risk_times_are_dropped() {
        let found =
            reconstruct(&[0.0, 1.0, 9.0], &[1.0, 0.9, 0.5], &[0.0, 3.0, 6.0, 12.0], &[10.0, 8.0, 7.0, 0.0], None)
                .expect("valid");
        assert_eq!((found.cleaning.points_added, found.cleaning.risk_times_dropped), (1, 1));
        assert_eq!(found.rebuilt_n_risk, [10.0, 8.0, 7.0]);
    }

    #[test]
    fn wrong_tables_are_refused() {
        let refused = |time: &[f64], survival: &[f64], risk: &[f64], n: &[f64], events| {
            matches!(reconstruct(time, survival, risk, n, events), Err(SurvivalError::InvalidOption { .. }))
        };
        assert!(refused(&[1.0], &[90.0], &[0.0], &[10.0], None));
        assert!(refused(&[1.0], &[0.9], &[1.0], &[10.0], None));
        assert!(refused(&[1.0], &[0.9], &[0.0, 1.0], &[10.0, 11.0], None));
        assert!(refused(&[1.0], &[0.9], &[0.0], &[10.5], None));
        assert!(refused(&[1.0], &[0.9], &[0.0], &[10.0], Some(11)));
    }
}
