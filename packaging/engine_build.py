"""Builds llama.cpp for this computer, and keeps what was built in the user's cache folder.

A build is known by a key over everything that shapes it: version, flags, processor, compiler,
Python. Another clone on the same computer finds it there.
"""

import contextlib
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import engine_backends
import visual_studio

AMX_OFF = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"
"""gcc miscompiles llama.cpp's AMX path, and the default build dies at its first decode (llama.cpp PR 26954)."""

AMX_VARIANTS = "*ggml-cpu-sapphirerapids*"
"""The loadable variants that switch AMX on by themselves, whatever flags a compiler is given: the next best is used."""

# mtmd, llama.cpp's image and audio input, is left out until the app offers images
NATIVE_OPTIONS = ("-DGGML_NATIVE=ON", "-DLLAVA_BUILD=OFF")
LOADABLE_OPTIONS = (
    "-DGGML_NATIVE=OFF",
    "-DGGML_BACKEND_DL=ON",
    "-DBUILD_SHARED_LIBS=ON",
    "-DCMAKE_BUILD_TYPE=Release",
    "-DCMAKE_BUILD_RPATH_USE_ORIGIN=ON",  # else the libraries look for others where they were built
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_TOOLS=OFF",
    "-DLLAMA_CURL=OFF",
)
RPC_OPTIONS = ("-DGGML_RPC=ON", "-DGGML_RPC_RDMA=OFF")  # else it needs a library of the computer that built it
RPC_LIBRARY = "*ggml-rpc.*"
PROGRESS_SECONDS = 20.0


def native_wheel(root: Path, python: Path) -> Path:
    """Return the wheel of llama-cpp-python for this computer, built where there is none yet."""
    folder = cache() / "wheels" / key(root)
    found = sorted(folder.glob("*.whl"))
    if found:
        return found[0]
    print("-- building llama.cpp for this processor: 4 to 25 minutes …", flush=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="inglenook-build-") as scratch:
        requirements = root / "packaging/requirements/engine.txt"
        command = [
            str(python),
            "-m",
            "pip",
            "wheel",
            "--verbose",
            "--no-deps",
            "--no-build-isolation",
            "--no-cache-dir",
        ]
        command += ["--require-hashes", "--no-binary", "llama-cpp-python", "-r", str(requirements), "-w", scratch]
        _run_with_progress(command, {**os.environ, **build_environment(python)})
        publish(Path(scratch), folder)
    print(f"   {time.monotonic() - started:.1f} s", flush=True)
    return next(iter(sorted(folder.glob("*.whl"))))


def variants_folder(root: Path, python: Path, *, rebuild: bool = False) -> Path:
    """Return a folder with an engine of loadable variants for every CPU family, built where there is none yet.

    Only ggml takes another shape; libllama is the one of the native build, which calls ggml through
    the same functions. Every such engine has the part for other computers (RPC), which is small.
    """
    folder = cache() / "engines" / f"{key(root)}-variants"
    if folder.is_dir() and not rebuild:
        _add_rpc(root, python, folder)
        return _without_amx(folder)
    print("-- building llama.cpp's CPU variants as loadable libraries: 2 to 15 minutes …", flush=True)
    with _scratch() as scratch:
        options = ("-DGGML_CPU_ALL_VARIANTS=ON", *RPC_OPTIONS, *engine_backends.options("cpu", platform.system()))
        libraries = _compile(root, python, scratch, options, "ggml", build_environment(python))
        finished = scratch / "engine"
        _copy(libraries.glob("*ggml*"), finished)
        _copy_llama(python, finished)
        publish(finished, folder)
    return folder


