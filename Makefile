# Needs make and Python 3.11 or newer; everything else goes into .tools/, nothing into the system.

.DEFAULT_GOAL := help
.PHONY: help compare test report clean

TOOLS := .tools
# exec: a TERM that make hands on reaches nox, and not a shell in between.
NOX := exec env PATH="$(CURDIR)/$(TOOLS)/nox/bin:$$PATH" $(TOOLS)/nox/bin/python -m nox

# Another PYTHON, another stamp: naming one is never without effect.
READY := $(TOOLS)/ready$(subst /,-,$(PYTHON))

help:
	@echo 'make compare                    serve the targets, load them, write the page'
	@echo 'make compare ARGS="--quick"     the same with options; the README lists them'
	@echo 'make test                       run the tests'
	@echo 'make report ARGS=RUN            write the page of a run again'
	@echo 'make clean                      remove what was installed; results stay'

compare: $(READY)
	@$(NOX) -s compare -- $(ARGS)

test: $(READY)
	@$(NOX) -s tests -- $(ARGS)

report: $(READY)
	@$(NOX) -s report -- $(ARGS)

clean:
	rm -rf $(TOOLS) .envs .nox .mypy_cache .pytest_cache .ruff_cache

# nox and uv, with hashes. The first python3 that is new enough builds them, and nox then
# runs the lab and all targets on that one.
$(READY): requirements-tools.txt
	@for python in $(or $(PYTHON),python3 python3.11 python3.12 python3.13 python3.14); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    found="$$python"; break; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then \
	  named="$(or $(PYTHON),python3)"; \
	  echo "Viewlab needs Python 3.11 or newer; $$named is: $$("$$named" --version 2>&1 || true)" >&2; \
	  echo "Install one, or name it: make compare PYTHON=/path/to/python3" >&2; \
	  exit 3; \
	fi; \
	echo "Installing nox and uv into $(TOOLS)/ with $$("$$found" --version)"; \
	rm -rf $(TOOLS)/ready* $(TOOLS)/nox; \
	if ! "$$found" -m venv $(TOOLS)/nox; then \
	  rm -rf $(TOOLS)/nox; \
	  echo "$$found cannot make a virtual environment." >&2; \
	  if [ -f /etc/debian_version ]; then \
	    echo "Debian and Ubuntu keep that in a package of its own: apt-get install python3-venv" >&2; \
	  fi; \
	  exit 3; \
	fi; \
	$(TOOLS)/nox/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
	  --require-hashes -r requirements-tools.txt
	@touch $@
