//! The one place where core errors become Python exceptions (defined in `mscsle.exceptions`).
//!
//! A core error enum implements `Into<PyErr>` through [`raise`]: the class is looked up by name, the text is the
//! error's `Display`.

use pyo3::prelude::*;
use pyo3::types::PyType;

/// Which class of `mscsle.exceptions` an error becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Class {
    /// Bad data: `DataError` (a `ValueError`).
    Data,
    /// An option word that does not exist: `OptionError` (a `ValueError`).
    Option,
    /// A quantity that the data do not determine: `NotEstimableError` (an `ArithmeticError`).
    NotEstimable,
    /// No such file or folder: `MissingFileError` (a `FileNotFoundError`).
    MissingFile,
    /// The operating system refuses, or a file would be overwritten: `FileError` (an `OSError`).
    File,
}

/// The Python exception of a class with a message.
pub(crate) fn raise(class: Class, message: &dyn std::fmt::Display) -> PyErr {
    let name = match class {
        Class::Data => "DataError",
        Class::Option => "OptionError",
        Class::NotEstimable => "NotEstimableError",
        Class::MissingFile => "MissingFileError",
        Class::File => "FileError",
    };
    let text = message.to_string();
    Python::attach(|py| {
        let class = py
            .import("mscsle.exceptions")
            .and_then(|module| module.getattr(name))
            .and_then(|class| class.cast_into::<PyType>().map_err(PyErr::from));
        match class {
            Ok(class) => PyErr::from_type(class, (text,)),
            Err(error) => error,
        }
    })
}

/// The exception of an error of `mscsle-domain`.
pub(crate) fn domain(error: &mscsle_domain::DomainError) -> PyErr {
    let class = match error {
        mscsle_domain::DomainError::UnknownWord { .. } => Class::Option,
        _ => Class::Data,
    };
    raise(class, error)
}

/// The exception of an error of `mscsle-scoring`.
pub(crate) fn scoring(error: &mscsle_scoring::ScoringError) -> PyErr {
    use mscsle_scoring::ScoringError as E;
    let class = match error {
        E::UnknownWord { .. } | E::Incompatible { .. } | E::MissingInput { .. } | E::Domain(_) => Class::Option,
        _ => Class::Data,
    };
    raise(class, error)
}

/// The exception of an error of `mscsle-io`.
pub(crate) fn io(error: &mscsle_io::IoError) -> PyErr {
    let class = match error {
        mscsle_io::IoError::Missing { .. } => Class::MissingFile,
        mscsle_io::IoError::System { .. } | mscsle_io::IoError::Exists { .. } => Class::File,
        mscsle_io::IoError::UnknownEncoding { .. }
        | mscsle_io::IoError::CsvOption { .. }
        | mscsle_io::IoError::UnknownType { .. }
        | mscsle_io::IoError::Format { .. } => Class::Option,
        _ => Class::Data,
    };
    raise(class, error)
}

/// The exception of an error of `mscsle-sim`.
pub(crate) fn sim(error: &mscsle_sim::SimError) -> PyErr {
    let class = match error {
        mscsle_sim::SimError::UnknownCohort { .. } => Class::Option,
        _ => Class::Data,
    };
    raise(class, error)
}

/// The exception of an error of `mscsle-endpoints`.
pub(crate) fn endpoints(error: &mscsle_endpoints::EndpointError) -> PyErr {
    use mscsle_endpoints::EndpointError as E;
    let class = match error {
        E::UnknownWord { .. }
        | E::UnknownDefinition { .. }
        | E::UnknownParameter { .. }
        | E::ParameterValue { .. }
        | E::WrongKind { .. } => Class::Option,
        _ => Class::Data,
    };
    raise(class, error)
}

/// The exception of an error of `mscsle-stats`.
pub(crate) fn stats(error: &mscsle_stats::StatsError) -> PyErr {
    let class = match error {
        mscsle_stats::StatsError::Word { .. } => Class::Option,
        mscsle_stats::StatsError::NotEstimable { .. } => Class::NotEstimable,
        _ => Class::Data,
    };
    raise(class, error)
}

/// The exception of an error of `mscsle-survival`.
pub(crate) fn survival(error: &mscsle_survival::SurvivalError) -> PyErr {
    use mscsle_survival::SurvivalError;
    let class = match error {
        SurvivalError::Incompatible { .. }
        | SurvivalError::InvalidOption { .. }
        | SurvivalError::UnknownWord { .. } => Class::Option,
        SurvivalError::NotEstimable { .. } => Class::NotEstimable,
        _ => Class::Data,
    };
    raise(class, error)
}
