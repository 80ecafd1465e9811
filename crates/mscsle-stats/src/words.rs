//! Option words: one list per option gives the enum, its words and the error that lists them.

/// An option enum with its words in Python and in print.
macro_rules! option_words {
    ($(#[$doc:meta])* $name:ident, $option:literal, { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that names it.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::StatsError;

            fn from_str(word: &str) -> std::result::Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|v| v.word() == word).ok_or_else(|| $crate::StatsError::Word {
                    option: $option,
                    word: word.to_owned(),
                    known: $crate::words::list(Self::ALL.iter().map(|v| v.word())),
                })
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use option_words;

/// `a`, `b` or `c`
pub(crate) fn list(words: impl Iterator<Item = &'static str>) -> String {
    let words: Vec<String> = words.map(|w| format!("`{w}`")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

option_words!(
    /// Side of a test.
    Alternative, "alternative", {
        /// The parameter differs from the null value.
        TwoSided = "two-sided",
        /// The parameter is greater.
        Greater = "greater",
        /// The parameter is less.
        Less = "less",
    }
);
