"""The ggml side of an engine build: its devices, its loadable parts, its log and its last words."""

import ctypes
import os
import platform
import re
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from desktop_app.domain.fit import KvType
from desktop_app.domain.hardware import GPUS, METAL, PROCESSOR, DeviceFound, DeviceKind
from desktop_app.domain.shape import Shape
from desktop_app.engine.abilities import flash_types, largest_result
from desktop_app.engine.allocations import Allocations

_LOG_LINES = 60
_WORTH_KEEPING = 2  # GGML_LOG_LEVEL_INFO; below it are some thousand lines of debugging per load
_CONTINUED = 5  # GGML_LOG_LEVEL_CONT: the line before goes on

_LOADED_VARIANT = re.compile(r"loaded CPU backend from .*ggml-cpu-(\w+)\.")

_PART_FILE = re.compile(r"(?:lib)?ggml-([a-z]+)\.(?:so|dll|dylib)$")
_VARIANT_FILE = re.compile(r"(?:lib)?ggml-cpu-(\w+)\.(?:so|dll|dylib)$")
SERVERS = "RPC"
"""What ggml calls its part that computes on other computers, and begins the names of their memory with."""
_PARTS = {"cuda": "CUDA", "hip": "ROCm", "vulkan": "Vulkan", "metal": "MTL", "sycl": "SYCL", "rpc": SERVERS}
"""What ggml calls the parts whose files are called so; those that cannot be loaded it does not know."""
_VULKAN_DRIVER = re.compile(r"^ggml_vulkan: (\d+) = .+ \(([^()]+)\) \| uma")

_LOG_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)
_ABORT_REASON_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_char_p)


_KINDS = (
    DeviceKind.PROCESSOR,
    DeviceKind.CARD,
    DeviceKind.INTEGRATED,
    DeviceKind.ACCELERATOR,
    DeviceKind.ACCELERATOR,
)
"""By the numbers of ggml_backend_dev_type; the last is several devices in one."""


