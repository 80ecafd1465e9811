#![doc = include_str!("../README.md")]

use pyo3::prelude::*;

mod error;

/// The extension module behind the Python package `mscsle`.
#[pymodule]
mod _core {
    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
