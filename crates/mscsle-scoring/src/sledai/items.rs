//! The 24 descriptors: weights, organ systems and definitions as data.

use crate::words::words;

words! {
    /// A version of the SLEDAI.
    ///
    /// All versions share the 24 descriptors and their weights; they differ in the window, in the wording of a few
    /// descriptors and, for the computed items, in the proteinuria rule only.
    pub enum Version, "version" {
        /// SLEDAI of Bombardier et al. 1992.
        Sledai1992 = "sledai-1992",
        /// SELENA modification (Buyon et al. 2005, Petri et al. 2005).
        Selena = "selena" | "selena-sledai",
        /// SLEDAI-2K (Gladman et al. 2002).
        Sledai2k = "sledai-2k",
        /// SLEDAI-2K over 30 days (Touma et al. 2010).
        Sledai2k30 = "sledai-2k-30",
        /// SELENA definitions with the proteinuria rule of the 2K version, as trial protocols say.
        Hybrid = "hybrid" | "selena-sledai-hybrid",
    }
}

impl Version {
    /// The name as printed.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Version::Sledai1992 => "SLEDAI",
            Version::Selena => "SELENA-SLEDAI",
            Version::Sledai2k => "SLEDAI-2K",
            Version::Sledai2k30 => "SLEDAI-2K (30 days)",
            Version::Hybrid => "SELENA-SLEDAI hybrid",
        }
    }

    /// Days before the visit that count.
    #[must_use]
    pub const fn window_days(self) -> u16 {
        match self {
            Version::Sledai2k30 => 30,
            _ => 10,
        }
    }

    /// The publication.
    #[must_use]
    pub const fn citation(self) -> &'static str {
        match self {
            Version::Sledai1992 => "Bombardier C et al. Arthritis Rheum 1992;35:630-640",
            Version::Selena => {
                "Buyon JP et al. Ann Intern Med 2005;142:953-962; Petri M et al. N Engl J Med 2005;353:2550-2558"
            }
            Version::Sledai2k => "Gladman DD et al. J Rheumatol 2002;29:288-291",
            Version::Sledai2k30 => "Touma Z et al. Lupus 2010;19:49-51",
            Version::Hybrid => {
                "SELENA definitions (Petri M et al. N Engl J Med 2005;353:2550-2558) with proteinuria as in SLEDAI-2K (Gladman DD et al. J Rheumatol 2002;29:288-291); content of `hybrid` M, unverified"
            }
        }
    }

    /// Whether persistent proteinuria counts (2K) or only new or rising proteinuria (1992, SELENA).
    #[must_use]
    pub const fn counts_persistent_proteinuria(self) -> bool {
        matches!(self, Version::Sledai2k | Version::Sledai2k30 | Version::Hybrid)
    }
}

words! {
    /// An organ system of the SLEDAI.
    pub enum OrganSystem, "organ system" {
        /// Central nervous system, at most 56 points.
        CentralNervous = "central_nervous",
        /// Vascular, at most 8.
        Vascular = "vascular",
        /// Musculoskeletal, at most 8.
        Musculoskeletal = "musculoskeletal",
        /// Renal, at most 16.
        Renal = "renal",
        /// Mucocutaneous, at most 6.
        Mucocutaneous = "mucocutaneous",
        /// Serosal, at most 4.
        Serosal = "serosal",
        /// Immunologic, at most 4.
        Immunologic = "immunologic",
        /// Constitutional, at most 1.
        Constitutional = "constitutional",
        /// Haematologic, at most 2.
        Haematologic = "haematologic",
    }
}

