"""Speed and memory of reading and writing files against peers, on one generated laboratory data set.

Run ``python tests/benchmarks/bench_io.py [megabytes] [rounds]`` with a release build. Every task is a process of its own, which
reads a file of one row first; the tasks alternate, and minimum and median of the CPU time and the peak memory above that of the
process before the task are printed. Not part of the tests: it measures, it does not judge.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROW = 8 * 8 + 12 + 11 + 40 + 8 + 8 + 9  # bytes of a row of the transport file


def columns(rows: int) -> dict[str, object]:
    random = np.random.default_rng(1)
    subject = np.sort(random.integers(0, max(rows // 200, 1), rows))
    texts = {
        "STUDYID": np.full(rows, "CDISCPILOT01", dtype=object),
        "USUBJID": np.asarray([f"01-701-{i:04d}"[:11] for i in range(int(subject[-1]) + 1)], dtype=object)[subject],
        "PARAM": np.asarray([f"Laboratory parameter {i} with its unit (U/L)"[:40] for i in range(40)], dtype=object)[
            random.integers(0, 40, rows)
        ],
        "PARAMCD": np.asarray([f"PARAM{i:03d}" for i in range(40)], dtype=object)[random.integers(0, 40, rows)],
        "ANRIND": np.asarray(["NORMAL", "LOW", "HIGH", ""], dtype=object)[random.integers(0, 4, rows)],
        "AVALC": np.asarray([f"{i / 10:.1f}" for i in range(5000)], dtype=object)[random.integers(0, 5000, rows)],
    }
    numbers = {f"AVAL{i}": np.round(random.lognormal(2, 1, rows), 3) for i in range(7)}
    return {**texts, **numbers, "ASEQ": np.arange(rows, dtype=float)}


def peak_kib() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def warm_up(name: str, library: str, folder: Path) -> None:
    """A file of one row is read by the same means, so that imports are not measured."""
    import pandas as pd

    import mscsle as ms

    if "mscsle" in name:
        ms.write(ms.read(folder / "one.json", library=library), folder / "one_again.json", name="a")
        ms.read(folder / "one.json", library=library)
        ms.read(folder / "one.xpt", library=library)
    elif name == "json_read_pandas":
        pd.DataFrame(json.loads('[["a", 1.5], [null, null]]'), columns=["a", "b"])


def task(name: str, folder: Path) -> None:
    import pandas as pd

    import mscsle as ms

    library = next((word for word in ("polars", "pyarrow") if name.endswith(word)), "pandas")
    if library != "pandas":
        importlib.import_module(library)
    xpt, js = str(folder / "a.xpt"), str(folder / "a.json")
    frame = None
    if "write" in name:
        frame = pd.read_parquet(folder / "a.parquet")
        if "polars" in name:
            import polars as pl

            frame = pl.read_parquet(folder / "a.parquet")
        if name.startswith("json"):
            frame = frame.head(len(frame) // 4)
    if "pyreadstat" in name:
        import pyreadstat
    warm_up(name, library, folder)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    before = peak_kib()
    start, wall = time.process_time(), time.perf_counter()
    size = 0
    if name.startswith("xpt_read_pyreadstat"):
        out = pyreadstat.read_xport(xpt)[0]
    elif name.startswith("xpt_write_pyreadstat"):
        pyreadstat.write_xport(frame, str(folder / "b.xpt"), file_format_version=5)
    elif name.startswith("json_read_pandas"):
        document = json.loads(Path(js).read_text())
        out = pd.DataFrame(document["rows"], columns=[c["name"] for c in document["columns"]])
    elif name.startswith("xpt_stream"):
        n = sum(chunk.n_rows for chunk in ms.io.iter_xport(xpt, rows=20_000, library="numpy"))
        assert n > 0
    elif name == "json_write_pandas":
        with (folder / "c.json").open("w") as file:
            json.dump({"columns": [{"name": c} for c in frame.columns], "rows": frame.values.tolist()}, file)
    elif name.startswith("json_write"):
        ms.write(frame, folder / "c.json", name="a")
    elif "write" in name:
        ms.write(frame, folder / "c.xpt", name="a")
    elif name.startswith("json_read"):
        out = ms.read(js, library=library)
    else:
        out = ms.read(xpt, library=library)
    cpu, elapsed = time.process_time() - start, time.perf_counter() - wall
    peak = (peak_kib() - before) / 1024
    if "read" in name.split("_"):
        size = (
            out.memory_usage(deep=True).sum()
            if library == "pandas"
            else out.estimated_size()
            if library == "polars"
            else out.nbytes
        ) / 2**20
    print(json.dumps({"task": name, "cpu_s": cpu, "wall_s": elapsed, "peak_mb": peak, "frame_mb": float(size)}))


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    tasks = [
        "xpt_read_pyreadstat",
        "xpt_read_mscsle_pandas",
        "xpt_read_mscsle_polars",
        "xpt_read_mscsle_pyarrow",
        "xpt_stream_mscsle",
        "xpt_write_pyreadstat",
        "xpt_write_mscsle_pandas",
        "xpt_write_mscsle_polars",
        "json_read_pandas",
        "json_read_mscsle_pandas",
        "json_read_mscsle_polars",
        "json_read_mscsle_pyarrow",
        "json_write_pandas",
        "json_write_mscsle_pandas",
        "json_write_mscsle_polars",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        import pandas as pd

        import mscsle as ms

        frame = pd.DataFrame(columns(megabytes * 1_000_000 // ROW))
        frame.to_parquet(folder / "a.parquet")
        ms.write(frame, folder / "a.xpt")
        ms.write(frame.iloc[: len(frame) // 4], folder / "a.json")
        print(
            f"a.xpt {(folder / 'a.xpt').stat().st_size / 1e6:.0f} MB, a.json {(folder / 'a.json').stat().st_size / 1e6:.0f} MB"
        )
        ms.write(frame.iloc[:1], folder / "one.json")
        ms.write(frame.iloc[:1], folder / "one.xpt")
        del frame
        runs: dict[str, list[dict[str, float]]] = {task_name: [] for task_name in tasks}
        for _ in range(rounds):  # alternating, since the machine may be busy
            for task_name in tasks:
                out = subprocess.run(
                    [sys.executable, __file__, "--task", task_name, name], capture_output=True, text=True, check=True
                ).stdout
                runs[task_name].append(json.loads(out))
        for task_name, rows in runs.items():
            cpu = [row["cpu_s"] for row in rows]
            peak, size = max(row["peak_mb"] for row in rows), rows[0]["frame_mb"]
            print(
                f"{task_name:26} CPU {min(cpu):6.2f} s, median {statistics.median(cpu):6.2f} s  "
                f"peak +{peak:5.0f} MB  frame {size:5.0f} MB{f'  ratio {peak / size:.2f}' if size else ''}",
                flush=True,
            )


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--task":
        task(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
