//! The state behind Kaplan-Meier, Aalen-Johansen and log-rank: counts by stratum, arm and time, which add up.

use std::collections::BTreeMap;

use crate::sweep::{Outcomes, SweepRows, TieSink, sweep};
use crate::ties::TieGroups;
use crate::{NearTies, SurvivalError, check};

/// Counts of one stratum and arm at each of its distinct times.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventCell {
    /// Number (weight) at risk from the start; those with delayed entry come in through `entered`.
    pub start: f64,
    /// Distinct times, ascending.
    pub time: Vec<f64>,
    /// Number of events by cause (outer) and time (inner).
    pub events: Vec<Vec<f64>>,
    /// Number censored at each time; they are at risk at that time.
    pub censored: Vec<f64>,
    /// Number that enters at each time and is at risk after it; empty without delayed entry.
    pub entered: Vec<f64>,
}

impl EventCell {
    fn new(causes: usize) -> Self {
        Self { events: vec![Vec::new(); causes], ..Self::default() }
    }

    /// Number of distinct times.
    #[must_use]
    pub fn len(&self) -> usize {
        self.time.len()
    }

    /// Whether nobody was observed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.time.is_empty()
    }

    /// Number of events of all causes at each time.
    #[must_use]
    pub fn all_events(&self) -> Vec<f64> {
        let mut total = vec![0.0; self.time.len()];
        for events in &self.events {
            for (total, &events) in total.iter_mut().zip(events) {
                *total += events;
            }
        }
        total
    }

    /// Number at risk just before each time.
    ///
    /// Whole counts are exact. With fractional weights the sums run backwards from the last time, so that the last risk
    /// set is the sum of its own rows.
    #[must_use]
    pub fn at_risk(&self) -> Vec<f64> {
        let mut at_risk = vec![0.0; self.time.len()];
        let mut later = 0.0;
        for j in (0..self.time.len()).rev() {
            if let Some(&entered) = self.entered.get(j) {
                later -= entered;
            }
            for events in &self.events {
                later += events[j];
            }
            later += self.censored[j];
            at_risk[j] = later;
        }
        at_risk
    }

    /// Adds the counts of another cell over the same causes.
    fn add(&mut self, other: &Self) {
        let causes = self.events.len();
        let with_entry = !self.entered.is_empty() || !other.entered.is_empty();
        let mut sum = Self::new(causes);
        sum.start = self.start + other.start;
        let (mut i, mut j) = (0, 0);
        while i < self.len() || j < other.len() {
            let left = self.time.get(i).copied().unwrap_or(f64::INFINITY);
            let right = other.time.get(j).copied().unwrap_or(f64::INFINITY);
            let (from_left, from_right) = (left <= right, right <= left);
            let pick = |left: &[f64], right: &[f64]| {
                (if from_left { left.get(i).copied().unwrap_or(0.0) } else { 0.0 })
                    + (if from_right { right.get(j).copied().unwrap_or(0.0) } else { 0.0 })
            };
            sum.time.push(left.min(right));
            for cause in 0..causes {
                sum.events[cause].push(pick(&self.events[cause], &other.events[cause]));
            }
            sum.censored.push(pick(&self.censored, &other.censored));
            if with_entry {
                sum.entered.push(pick(&self.entered, &other.entered));
            }
            i += usize::from(from_left);
            j += usize::from(from_right);
        }
        *self = sum;
    }

    /// Moves the counts of each time to the earliest time of its tie group.
    fn regroup(&mut self, groups: &TieGroups) {
        let mut kept = 0;
        let mut last = usize::MAX;
        for j in 0..self.time.len() {
            let group = groups.times.partition_point(|&start| start <= self.time[j]).saturating_sub(1);
            if group == last {
                let into = kept - 1;
                for events in &mut self.events {
                    events[into] += events[j];
                }
                self.censored[into] += self.censored[j];
                if !self.entered.is_empty() {
                    self.entered[into] += self.entered[j];
                }
            } else {
                self.time[kept] = groups.times[group];
                for events in &mut self.events {
                    events[kept] = events[j];
                }
                self.censored[kept] = self.censored[j];
                if !self.entered.is_empty() {
                    self.entered[kept] = self.entered[j];
                }
                kept += 1;
                last = group;
            }
        }
        self.time.truncate(kept);
        self.censored.truncate(kept);
        self.entered.truncate(kept);
        for events in &mut self.events {
            events.truncate(kept);
        }
    }
}

