//! Delayed entry: the distribution of entry times, and risk sets that rows leave again when looking back in time.

use super::design::Design;
use crate::SurvivalError;
use crate::cox::Twofold;

/// Product-limit curve of the entry times in each censoring group, in reversed time.
pub(super) struct Truncation {
    /// Positions by ascending entry.
    pub(super) in_order: Vec<usize>,
    /// By group: distinct entry times, and the product over this one and all later ones.
    curves: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Truncation {
    pub(super) fn new(design: &Design, times: &[f64], entry: &[f64]) -> Self {
        let mut in_order: Vec<usize> = (0..design.n).collect();
        in_order.sort_by(|&a, &b| entry[a].total_cmp(&entry[b]).then(a.cmp(&b)));
        let curves = (0..design.n_groups)
            .map(|g| {
                let own = |position: &usize| design.group[*position] as usize == g;
                // weight followed until each distinct time or longer
                let mut longer = vec![0.0; times.len() + 1];
                for (index, rows) in design.tied().collect::<Vec<_>>().into_iter().rev() {
                    longer[index] = longer[index + 1] + rows.filter(|p| own(p)).map(|p| design.weight[p]).sum::<f64>();
                }
                let (mut at, mut entering, mut before) = (Vec::new(), Vec::new(), Vec::new());
                let mut entered = 0.0;
                for &position in in_order.iter().filter(|position| own(position)) {
                    if at.last() != Some(&entry[position]) {
                        at.push(entry[position]);
                        entering.push(0.0);
                        before.push(entered);
                    }
                    if let Some(entering) = entering.last_mut() {
                        *entering += design.weight[position];
                    }
                    entered += design.weight[position];
                }
                let mut product = vec![1.0; at.len() + 1];
                for i in (0..at.len()).rev() {
                    // those who entered earlier and are followed beyond this time
                    let stayed = before[i] - (longer[0] - longer[times.partition_point(|&t| t <= at[i])]);
                    let factor = if stayed > 1e-12 * longer[0] { stayed / (stayed + entering[i]) } else { 0.0 };
                    product[i] = product[i + 1] * factor;
                }
                (at, product)
            })
            .collect();
        Self { in_order, curves }
    }

    /// H(t-): the product over entry times at `t` and later.
    pub(super) fn before(&self, group: usize, time: f64) -> f64 {
        let (at, product) = &self.curves[group];
        product[at.partition_point(|&entry| entry < time)]
    }

    /// The error for a competing event whose weights have no denominator: everybody at risk entered, or was censored, at
    /// once after it or before it.
    pub(super) fn emptied(&self, group: usize, time: f64) -> SurvivalError {
        let (at, product) = &self.curves[group];
        let entered = (0..at.len()).rev().find(|&i| product[i] <= 0.0 && at[i] >= time);
        let (event, remedy) = match entered {
            Some(i) => (
                format!("at {} everybody at risk has just entered", at[i]),
                "end follow-up there, or drop the rows that end before",
            ),
            None => (format!("before {time} everybody at risk was censored at once"), "follow from a later time on"),
        };
        SurvivalError::NotEstimable {
            quantity: "the weight of a competing event",
            reason: format!("the competing event at {time} cannot be followed beyond its time: {event}; {remedy}"),
        }
    }
}

/// Which rows have entered by each event time.
#[derive(Debug, Clone)]
pub(super) struct Entered {
    /// By position: number of event times at or before its entry.
    pub(super) after: Vec<usize>,
    /// Positions by descending `after`.
    order: Vec<usize>,
}

impl Entered {
    pub(super) fn new(entry: &[f64], event_time: &[f64]) -> Self {
        let after: Vec<usize> = entry.iter().map(|&entry| event_time.partition_point(|&time| time <= entry)).collect();
        let mut order: Vec<usize> = (0..after.len()).filter(|&position| after[position] > 0).collect();
        order.sort_by(|&a, &b| after[b].cmp(&after[a]).then(a.cmp(&b)));
        Self { after, order }
    }

    /// Sums over rows under observation at each event time: of the weighted risks, and of the covariates.
    pub(super) fn totals(&self, design: &Design, risk: &[f64], total: &mut [f64], mean: &mut [f64]) {
        let p = design.p;
        let mut sum = vec![Twofold::default(); p + 1];
        let add = |position: usize, sign: f64, sum: &mut [Twofold]| {
            let weight = sign * design.weight[position] * risk[position];
            for (sum, x) in sum.iter_mut().zip(design.row(position)) {
                sum.add(weight * x);
            }
            sum[p].add(weight);
        };
        let (mut at, mut left, mut inside) = (design.n, 0, 0_usize);
        for j in (0..total.len()).rev() {
            for position in (design.event_start[j]..at).rev() {
                add(position, 1.0, &mut sum);
                inside += 1;
            }
            at = design.event_start[j];
            while left < self.order.len() && self.after[self.order[left]] > j {
                add(self.order[left], -1.0, &mut sum);
                inside -= 1;
                left += 1;
            }
            if inside == 0 {
                sum.fill(Twofold::default());
            }
            total[j] = sum[p].value();
            for (mean, sum) in mean[j * p..(j + 1) * p].iter_mut().zip(&sum) {
                *mean = sum.value();
            }
        }
    }
}
