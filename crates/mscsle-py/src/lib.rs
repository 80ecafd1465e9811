#![doc = include_str!("../README.md")]

use pyo3::prelude::*;

mod error;
mod sim;
mod trial;

/// The extension module behind the Python package `mscsle`.
#[pymodule]
mod _core {
    use super::*;

    #[pymodule_export]
    use crate::sim::{cohort_list, generate_cohort};
    #[pymodule_export]
    use crate::trial::{PyTrial, schema_columns, schema_tables};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