/// Counts by stratum, arm and time: tables of parts of the data merge into exactly the table of the whole, and the
/// estimators are finished from it afterwards. One implementation serves one machine and many.
///
/// Times stay as they are until [`EventTable::group_near_ties`] is called on the merged table.
///
/// # Examples
/// ```
/// use mscsle_survival::{EventTable, KaplanMeierOptions, NearTies};
/// let mut table = EventTable::from_rows(&[6.0, 7.0], &[true, false], None, 0, 0)?;
/// table.merge(&EventTable::from_rows(&[6.0, 9.0], &[true, true], None, 0, 0)?)?;
/// let km = table.group_near_ties(NearTies::Group).kaplan_meier(0, 0, &KaplanMeierOptions::default())?;
/// assert_eq!(km.survival, [0.5, 0.5, 0.0]);
/// # Ok::<(), mscsle_survival::SurvivalError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EventTable {
    causes: usize,
    cells: BTreeMap<(u32, u32), EventCell>,
    largest_gap: f64,
}

impl EventTable {
    /// A table without subjects, for this many causes.
    #[must_use]
    pub fn new(causes: usize) -> Self {
        Self { causes, cells: BTreeMap::new(), largest_gap: 0.0 }
    }

    /// The counts of rows of one stratum and arm; times are taken as they are.
    ///
    /// # Errors
    /// Lengths that differ, no rows, times that are negative or not finite, entries not before their exit.
    pub fn from_rows(
        time: &[f64],
        event: &[bool],
        entry: Option<&[f64]>,
        stratum: u32,
        arm: u32,
    ) -> Result<Self, SurvivalError> {
        let rows = SweepRows { time, outcomes: Outcomes::Event(event), cells: None, n_cells: 1, entry, weights: None };
        let (mut cells, _) = cells_of(&rows, NearTies::Separate)?;
        Ok(Self::of_cell(1, stratum, arm, cells.pop().unwrap_or_default()))
    }

    /// As [`EventTable::from_rows`] with several causes: 0 = censored, `k` = cause `k`.
    ///
    /// # Errors
    /// As [`EventTable::from_rows`], and causes above the number of causes.
    pub fn from_causes(
        time: &[f64],
        cause: &[u32],
        causes: usize,
        entry: Option<&[f64]>,
        stratum: u32,
        arm: u32,
    ) -> Result<Self, SurvivalError> {
        let outcomes = Outcomes::Cause(cause, causes);
        let rows = SweepRows { time, outcomes, cells: None, n_cells: 1, entry, weights: None };
        let (mut cells, _) = cells_of(&rows, NearTies::Separate)?;
        Ok(Self::of_cell(causes, stratum, arm, cells.pop().unwrap_or_default()))
    }

    /// The counts of rows of several strata and arms, given as codes below their numbers; outcomes as in
    /// [`EventTable::from_causes`].
    ///
    /// # Errors
    /// As [`EventTable::from_causes`]; codes out of range.
    ///
    /// # Examples
    /// ```
    /// use mscsle_survival::EventTable;
    /// let table = EventTable::from_columns(&[1.0, 2.0, 3.0], &[1, 0, 1], 1, None, (&[0, 0, 0], 1), (&[0, 1, 1], 2))?;
    /// assert_eq!(table.cell(0, 1).map(|cell| cell.start), Some(2.0));
    /// # Ok::<(), mscsle_survival::SurvivalError>(())
    /// ```
    pub fn from_columns(
        time: &[f64],
        cause: &[u32],
        causes: usize,
        entry: Option<&[f64]>,
        stratum: (&[u32], usize),
        arm: (&[u32], usize),
    ) -> Result<Self, SurvivalError> {
        check::codes("strata", stratum.0, time.len(), stratum.1)?;
        check::codes("group", arm.0, time.len(), arm.1)?;
        let codes: Vec<u32> = stratum.0.iter().zip(arm.0).map(|(&s, &a)| s * arm.1 as u32 + a).collect();
        let outcomes = Outcomes::Cause(cause, causes);
        let n_cells = stratum.1 * arm.1;
        let rows = SweepRows { time, outcomes, cells: Some(&codes), n_cells, entry, weights: None };
        let (cells, _) = cells_of(&rows, NearTies::Separate)?;
        let keyed = cells.into_iter().enumerate().filter(|(_, cell)| !cell.is_empty());
        let cells = keyed.map(|(code, cell)| (((code / arm.1) as u32, (code % arm.1) as u32), cell)).collect();
        Ok(Self { causes, cells, largest_gap: 0.0 })
    }

