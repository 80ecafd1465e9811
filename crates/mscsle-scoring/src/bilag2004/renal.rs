//! The renal system: six criteria, most of them against the previous visit.

use super::clinical::Rank;
use super::{FirstVisit, above, at_least, at_most, below};

/// Renal items of one visit; NaN is not measured (or not due to lupus), -1 not done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RenalItems {
    /// Item 78.
    pub systolic: f64,
    /// Item 79.
    pub diastolic: f64,
    /// Item 80: 1 yes, 0 no.
    pub accelerated_hypertension: i8,
    /// Item 81: 0 none or trace, 1 +, 2 ++, 3 +++, 4 ++++.
    pub dipstick: f64,
    /// Item 82, mg/mmol.
    pub acr: f64,
    /// Item 83, mg/mmol.
    pub upcr: f64,
    /// Item 84, g/24 h.
    pub protein_24h: f64,
    /// Item 85.
    pub nephrotic_syndrome: i8,
    /// Item 86, umol/L.
    pub creatinine: f64,
    /// Item 87, mL/min/1.73 m2.
    pub gfr: f64,
    /// Item 88.
    pub active_sediment: i8,
    /// Item 89, now or at an assessment within 3 months; not done counts as no.
    pub active_nephritis: i8,
}

impl RenalItems {
    /// Nothing measured, all yes/no items no.
    #[must_use]
    pub const fn unremarkable() -> RenalItems {
        RenalItems {
            systolic: f64::NAN,
            diastolic: f64::NAN,
            accelerated_hypertension: 0,
            dipstick: f64::NAN,
            acr: f64::NAN,
            upcr: f64::NAN,
            protein_24h: f64::NAN,
            nephrotic_syndrome: 0,
            creatinine: f64::NAN,
            gfr: f64::NAN,
            active_sediment: 0,
            active_nephritis: 0,
        }
    }

    /// Whether 24-h protein, UPCR or ACR was measured; the dipstick counts only without them.
    #[must_use]
    pub fn has_quantitative_protein(&self) -> bool {
        !(self.protein_24h.is_nan() && self.upcr.is_nan() && self.acr.is_nan())
    }
}

/// Which rules of the renal system hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RenalCriteria {
    /// 1: 24-h protein > 1 g, or UPCR or ACR > 100 mg/mmol, not improved by 25 %; or the dipstick risen by 2 levels.
    pub severe_proteinuria: bool,
    /// 2: accelerated hypertension.
    pub accelerated_hypertension: bool,
    /// 3: creatinine > 130 umol/L and > 130 % of previous; GFR < 80 and < 67 % of previous; GFR < 50, previously > 50 or not
    /// measured.
    pub deteriorating_function: bool,
    /// 4: active urinary sediment.
    pub active_sediment: bool,
    /// 5: histology of active nephritis within 3 months.
    pub active_nephritis: bool,
    /// 6: nephrotic syndrome.
    pub nephrotic_syndrome: bool,
    /// 24-h protein >= 0.5 g, or UPCR or ACR >= 50 mg/mmol, not improved; or the dipstick risen by 1 level to at least 2.
    pub moderate_proteinuria: bool,
    /// Creatinine > 130 umol/L and 115 to 130 % of previous.
    pub rising_creatinine: bool,
    /// 24-h protein > 0.25 g, UPCR or ACR > 25 mg/mmol, or dipstick >= 1.
    pub mild_proteinuria: bool,
    /// Above 140/90, risen by >= 30 and >= 15 mmHg.
    pub rising_pressure: bool,
}

/// Whether a value has fallen by 25 % or more; without a previous value it has not.
fn improved(now: f64, previous: f64) -> bool {
    at_most(now, 0.75 * previous)
}

