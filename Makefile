# Bare `make` checks and tests. Each target is `python3 dev.py TARGET`, which also runs where there is no make.
PYTHON ?= python3
TARGETS := test setup check format docs lock ui soak bench

.PHONY: $(TARGETS)
$(TARGETS):
	$(PYTHON) dev.py $@