    /// Puts a cell of counts in place, as read from a file.
    ///
    /// # Errors
    /// Columns whose lengths differ, a number of causes other than that of the table, times that are not ascending, negative
    /// counts.
    pub fn insert(&mut self, stratum: u32, arm: u32, cell: EventCell) -> Result<(), SurvivalError> {
        check::times("time", &cell.time)?;
        if cell.events.len() != self.causes {
            let (option, expected) = ("causes", "the number of the table");
            return Err(SurvivalError::InvalidOption { option, expected, value: cell.events.len() as f64 });
        }
        let columns = cell.events.iter().map(|events| ("events", events)).chain([("censored", &cell.censored)]);
        let entered = (!cell.entered.is_empty()).then_some(("entered", &cell.entered));
        for (name, counts) in columns.chain(entered) {
            check::length(name, cell.len(), counts.len())?;
            if let Some(row) = counts.iter().position(|count| !(*count >= 0.0 && count.is_finite())) {
                return Err(SurvivalError::NegativeWeight { row, value: counts[row] });
            }
        }
        if let Some(row) = cell.time.windows(2).position(|pair| pair[1] <= pair[0]) {
            let (option, expected) = ("time", "ascending within stratum and arm");
            return Err(SurvivalError::InvalidOption { option, expected, value: cell.time[row + 1] });
        }
        self.cells.insert((stratum, arm), cell);
        Ok(())
    }

    /// The same table under other codes of strata and arms: code `i` becomes `codes[i]`. Cells that meet are added.
    ///
    /// # Errors
    /// [`SurvivalError::CodeOutOfRange`] for a code without a new one.
    pub fn recode(&self, strata: &[u32], arms: &[u32]) -> Result<Self, SurvivalError> {
        let mut table = Self { causes: self.causes, cells: BTreeMap::new(), largest_gap: self.largest_gap };
        for (&(stratum, arm), cell) in &self.cells {
            let new = |argument, codes: &[u32], code: u32| {
                let limit = codes.len();
                codes.get(code as usize).copied().ok_or(SurvivalError::CodeOutOfRange {
                    argument,
                    row: 0,
                    value: code,
                    limit,
                })
            };
            let key = (new("strata", strata, stratum)?, new("group", arms, arm)?);
            table.cells.entry(key).or_insert_with(|| EventCell::new(self.causes)).add(cell);
        }
        Ok(table)
    }

    fn of_cell(causes: usize, stratum: u32, arm: u32, cell: EventCell) -> Self {
        Self { causes, cells: BTreeMap::from([((stratum, arm), cell)]), largest_gap: 0.0 }
    }

    /// Number of causes.
    #[must_use]
    pub fn causes(&self) -> usize {
        self.causes
    }

    /// Strata and arms with their counts, in ascending order.
    pub fn cells(&self) -> impl Iterator<Item = (u32, u32, &EventCell)> {
        self.cells.iter().map(|(&(stratum, arm), cell)| (stratum, arm, cell))
    }

    /// The counts of one stratum and arm.
    #[must_use]
    pub fn cell(&self, stratum: u32, arm: u32) -> Option<&EventCell> {
        self.cells.get(&(stratum, arm))
    }

    /// The largest gap inside a tie group after [`EventTable::group_near_ties`].
    #[must_use]
    pub fn largest_gap(&self) -> f64 {
        self.largest_gap
    }

    /// Adds the counts of another table; whole counts add exactly, in any order.
    ///
    /// # Errors
    /// [`SurvivalError::InvalidOption`] when the tables are about different numbers of causes.
    pub fn merge(&mut self, other: &Self) -> Result<(), SurvivalError> {
        if self.causes != other.causes {
            return Err(SurvivalError::InvalidOption {
                option: "causes",
                expected: "the same in merged tables",
                value: other.causes as f64,
            });
        }
        for (&key, cell) in &other.cells {
            self.cells.entry(key).or_insert_with(|| EventCell::new(self.causes)).add(cell);
        }
        self.largest_gap = self.largest_gap.max(other.largest_gap);
        Ok(())
    }

