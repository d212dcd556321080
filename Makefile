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

# Has the folder that is its first word for itself while it runs the others.
define ALONE
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDONLY)
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print(f"Another make is installing into {sys.argv[1]}/: waiting for it to end.", flush=True)
    fcntl.flock(lock, fcntl.LOCK_EX)
except OSError:  # a file system without locks
    pass
os.set_inheritable(lock, True)
os.execvp(sys.argv[2], sys.argv[2:])
endef

# nox and uv, with hashes. The first python3 that is new enough builds them, and nox then
# runs the lab and all targets on that one. A second make of them, once it has the folder for
# itself, sees what the first has made: two at once would remove each other's.
ifndef FOUND
$(READY): export ALONE := $(ALONE)
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
	mkdir -p $(TOOLS); \
	"$$found" -c "$$ALONE" $(TOOLS) $(MAKE) --silent --no-print-directory FOUND="$$found" $@
else
$(READY): requirements-tools.txt
	@echo "Installing nox and uv into $(TOOLS)/ with $$("$(FOUND)" --version)"; \
	rm -rf $(TOOLS)/ready* $(TOOLS)/nox; \
	if ! "$(FOUND)" -m venv $(TOOLS)/nox; then \
	  rm -rf $(TOOLS)/nox; \
	  echo "$(FOUND) cannot make a virtual environment." >&2; \
	  if [ -f /etc/debian_version ]; then \
	    echo "Debian and Ubuntu keep that in a package of its own: apt-get install python3-venv" >&2; \
	  fi; \
	  exit 3; \
	fi; \
	$(TOOLS)/nox/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
	  --require-hashes -r requirements-tools.txt
	@touch $@
endif
