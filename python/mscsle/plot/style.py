"""Colours, lines and files of the figures: safe for colour-blind readers, readable in print, the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "INK",
    "LINES",
    "MUTED",
    "PALETTE",
    "axes_or_new",
    "new_axes",
    "require_matplotlib",
    "style",
    "to_png",
    "to_svg",
]

#: Okabe and Ito's palette, ordered so that neighbours also differ in lightness (2008).
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: Line styles that tell groups apart without colour.
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
INK = "#1a1a1a"
MUTED = "#6b6b6b"

_SETTINGS: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#444444",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "figure.dpi": 110,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.7,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.7,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "mscsle",
    "xtick.color": INK,
    "ytick.color": INK,
}


def require_matplotlib() -> None:
    """Say which extra brings matplotlib when it is not there.

    Raises
    ------
    ImportError
        matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as e:
        raise ImportError("figures need matplotlib; install it with `pip install mscsle[plot]`") from e


@contextmanager
def style() -> Iterator[None]:
    """The settings of matplotlib inside a `with` block; the user's own are back afterwards."""
    require_matplotlib()
    import matplotlib

    with matplotlib.rc_context(_SETTINGS):
        yield


def axes_or_new(ax: Axes | None, *, width: float = 6.4, height: float = 4.2) -> Axes:
    """The given axes, or those of a new pyplot figure (shown by a notebook)."""
    require_matplotlib()
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    with style():
        _, made = plt.subplots(figsize=(width, height), layout="constrained")
    return made


def new_axes(width: float = 6.4, height: float = 4.2) -> Axes:
    """Axes of a figure that pyplot does not know: for files."""
    require_matplotlib()
    from matplotlib.figure import Figure

    with style():
        return Figure(figsize=(width, height), layout="constrained").add_subplot()


def to_svg(figure: Figure) -> bytes:
    """The figure as SVG, without date, the same bytes for the same figure."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(
            buffer, format="svg", metadata={"Date": None, "Creator": None}, bbox_inches="tight", pad_inches=0.08
        )
    return buffer.getvalue()


def to_png(figure: Figure, *, dpi: int = 200) -> bytes:
    """The figure as PNG."""
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None}, bbox_inches="tight", pad_inches=0.08)
    return buffer.getvalue()
