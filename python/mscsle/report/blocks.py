"""What a report is made of: tables with raw numbers behind the printed ones, figures, and sections that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mscsle._result import Result, listing_rows
from mscsle.report.rounding import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ReportFigure", "ReportTable", "Section"]


@dataclass(frozen=True, kw_only=True)
class ReportTable(Result):
    """A table of a report: ``.to_frame()`` gives the numbers, the page shows them rounded half away from zero.

    Attributes
    ----------
    id : str
        Name of its CSV file and of its place in the page.
    caption : str
        What it shows.
    data : mapping
        Column name to values, unrounded: the CSV and the frame.
    shown : mapping
        Heading to texts as printed.
    notes : tuple of str
        Method, denominators and caveats, printed under the table.
    """

    id: str
    caption: str
    data: Mapping[str, Sequence[object]]
    shown: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    wide: bool = False

    def columns(self) -> Mapping[str, Sequence[object]]:
        """Column name to unrounded values."""
        return self.data

    def ard_rows(self) -> Iterable[dict[str, object]]:
        """The unrounded numbers, one row a filled cell; the notes are the method."""
        return listing_rows(self.data, method=" ".join(self.notes) or self.caption, context=self.id)

    def title(self) -> str:
        """The caption."""
        return self.caption

    def printed(self) -> Mapping[str, Sequence[str]]:
        """Heading to texts."""
        return self.shown or {name: [plain(v) for v in values] for name, values in self.data.items()}


@dataclass(frozen=True)
class ReportFigure:
    """A figure of a report: ``draw(ax)`` draws it anywhere, ``.svg`` and ``.png`` are the files.

    ``alt`` says in words what is to be seen.
    """

    id: str
    caption: str
    alt: str
    draw: Callable[[Axes], Axes]
    width: float = 6.4
    height: float = 4.0
    notes: tuple[str, ...] = ()

    @cached_property
    def _figure(self) -> Axes:
        from mscsle.plot.style import new_axes

        return self.draw(new_axes(self.width, self.height))

    @cached_property
    def svg(self) -> bytes:
        """The figure as SVG."""
        from matplotlib.figure import Figure

        from mscsle.plot.style import to_svg

        figure = self._figure.figure
        assert isinstance(figure, Figure)
        return to_svg(figure)

    @cached_property
    def png(self) -> bytes:
        """The figure as PNG, 200 dots per inch."""
        from matplotlib.figure import Figure

        from mscsle.plot.style import to_png

        figure = self._figure.figure
        assert isinstance(figure, Figure)
        return to_png(figure)

    def _repr_png_(self) -> bytes:
        return self.png


@dataclass
class Section:
    """A part of the page: paragraphs, tables and figures in reading order, or the sentence why it is not there."""

    id: str
    title: str
    blocks: list[str | ReportTable | ReportFigure] = field(default_factory=list)
    skipped: str = ""

    @property
    def tables(self) -> list[ReportTable]:
        """Its tables."""
        return [b for b in self.blocks if isinstance(b, ReportTable)]

    @property
    def figures(self) -> list[ReportFigure]:
        """Its figures."""
        return [b for b in self.blocks if isinstance(b, ReportFigure)]
