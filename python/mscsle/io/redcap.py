"""REDCap: the raw CSV export with its data dictionary, one table a form."""

from __future__ import annotations

import html
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mscsle import _core, _frame
from mscsle.exceptions import DataError, DataWarning, OptionError
from mscsle.io.dataset import Dataset, column_values
from mscsle.io.front import words_of

__all__ = ["RedcapExport", "read_redcap"]

#: Columns that REDCap adds, with their types.
_ADDED = {
    "redcap_event_name": "text",
    "redcap_repeat_instrument": "text",
    "redcap_repeat_instance": "integer",
    "redcap_data_access_group": "text",
    "redcap_survey_identifier": "text",
}
#: Names of the columns of a data dictionary, as downloaded and as exported by the API.
_DICTIONARY = {
    "field": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "type": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "validation": (
        "Text Validation Type OR Show Slider Number",
        "text_validation_type_or_show_slider_number",
    ),
}


@dataclass(frozen=True)
class _Field:
    name: str
    form: str
    kind: str
    label: str
    choices: dict[str, str]
    validation: str

    def columns(self) -> dict[str, tuple[str, str]]:
        """Columns of the export to type and label."""
        if self.kind == "checkbox":
            return {checkbox(self.name, code): ("flag", f"{self.label}: {text}") for code, text in self.choices.items()}
        return {self.name: (self.type(), self.label)}

    def has_comma(self) -> bool:
        """Whether its numbers have a decimal comma."""
        return self.kind == "text" and self.validation.startswith("number") and "comma" in self.validation

    def type(self) -> str:
        """Type of the cells."""
        if self.kind in ("yesno", "truefalse"):
            return "flag"
        if self.kind in ("calc", "slider"):
            return "number"
        if self.kind != "text":
            return "text"
        word = self.validation
        if word.startswith("datetime"):
            return "datetime"
        if word.startswith("date"):
            return "date"
        if word.startswith("time"):
            return "time" if word in ("time", "time_hh_mm_ss") else "text"
        return "integer" if word == "integer" else "number" if word.startswith("number") else "text"


def checkbox(field: str, code: str) -> str:
    """The column of a choice of a checkbox field: the code in lower case, other signs than letters and digits as ``_``."""
    return f"{field}___{''.join(c if c.isalnum() else '_' for c in code.lower())}"


@dataclass(frozen=True)
class RedcapExport:
    """The forms of a REDCap project.

    Attributes
    ----------
    forms : mapping of form to Dataset
        One row for each record, event and repeat in which the form holds something. Before the fields stand the record,
        ``redcap_event_name`` and ``redcap_repeat_instance`` where the project has them; last ``<form>_complete`` (0
        incomplete, 1 unverified, 2 complete). Checkbox fields are one flag a choice. Missing codes are missing, and counted
        in ``column_attributes[column]["missing_codes"]``.
    choices : mapping of field to mapping of code to text
        What the codes of radio, dropdown and checkbox fields mean.
    record : str
        Name of the column of the record.
    """

    forms: Mapping[str, Dataset]
    choices: Mapping[str, Mapping[str, str]]
    record: str

    def decoded(self, form: str) -> Dataset:
        """A form with the meanings of the codes in place of the codes of radio and dropdown fields.

        Raises
        ------
        OptionError
            There is no such form; those there are are named.

        Examples
        --------
        >>> from pathlib import Path
        >>> import mscsle as ms
        >>> _ = Path("dictionary.csv").write_text(
        ...     "field_name,form_name,field_type,field_label,select_choices_or_calculations,"
        ...     "text_validation_type_or_show_slider_number\\n"
        ...     "record_id,base,text,Record,,\\n"
        ...     'lupus_class,base,radio,Class,"3, III | 4, IV, or IV + V",\\n'
        ... )
        >>> _ = Path("export.csv").write_text("record_id,lupus_class,base_complete\\n1,4,2\\n2,,2\\n")
        >>> project = ms.io.read_redcap("export.csv", "dictionary.csv", library="numpy")
        >>> list(project.decoded("base").values["lupus_class"])
        ['IV, or IV + V', None]
        """
        if form not in self.forms:
            raise OptionError(f"there is no form `{form}`; the forms are {', '.join(f'`{f}`' for f in self.forms)}")
        given = self.forms[form]
        values = dict(given.values)
        for name in values:
            known = self.choices.get(name)
            if known is not None:
                values[name] = [None if code is None else known.get(code, code) for code in values[name]]
        return replace(given, values=values)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} ({d.n_rows} rows)" for name, d in self.forms.items())
        return f"<RedcapExport: {shown}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{d.n_rows}</td><td>{len(d.values)}</td></tr>"
            for name, d in self.forms.items()
        )
        return f"<table><thead><tr><th>form</th><th>rows</th><th>columns</th></tr></thead><tbody>{rows}</tbody></table>"


