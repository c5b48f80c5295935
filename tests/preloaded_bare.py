"""What the process holds that `tests.forks` forks for children which load an engine in their own way, or none: all that they import before that."""

import gc
import sys

import pytest  # noqa: F401  # stand-ins for workers are in files of tests

import desktop_app.app
import desktop_app.engine.attending
import desktop_app.engine.chain_watch
import desktop_app.engine.graph_watch
import desktop_app.engine.greeting
import desktop_app.engine.likeliest
import desktop_app.engine.measuring
import desktop_app.engine.near_search
import desktop_app.engine.offloading
import desktop_app.engine.prefix_cache
import desktop_app.engine.probe
import desktop_app.engine.reproducing
import desktop_app.engine.scheduler
import desktop_app.engine.servers
import desktop_app.engine.serving
import desktop_app.engine.side_work
import desktop_app.engine.snapshots
import desktop_app.engine.tensor_rows
import desktop_app.engine.token_tree
import desktop_app.engine.worker
import desktop_app.helper.exports.reading
import desktop_app.helper.process
import desktop_app.helper.prompt_templates
import desktop_app.helper.templates
import desktop_app.support.nvml  # noqa: F401

assert "llama_cpp" not in sys.modules, "a child could choose its engine no more"
assert "huggingface_hub" not in sys.modules, "a child could set its variables no more"
gc.freeze()  # as `tests.preloaded` does