class _Properties(ctypes.Structure):
    """ggml_backend_dev_props, whose end are more flags than are read here."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("description", ctypes.c_char_p),
        ("memory_free", ctypes.c_size_t),
        ("memory_total", ctypes.c_size_t),
        ("type", ctypes.c_int),
        ("device_id", ctypes.c_char_p),
        ("capabilities", ctypes.c_bool * 32),
    )


class Backend:
    """ggml as one engine build carries it. One per process, alive as long as the process computes.

    `library` is the handle of libllama: on Linux and macOS it finds ggml's symbols in the very
    libraries that libllama uses (a wheel holds copies of them, each with a registry of its own).
    `on_abort` gets ggml's reason just before it aborts the process.
    """

    def __init__(
        self, library: ctypes.CDLL, folder: Path, on_abort: Callable[[str], None], parts: Sequence[str] = ()
    ) -> None:
        """`parts` are the libraries to load of a build that has them loadable; without any ggml chooses itself."""
        self._library = library
        self._folder = folder
        self._lines: deque[str] = deque(maxlen=_LOG_LINES)
        self.allocations = Allocations()
        """What was allocated since `clear_log`, as the log tells it."""
        self.cpu_variant = ""
        """Which of a build's loadable CPU libraries computes; empty where the build has just one."""
        self._log_callback = _LOG_CALLBACK(self._take_log_line)

        def tell_reason(reason: bytes | None) -> None:
            on_abort(_text(reason))

        self._abort_callback = _ABORT_REASON_CALLBACK(tell_reason)
        self.function("ggml_log_set", None, _LOG_CALLBACK, ctypes.c_void_p)(self._log_callback, None)
        self.function("llama_log_set", None, _LOG_CALLBACK, ctypes.c_void_p)(self._log_callback, None)
        self.function("ggml_set_abort_callback", ctypes.c_void_p, _ABORT_REASON_CALLBACK)(self._abort_callback)
        self._drivers: dict[str, str] = {}
        """What Vulkan calls the driver of each of its devices, by the device's name."""
        self._servers: dict[str, int] = {}
        self._server_buffers: dict[str, str] = {}
        if not self.devices():
            self._load_parts(parts)

    @property
    def speaks_with_servers(self) -> bool:
        """Whether the build can hold layers of a model in other computers."""
        return self._of_servers("ggml_backend_rpc_add_server") is not None

    def add_server(self, endpoint: str, names: Sequence[str]) -> bool:
        """Take in the devices of the server that answers there, which are called `names` from now on; False for none.

        They are not among `devices`: each look at one is a connection. Where nobody answers, ggml ends the process.
        """
        pointer = self._of_servers("ggml_backend_rpc_add_server")
        if pointer is None:
            return False
        part = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_char_p)(pointer)(endpoint.encode())
        if not part:
            return False
        get = self.function("ggml_backend_reg_dev_get", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
        for number, name in enumerate(names):
            self._servers[name] = get(part, number)
            self._server_buffers[f"{SERVERS}{number}[{endpoint}]"] = name
        # One that computes holds the connection as long as the process lives: without it each question opens
        # another one, and between two of them the server may turn to another computer for good.
        self.function("ggml_backend_dev_init", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)(get(part, 0), None)
        return True

    def allocated(self) -> dict[str, int]:
        """Return the bytes taken on each device that is not the computer's own memory, by the names of the devices."""
        taken = self.allocations.on_devices()
        return {self._server_buffers.get(name, name): size for name, size in taken.items()}

    def serve(self, endpoint: str, threads: int) -> None:
        """Let other computers compute on this one's graphics cards, or where it has none, its processor.

        Returns only where that cannot be; serves one connection after the other until the process is ended.
        """
        pointer = self._of_servers("ggml_backend_rpc_start_server")
        offered = [device.name for device in self.offered()]
        if pointer is None or not offered:
            return
        start = ctypes.CFUNCTYPE(
            None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p
        )(pointer)
        devices = self.pointers(offered)
        start(endpoint.encode(), None, threads, len(offered), ctypes.addressof(devices))

    def offered(self) -> tuple[DeviceFound, ...]:
        """Return what a server offers of this computer, as llama.cpp's own does it."""
        devices = self.devices()
        cards = tuple(device for device in devices if device.is_gpu)
        return cards or tuple(device for device in devices if device.kind is DeviceKind.PROCESSOR)

    def _of_servers(self, name: str) -> int | None:
        """Return the pointer of a function of the part that speaks with servers, None where the build has no such part."""
        find = self.function("ggml_backend_reg_by_name", ctypes.c_void_p, ctypes.c_char_p)
        part = find(SERVERS.encode())
        if not part:
            return None
        get = self.function("ggml_backend_reg_get_proc_address", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)
        pointer: int | None = get(part, name.encode())
        return pointer

    def devices(self) -> tuple[DeviceFound, ...]:
        """Return every device, with its free memory now."""
        count = self.function("ggml_backend_dev_count", ctypes.c_size_t)
        get = self.function("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
        return tuple(self._describe(get(index)) for index in range(count()))

    def backends(self) -> tuple[str, ...]:
        """Return the names of all parts of the build that compute, whether they found a device, or could be loaded, or not."""
        count = self.function("ggml_backend_reg_count", ctypes.c_size_t)
        get = self.function("ggml_backend_reg_get", ctypes.c_void_p, ctypes.c_size_t)
        name = self.function("ggml_backend_reg_name", ctypes.c_char_p, ctypes.c_void_p)
        loaded = [_text(name(get(index))) for index in range(count())]
        there = (part_in(file.name) for folder in self._folders() for file in sorted(folder.glob("*ggml-*")))
        return tuple(dict.fromkeys((*loaded, *filter(None, there))))

    def pointers(self, names: Sequence[str]) -> Any:
        """Return a C array of the devices called so, ended by none, as llama.cpp wants them."""
        count = self.function("ggml_backend_dev_count", ctypes.c_size_t)
        get = self.function("ggml_backend_dev_get", ctypes.c_void_p, ctypes.c_size_t)
        known = {self._describe(get(index)).name: get(index) for index in range(count())}
        known |= self._servers
        found = [known[name] for name in names if name in known]
        return (ctypes.c_void_p * (len(found) + 1))(*found, None)

    def flash_types(self, name: str, shape: Shape) -> tuple[KvType, ...]:
        """Return in which forms of a model's context the device called so does flash attention."""
        return flash_types(self.function, self.pointers([name])[0], shape)

    def processor_memory(self) -> int:
        """Return the C pointer of the kind of memory that the processor computes in."""
        pointer: int = self.function("ggml_backend_cpu_buffer_type", ctypes.c_void_p)()
        return pointer

    def log(self) -> str:
        """Return the last lines that the libraries logged, oldest first."""
        return "".join(self._lines).strip()

    def clear_log(self) -> None:
        """Forget the lines so far, so that `log` and `allocations` tell about one action only."""
        self._lines.clear()
        self.allocations = Allocations()

    def close(self) -> None:
        """Let the libraries log to nobody; called before this object goes away."""
        silent = _LOG_CALLBACK()
        self.function("ggml_log_set", None, _LOG_CALLBACK, ctypes.c_void_p)(silent, None)
        self.function("llama_log_set", None, _LOG_CALLBACK, ctypes.c_void_p)(silent, None)
        nobody = _ABORT_REASON_CALLBACK()
        self.function("ggml_set_abort_callback", ctypes.c_void_p, _ABORT_REASON_CALLBACK)(nobody)

    def _load_parts(self, parts: Sequence[str]) -> None:
        """Load `parts`, or the best library of each kind, where a build has them loadable (GGML_BACKEND_DL)."""
        if parts:
            variants = [part for part in parts if variant_in(Path(part).name)]
            others = [part for part in parts if part not in variants]
            load_one = self.function("ggml_backend_load", ctypes.c_void_p, ctypes.c_char_p)
            for part in (*others, *_best(variants)):
                load_one(os.fsencode(part))
        else:
            self._load_all()
        chosen = _LOADED_VARIANT.search(self.log())
        self.cpu_variant = chosen.group(1) if chosen is not None else ""

    def _load_all(self) -> None:
        """Let ggml look for libraries: it asks each CPU variant how well it suits this processor."""
        load = self.function("ggml_backend_load_all_from_path", None, ctypes.c_char_p)
        for folder in self._folders():
            if any(folder.glob("*ggml-cpu*")):
                load(os.fsencode(folder))
                if self.devices():
                    return

    def _folders(self) -> tuple[Path, ...]:
        return library_folders(self._folder)

    def _describe(self, device: int) -> DeviceFound:
        told = _Properties()
        properties = ctypes.POINTER(_Properties)
        self.function("ggml_backend_dev_get_props", None, ctypes.c_void_p, properties)(device, ctypes.byref(told))
        part = self.function("ggml_backend_dev_backend_reg", ctypes.c_void_p, ctypes.c_void_p)(device)
        backend = _text(self.function("ggml_backend_reg_name", ctypes.c_char_p, ctypes.c_void_p)(part))
        name = _text(told.name)
        kind = kind_of(told.type, backend, platform.machine())
        return DeviceFound(
            name=name,
            description=_text(told.description),
            kind=kind,
            free_memory=told.memory_free,
            total_memory=told.memory_total,
            backend=backend,
            bus_id=_text(told.device_id),
            driver=self._drivers.get(name, ""),
            largest_buffer=self._largest_buffer(device),
            largest_result=largest_result(self.function, device) if kind in GPUS else 0,
        )

    def _largest_buffer(self, device: int) -> int:
        """Return how many bytes are asked for at once, 0 where there is no such end."""
        kind = self.function("ggml_backend_dev_buffer_type", ctypes.c_void_p, ctypes.c_void_p)(device)
        size: int = self.function("ggml_backend_buft_get_max_size", ctypes.c_size_t, ctypes.c_void_p)(kind)
        return size if size < sys.maxsize else 0

    def function(self, name: str, result: type[Any] | None, *arguments: type[Any]) -> Callable[..., Any]:
        """Return the C function `name` with its types set.

        Windows looks a name up in one library only, so ggml's are asked by their own names there;
        they are in memory already, and are not loaded a second time.
        """
        libraries = [self._library]
        if sys.platform == "win32":
            libraries += [ctypes.CDLL(str(self._folder / file)) for file in ("ggml.dll", "ggml-base.dll")]
        found = next(library for library in libraries if hasattr(library, name))
        prototype = ctypes.CFUNCTYPE(result, *arguments)
        return prototype((name, found))

    def _take_log_line(self, level: int, text: bytes | None, _user_data: int | None) -> None:
        if text and text.startswith(b"ggml_vulkan: "):
            self._drivers.update(vulkan_driver(_text(text)))
        if text and (level >= _WORTH_KEEPING or level == _CONTINUED):
            line = _text(text)
            self._lines.append(line)
            self.allocations.read(line)


def kind_of(told: int, backend: str, machine: str) -> DeviceKind:
    """Return the kind of a device, of which ggml told a number.

    It calls Metal's a card, but on Apple's own processors its memory is the computer's.
    """
    kind = _KINDS[told]
    is_shared = kind is DeviceKind.CARD and backend in METAL and machine == "arm64"
    return DeviceKind.INTEGRATED if is_shared else kind


def part_in(file_name: str) -> str:
    """Return ggml's name of the part in a library's file, empty where it is none that computes elsewhere."""
    file = _PART_FILE.match(file_name)
    return _PARTS.get(file.group(1), "") if file is not None else ""


def variant_in(file_name: str) -> str:
    """Return which processors a library is for, empty where it is no loadable CPU variant."""
    file = _VARIANT_FILE.match(file_name)
    return file.group(1) if file is not None else ""


def library_folders(folder: Path) -> tuple[Path, ...]:
    """Return where the parts of a build may lie whose libllama lies in `folder`.

    llama-cpp-python's own install leaves them in `bin`, two folders above its `lib`.
    """
    above = folder.parents
    return tuple(dict.fromkeys((folder, folder / "bin", *(parent / "bin" for parent in above[:2]))))


def loadable_parts(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Return the libraries of a build's loadable parts by ggml's names, the best first and the processor's last.

    Empty where all is linked into the build: one with loadable parts has variants for processors.
    """
    for place in library_folders(folder):
        files = sorted(place.glob("*ggml-*"))
        variants = tuple(file for file in files if variant_in(file.name))
        if variants:
            found = {part_in(file.name): file for file in files}
            return {**{name: (found[name],) for name in _PARTS.values() if name in found}, PROCESSOR: variants}
    return {}


def _best(variants: Sequence[str]) -> Sequence[str]:
    """Return the variant that suits this processor best, by its own word; that is asked where there is a choice only."""
    return variants if len(variants) < 2 else [max(variants, key=_score)]


def _score(variant: str) -> int:
    """Return how well a variant suits this processor, 0 where it does not run on it."""
    try:
        return int(ctypes.CDLL(variant).ggml_backend_score())
    except (OSError, AttributeError):
        return 0


def vulkan_driver(line: str) -> dict[str, str]:
    """Return the driver of the device that a line of Vulkan's is about, by the device's name."""
    told = _VULKAN_DRIVER.match(line)
    return {f"Vulkan{told.group(1)}": told.group(2)} if told is not None else {}


def _text(text: bytes | None) -> str:
    return (text or b"").decode("utf-8", errors="replace")