def read_redcap(
    data: str | Path,
    dictionary: str | Path,
    *,
    missing_codes: str | Sequence[str] = (),
    encoding: str | None = None,
    separator: str | None = None,
    library: _frame.Library | None = None,
) -> RedcapExport:
    """Read a raw CSV export of REDCap with its data dictionary.

    Parameters
    ----------
    data : str or path
        The export "CSV / Microsoft Excel (raw data)": field names and codes, not labels.
    dictionary : str or path
        The data dictionary as CSV, as downloaded or exported by the API.
    missing_codes : str or sequence of str
        Missing data codes of the project (``"-999"``, ``"ND"``), which look like data. They concern the fields, not the record,
        event or instance; the choices of a checkbox field are missing where the column of a code (``organs___nd``) is checked.
    encoding, separator : str, optional
        How the export is written, as in :func:`mscsle.read`: REDCap offers ``";"``, tab and other separators. The data
        dictionary is UTF-8 with commas.
    library : {"pandas", "polars", "pyarrow", "numpy"}, optional
        Library of the frames; by default the one in use.

    Raises
    ------
    DataError
        An export with labels, a column that is not in the dictionary, some but not all choices of a checkbox field, a code that is not among
        the choices, a cell that is not of the type of its field: file, column, row and value are named.

    Warns
    -----
    DataWarning
        Fields of the data dictionary that the export does not have, as a report or an export without identifiers leaves out.

    Examples
    --------
    >>> from pathlib import Path
    >>> import mscsle as ms
    >>> _ = Path("dictionary.csv").write_text(
    ...     "field_name,form_name,field_type,field_label,select_choices_or_calculations,"
    ...     "text_validation_type_or_show_slider_number\\n"
    ...     "record_id,baseline,text,Record,,\\n"
    ...     'organs,baseline,checkbox,Organs,"1, Kidney | 2, Skin",\\n'
    ...     "upcr,visit,text,UPCR,,number\\n"
    ... )
    >>> _ = Path("export.csv").write_text(
    ...     "record_id,redcap_event_name,organs___1,organs___2,baseline_complete,upcr,visit_complete\\n"
    ...     "1,baseline_arm_1,1,0,2,,\\n"
    ...     "1,month_6_arm_1,0,0,,-999,2\\n"
    ... )
    >>> project = ms.io.read_redcap("export.csv", "dictionary.csv", missing_codes=["-999"], library="numpy")
    >>> project
    <RedcapExport: baseline (1 rows), visit (1 rows)>
    >>> project.forms["baseline"].values["organs___1"].tolist(), project.forms["visit"].values["upcr"].tolist()
    ([True], [nan])
    """
    missing_codes = words_of(missing_codes)
    export = Path(data)
    fields = _fields(Path(dictionary))
    record = fields[0].name
    texts = _texts(export, encoding, separator)
    if record not in texts:
        raise DataError(
            f"`{export.name}` has no column `{record}`, the record of the data dictionary; export raw data with field names, not labels"
        )
    forms = list(dict.fromkeys(field.form for field in fields))
    types = {record: "text", **{name: word for name, word in _ADDED.items() if name in texts}}
    labels: dict[str, str] = {}
    of_form: dict[str, list[str]] = {form: [] for form in forms}
    absent: list[str] = []
    #: Of a checkbox field the columns of the missing codes, which REDCap adds to those of its choices.
    unknown_boxes: dict[str, dict[str, str]] = {}
    for field in fields:
        if field.kind == "descriptive":
            continue
        own = field.columns()
        held = [column for column in own if column in texts]
        if not held and field.name != record:
            absent.append(field.name)  # a report or an export without identifiers leaves fields out
            continue
        for column, (word, label) in own.items():
            if column not in texts:
                raise DataError(
                    f"`{export.name}` has no column `{column}` of the field `{field.name}` of the data dictionary; its choices have changed since, take a new data dictionary"
                )
            types.setdefault(column, word)
            labels[column] = label
            if column != record:
                of_form[field.form].append(column)
        for code in missing_codes if field.kind == "checkbox" else ():
            if checkbox(field.name, code) in texts and checkbox(field.name, code) not in types:
                types[checkbox(field.name, code)] = "flag"
                unknown_boxes.setdefault(field.name, {})[code] = checkbox(field.name, code)
        if field.kind in ("radio", "dropdown"):
            _check_codes(export, texts[field.name], field, missing_codes)
    for form in forms:
        for suffix, word in (("_timestamp", "text"), ("_complete", "integer")):
            if form + suffix in texts:
                types[form + suffix] = word
                of_form[form].append(form + suffix)
    unknown = next((name for name in texts if name not in types), None)
    if unknown is not None:
        raise DataError(f"`{export.name}`, column `{unknown}` is not in the data dictionary")
    if absent:
        shown = ", ".join(f"`{name}`" for name in absent[:5]) + (" ..." if len(absent) > 5 else "")
        warnings.warn(
            f"`{export.name}` does not have {len(absent)} of the {len(fields)} fields of the data dictionary: {shown}",
            DataWarning,
            stacklevel=2,
        )
    _check_repeats(export, texts, forms)
    typed = _typed(export, fields, types, texts, missing_codes, (encoding, separator))
    boxes = {column for field in fields if field.kind == "checkbox" for column in field.columns()}
    keys = [
        name
        for name in (record, "redcap_event_name", "redcap_repeat_instance", "redcap_data_access_group")
        if name in texts
    ]
    library = _frame.library_of(library)
    out = {}
    for form in forms:
        rows = _rows_of(form, of_form[form], texts, boxes)
        names = [*keys, *of_form[form]]
        counts = {name: _missing(texts[name][rows], missing_codes) for name in of_form[form]}
        values = {name: typed[name][rows] for name in names}
        for field in fields:
            if field.form == form and field.name in unknown_boxes:
                _unknown_boxes(field, unknown_boxes[field.name], typed, rows, values, counts)
        out[form] = Dataset(
            name=form,
            values=values,
            labels={name: labels[name] for name in names if name in labels},
            types={name: types[name] for name in names},
            column_attributes={name: {"missing_codes": found} for name, found in counts.items() if found},
            library=library,
        )
    return RedcapExport(
        forms=out, choices={field.name: field.choices for field in fields if field.choices}, record=record
    )


