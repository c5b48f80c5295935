# Thin names for packaging/dev.py, which does the work and also serves Windows and macOS.
PYTHON ?= python3

.PHONY: run test screens bench soak test-vulkan package
run test screens bench soak test-vulkan package:
	@$(PYTHON) packaging/dev.py $@ $(ARGS)
