//! Dataset-JSON files, whole and chunk by chunk.

use crate::error;
use crate::io::{held, set_values};
use crate::trial::RawColumn;
use mscsle_io::{JsonColumn, JsonDataset, JsonForm, JsonMetadata, JsonReader, JsonType, JsonWriter, NewFile, Values};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;
use std::sync::Mutex;

/// A Dataset-JSON file that is read chunk by chunk.
#[pyclass(name = "JsonStream", module = "mscsle._core", frozen)]
pub(crate) struct PyJsonStream {
    reader: Mutex<JsonReader<'static>>,
}

#[pymethods]
impl PyJsonStream {
    #[new]
    fn new(py: Python<'_>, path: PathBuf) -> PyResult<PyJsonStream> {
        let reader = py.detach(|| mscsle_io::open_json_file(&path)).map_err(|e| error::io(&e))?;
        Ok(PyJsonStream { reader: Mutex::new(reader) })
    }

    /// At most so many rows, as `read_json` gives them; None when there are no more.
    fn read_rows<'py>(&self, py: Python<'py>, most: usize) -> PyResult<Option<Bound<'py, PyDict>>> {
        let chunk = py.detach(|| {
            let mut reader = held(&self.reader);
            Ok(reader.read_rows(most)?.map(|values| (reader.metadata().clone(), values)))
        });
        let Some((metadata, values)) = chunk.map_err(|e| error::io(&e))? else { return Ok(None) };
        dataset_dict(py, metadata, values).map(Some)
    }
}

/// A Dataset-JSON file of any form: name, label, attributes as JSON, and the columns.
#[pyfunction]
pub(crate) fn read_json(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let dataset = py.detach(|| mscsle_io::read_json_file(&path)).map_err(|e| error::io(&e))?;
    dataset_dict(py, dataset.metadata, dataset.values)
}

fn dataset_dict(py: Python<'_>, metadata: JsonMetadata, values: Vec<Values>) -> PyResult<Bound<'_, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("attributes", metadata.attributes_json())?;
    out.set_item("name", metadata.name)?;
    out.set_item("label", metadata.label)?;
    let columns = metadata.columns.into_iter().zip(values).map(|(column, values)| json_dict(py, column, values));
    out.set_item("variables", columns.collect::<PyResult<Vec<_>>>()?)?;
    Ok(out)
}

fn json_dict(py: Python<'_>, column: JsonColumn, values: Values) -> PyResult<Bound<'_, PyDict>> {
    let out = PyDict::new(py);
    out.set_item("type", column.data_type.name())?;
    out.set_item("kind", column.kind().name())?;
    out.set_item("name", column.name)?;
    out.set_item("label", column.label)?;
    out.set_item("format", column.format)?;
    out.set_item("oid", column.oid)?;
    out.set_item("target", column.target)?;
    out.set_item("length", column.length)?;
    out.set_item("key", column.key)?;
    set_values(&out, values)?;
    Ok(out)
}

/// Writes a Dataset-JSON file in the form `json`, `ndjson` or `dsjc`.
#[pyfunction]
pub(crate) fn write_json(
    py: Python<'_>,
    path: PathBuf,
    form: &str,
    name: String,
    label: String,
    attributes: &str,
    columns: Vec<(JsonVariableIn, RawColumn<'_>)>,
) -> PyResult<()> {
    let form = json_form(form)?;
    let (variables, columns): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    let metadata = json_metadata(name, label, attributes, variables)?;
    let values = json_values(columns)?;
    let n_rows = values.first().map_or(0, Values::len);
    let dataset = JsonDataset { metadata, values, n_rows };
    py.detach(|| mscsle_io::write_json_file(&dataset, form, &path)).map_err(|e| error::io(&e))
}

/// A column without values: name, label, type, target type, format, OID, length, place in the key.
type JsonVariableIn = (String, String, String, Option<String>, String, String, Option<u64>, Option<u64>);

/// A Dataset-JSON file that is written chunk by chunk.
#[pyclass(name = "JsonSink", module = "mscsle._core", frozen)]
pub(crate) struct PyJsonSink {
    writer: Mutex<Option<JsonWriter<NewFile>>>,
}

#[pymethods]
impl PyJsonSink {
    #[new]
    fn new(
        path: PathBuf,
        form: &str,
        name: String,
        label: String,
        attributes: &str,
        columns: Vec<JsonVariableIn>,
        records: Option<u64>,
    ) -> PyResult<PyJsonSink> {
        let metadata = JsonMetadata { records, ..json_metadata(name, label, attributes, columns)? };
        let writer = mscsle_io::create_json_file(&path, metadata, json_form(form)?).map_err(|e| error::io(&e))?;
        Ok(PyJsonSink { writer: Mutex::new(Some(writer)) })
    }

    /// Writes rows: the values of the columns in order.
    fn write(&self, py: Python<'_>, columns: Vec<RawColumn<'_>>) -> PyResult<()> {
        let values = json_values(columns)?;
        py.detach(|| match held(&self.writer).as_mut() {
            Some(writer) => writer.write_rows(&values).map_err(|e| error::io(&e)),
            None => Err(error::raise(error::Class::Data, &"the file is closed")),
        })
    }

    /// Ends the file, which then takes its place.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        let writer = held(&self.writer).take();
        let finish = || writer.map_or(Ok(()), |writer| writer.finish_counted().and_then(NewFile::commit));
        py.detach(finish).map_err(|e| error::io(&e))
    }

    /// Gives the file up: nothing of it stays.
    fn abandon(&self) {
        drop(held(&self.writer).take());
    }
}

fn json_form(form: &str) -> PyResult<JsonForm> {
    match form {
        "json" => Ok(JsonForm::Object),
        "ndjson" => Ok(JsonForm::Lines),
        "dsjc" => Ok(JsonForm::Compressed),
        other => {
            Err(error::raise(error::Class::Option, &format!("unknown form `{other}`; use `json`, `ndjson` or `dsjc`")))
        }
    }
}

fn json_metadata(
    name: String,
    label: String,
    attributes: &str,
    variables: Vec<JsonVariableIn>,
) -> PyResult<JsonMetadata> {
    let mut metadata = JsonMetadata { name, label, ..JsonMetadata::default() };
    metadata.set_attributes_json(attributes).map_err(|e| error::io(&e))?;
    for (name, label, word, target, format, oid, length, key) in variables {
        let data_type = JsonType::from_name(&word)
            .ok_or_else(|| error::raise(error::Class::Option, &format!("unknown Dataset-JSON type `{word}`")))?;
        metadata.columns.push(JsonColumn { name, label, oid, data_type, target, length, format, key });
    }
    Ok(metadata)
}

fn json_values(columns: Vec<RawColumn<'_>>) -> PyResult<Vec<Values>> {
    columns.into_iter().map(|column| Ok(Values::of_column(column.column()?, Vec::new()))).collect()
}
