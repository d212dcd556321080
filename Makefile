# Needs make and Python 3.11 or newer; everything else goes into .tools/, nothing into the system.

.DEFAULT_GOAL := help
.PHONY: help compare test report clean

TOOLS := .tools
NOX := PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" $(TOOLS)/bin/nox

help:
	@echo 'make compare                    serve the targets, load them, write the page'
	@echo 'make compare ARGS="--quick"     the same with options; the README lists them'
	@echo 'make test                       run the tests'
	@echo 'make report ARGS=RUN            write the page of a run again'
	@echo 'make clean                      remove what was installed; results stay'

compare: $(TOOLS)/ready
	@$(NOX) -s compare -- $(ARGS)

test: $(TOOLS)/ready
	@$(NOX) -s tests -- $(ARGS)

report: $(TOOLS)/ready
	@$(NOX) -s report -- $(ARGS)

clean:
	rm -rf $(TOOLS) .envs .nox .mypy_cache .pytest_cache .ruff_cache

# nox and uv, with hashes. The first python3 that is new enough builds them, and nox then
# runs the lab and all targets on that one.
$(TOOLS)/ready: requirements-tools.txt
	@for python in $(PYTHON) python3 python3.11 python3.12 python3.13 python3.14; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found="$$python"; break; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Viewlab needs Python 3.11 or newer, and none is on PATH as python3 (found: $$(python3 --version 2>&1))." >&2; \
	  echo "Install one, or name it: make compare PYTHON=/path/to/python3.12" >&2; \
	  exit 3; \
	fi; \
	echo "Installing nox and uv into $(TOOLS)/ with $$("$$found" --version)"; \
	rm -rf $(TOOLS)/bin/nox $(TOOLS)/pyvenv.cfg; \
	if ! "$$found" -m venv $(TOOLS); then \
	  echo "$$found cannot make a virtual environment." >&2; \
	  if [ -f /etc/debian_version ]; then \
	    echo "Debian and Ubuntu have that in a package of its own: apt-get install python3-venv" >&2; \
	  fi; \
	  exit 3; \
	fi; \
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
	  --require-hashes -r requirements-tools.txt
	@touch $@