impl RenalCriteria {
    /// The rules that hold at a visit; `not_done` is how a yes/no item not done is read.
    #[must_use]
    pub fn evaluate(
        now: &RenalItems,
        previous: Option<&RenalItems>,
        first_visit: FirstVisit,
        not_done: bool,
    ) -> RenalCriteria {
        let none = RenalItems::unremarkable();
        let legacy = previous.is_none() && first_visit == FirstVisit::LegacyJsle;
        let before = previous.unwrap_or(&none);
        let yes = |code: i8| if code < 0 { not_done } else { code == 1 };
        let dipstick_only = !now.has_quantitative_protein();
        let tests = [
            (now.protein_24h, before.protein_24h, 1.0, 0.5, 0.25),
            (now.upcr, before.upcr, 100.0, 50.0, 25.0),
            (now.acr, before.acr, 100.0, 50.0, 25.0),
        ];
        let quantitative = |rule: fn(f64, f64, f64, f64) -> bool, mild: bool| {
            tests.iter().any(|&(x, previous, severe, moderate, low)| {
                let stands = mild || !improved(x, previous);
                stands && rule(x, severe, moderate, low)
            })
        };
        let rise = now.dipstick - before.dipstick;
        RenalCriteria {
            severe_proteinuria: quantitative(|x, severe, _, _| above(x, severe), false)
                || (dipstick_only && (at_least(rise, 2.0) || (legacy && at_least(now.dipstick, 2.0)))),
            accelerated_hypertension: yes(now.accelerated_hypertension),
            deteriorating_function: (above(now.creatinine, 130.0)
                && (legacy || above(now.creatinine, 1.30 * before.creatinine)))
                || (below(now.gfr, 80.0) && (legacy || below(now.gfr, 0.67 * before.gfr)))
                || (below(now.gfr, 50.0) && (before.gfr.is_nan() || above(before.gfr, 50.0))),
            active_sediment: yes(now.active_sediment),
            active_nephritis: now.active_nephritis == 1,
            nephrotic_syndrome: yes(now.nephrotic_syndrome),
            moderate_proteinuria: quantitative(|x, _, moderate, _| at_least(x, moderate), false)
                || (dipstick_only && at_least(now.dipstick, 2.0) && (at_least(rise, 1.0) || legacy)),
            rising_creatinine: above(now.creatinine, 130.0)
                && at_least(now.creatinine, 1.15 * before.creatinine)
                && at_most(now.creatinine, 1.30 * before.creatinine),
            mild_proteinuria: quantitative(|x, _, _, low| above(x, low), true)
                || (dipstick_only && at_least(now.dipstick, 1.0)),
            rising_pressure: above(now.systolic, 140.0)
                && above(now.diastolic, 90.0)
                && at_least(now.systolic - before.systolic, 30.0)
                && at_least(now.diastolic - before.diastolic, 15.0),
        }
    }

    /// The six numbered criteria.
    #[must_use]
    pub fn numbered(&self) -> [bool; 6] {
        [
            self.severe_proteinuria,
            self.accelerated_hypertension,
            self.deteriorating_function,
            self.active_sediment,
            self.active_nephritis,
            self.nephrotic_syndrome,
        ]
    }

    /// The rank: A with two or more criteria of which one is 1, 4 or 5; B with one, or moderate proteinuria or rising
    /// creatinine; C with mild proteinuria or rising pressure.
    pub(super) fn rank(&self) -> Rank {
        let met = self.numbered().iter().filter(|&&c| c).count();
        if met >= 2 && (self.severe_proteinuria || self.active_sediment || self.active_nephritis) {
            3
        } else if met >= 1 || self.moderate_proteinuria || self.rising_creatinine {
            2
        } else {
            u8::from(self.mild_proteinuria || self.rising_pressure)
        }
    }
}

