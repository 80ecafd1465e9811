"""Disease control without immunosuppressants: SLEDAI, prednisone and the recorded event decide at their edges."""

from __future__ import annotations

import pytest

import mscsle as ms


def state(total: float, dose: float, immunosuppressant: str | None = None) -> str:
    tables = {
        "subjects": {"usubjid": ["A"]},
        "infusions": {"usubjid": ["A"], "date": ["2009-03-14"]},
        "visits": {
            "usubjid": ["A", "A"],
            "visit": ["M0", "M12"],
            "date": ["2009-03-14", "2010-03-14"],
            "planned_month": [0.0, 12.0],
        },
        "sledai": {"usubjid": ["A", "A"], "visit": ["M0", "M12"], "total": [12.0, total]},
        "medications": {
            "usubjid": ["A"],
            "drug": ["prednisone"],
            "dose": [dose],
            "unit": ["mg"],
            "route": ["oral"],
            "frequency": ["daily"],
            "start_date": ["2009-03-14"],
        },
    }
    if immunosuppressant is not None:
        tables["assessments"] = {
            "usubjid": ["A"],
            "visit": [immunosuppressant],
            "what": ["immunosuppressant"],
            "value": ["yes"],
        }
    control = ms.endpoints.response(ms.Trial(**tables), "sledai2_drugfree")
    assert control.definition.confidence == "H"
    return control.states.state[-1]


@pytest.mark.parametrize(
    ("total", "dose", "immunosuppressant", "expected"),
    [
        (2, 5.0, None, "CONTROL"),
        (3, 5.0, None, "NR"),
        (2, 5.5, None, "NR"),
        (0, 0.0, "M12", "NR"),
        (0, 0.0, "M0", "CONTROL"),
    ],
)
def test_each_part_decides_at_its_edge(total: float, dose: float, immunosuppressant: str | None, expected: str) -> None:
    assert state(total, dose, immunosuppressant) == expected
