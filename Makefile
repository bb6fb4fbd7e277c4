# One way to do each thing. `make demo` and `make test` set everything up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.peers-installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
PEERS := image_features text_embeddings probe_overhead top_training first_prediction whole_fit_texts whole_fit_images few_shot few_shot_images

.PHONY: install demo test check bench docs freeze clean

install: $(STAMP)

# torch comes first and by itself, so that nothing else decides which build of it is taken.
$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --constraint constraints.txt pip
	$(PIP) install --quiet --constraint constraints.txt torch==2.13.0
	$(PIP) install --quiet --constraint constraints.txt --editable '.[train,packaged,demo]' --group dev
	touch $(STAMP)

demo: install
	$(BIN)/warmstart demo solar-cells

test: check
	$(BIN)/python -m pytest

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Us and what people would use instead, in turn; the other files of benchmarks/ are run one at a time.
bench: $(BENCH_STAMP)
	@for name in $(PEERS); do echo "$$name"; \
	  $(BIN)/python benchmarks/$$name.py --write docs/benchmarks.md || exit 1; done

$(BENCH_STAMP): $(STAMP)
	$(PIP) install --quiet --constraint constraints.txt --group bench
	touch $(BENCH_STAMP)

# The code blocks of the README and of docs/, run on tiny data.
docs: install
	$(BIN)/python -m pytest tests/docs

# After a change of dependencies: what a fresh install resolves, written down as exact versions.
freeze:
	$(PYTHON) -m venv --clear .freeze
	.freeze/bin/python -m pip install --quiet --upgrade pip
	.freeze/bin/python -m pip install --quiet torch==2.13.0
	.freeze/bin/python -m pip install --quiet '.[train,packaged,demo,umap]' --group dev --group bench
	{ head -1 constraints.txt; .freeze/bin/python -m pip freeze --all | grep -v '^warmstart' \
	  | sed 's/+cpu$$//' | LC_ALL=C sort -f; } > .freeze/constraints.txt
	mv .freeze/constraints.txt constraints.txt
	rm -rf .freeze

clean:
	rm -rf $(VENV) dist .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	find src tests -name __pycache__ -prune -exec rm -rf {} +
