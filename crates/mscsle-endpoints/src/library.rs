//! The built-in definitions: data in `definitions/*.toml`, in the same form as a user's own.

use crate::EndpointError;
use crate::definition::{Definition, Kind, ParameterValue};
use crate::error::one_of;
use mscsle_domain::did_you_mean;

/// Texts of the built-in definitions by id, response definitions first.
static BUILT_IN: &[(&str, &str)] = &[
    ("ginzler2005", include_str!("definitions/ginzler2005.toml")),
    ("acr2006", include_str!("definitions/acr2006.toml")),
    ("acr2024", include_str!("definitions/acr2024.toml")),
    ("aurora1_crr", include_str!("definitions/aurora1_crr.toml")),
    ("aurora2_adequate", include_str!("definitions/aurora2_adequate.toml")),
    ("blissln_crr", include_str!("definitions/blissln_crr.toml")),
    ("blissln_perr", include_str!("definitions/blissln_perr.toml")),
    ("dutch", include_str!("definitions/dutch.toml")),
    ("eular_era2012", include_str!("definitions/eular_era2012.toml")),
    ("eular_era2019", include_str!("definitions/eular_era2019.toml")),
    ("eular2023", include_str!("definitions/eular2023.toml")),
    ("kdigo2012", include_str!("definitions/kdigo2012.toml")),
    ("kdigo2021", include_str!("definitions/kdigo2021.toml")),
    ("kdigo2024", include_str!("definitions/kdigo2024.toml")),
    ("kdigo2024_perr", include_str!("definitions/kdigo2024_perr.toml")),
    ("nobility_crr", include_str!("definitions/nobility_crr.toml")),
    ("ped_ln", include_str!("definitions/ped_ln.toml")),
    ("regency_crr", include_str!("definitions/regency_crr.toml")),
    ("regency_crr_low_steroid", include_str!("definitions/regency_crr_low_steroid.toml")),
    ("regency_upcr", include_str!("definitions/regency_upcr.toml")),
    ("bicla", include_str!("definitions/bicla.toml")),
    ("bilag_state", include_str!("definitions/bilag_state.toml")),
    ("doris2021", include_str!("definitions/doris2021.toml")),
    ("explorer", include_str!("definitions/explorer.toml")),
    ("lldas", include_str!("definitions/lldas.toml")),
    ("msct_state", include_str!("definitions/msct_state.toml")),
    ("sat0244", include_str!("definitions/sat0244.toml")),
    ("sle_das", include_str!("definitions/sle_das.toml")),
    ("sledai2_drugfree", include_str!("definitions/sledai2_drugfree.toml")),
    ("sri", include_str!("definitions/sri.toml")),
    ("steroid_target", include_str!("definitions/steroid_target.toml")),
    ("maintain2010", include_str!("definitions/maintain2010.toml")),
    ("aurora2_flare", include_str!("definitions/aurora2_flare.toml")),
    ("bliss_renal", include_str!("definitions/bliss_renal.toml")),
    ("kdigo2012_relapse", include_str!("definitions/kdigo2012_relapse.toml")),
    ("kidney_outcome", include_str!("definitions/kidney_outcome.toml")),
    ("moroni_nephritic", include_str!("definitions/moroni_nephritic.toml")),
    ("moroni_proteinuric", include_str!("definitions/moroni_proteinuric.toml")),
    ("ped_lncr_flare", include_str!("definitions/ped_lncr_flare.toml")),
    ("bilag_flare_severe", include_str!("definitions/bilag_flare_severe.toml")),
    ("bilag_flare_tulip", include_str!("definitions/bilag_flare_tulip.toml")),
    ("sfi", include_str!("definitions/sfi.toml")),
    ("sfi_revised", include_str!("definitions/sfi_revised.toml")),
    ("sle_das_flare", include_str!("definitions/sle_das_flare.toml")),
    ("treatment_failure", include_str!("definitions/treatment_failure.toml")),
    ("msct_relapse", include_str!("definitions/msct_relapse.toml")),
];

/// Ids of the built-in definitions.
pub fn definition_ids() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(id, _)| *id)
}

/// A built-in definition, with overrides of its parameters.
///
/// # Errors
/// [`EndpointError::UnknownDefinition`] with the nearest ids; errors of [`Definition::with_parameters`].
///
/// # Examples
/// ```
/// let ginzler = mscsle_endpoints::definition("ginzler2005", &[])?;
/// assert_eq!(ginzler.statement(), "ginzler2005 version 1 (confidence M, default choice)");
/// # Ok::<(), mscsle_endpoints::EndpointError>(())
/// ```
pub fn definition(id: &str, overrides: &[(String, ParameterValue)]) -> Result<Definition, EndpointError> {
    match BUILT_IN.iter().find(|(known, _)| *known == id) {
        Some((_, text)) => Definition::from_toml(text, overrides),
        None => {
            let ids: Vec<&str> = definition_ids().collect();
            let near = did_you_mean(id, ids.iter().copied());
            let hint = match near.strip_prefix("; ") {
                Some(near) => near.to_owned(),
                None => format!("use {}", one_of(&ids)),
            };
            Err(EndpointError::UnknownDefinition { id: id.to_owned(), hint })
        }
    }
}

/// All built-in definitions of a kind, or of every kind.
///
/// # Errors
/// None for the definitions shipped; a test compiles each.
pub fn definitions(kind: Option<Kind>) -> Result<Vec<Definition>, EndpointError> {
    let all = BUILT_IN.iter().map(|(_, text)| Definition::from_toml(text, &[])).collect::<Result<Vec<_>, _>>()?;
    Ok(all.into_iter().filter(|definition| kind.is_none_or(|kind| definition.kind == kind)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_definition_compiles_under_its_own_id() {
        for (id, text) in BUILT_IN {
            let definition = Definition::from_toml(text, &[]).unwrap();
            assert_eq!(definition.id, *id);
            assert!(!definition.citation.is_empty());
            assert!(definition.parameters.iter().all(|p| !p.meaning.is_empty()), "{id}: a parameter has no meaning");
        }
    }

    #[test]
    fn one_default_of_each_kind() {
        for kind in [Kind::Response, Kind::Flare] {
            let defaults = definitions(Some(kind)).unwrap().into_iter().filter(|d| d.default_choice).count();
            assert_eq!(defaults, 1, "{}", kind.name());
        }
    }

    #[test]
    fn no_definition_cites_working_notes() {
        for (id, text) in BUILT_IN {
            for tag in ["SEED", "SRC", "MEM", "../"] {
                assert!(!text.contains(tag), "{id} cites {tag}");
            }
        }
    }
}
