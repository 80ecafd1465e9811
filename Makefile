# Two commands: `make demo` runs the Gu 2014 study from a fresh clone, `make test` runs everything that must pass.
# Both make their own virtual environment in .venv; Rust, Python >= 3.11 with venv, a C compiler and make must be there.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
REPORT ?= report

.PHONY: demo test build lint rust python docs site browser bench clean help

help:
	@echo "make demo    build, run the Gu 2014 plan on its synthetic cohort, write $(REPORT)/index.html"
	@echo "make test    formatting, lints, types, Rust and Python tests"
	@echo "make build   the extension in $(VENV), optimised"
	@echo "make docs    remake the pages that are generated from data"
	@echo "make site    the documentation site, in docs/_build/html"
	@echo "make browser the reports in headless Chromium: nothing blank, clipped or overlapping"
	@echo "make bench   benchmarks (never part of the tests)"

$(VENV)/.ready: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

build: $(VENV)/.ready
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --release --quiet

demo: build
	$(BIN)/mscsle run gu2014 --out $(REPORT)

test: build lint rust python

lint: $(VENV)/.ready
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	$(BIN)/ruff format --check python tests docs/conf.py docs/_ext docs/gallery
	$(BIN)/ruff check python tests docs/conf.py docs/_ext docs/gallery
	$(BIN)/mypy

rust:
	cargo test --workspace --quiet
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

python: build
	$(BIN)/python -m mypy.stubtest mscsle._core
	$(BIN)/python -m pytest -n 2

docs: build
	$(BIN)/python -m mscsle._tables_doc > docs/tables.md
	$(BIN)/python -m mscsle._cdisc_doc > docs/cdisc.md

site: build
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "site: docs/_build/html/index.html"

browser: build
	$(BIN)/python -m pytest tests/browser

bench: build
	for b in tests/benchmarks/bench_*.py; do $(BIN)/python $$b || exit 1; done

clean:
	rm -rf $(VENV) target $(REPORT) python/mscsle/_core*.so