def backend_folder(root: Path, python: Path, backend: str, *, rebuild: bool = False) -> Path:
    """Return a folder with the CPU variants and `backend` as one more loadable library, built where there is none yet."""
    variants = variants_folder(root, python, rebuild=rebuild and backend == "cpu")
    if backend == "cpu":
        return variants
    folder = cache() / "engines" / f"{key(root, backend)}-{backend}"
    if folder.is_dir() and not rebuild:
        _add(variants.glob(RPC_LIBRARY), folder)  # one that was built before had none
        return _without_amx(folder)
    import vulkan_headers  # which asks this module where things are kept

    print(f"-- building llama.cpp for {backend}: 10 to 40 minutes …", flush=True)
    own = vulkan_headers.cmake_options() if backend == "vulkan" else ()
    cards = engine_backends.wanted_generations(backend)
    with _scratch() as scratch:
        options = ("-DGGML_CPU=OFF", *engine_backends.options(backend, platform.system(), cards), *own)
        environment = build_environment(python, **engine_backends.environment(backend))
        libraries = _compile(root, python, scratch, options, f"ggml-{backend}", environment)
        finished = scratch / "engine"
        _copy(variants.iterdir(), finished)
        _copy(libraries.glob(f"*ggml-{backend}*"), finished)
        publish(finished, folder)
    return folder


def _add_rpc(root: Path, python: Path, folder: Path) -> None:
    """Compile the part for other computers into an engine that was built without it: half a minute."""
    if any(folder.glob(RPC_LIBRARY)):
        return
    print("-- building llama.cpp's part for other computers: 1 minute …", flush=True)
    with _scratch() as scratch:
        options = ("-DGGML_CPU=OFF", *RPC_OPTIONS, *engine_backends.options("cpu", platform.system()))
        libraries = _compile(root, python, scratch, options, "ggml-rpc", build_environment(python))
        _add(libraries.glob(RPC_LIBRARY), folder)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """Give a folder for one build, and say how long that took."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="inglenook-build-") as scratch:
        yield Path(scratch)
    print(f"   {time.monotonic() - started:.1f} s", flush=True)


def _compile(
    root: Path, python: Path, scratch: Path, options: Iterable[str], target: str, variables: dict[str, str]
) -> Path:
    """Fetch the source, and compile one target of it; returns the folder of the libraries."""
    source = fetch_source(root, python, scratch)
    _keep_templates(root, source)
    tools = (str(python.with_name("cmake")), str(python.with_name("ninja")))
    return compile_engine(source, scratch / "build", tools, options, (target,), variables)


def compile_engine(
    source: Path,
    build: Path,
    tools: tuple[str, str],
    options: Iterable[str],
    targets: Iterable[str],
    variables: dict[str, str],
) -> Path:
    """Compile targets of llama.cpp, and what they need, as loadable libraries; returns the folder of what came of it.

    `tools` are the paths of CMake and Ninja. Raises SetupError with the last lines of the compiler.
    """
    cmake, ninja = tools
    configure = [cmake, "-S", str(source), "-B", str(build), "-G", "Ninja", *LOADABLE_OPTIONS, *options]
    _run_with_progress([*configure, f"-DCMAKE_MAKE_PROGRAM={ninja}"], {**os.environ, **variables})
    _run_with_progress([cmake, "--build", str(build), "--target", *targets], {**os.environ, **variables})
    return _without_amx(build / "bin")


def _without_amx(engine: Path) -> Path:
    """Take the variants out whose first decode ends the process, where a processor has AMX."""
    for library in engine.glob(AMX_VARIANTS):
        library.unlink()
    return engine


def _add(libraries: Iterable[Path], engine: Path) -> None:
    """Put libraries that are missing into an engine that may be in use, each in one step."""
    for library in libraries:
        if not (engine / library.name).exists():
            beside = engine / f".{os.getpid()}.new"
            shutil.copy2(library, beside)
            beside.replace(engine / library.name)


def _copy(libraries: Iterable[Path], target: Path) -> None:
    target.mkdir(exist_ok=True)
    for library in libraries:
        shutil.copy2(library, target / library.name, follow_symlinks=False)


def templates_folder(root: Path, python: Path) -> Path:
    """Return a folder with the chat templates that llama.cpp's source has, fetched where they are not here yet."""
    folder = _templates(root)
    if not folder.is_dir():
        print("-- fetching llama.cpp's source for its chat templates …", flush=True)
        with tempfile.TemporaryDirectory(prefix="inglenook-build-") as scratch:
            _keep_templates(root, fetch_source(root, python, Path(scratch)))
    return folder