/// Ranks with items not done as no and as yes.
pub(super) fn ranks(now: &RenalItems, previous: Option<&RenalItems>, first_visit: FirstVisit) -> (Rank, Rank) {
    let low = RenalCriteria::evaluate(now, previous, first_visit, false).rank();
    let open = now.accelerated_hypertension < 0 || now.nephrotic_syndrome < 0 || now.active_sediment < 0;
    let high = if open { RenalCriteria::evaluate(now, previous, first_visit, true).rank() } else { low };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: RenalItems = RenalItems::unremarkable();

    fn grade(now: RenalItems, previous: Option<RenalItems>) -> char {
        let rank = ranks(&now, previous.as_ref(), FirstVisit::Written).0;
        ['D', 'C', 'B', 'A'][usize::from(rank)]
    }

    fn protein(now: f64, previous: f64) -> (RenalItems, Option<RenalItems>) {
        (RenalItems { protein_24h: now, ..N }, Some(RenalItems { protein_24h: previous, ..N }))
    }

    #[test]
    fn vectors_30_to_33_and_41_protein_with_and_without_sediment() {
        let sediment = |(now, previous): (RenalItems, _)| (RenalItems { active_sediment: 1, ..now }, previous);
        for (id, (now, previous), expected) in [
            (30, sediment(protein(2.0, 2.1)), 'A'),
            (31, protein(2.0, 2.1), 'B'),
            (32, protein(2.0, 3.0), 'C'),
            (33, sediment(protein(2.0, 3.0)), 'B'),
            (41, protein(1.5, 2.0), 'C'),
        ] {
            assert_eq!(grade(now, previous), expected, "vector {id}");
        }
    }

    #[test]
    fn vectors_34_and_36_creatinine() {
        let creatinine = |x| RenalItems { creatinine: x, ..N };
        let both = RenalItems { accelerated_hypertension: 1, ..creatinine(180.0) };
        assert_eq!(grade(both, Some(creatinine(120.0))), 'B', "vector 34");
        for (now, previous, expected) in [(150.0, 125.0, 'B'), (150.0, 140.0, 'D'), (128.0, 100.0, 'D')] {
            assert_eq!(grade(creatinine(now), Some(creatinine(previous))), expected, "vector 36: {now}");
        }
        assert_eq!(grade(creatinine(195.0), Some(creatinine(150.0))), 'B', "exactly 130 % is not above it");
    }

    #[test]
    fn vector_35_protein_creatinine_ratio() {
        let upcr = |x| RenalItems { upcr: x, ..N };
        for (now, previous, expected) in [(60.0, 55.0, 'B'), (60.0, 90.0, 'C'), (30.0, 30.0, 'C'), (20.0, 20.0, 'D')] {
            assert_eq!(grade(upcr(now), Some(upcr(previous))), expected, "vector 35: {now} after {previous}");
        }
    }

    #[test]
    fn vectors_37_38_and_40_combinations() {
        let now = RenalItems { gfr: 45.0, protein_24h: 1.5, ..N };
        assert_eq!(grade(now, Some(RenalItems { gfr: 60.0, protein_24h: 0.4, ..N })), 'A', "vector 37");
        let now = RenalItems { nephrotic_syndrome: 1, upcr: 400.0, ..N };
        assert_eq!(grade(now, Some(RenalItems { upcr: 380.0, ..N })), 'A', "vector 38");
        let now = RenalItems { active_nephritis: 1, upcr: 25.0, ..N };
        assert_eq!(grade(now, Some(RenalItems { upcr: 25.0, ..N })), 'B', "vector 40");
    }

    #[test]
    fn vector_39_blood_pressure() {
        let pressure = |systolic, diastolic| RenalItems { systolic, diastolic, ..N };
        assert_eq!(grade(pressure(165.0, 100.0), Some(pressure(130.0, 80.0))), 'C');
        assert_eq!(grade(pressure(150.0, 95.0), Some(pressure(130.0, 85.0))), 'D');
        let one_not_due = RenalItems { diastolic: f64::NAN, ..pressure(165.0, 100.0) };
        assert_eq!(grade(one_not_due, Some(pressure(130.0, 80.0))), 'D');
    }

    #[test]
    fn vector_42_dipstick_counts_only_without_a_quantitative_test() {
        let dipstick = |x| RenalItems { dipstick: x, ..N };
        for (now, previous, expected) in [(3.0, 1.0, 'B'), (2.0, 1.0, 'B'), (1.0, 1.0, 'C')] {
            assert_eq!(grade(dipstick(now), Some(dipstick(previous))), expected, "vector 42: {now}");
        }
        let sediment = RenalItems { active_sediment: 1, ..dipstick(3.0) };
        assert_eq!(grade(sediment, Some(dipstick(1.0))), 'A', "vector 42 with sediment");
        let quantified = RenalItems { upcr: 10.0, ..dipstick(3.0) };
        assert_eq!(grade(quantified, Some(dipstick(1.0))), 'D');
    }

    #[test]
    fn vector_43_first_visit_as_written_and_as_the_legacy_program() {
        assert_eq!(grade(RenalItems { upcr: 120.0, ..N }, None), 'B');
        assert_eq!(grade(RenalItems { gfr: 45.0, ..N }, None), 'B');
        let creatinine = RenalItems { creatinine: 180.0, ..N };
        assert_eq!(grade(creatinine, None), 'D');
        assert_eq!(ranks(&creatinine, None, FirstVisit::LegacyJsle).0, 2);
    }
}
