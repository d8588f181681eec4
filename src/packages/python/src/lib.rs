//! The extension module `textloc._textloc`: `textloc::LineIndex` as a Python class.

use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use textloc::{Encoding, Position};

fn encoding(name: &str) -> PyResult<Encoding> {
    name.parse()
        .map_err(|error: <Encoding as std::str::FromStr>::Err| {
            PyValueError::new_err(error.to_string())
        })
}

#[pyclass(frozen, module = "textloc")]
struct LineIndex(textloc::LineIndex<String>);

#[pymethods]
impl LineIndex {
    #[new]
    fn new(py: Python<'_>, text: String) -> Self {
        py.detach(|| LineIndex(textloc::LineIndex::new(text)))
    }

    #[getter]
    fn text(&self) -> &str {
        self.0.text()
    }

    fn __len__(&self) -> usize {
        self.0.line_count()
    }

    fn line(&self, line: usize) -> PyResult<&str> {
        self.0
            .line(line)
            .ok_or_else(|| PyIndexError::new_err(format!("there is no line {line}")))
    }

    #[pyo3(signature = (offset, encoding = "utf-32"))]
    fn position(&self, offset: usize, encoding: &str) -> PyResult<(usize, usize)> {
        locate(&self.0, offset, self::encoding(encoding)?)
    }

    #[pyo3(signature = (offsets, encoding = "utf-32"))]
    fn positions(&self, offsets: Vec<usize>, encoding: &str) -> PyResult<Vec<(usize, usize)>> {
        let encoding = self::encoding(encoding)?;
        offsets
            .into_iter()
            .map(|offset| locate(&self.0, offset, encoding))
            .collect()
    }

    #[pyo3(signature = (line, column, encoding = "utf-32"))]
    fn offset(&self, line: usize, column: usize, encoding: &str) -> PyResult<usize> {
        self.0
            .offset(Position { line, column }, self::encoding(encoding)?)
            .ok_or_else(|| PyIndexError::new_err(format!("line {line} has no column {column}")))
    }

    fn convert(&self, offset: usize, from_encoding: &str, to_encoding: &str) -> PyResult<usize> {
        let (from, to) = (encoding(from_encoding)?, encoding(to_encoding)?);
        self.0.convert(offset, from, to).ok_or_else(|| {
            PyIndexError::new_err(format!(
                "offset {offset} is not at a character of the text in {from_encoding}"
            ))
        })
    }
}

fn locate(
    index: &textloc::LineIndex<String>,
    offset: usize,
    encoding: Encoding,
) -> PyResult<(usize, usize)> {
    index
        .position(offset, encoding)
        .map(|position| (position.line, position.column))
        .ok_or_else(|| PyIndexError::new_err(format!("offset {offset} is beyond the text")))
}

#[pymodule]
fn _textloc(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<LineIndex>()
}
