"""The report in headless Chromium: two widths, print to PDF; no blank band, nothing clipped, no text over other text.

Run by `make browser`, which needs Debian's `chromium`.
"""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

import mscsle as ms

WIDTHS = (1200, 480)
#: A figure of the report: its words for those who cannot see it, and the drawing.
FIGURE = r'<img alt="(?P<alt>[^"]*)" src="data:image/svg\+xml;base64,(?P<data>[^"]*)">'
#: Pixels by which boxes of neighbouring letters may touch: hinting and line spacing.
SLACK = 2.0

#: Collects, in the page itself, what a reader would see as broken.
PROBE = """
<script>
window.addEventListener("load", () => {
  const slack = SLACK, problems = [], boxes = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || ["SCRIPT", "STYLE", "TITLE", "DESC", "METADATA"].includes(parent.tagName.toUpperCase())) continue;
    if (parent.closest("details:not([open])") && !parent.closest("summary")) continue;
    if (parent.closest("nav")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      if (r.width < 1 || r.height < 1) continue;
      boxes.push({x: r.left, y: r.top + window.scrollY, r: r.right, b: r.bottom + window.scrollY, text: node.textContent.trim().slice(0, 40), node});
    }
  }
  boxes.sort((p, q) => p.y - q.y);
  for (let i = 0; i < boxes.length; i++) {
    const p = boxes[i];
    for (let j = i + 1; j < boxes.length && boxes[j].y < p.b - slack; j++) {
      const q = boxes[j];
      if (p.node === q.node) continue;
      const w = Math.min(p.r, q.r) - Math.max(p.x, q.x), h = Math.min(p.b, q.b) - Math.max(p.y, q.y);
      const least = Math.min(p.b - p.y, q.b - q.y);
      if (w > slack && h > Math.max(slack, 0.35 * least)) problems.push("overlap: `" + p.text + "` and `" + q.text + "`");
    }
  }
  if (document.documentElement.scrollWidth > window.innerWidth + slack)
    problems.push("the page is " + document.documentElement.scrollWidth + " px wide in a window of " + window.innerWidth);
  if (window.innerWidth >= 1000)
    for (const box of document.querySelectorAll(".scroll"))
      if (box.scrollWidth > box.clientWidth + slack) problems.push("table hidden to the right: `" + box.textContent.trim().slice(0, 60) + "`");
  for (const section of document.querySelectorAll("section"))
    if (section.getBoundingClientRect().height < 40 || !section.textContent.trim()) problems.push("empty section `" + section.id + "`");
  for (const svg of document.querySelectorAll("figure svg")) {
    const frame = svg.getBoundingClientRect();
    if (frame.width < 50 || frame.height < 50) problems.push("figure of " + frame.width + " x " + frame.height + " px");
    const marks = [...svg.querySelectorAll("g[id^=text_]")].map(g => [g.id, g.getBoundingClientRect()]).filter(m => m[1].width);
    texts += marks.length;
    for (const [id, r] of marks)
      if (r.left < frame.left - slack || r.right > frame.right + slack || r.top < frame.top - slack || r.bottom > frame.bottom + slack)
        problems.push("clipped label " + id + " of `" + svg.dataset.alt + "`");
    for (let i = 0; i < marks.length; i++)
      for (let j = i + 1; j < marks.length; j++) {
        const p = marks[i][1], q = marks[j][1];
        const w = Math.min(p.right, q.right) - Math.max(p.left, q.left), h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        if (w > slack && h > slack) problems.push("overlapping labels " + marks[i][0] + " and " + marks[j][0] + " of `" + svg.dataset.alt + "`");
      }
  }
  const pre = document.createElement("pre");
  pre.id = "probe";
  pre.textContent = JSON.stringify({problems, boxes: boxes.length, texts, height: document.documentElement.scrollHeight});
  document.body.appendChild(pre);
});
</script>
""".replace("SLACK", str(SLACK))


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "these tests need chromium (Debian: apt-get install chromium)"
    return found


def run(chromium: str, folder: Path, *arguments: str) -> str:
    quiet = ("--disable-gpu", "--no-sandbox", "--no-first-run", "--hide-scrollbars", "--disable-background-networking")
    command = [chromium, "--headless", *quiet, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.fixture(scope="session", params=ms.studies().ids)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(str(request.param))
    ms.run(str(request.param), out=folder, progress=False)
    return folder / "index.html"


def probe(chromium: str, folder: Path, page: str, width: int) -> dict[str, Any]:
    """What the probe finds in a page whose figures stand in it as SVG."""
    probed = folder / "probed.html"
    probed.write_text(re.sub(FIGURE, inline, page).replace("</body>", PROBE + "</body>"))
    dom = run(chromium, folder, f"--window-size={width},900", "--dump-dom", f"file://{probed}")
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom, flags=re.S)
    assert found
    return dict(json.loads(html.unescape(found[1])))


def inline(image: re.Match[str]) -> str:
    """An SVG file as an element of the page."""
    drawing = base64.b64decode(image["data"]).decode()
    return drawing[drawing.index("<svg") :].replace(
        "<svg", f'<svg data-alt="{image["alt"]}" style="width:100%;height:auto"', 1
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overlaps_is_clipped_or_empty(chromium: str, page: Path, width: int, tmp_path: Path) -> None:
    result = probe(chromium, tmp_path, page.read_text(), width)
    assert result["boxes"] > 200
    assert result["texts"] > 20
    assert result["problems"] == []


def test_the_probe_sees_what_is_broken(chromium: str, tmp_path: Path) -> None:
    broken = """<body><section id="a"><p style="height:1px;margin:0">one line of text</p><p style="margin:0">another line</p></section>
    <section id="b"></section><section id="c"><div style="width:3000px">wide enough, and more than forty pixels</div></section>
    <div class="scroll" style="overflow-x:auto;width:100px"><div style="width:400px">a wide table</div></div><figure><svg width="200" height="100"><g id="text_1"><rect width="60" height="20" x="170"/></g><g id="text_2"><rect width="60"
    height="20" x="20"/></g><g id="text_3"><rect width="60" height="20" x="40"/></g></svg></figure></body>"""
    found = " ".join(probe(chromium, tmp_path, broken, 1200)["problems"])
    for what in (
        "overlap: `one line",
        "empty section `b`",
        "px wide",
        "table hidden to the right",
        "clipped label text_1",
        "labels text_2 and text_3",
    ):
        assert what in found


@pytest.mark.parametrize("width", WIDTHS)
def test_no_blank_band(chromium: str, page: Path, width: int, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    run(chromium, tmp_path, f"--window-size={width},6000", f"--screenshot={picture}", f"file://{page}")
    pixels = imread(picture)[:, :, :3]
    assert pixels.shape[:2] == (6000, width)
    background = np.median(pixels.reshape(-1, 3), axis=0)
    ink = np.abs(pixels - background).max(axis=2) > 0.1
    assert all(band.any() for band in np.array_split(ink, 15)), "a band of 400 px is blank"


def test_prints_to_pages_and_opens_fast(chromium: str, page: Path, tmp_path: Path) -> None:
    printed = tmp_path / "report.pdf"
    run(chromium, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={printed}", f"file://{page}")
    content = printed.read_bytes()
    assert content.startswith(b"%PDF-")
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 60


def test_asks_for_nothing_outside(page: Path) -> None:
    text = page.read_text()
    assert not re.findall(
        r"""(?:src|href)=["'](?:https?:)?//(?!doi\.org|pubmed|www\.ncbi|creativecommons)[^"']*["']""", text
    )
    assert "<script src" not in text
