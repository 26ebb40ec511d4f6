# make review    makes the sample project and opens the review app (PORT=8501)
# make test      runs the tests; SLOW=1 adds those marked slow, as CI does,
#                VENV=.venv-3.13 PYTHON=python3.13 runs them on that Python too
# make sssom     installs what validates exported SSSOM; without it those tests are skipped
# make check     formatting, lint and types
# make docs      builds the documents as a site, into site/
# make pictures  takes the documentation's pictures anew, with the system's Chromium
# make clean     removes .venv, .venv-sssom, site and caches; projects stay

PYTHON ?= $(shell for p in python3 python3.11 python3.13 python3.12 python3.14; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null \
	&& command -v "$$p" && break; done)
VENV ?= .venv
PORT ?= 8501
PROJECT ?= projects/demo
SLOW ?= $(CI)
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check

SSSOM := .venv-sssom

.PHONY: review test sssom check docs pictures clean

review: $(VENV)/installed
	$(VENV)/bin/kgreview demo $(PROJECT) --port $(PORT)

test: $(VENV)/tested
	$(if $(SLOW),,@echo "Without the tests marked slow: make test SLOW=1 runs all")
	$(VENV)/bin/python -m pytest $(if $(SLOW),,-m "not slow") --numprocesses 2 --dist loadgroup --no-loadscope-reorder

check: $(VENV)/tested
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

docs: $(VENV)/documented
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet

pictures: $(VENV)/tested
	$(VENV)/bin/python benchmarks/pictures.py

sssom: $(SSSOM)/installed

$(SSSOM)/installed: tests/exchange/sssom-requirements.txt
	"$(PYTHON)" -m venv $(SSSOM)
	@$(SSSOM)/bin/python -m pip --disable-pip-version-check install --quiet --requirement $<
	@touch $@

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "kgreview needs Python 3.11 to 3.14: install one, with its venv module, or say where it is with make PYTHON=…" >&2; exit 1; }
	"$(PYTHON)" -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV): this takes some minutes, once"
	@$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/tested: $(VENV)/installed
	@echo "Installing what the tests need"
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@

$(VENV)/documented: $(VENV)/tested
	@echo "Installing what the site needs"
	@$(PIP) install --quiet --constraint constraints.txt --editable '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) .venv-second $(SSSOM) site .mypy_cache .pytest_cache .ruff_cache .hypothesis
