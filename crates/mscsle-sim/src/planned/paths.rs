//! Who responds when, who leaves, and which visits did not take place.

use super::spec::{CohortSpec, wrong};
use super::visit_day;
use crate::{Draws, SimError};

/// Response at a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Response {
    None,
    Partial,
    Complete,
}

impl Response {
    pub(super) fn word(self) -> &'static str {
        match self {
            Response::None => "NR",
            Response::Partial => "PR",
            Response::Complete => "CR",
        }
    }
}

/// The design of the cohort.
#[derive(Debug, Clone)]
pub(super) struct Paths {
    /// By subject and planned visit; `None` where no response is recorded at that visit.
    pub(super) response: Vec<Vec<Option<Response>>>,
    /// By subject and planned visit.
    pub(super) assessed: Vec<Vec<bool>>,
    pub(super) death: Vec<Option<i64>>,
    pub(super) withdrawal: Vec<Option<i64>>,
}

impl Paths {
    /// Day of leaving by death or withdrawal.
    pub(super) fn leaves(&self, i: usize) -> Option<i64> {
        self.death[i].or(self.withdrawal[i])
    }

    pub(super) fn responds(&self, i: usize, v: usize) -> bool {
        self.response[i][v] > Some(Response::None)
    }

    /// Subjects assessed at a visit.
    pub(super) fn assessed_at(&self, v: usize) -> Vec<usize> {
        (0..self.assessed.len()).filter(|&i| self.assessed[i][v]).collect()
    }
}

pub(super) fn draw(spec: &CohortSpec, draws: &mut Draws) -> Result<Paths, SimError> {
    let mut response = if spec.paths.is_empty() { from_counts(spec, draws)? } else { from_paths(spec)? };
    draws.shuffle(&mut response);
    let mut paths = Paths {
        assessed: vec![vec![true; spec.months.len()]; spec.n],
        death: vec![None; spec.n],
        withdrawal: vec![None; spec.n],
        response,
    };
    leave(spec, &mut paths, draws)?;
    miss_visits(spec, &mut paths, draws)?;
    for i in 0..spec.n {
        for v in 0..spec.months.len() {
            if !paths.assessed[i][v] {
                paths.response[i][v] = None;
            }
        }
    }
    check_denominators(spec, &paths)?;
    Ok(paths)
}

fn from_paths(spec: &CohortSpec) -> Result<Vec<Vec<Option<Response>>>, SimError> {
    let mut out = Vec::with_capacity(spec.n);
    for (k, p) in spec.paths.iter().enumerate() {
        let field = || format!("paths[{k}]");
        let mut row = vec![None];
        for letter in p.path.chars() {
            row.push(Some(match letter {
                'C' => Response::Complete,
                'P' => Response::Partial,
                'N' => Response::None,
                other => return Err(wrong(field(), format!("`{other}` is not `C`, `P` or `N`"))),
            }));
        }
        if row.len() != spec.months.len() {
            let problem = format!(
                "`{}` must have one letter for each of the {} visits after the first",
                p.path,
                spec.months.len() - 1
            );
            return Err(wrong(field(), problem));
        }
        out.extend(std::iter::repeat_n(row, p.n));
    }
    if out.len() != spec.n {
        return Err(wrong("paths", format!("their sizes add to {}, not to n = {}", out.len(), spec.n)));
    }
    Ok(out)
}

