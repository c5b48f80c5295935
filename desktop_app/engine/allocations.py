"""What llama.cpp has allocated on which device, read from what it logs while it loads a model: it has no function for it."""

import re

_BUFFER = re.compile(r"^\S+:\s+(\S+)\s+(model|KV|RS|compute|output) buffer size\s*=\s*([\d.]+) MiB")
_OFFLOADED = re.compile(r"offloaded (\d+)/(\d+) layers to GPU")
_SPLITS = re.compile(r"graph.*: nodes = .*, splits = (\d+)(?: / (\d+))?,")
_MIB = 1024 * 1024
_HOST = re.compile(r"^(?:CPU|\w+_Host|BLAS|AMX)")
"""Memory of the computer goes by these names, whoever asked for it."""
_METAL = re.compile(r"^(\w+\d)_(?:Mapped|Private)$")
"""Metal's ways to hold memory: all of it is its device's."""
_MADE_ANEW = ("compute", "output")
"""What a context has one of on each device, told again each time that it is made anew, as adapters ask for."""


class Allocations:
    """Bytes of each device by what they are for, and how many layers went onto devices at all.

    `splits` are into how many parts the work is split that reads a piece of a prompt, and that writes a token: each is
    what one device, or the processor, does without a break.
    """

    def __init__(self) -> None:
        self.buffers: dict[str, dict[str, int]] = {}
        self.offloaded: int | None = None
        self.splits: tuple[int, int] | None = None

    def read(self, line: str) -> None:
        """Take note of what a line of the log tells."""
        buffer = _BUFFER.match(line)
        if buffer is not None:
            device, purpose, size = buffer.groups()
            device = _METAL.sub(r"\1", device)
            purposes = self.buffers.setdefault(device, {})
            before = 0 if purpose in _MADE_ANEW else purposes.get(purpose, 0)
            purposes[purpose] = before + round(float(size) * _MIB)
        layers = _OFFLOADED.search(line)
        if layers is not None:
            self.offloaded = int(layers.group(1))
        splits = _SPLITS.search(line)
        if splits is not None:
            reading, writing = splits.groups()
            self.splits = int(reading), int(writing or reading)

    @property
    def weights(self) -> int:
        """The bytes of weights on devices."""
        return sum(purposes.get("model", 0) for device, purposes in self.buffers.items() if not _HOST.match(device))

    def on_devices(self) -> dict[str, int]:
        """Return the bytes on each device that is not the computer's own memory."""
        return {device: sum(purposes.values()) for device, purposes in self.buffers.items() if not _HOST.match(device)}