words! {
    /// A descriptor, in the order of the form.
    pub enum Item, "SLEDAI item" {
        /// 1
        Seizure = "seizure",
        /// 2
        Psychosis = "psychosis",
        /// 3
        OrganicBrainSyndrome = "organic_brain_syndrome",
        /// 4
        VisualDisturbance = "visual_disturbance",
        /// 5
        CranialNerve = "cranial_nerve",
        /// 6
        LupusHeadache = "lupus_headache",
        /// 7
        Cva = "cva",
        /// 8
        Vasculitis = "vasculitis",
        /// 9
        Arthritis = "arthritis",
        /// 10
        Myositis = "myositis",
        /// 11
        UrinaryCasts = "urinary_casts",
        /// 12
        Haematuria = "haematuria",
        /// 13
        Proteinuria = "proteinuria",
        /// 14
        Pyuria = "pyuria",
        /// 15
        Rash = "rash",
        /// 16
        Alopecia = "alopecia",
        /// 17
        MucosalUlcers = "mucosal_ulcers",
        /// 18
        Pleurisy = "pleurisy",
        /// 19
        Pericarditis = "pericarditis",
        /// 20
        LowComplement = "low_complement",
        /// 21
        IncreasedDnaBinding = "increased_dna_binding",
        /// 22
        Fever = "fever",
        /// 23
        Thrombocytopenia = "thrombocytopenia",
        /// 24
        Leukopenia = "leukopenia",
    }
}

/// Number of descriptors.
pub const N_ITEMS: usize = 24;

/// Points of each descriptor, in the order of [`Item::ALL`]; their sum is 105.
pub const WEIGHTS: [i8; N_ITEMS] = [8, 8, 8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1];

/// Organ system of each descriptor, as a position in [`OrganSystem::ALL`].
pub(crate) const SYSTEM_OF: [usize; N_ITEMS] = [0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 6, 6, 7, 8, 8];

/// Most points of each organ system.
#[cfg(test)]
pub(crate) const SYSTEM_MAXIMUM: [u8; 9] = [56, 8, 8, 16, 6, 4, 4, 1, 2];

impl Item {
    /// Points when present.
    #[must_use]
    pub const fn weight(self) -> u8 {
        WEIGHTS[self.code()].unsigned_abs()
    }

    /// Its organ system.
    #[must_use]
    pub const fn system(self) -> OrganSystem {
        OrganSystem::ALL[SYSTEM_OF[self.code()]]
    }

    /// Whether it comes from the laboratory (and may be carried forward by the LOCF policy).
    #[must_use]
    pub const fn is_laboratory(self) -> bool {
        matches!(
            self,
            Item::UrinaryCasts
                | Item::Haematuria
                | Item::Proteinuria
                | Item::Pyuria
                | Item::LowComplement
                | Item::IncreasedDnaBinding
                | Item::Thrombocytopenia
                | Item::Leukopenia
        )
    }

    /// Whether it is left out of the clinical SLEDAI.
    #[must_use]
    pub const fn is_serologic(self) -> bool {
        matches!(self, Item::LowComplement | Item::IncreasedDnaBinding)
    }