def _typed(
    path: Path,
    fields: Sequence[_Field],
    types: Mapping[str, str],
    texts: Mapping[str, _frame.Texts],
    missing_codes: Sequence[str],
    written: tuple[str | None, str | None],
) -> dict[str, Any]:
    """The columns by type. Missing codes concern fields alone: record 99 is a record, instance 9 an instance."""
    commas = [f.name for f in fields if f.has_comma() and f.name in types]
    words = [(name, "text" if name in commas else word) for name, word in types.items()]
    typed = {v["name"]: column_values(v) for v in _core.read_csv(path, words, (*written, None, list(missing_codes)))}
    for name in commas:
        typed[name] = _comma_numbers(path, name, texts[name], missing_codes)
    plain = [
        (name, types[name])
        for name in types
        if name == fields[0].name or name in _ADDED or any(name == f"{f.form}_complete" for f in fields)
    ]
    if missing_codes and any(code in texts[name].levels for name, _ in plain for code in missing_codes):
        every = [(name, dict(plain).get(name, "text")) for name in texts]
        read = {v["name"]: column_values(v) for v in _core.read_csv(path, every, (*written, None, []))}
        typed |= {name: read[name] for name, _ in plain}
    return typed


def _comma_numbers(path: Path, name: str, column: _frame.Texts, missing_codes: Sequence[str]) -> NDArray[np.float64]:
    """Numbers of a field whose validation has a decimal comma."""
    levels = np.full(len(column.levels) + 1, np.nan)  # the last is missing
    for i, text in enumerate(column.levels):
        if text in missing_codes:
            continue
        try:
            levels[i] = float(text.replace(",", "."))
        except ValueError:
            row = int(np.argmax(column.codes == i))
            raise DataError(
                f"`{path.name}`, column `{name}`, row {row} is `{text}`, not a number such as `4,5`"
            ) from None
    out: NDArray[np.float64] = levels[column.codes]
    return out


def _unknown_boxes(
    field: _Field,
    columns: Mapping[str, str],
    typed: Mapping[str, Any],
    rows: Any,
    values: dict[str, Any],
    counts: dict[str, dict[str, int]],
) -> None:
    """The choices of a checkbox field are missing where a missing code is checked."""
    unknown = np.zeros(len(rows), dtype=np.bool_)
    found: dict[str, int] = {}
    for code, column in columns.items():
        checked = np.ma.filled(typed[column][rows], False)
        unknown |= checked
        if checked.any():
            found[code] = int(checked.sum())
    if not found:
        return
    for column in field.columns():
        values[column] = np.ma.MaskedArray(
            np.ma.filled(values[column], False), np.ma.getmaskarray(values[column]) | unknown
        )
        counts[column] = found


