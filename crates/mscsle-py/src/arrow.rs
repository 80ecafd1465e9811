//! Texts handed over through the Arrow C data interface: polars, pyarrow and pandas take the memory without a copy.

use crate::error;
use arrow_buffer::{ArrowNativeType, Buffer};
use arrow_data::ArrayData;
use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, DataType};
use mscsle_io::{TextLayout, text_offsets, text_views};
use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyCapsule;

/// A column of texts in the memory layout of Arrow.
#[pyclass(name = "ArrowTexts", module = "mscsle._core", frozen)]
pub(crate) struct PyArrowTexts {
    data: ArrayData,
}

#[pymethods]
impl PyArrowTexts {
    fn __len__(&self) -> usize {
        self.data.len()
    }

    /// The capsules of schema and array of the Arrow PyCapsule interface; the schema asked for is not heeded.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        drop(requested_schema);
        let schema = FFI_ArrowSchema::try_from(self.data.data_type()).map_err(|e| refused(&e))?;
        let schema = PyCapsule::new_with_value(py, schema, c"arrow_schema")?;
        Ok((schema, PyCapsule::new_with_value(py, FFI_ArrowArray::new(&self.data), c"arrow_array")?))
    }
}

fn refused(error: &ArrowError) -> PyErr {
    error::raise(error::Class::Data, error)
}

/// Texts of codes (-1 missing) into levels, laid out as `string`, `large_string` or `string_view` of Arrow; None when the
/// layout cannot hold that many bytes.
#[pyfunction]
pub(crate) fn arrow_texts(
    py: Python<'_>,
    codes: PyReadonlyArray1<'_, i32>,
    levels: Vec<PyBackedStr>,
    layout: &str,
) -> PyResult<Option<PyArrowTexts>> {
    let codes = codes.as_slice()?;
    let data = py.detach(|| match layout {
        "string" => array(DataType::Utf8, codes.len(), text_offsets::<i32>(codes, &levels)),
        "large_string" => array(DataType::LargeUtf8, codes.len(), text_offsets::<i64>(codes, &levels)),
        "string_view" => array(DataType::Utf8View, codes.len(), text_views(codes, &levels)),
        other => Err(ArrowError::InvalidArgumentError(format!("unknown layout `{other}`"))),
    });
    Ok(data.map_err(|e| refused(&e))?.map(|data| PyArrowTexts { data }))
}

fn array<T: ArrowNativeType>(
    kind: DataType,
    n: usize,
    layout: Option<TextLayout<T>>,
) -> Result<Option<ArrayData>, ArrowError> {
    let Some(layout) = layout else { return Ok(None) };
    let buffers = vec![Buffer::from_vec(layout.places), Buffer::from_vec(layout.data)];
    ArrayData::try_new(kind, n, layout.validity.map(Buffer::from_vec), 0, buffers, Vec::new()).map(Some)
}