/// Responders by visit from their counts: the `ever` subjects enter in proportion to the counts, and whoever responded
/// before goes on responding as far as the counts allow.
fn from_counts(spec: &CohortSpec, draws: &mut Draws) -> Result<Vec<Vec<Option<Response>>>, SimError> {
    let counts: Vec<usize> = spec.responses.iter().map(|r| r.complete + r.partial).collect();
    let (most, all): (usize, usize) = (counts.iter().copied().max().unwrap_or(0), counts.iter().sum());
    let ever = spec.ever.unwrap_or(most);
    if ever < most || ever > all || ever > spec.n {
        let problem = format!("must be {most} (the largest count of a visit) to {}, but is {ever}", all.min(spec.n));
        return Err(wrong("ever", problem));
    }
    let mut out = vec![vec![None; spec.months.len()]; spec.n];
    let severity: Vec<f64> = (0..ever).map(|_| draws.normal()).collect();
    let mut entered = 0;
    let mut before: Vec<usize> = Vec::new();
    for (k, r) in spec.responses.iter().enumerate() {
        let v = spec.visit(r.month, "responses")?;
        let (count, left) = (counts[k], ever - entered);
        let later: usize = counts[k + 1..].iter().sum();
        let share = (left * count).checked_div(count + later).unwrap_or(0);
        let new = share.max(left.saturating_sub(later)).max(count.saturating_sub(entered)).min(left).min(count);
        // last responders first, then those who responded earlier
        let mut kept: Vec<usize> = before.clone();
        kept.extend((0..entered).filter(|i| !before.contains(i)));
        kept.truncate(count - new);
        kept.extend(entered..entered + new);
        entered += new;
        let mut ranked: Vec<(f64, usize)> = kept.iter().map(|&i| (severity[i] + 0.4 * draws.normal(), i)).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        for row in &mut out {
            row[v] = Some(Response::None);
        }
        for (rank, (_, i)) in ranked.into_iter().enumerate() {
            out[i][v] = Some(if rank < r.complete { Response::Complete } else { Response::Partial });
        }
        draws.shuffle(&mut kept);
        before = kept;
    }
    Ok(out)
}

/// Deaths and withdrawals fall on subjects without response from then on.
fn leave(spec: &CohortSpec, paths: &mut Paths, draws: &mut Draws) -> Result<(), SimError> {
    let mut events: Vec<(i64, bool)> =
        spec.deaths.iter().map(|d| (*d, true)).chain(spec.withdrawals.iter().map(|d| (*d, false))).collect();
    events.sort_unstable();
    for (day, dies) in events {
        let after: Vec<usize> = (0..spec.months.len()).filter(|&v| visit_day(spec.months[v]) >= day).collect();
        let free: Vec<usize> = (0..spec.n)
            .filter(|&i| paths.leaves(i).is_none() && after.iter().all(|&v| !paths.responds(i, v)))
            .collect();
        if free.is_empty() {
            let field = if dies { "deaths" } else { "withdrawals" };
            return Err(wrong(field, format!("day {day}: every subject left responds at a later visit")));
        }
        let i = free[draws.below(free.len())];
        if dies {
            paths.death[i] = Some(day);
        } else {
            paths.withdrawal[i] = Some(day);
        }
        for v in after {
            paths.assessed[i][v] = false;
        }
    }
    Ok(())
}

fn miss_visits(spec: &CohortSpec, paths: &mut Paths, draws: &mut Draws) -> Result<(), SimError> {
    let mut candidates: Vec<(usize, usize)> = (0..spec.n)
        .flat_map(|i| (1..spec.months.len()).map(move |v| (i, v)))
        .filter(|&(i, v)| paths.assessed[i][v] && !paths.responds(i, v))
        .collect();
    if candidates.len() < spec.missing_visits {
        let problem = format!("only {} visits without a response can be missing", candidates.len());
        return Err(wrong("missing_visits", problem));
    }
    draws.shuffle(&mut candidates);
    for (i, v) in candidates.into_iter().take(spec.missing_visits) {
        paths.assessed[i][v] = false;
    }
    Ok(())
}

/// The number assessed at each visit against the printed denominators.
fn check_denominators(spec: &CohortSpec, paths: &Paths) -> Result<(), SimError> {
    let given = spec
        .responses
        .iter()
        .enumerate()
        .map(|(k, r)| (format!("responses[{k}]"), r.month, r.of))
        .chain(spec.sledai.iter().enumerate().map(|(k, s)| (format!("sledai[{k}]"), s.month, s.of)));
    for (field, month, of) in given {
        let n = paths.assessed_at(spec.visit(month, &field)?).len();
        if let Some(of) = of
            && of != n
        {
            let problem =
                format!("`of` is {of}, but deaths, withdrawals and missing visits leave {n} at month {month}");
            return Err(wrong(field, problem));
        }
    }
    Ok(())
}
