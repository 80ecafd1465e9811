"""Formulas as MathML: no script, no network."""

from __future__ import annotations

import html
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f"<div class='math' role='math' aria-label='{html.escape(node.astext(), quote=True)}'>")
    translator.body.append(convert(node.astext(), display="block"))
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def _nothing(translator: Any, node: nodes.Node) -> None:
    """Never reached: the visits skip the node."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers the renderer."""
    app.add_html_math_renderer("mathml", (_inline, _nothing), (_block, _nothing))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