def _texts(path: Path, encoding: str | None = None, separator: str | None = None) -> dict[str, _frame.Texts]:
    written: tuple[str | None, str | None, str | None, list[str]] = (encoding, separator, None, [])
    names = [(v["name"], "text") for v in _core.read_csv(path, [], written)]
    return {v["name"]: _frame.Texts(*v["values"]) for v in _core.read_csv(path, names, written)}


def _fields(path: Path) -> list[_Field]:
    table = _texts(path)
    columns: dict[str, list[str]] = {}
    for role, names in _DICTIONARY.items():
        name = next((n for n in names if n in table), None)
        if name is None:
            raise DataError(
                f"`{path.name}` is no data dictionary of REDCap: it has no column `{names[0]}` (or `{names[1]}`)"
            )
        columns[role] = [text or "" for text in table[name]]
    if not columns["field"]:
        raise DataError(f"`{path.name}` has no fields")
    fields = []
    for i, name in enumerate(columns["field"]):
        kind = columns["type"][i]
        coded = kind in ("radio", "dropdown", "checkbox")
        choices = _choices(path, name, columns["choices"][i]) if coded else {}
        fields.append(_Field(name, columns["form"][i], kind, columns["label"][i], choices, columns["validation"][i]))
    return fields


def _choices(path: Path, field: str, text: str) -> dict[str, str]:
    """``1, Kidney | 2, Skin`` as codes and texts."""
    out = {}
    for part in text.split("|"):
        if not part.strip():
            continue  # a separator at the end
        code, comma, meaning = part.strip().partition(",")
        if not comma:
            raise DataError(f"`{path.name}`, field `{field}`: the choice `{part.strip()}` has no code before a comma")
        out[code.strip()] = meaning.strip()
    return out


def _check_codes(path: Path, column: _frame.Texts, field: _Field, missing_codes: Sequence[str]) -> None:
    known = {*field.choices, *missing_codes}
    for code, level in enumerate(column.levels):
        if level not in known:
            row = int(np.argmax(column.codes == code))
            shown = ", ".join(f"{k} {v}" for k, v in list(field.choices.items())[:8])
            raise DataError(
                f"`{path.name}`, column `{field.name}`, row {row} is `{level}`, which is no code of the data dictionary ({shown}); "
                "export raw data, not labels, and name missing data codes by `missing_codes=`"
            )


def _check_repeats(path: Path, texts: Mapping[str, _frame.Texts], forms: Sequence[str]) -> None:
    """Refuses rows of a repeat instrument that is no form: they would belong to none."""
    column = texts.get("redcap_repeat_instrument")
    for code, level in enumerate(column.levels if column is not None else ()):
        if level and level not in forms and column is not None:
            row = int(np.argmax(column.codes == code))
            raise DataError(
                f"`{path.name}`, column `redcap_repeat_instrument`, row {row} is `{level}`, which is no form of the data dictionary "
                f"({', '.join(forms)}); export raw data, not labels, with the data dictionary of the same day"
            )


def _rows_of(form: str, columns: list[str], texts: Mapping[str, _frame.Texts], boxes: set[str]) -> Any:
    """The rows in which a form holds something: REDCap writes one wide row, with checkboxes 0 where there is no form."""
    n = len(next(iter(texts.values())))
    held = np.zeros(n, dtype=bool)
    for name in columns:
        column = texts[name]
        zero = column.levels.index("0") if "0" in column.levels else -2
        empty_is_zero = name in boxes or name == f"{form}_complete"
        held |= (column.codes >= 0) & ~((column.codes == zero) & empty_is_zero)
    if "redcap_repeat_instrument" in texts:
        repeated = np.asarray([text or "" for text in texts["redcap_repeat_instrument"]], dtype=object)
        names = {form, ""}
        held &= np.asarray([text in names for text in repeated], dtype=bool)
        held |= repeated == form
    return np.flatnonzero(held)


def _missing(column: _frame.Texts, codes: Sequence[str]) -> dict[str, int]:
    found = {code: int((column.codes == column.levels.index(code)).sum()) for code in codes if code in column.levels}
    return {code: count for code, count in found.items() if count}
