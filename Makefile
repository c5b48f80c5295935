# Thin names for packaging/dev.py, which does the work and also serves Windows and macOS.
PYTHON ?= python3

.PHONY: run test screens bench soak test-vulkan package messages
run test screens bench soak test-vulkan package messages:
	@$(PYTHON) packaging/dev.py $@ $(ARGS)
