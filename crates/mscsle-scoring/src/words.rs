//! Enums whose variants are the words of the user interface.

/// Defines an enum with `ALL`, `word()`, `code()`, `FromStr` and `Display` by its words.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident, $option:literal { $($(#[$vmeta:meta])* $variant:ident = $word:literal $(| $alias:literal)*,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// All variants in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word by which users choose it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }

            /// Position in [`Self::ALL`].
            #[must_use]
            pub const fn code(self) -> usize {
                self as usize
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::ScoringError;

            fn from_str(word: &str) -> Result<$name, $crate::ScoringError> {
                match word {
                    $($word $(| $alias)* => Ok($name::$variant),)+
                    _ => Err($crate::ScoringError::UnknownWord {
                        option: $option,
                        value: word.to_owned(),
                        known: $crate::words::list(&[$($word),+]),
                    }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

pub(crate) use words;

/// "`a`, `b` or `c`".
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