    /// Groups times that differ by rounding only, over all strata and arms together; done once, on the merged table.
    #[must_use]
    pub fn group_near_ties(mut self, near_ties: NearTies) -> Self {
        let mut times: Vec<f64> = self.cells.values().flat_map(|cell| cell.time.iter().copied()).collect();
        times.sort_unstable_by(f64::total_cmp);
        times.dedup();
        self.largest_gap = crate::largest_gap_of_sorted(&times, near_ties);
        let groups = TieGroups::of_sorted(&times, near_ties);
        if groups.len() < times.len() {
            for cell in self.cells.values_mut() {
                cell.regroup(&groups);
            }
        }
        self
    }
}

/// The event cells of rows, near ties grouped over all cells, and the largest gap inside a tie group.
pub(crate) fn cells_of(rows: &SweepRows<'_>, near_ties: NearTies) -> Result<(Vec<EventCell>, f64), SurvivalError> {
    let causes = rows.outcomes.causes();
    if causes == 1 && rows.n_cells == 1 && rows.entry.is_none() {
        let mut sink = OneCurve::default();
        let gap = sweep(rows, near_ties, &mut sink)?;
        return Ok((vec![sink.finish()], gap));
    }
    let mut sink = Cells::new(rows.n_cells, causes, rows.entry.is_some());
    let gap = sweep(rows, near_ties, &mut sink)?;
    Ok((sink.cells, gap))
}

/// One curve, one cause, no delayed entry: the case that must be fast.
#[derive(Default)]
struct OneCurve {
    now: [f64; 2],
    time: Vec<f64>,
    events: Vec<f64>,
    censored: Vec<f64>,
    total: f64,
}

impl TieSink for OneCurve {
    #[inline]
    fn exit(&mut self, _cell: usize, outcome: usize, weight: f64) {
        self.now[outcome & 1] += weight;
    }

    fn enter(&mut self, _cell: usize, _weight: f64) {}

    #[inline]
    fn close(&mut self, time: f64) {
        let [censored, events] = self.now;
        self.time.push(time);
        self.events.push(events);
        self.censored.push(censored);
        self.total += events + censored;
        self.now = [0.0; 2];
    }
}

impl OneCurve {
    fn finish(self) -> EventCell {
        EventCell {
            start: self.total,
            time: self.time,
            events: vec![self.events],
            censored: self.censored,
            entered: Vec::new(),
        }
    }
}

/// Several curves or causes.
struct Cells {
    cells: Vec<EventCell>,
    /// Counts of the current time: by cell, then censored, causes, entered.
    now: Vec<f64>,
    touched: Vec<usize>,
    is_touched: Vec<bool>,
    causes: usize,
    with_entry: bool,
}

impl Cells {
    fn new(n_cells: usize, causes: usize, with_entry: bool) -> Self {
        Self {
            cells: vec![EventCell::new(causes); n_cells],
            now: vec![0.0; n_cells * (causes + 2)],
            touched: Vec::with_capacity(n_cells),
            is_touched: vec![false; n_cells],
            causes,
            with_entry,
        }
    }

    #[inline]
    fn count(&mut self, cell: usize, slot: usize, weight: f64) {
        if !self.is_touched[cell] {
            self.is_touched[cell] = true;
            self.touched.push(cell);
        }
        self.now[cell * (self.causes + 2) + slot] += weight;
    }
}

impl TieSink for Cells {
    #[inline]
    fn exit(&mut self, cell: usize, outcome: usize, weight: f64) {
        self.count(cell, outcome, weight);
    }

    fn enter(&mut self, cell: usize, weight: f64) {
        self.count(cell, self.causes + 1, weight);
    }

