//! What can be wrong with a definition, a request or the inputs of a derivation.

/// A definition, an option or an input that cannot be used. What is wrong with one patient is a finding, never an error.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// A definition that cannot be read.
    #[error("definition `{definition}`, line {line}, key `{key}`: {problem}")]
    Definition {
        /// Id of the definition, or `?` when it has none yet.
        definition: String,
        /// Line of the text, counted from 1 as editors do.
        line: usize,
        /// Path of the key, e.g. `states[0].all[1].compare`.
        key: String,
        /// What is wrong, the value, and what would be right.
        problem: String,
    },
    /// An id that no built-in definition has.
    #[error("unknown definition `{id}`; {hint}")]
    UnknownDefinition {
        /// The id asked for.
        id: String,
        /// `did you mean ...?` or the ids there are.
        hint: String,
    },
    /// A definition of another kind than the call needs.
    #[error("definition `{definition}` is a {found} definition, but a {needed} definition is needed here")]
    WrongKind {
        /// Id of the definition.
        definition: String,
        /// Its kind.
        found: &'static str,
        /// The kind needed.
        needed: &'static str,
    },
    /// An override of a parameter the definition does not have.
    #[error("definition `{definition}` has no parameter `{parameter}`; its parameters are {known}")]
    UnknownParameter {
        /// Id of the definition.
        definition: String,
        /// The parameter asked for.
        parameter: String,
        /// The names there are.
        known: String,
    },
    /// An override whose value does not fit.
    #[error("definition `{definition}`: parameter `{parameter}` cannot be {value}; {allowed}")]
    ParameterValue {
        /// Id of the definition.
        definition: String,
        /// Name of the parameter.
        parameter: String,
        /// The value given.
        value: String,
        /// What would be right.
        allowed: String,
    },
    /// A measure the definition needs and no row of the trial has.
    #[error("definition `{definition}` needs `{measure}`, but table `{table}` has no usable value of it{hint}")]
    MissingInput {
        /// Id of the definition.
        definition: String,
        /// Measure without any value.
        measure: String,
        /// Table in which it is looked for.
        table: String,
        /// What could be done, or empty.
        hint: String,
    },
    /// No recorded assessment of this name.
    #[error("table `assessments` has no usable row with `what` = `{what}`; the values there are {known}")]
    NoRecordedAssessment {
        /// The assessment asked for.
        what: String,
        /// The names there are.
        known: String,
    },
    /// A subject who is not in the trial.
    #[error("unknown subject `{subject}`{hint}")]
    UnknownSubject {
        /// The id asked for.
        subject: String,
        /// `; did you mean ...?` or empty.
        hint: String,
    },
    /// A visit the subject does not have.
    #[error("subject `{subject}` has no visit `{visit}`; the visits are {known}")]
    UnknownVisit {
        /// Subject.
        subject: String,
        /// The visit asked for.
        visit: String,
        /// The labels there are.
        known: String,
    },
    /// An option word that does not exist.
    #[error("unknown {option} `{word}`; use {allowed}")]
    UnknownWord {
        /// Name of the option.
        option: &'static str,
        /// The word given.
        word: String,
        /// The words there are.
        allowed: String,
    },
    /// A column that can be kept beside the times neither from `subjects`, `infusions` nor as a baseline measure.
    #[error(
        "`{name}` cannot be kept: it is no column of `subjects`, no `source`, `lot`, `donor` or `route` of the first infusion and no `baseline_<measure>`{hint}"
    )]
    UnknownColumn {
        /// The name asked for.
        name: String,
        /// `; did you mean ...?` or empty.
        hint: String,
    },
    /// A table a history cannot do without.
    #[error("table `{table}` is missing")]
    MissingTable {
        /// Table name.
        table: String,
    },
}

impl EndpointError {
    /// The same error of a definition under a longer path of its key.
    pub(crate) fn at_key(self, path: &str) -> EndpointError {
        match self {
            EndpointError::Definition { definition, line, problem, .. } => {
                EndpointError::Definition { definition, line, key: path.to_owned(), problem }
            }
            other => other,
        }
    }
}

/// Words for a message: `` `a`, `b` or `c` ``.
pub(crate) fn one_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("`{one}`"),
        [first @ .., last] => {
            format!("{} or `{last}`", first.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", "))
        }
    }
}