def build_environment(python: Path, **more: str) -> dict[str, str]:
    """Return the variables that shape a build, `more` among them; the environment's own cmake and ninja come first."""
    compiler = visual_studio.variables()
    paths = [str(python.parent), more.get("PATH", os.environ.get("PATH", "")), compiler.get("PATH", "")]
    environment = {
        **compiler,
        **more,
        "CMAKE_ARGS": " ".join(NATIVE_OPTIONS),
        "PATH": os.pathsep.join(filter(None, paths)),
    }
    flags = compiler_flags(platform.machine(), os.name)
    if flags:
        environment["CFLAGS"] = environment["CXXFLAGS"] = flags
    return environment


def compiler_flags(machine: str, system: str) -> str:
    """Return the flags that keep a build from crashing on `machine`; MSVC has no such switches."""
    return AMX_OFF if machine.lower() in ("x86_64", "amd64") and system == "posix" else ""


def key(root: Path, backend: str = "cpu") -> str:
    """Return the name of this computer's build; that for Vulkan depends on what its shaders are compiled with, too."""
    import vulkan_headers  # which asks this module where things are kept

    parts = (
        (root / "packaging/requirements/engine.txt").read_text(encoding="utf-8"),
        *NATIVE_OPTIONS,
        compiler_flags(platform.machine(), os.name),
        platform.machine(),
        platform.system(),
        sys.version.split()[0].rpartition(".")[0],
        _processor(),
        *([vulkan_headers.PINS.read_text(encoding="utf-8")] if backend == "vulkan" else []),
        *([oldest] if (oldest := os.environ.get("MACOSX_DEPLOYMENT_TARGET")) and sys.platform == "darwin" else []),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _processor() -> str:
    """Return what tells processors apart that need different machine code."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    flags = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", text, re.MULTILINE)
    return " ".join(sorted(flags.group(1).split())) if flags else ""


def cache() -> Path:
    """Return the folder where this user's clones keep what takes long to make."""
    if os.name == "nt":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "inglenook-dev"


def publish(finished: Path, folder: Path) -> None:
    """Move a finished build to its place in one step, so that half of one never counts."""
    beside = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(finished, beside, symlinks=True)
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)


def fetch_source(root: Path, python: Path, scratch: Path) -> Path:
    """Fetch and unpack the source; returns llama.cpp's folder in it."""
    command = [str(python), "-m", "pip", "download", "--quiet", "--no-deps", "--no-build-isolation"]
    command += ["--require-hashes", "--no-binary", "llama-cpp-python", "-d", str(scratch)]
    _run_with_progress([*command, "-r", str(root / "packaging/requirements/engine.txt")], dict(os.environ))
    archive = next(scratch.glob("*.tar.gz"))
    with tarfile.open(archive) as package:
        package.extractall(scratch, filter="data")
    return next(scratch.glob("llama_cpp_python-*/vendor/llama.cpp"))


def _templates(root: Path) -> Path:
    requirements = (root / "packaging/requirements/engine.txt").read_bytes()
    return cache() / "templates" / hashlib.sha256(requirements).hexdigest()[:16]


def _keep_templates(root: Path, source: Path) -> None:
    """Keep the chat templates of a source: tests render them, the app needs none of them."""
    folder = _templates(root)
    if not folder.is_dir():
        publish(source / "models/templates", folder)


def _copy_llama(python: Path, target: Path) -> None:
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    command = [str(python), "-X", "utf8", "-c", script]  # the folder's name may have any letters
    site = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout.strip()
    for library in (Path(site) / "llama_cpp/lib").glob("*llama*"):
        shutil.copy2(library, target / library.name)


def _run_with_progress(command: list[str], environment: dict[str, str]) -> None:
    """Run a long command, print how far ninja is now and then, and its last lines where it fails."""
    tail: list[str] = []
    last = time.monotonic()
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            tail = [*tail[-60:], line]
            step = re.search(r"\[(\d+)/(\d+)\]", line)
            if step and time.monotonic() - last > PROGRESS_SECONDS:
                last = time.monotonic()
                print(f"   {step.group(1)} of {step.group(2)} steps", flush=True)
    if process.returncode != 0:
        from environment import SetupError

        raise SetupError(f"{' '.join(command)}\nfailed:\n{''.join(tail)}")
