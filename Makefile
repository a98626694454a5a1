# Two commands matter: `make demo` does the main job, `make test` proves it.  Nothing is installed twice.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2
STAMP := .venv/.installed
export MPLBACKEND := Agg
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test quick test-all experiments falsify mutate lint clean
.DEFAULT_GOAL := demo

$(STAMP): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "gantheory needs Python 3.11 or newer; got " + sys.version.split()[0] + ". Use: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt hatchling
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(STAMP)
	$(BIN)/gantheory derive --loss wasserstein --order 1 --dim 2
	$(BIN)/gantheory report --out build/report --replace

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

test: $(STAMP)
	$(MAKE) --no-print-directory -j2 -Otarget lint quick

quick: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not full and not gpu"

test-all: $(STAMP) lint falsify
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "not gpu"
	$(BIN)/gantheory verify --full derivations

falsify: $(STAMP)
	$(BIN)/gantheory verify --falsify derivations
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.faults --jobs $(JOBS)

mutate: $(STAMP)
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt -e '.[mutate]'
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.mutation --jobs $(JOBS)

experiments: $(STAMP)
	for file in experiments/[a-z]*.py; do name=$$(basename $$file .py); \
	  $(BIN)/gantheory experiment $$name --out build/experiments/$$name --replace || exit 1; done

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