    /// What counts as present, in brief, in a version's wording.
    #[must_use]
    pub const fn definition(self, version: Version) -> &'static str {
        use Version::{Hybrid, Selena, Sledai2k, Sledai2k30, Sledai1992};
        match self {
            Item::Seizure => "recent onset; not metabolic, infectious or drug-induced",
            Item::Psychosis => "severe disturbance in the perception of reality; not uraemia or drugs",
            Item::OrganicBrainSyndrome => {
                "altered mental function of rapid onset with clouded consciousness and at least 2 accompanying signs; not metabolic, infectious or drug-induced"
            }
            Item::VisualDisturbance => match version {
                Selena | Hybrid => {
                    "retinal change of lupus, optic neuritis, scleritis or episcleritis; not hypertension, infection or drugs"
                }
                _ => "retinal change of lupus or optic neuritis; not hypertension, infection or drugs",
            },
            Item::CranialNerve => match version {
                Selena | Hybrid => "new sensory or motor cranial neuropathy, lupus vertigo included",
                _ => "new sensory or motor cranial neuropathy",
            },
            Item::LupusHeadache => "severe persistent headache that does not respond to narcotic analgesia",
            Item::Cva => match version {
                Selena | Hybrid => "new cerebrovascular accident; not arteriosclerotic or hypertensive",
                _ => "new cerebrovascular accident; not arteriosclerotic",
            },
            Item::Vasculitis => {
                "ulceration, gangrene, tender finger nodules, periungual infarction, splinter haemorrhages, or proof by biopsy or angiogram"
            }
            Item::Arthritis => match version {
                Sledai2k | Sledai2k30 => ">= 2 joints with pain and signs of inflammation",
                _ => "> 2 joints with pain and signs of inflammation",
            },
            Item::Myositis => "proximal aching or weakness with raised CK or aldolase, or EMG change, or biopsy",
            Item::UrinaryCasts => "haem-granular or red-cell casts",
            Item::Haematuria => "> 5 red cells per high-power field; not stone, infection or other cause",
            Item::Proteinuria => match version {
                Sledai1992 | Selena => "> 0.5 g/24 h, of new onset or risen by > 0.5 g/24 h",
                _ => "> 0.5 g/24 h, new or persistent",
            },
            Item::Pyuria => "> 5 white cells per high-power field; not infection",
            Item::Rash => match version {
                Sledai1992 => "inflammatory rash, new or recurrent",
                Selena | Hybrid => "inflammatory lupus rash, ongoing",
                _ => "inflammatory rash, new or persistent",
            },
            Item::Alopecia => match version {
                Sledai1992 => "abnormal patchy or diffuse hair loss, new or recurrent",
                Selena | Hybrid => "abnormal patchy or diffuse hair loss due to active lupus, ongoing",
                _ => "abnormal patchy or diffuse hair loss, new or persistent",
            },
            Item::MucosalUlcers => match version {
                Sledai1992 => "oral or nasal ulcers, new or recurrent",
                Selena | Hybrid => "oral or nasal ulcers due to active lupus, ongoing",
                _ => "oral or nasal ulcers, new or persistent",
            },
            Item::Pleurisy => "pleuritic chest pain with rub or effusion, or pleural thickening",
            Item::Pericarditis => match version {
                Sledai2k | Sledai2k30 => "pericardial pain with rub, effusion, ECG or echocardiogram",
                _ => "pericardial pain with rub, effusion or ECG",
            },
            Item::LowComplement => "C3, C4 or CH50 below the lower limit of normal",
            Item::IncreasedDnaBinding => match version {
                Sledai2k | Sledai2k30 => "above the normal range of the laboratory (Farr assay)",
                _ => "> 25 % binding by Farr assay, or above the normal range of the laboratory",
            },
            Item::Fever => "> 38 C; not infection",
            Item::Thrombocytopenia => "platelets < 100 x10^9/L; not drug-induced",
            Item::Leukopenia => "white cells < 3 x10^9/L; not drug-induced",
        }
    }
}

words! {
    /// Names for ranges of the total; they differ between authors and are never mixed.
    pub enum Bands, "bands" {
        /// 0 none, 1-5 mild, 6-10 moderate, 11-19 high, >= 20 very high (Mosca & Bombardieri 2006).
        Mosca = "mosca",
        /// 0 remission, 1-4 low, 5-10 moderate, > 10 high (Polachek et al. 2017).
        Polachek = "polachek",
        /// < 6 mild, 6-12 moderate, > 12 severe (Gordon et al. 2018, British Society for Rheumatology).
        Bsr2018 = "bsr2018",
    }
}

impl Bands {
    /// Names of the bands from the lowest.
    #[must_use]
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Bands::Mosca => &["none", "mild", "moderate", "high", "very high"],
            Bands::Polachek => &["remission", "low", "moderate", "high"],
            Bands::Bsr2018 => &["mild", "moderate", "severe"],
        }
    }

    /// The highest total of each band.
    #[must_use]
    pub const fn upper_limits(self) -> &'static [u8] {
        match self {
            Bands::Mosca => &[0, 5, 10, 19, 105],
            Bands::Polachek => &[0, 4, 10, 105],
            Bands::Bsr2018 => &[5, 12, 105],
        }
    }

    /// Position of a total's band in [`Self::names`].
    #[must_use]
    pub fn position(self, total: u8) -> usize {
        let limits = self.upper_limits();
        limits.iter().position(|&limit| total <= limit).unwrap_or(limits.len() - 1)
    }

    /// Name of a total's band.
    #[must_use]
    pub fn name(self, total: u8) -> &'static str {
        self.names()[self.position(total)]
    }
}
