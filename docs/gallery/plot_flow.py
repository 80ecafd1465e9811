"""
Patient flow
============

Boxes from enrolment downwards; who left stands between them.
"""

import mscsle as ms

ax = ms.plot.patient_flow(
    [("Enrolled and treated", 81), ("Seen at 3 months", 78), ("Seen at 12 months", 77)],
    [[("died", 3)], [("died", 1)]],
)
