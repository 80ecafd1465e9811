//! Renal response and flare on values alone, in exact integers.
//!
//! Response after Ginzler et al. (N Engl J Med 2005;353:2219-2228) and renal flare after the MAINTAIN trial (Houssiau et
//! al. Ann Rheum Dis 2010;69:2083-2089), both by the readings documented with the definitions `ginzler2005` and
//! `maintain2010`. They stand here because the generator decides hundreds of candidate visits before there is a trial.

use crate::record::Values;

/// Upper limit of normal of creatinine in the cohort, umol/L (1.5 mg/dL).
pub(crate) const CREATININE_ULN: i64 = 133;
/// Normal 24-hour protein, 0.01 g.
const PROTEIN_NORMAL: i64 = 30;
/// Normal red cells, /hpf.
pub(crate) const RED_CELLS_NORMAL: i64 = 5;

/// Renal state of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Response {
    None,
    Partial,
    Complete,
}

/// The branch by which a visit is a renal flare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flare {
    /// New or recurrent nephrotic syndrome.
    Nephrotic,
    /// Creatinine up by a third within 31 days.
    Creatinine,
    /// Low-grade protein tripled within 92 days, with haematuria and a fall of C3.
    Protein,
}

/// Renal response of a visit against the baseline.
pub(crate) fn renal_response(baseline: &Values, now: &Values) -> Response {
    let measures = [
        (baseline.creatinine, now.creatinine, CREATININE_ULN),
        (baseline.protein, now.protein, PROTEIN_NORMAL),
        (baseline.red_cells, now.red_cells, RED_CELLS_NORMAL),
    ];
    if measures.iter().all(|(_, value, normal)| 10 * value <= 11 * normal) {
        return Response::Complete;
    }
    let worse = |before: i64, value: i64| 10 * value > 11 * before;
    let not_halved = |before: i64, value: i64, normal: i64| before > normal && 2 * value > before;
    if measures.iter().any(|&(before, value, normal)| worse(before, value) || not_halved(before, value, normal)) {
        Response::None
    } else {
        Response::Partial
    }
}

/// The flares after a first response: day and branch. Visits are in order of day.
pub(crate) fn renal_flares(visits: &[Values], response_day: i64) -> Vec<(i64, Flare)> {
    let nephrotic = |v: &Values| v.protein >= 300 && v.albumin < 350;
    let after: Vec<&Values> = visits.iter().filter(|v| v.day >= response_day).collect();
    let mut out = Vec::new();
    for (k, now) in after.iter().enumerate().skip(1) {
        if nephrotic(now) && !nephrotic(after[k - 1]) {
            out.push((now.day, Flare::Nephrotic));
            continue;
        }
        let branch = after[..k].iter().find_map(|earlier| {
            let gap = now.day - earlier.day;
            if gap <= 31 && 100 * now.creatinine >= 133 * earlier.creatinine {
                Some(Flare::Creatinine)
            } else if gap <= 92
                && (50..100).contains(&earlier.protein)
                && now.protein >= 3 * earlier.protein
                && now.red_cells > RED_CELLS_NORMAL
                && 100 * now.c3 <= 67 * earlier.c3
            {
                Some(Flare::Protein)
            } else {
                None
            }
        });
        if let Some(branch) = branch {
            out.push((now.day, branch));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(day: i64, protein: i64, creatinine: i64, red_cells: i64) -> Values {
        Values { day, protein, creatinine, red_cells, albumin: 400, c3: 100, ..Values::default() }
    }

    #[test]
    fn response_needs_every_abnormal_measure_halved_and_none_worse() {
        let baseline = values(0, 400, 90, 20);
        assert_eq!(renal_response(&baseline, &values(91, 33, 146, 5)), Response::Complete);
        assert_eq!(renal_response(&baseline, &values(91, 33, 147, 5)), Response::None); // creatinine worse
        assert_eq!(renal_response(&baseline, &values(91, 200, 99, 10)), Response::Partial);
        assert_eq!(renal_response(&baseline, &values(91, 200, 100, 10)), Response::None);
        assert_eq!(renal_response(&baseline, &values(91, 201, 90, 10)), Response::None);
        assert_eq!(renal_response(&baseline, &values(91, 200, 90, 11)), Response::None);
    }

    #[test]
    fn flare_branches_need_their_window() {
        let response = values(91, 60, 90, 3);
        let flare = |v: Values| renal_flares(&[response, v], 91);
        assert_eq!(flare(Values { albumin: 340, ..values(150, 300, 90, 3) }), [(150, Flare::Nephrotic)]);
        assert!(flare(Values { albumin: 350, ..values(150, 300, 90, 3) }).is_empty());
        assert_eq!(flare(values(122, 60, 120, 3)), [(122, Flare::Creatinine)]);
        assert!(flare(values(123, 60, 120, 3)).is_empty());
        assert_eq!(flare(Values { c3: 67, ..values(183, 180, 90, 6) }), [(183, Flare::Protein)]);
        assert!(flare(Values { c3: 67, ..values(184, 180, 90, 6) }).is_empty());
        assert!(flare(Values { c3: 68, ..values(183, 180, 90, 6) }).is_empty());
    }
}