    fn close(&mut self, time: f64) {
        let width = self.causes + 2;
        for &index in &self.touched {
            let now = &mut self.now[index * width..(index + 1) * width];
            let cell = &mut self.cells[index];
            cell.time.push(time);
            cell.censored.push(now[0]);
            for (events, &count) in cell.events.iter_mut().zip(&now[1..]) {
                events.push(count);
            }
            if self.with_entry {
                cell.entered.push(now[width - 1]);
            } else {
                cell.start += now[..width - 1].iter().sum::<f64>();
            }
            now.fill(0.0);
            self.is_touched[index] = false;
        }
        self.touched.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{IncidenceOptions, KaplanMeierOptions, LogRankOptions, LogRankWeight, kaplan_meier, logrank};

    const TIME: [f64; 8] = [1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0];
    const EVENT: [bool; 8] = [true, true, true, false, true, true, false, false];
    const ARM: [u32; 8] = [1, 1, 0, 1, 0, 1, 0, 0];

    fn table_of(rows: &[usize], entry: Option<&[f64]>) -> EventTable {
        let mut table = EventTable::new(1);
        for &row in rows {
            let one = entry.map(|entry| [entry[row]]);
            let one = one.as_ref().map(|entry| &entry[..]);
            let part = EventTable::from_rows(&TIME[row..=row], &EVENT[row..=row], one, 0, ARM[row]).unwrap();
            table.merge(&part).unwrap();
        }
        table
    }

    #[test]
    fn merged_parts_equal_the_whole_in_any_order() {
        let forward = table_of(&[0, 1, 2, 3, 4, 5, 6, 7], None);
        let backward = table_of(&[7, 6, 5, 4, 3, 2, 1, 0], None);
        assert_eq!(forward, backward);
        let km = kaplan_meier(&TIME, &EVENT, &KaplanMeierOptions::default()).unwrap();
        let mut one_arm = EventTable::from_rows(&TIME[..3], &EVENT[..3], None, 0, 0).unwrap();
        one_arm.merge(&EventTable::from_rows(&TIME[3..], &EVENT[3..], None, 0, 0).unwrap()).unwrap();
        let merged = one_arm.group_near_ties(NearTies::Group);
        assert_eq!(merged.kaplan_meier(0, 0, &KaplanMeierOptions::default()).unwrap().survival, km.survival);
    }

    #[test]
    fn the_test_of_a_table_equals_the_test_of_its_rows() {
        for weight in [LogRankWeight::LogRank, LogRankWeight::FlemingHarrington { rho: 1.0, gamma: 0.5 }] {
            let options = LogRankOptions { weight, ..LogRankOptions::default() };
            let of_rows = logrank(&TIME, &EVENT, &ARM, 2, &options).unwrap();
            let table = table_of(&[3, 1, 4, 0, 5, 2, 6, 7], None).group_near_ties(NearTies::Group);
            assert_eq!(table.logrank(weight).unwrap(), of_rows);
        }
    }

    #[test]
    fn delayed_entry_merges_too() {
        let entry = [0.0, 0.5, 0.0, 1.0, 1.5, 0.0, 2.0, 0.0];
        let options = LogRankOptions { entry: Some(&entry), ..LogRankOptions::default() };
        let of_rows = logrank(&TIME, &EVENT, &ARM, 2, &options).unwrap();
        let table = table_of(&[0, 1, 2, 3, 4, 5, 6, 7], Some(&entry)).group_near_ties(NearTies::Group);
        assert_eq!(table.logrank(LogRankWeight::LogRank).unwrap(), of_rows);
    }

    #[test]
    fn near_ties_of_merged_tables_are_grouped_at_the_end() {
        let mut table = EventTable::from_rows(&[17.0 / 30.4375], &[true], None, 0, 0).unwrap();
        table.merge(&EventTable::from_rows(&[17.0 / 365.25 * 12.0], &[true], None, 0, 0).unwrap()).unwrap();
        assert_eq!(table.cell(0, 0).unwrap().len(), 2);
        let grouped = table.group_near_ties(NearTies::Group);
        assert_eq!(grouped.cell(0, 0).unwrap().events[0], [2.0]);
    }

    #[test]
    fn causes_merge_and_give_the_incidence() {
        let mut table = EventTable::from_causes(&[1.0, 3.0, 3.0], &[1, 1, 2], 2, None, 0, 0).unwrap();
        table.merge(&EventTable::from_causes(&[6.0], &[0], 2, None, 0, 0).unwrap()).unwrap();
        let curve = table.cumulative_incidence(0, 0, &IncidenceOptions::default()).unwrap();
        assert!((curve.incidence[0][1] - 0.5).abs() < 1e-15 && (curve.incidence[1][1] - 0.25).abs() < 1e-15);
        assert!(table.merge(&EventTable::new(1)).is_err());
    }
}
