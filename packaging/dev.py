#!/usr/bin/env python3
"""One entry for everything a developer does: set up, run, test, pictures, benchmarks, engine builds.

Needs only Python 3.11 or newer; the rest it sets up itself, says what it is doing, and how long
that took. `python3 packaging/dev.py --help` lists the commands.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # whoever runs this may have an older one
    sys.exit(f"Inglenook needs Python 3.11 or newer; this is {sys.version.split()[0]}.")

import argparse
import hashlib
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bundle
import engine_backends
import engine_build
import environment
import freeze
import known_types
import linux_package
import macos_package
import windows_package

ROOT = Path(__file__).resolve().parent.parent
LEVEL, QUICK_LEVEL = 6, 0
"""How hard the installers are compressed, and how hard those that are only tried here."""
PLATFORMS = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}
"""Whose types are checked, also where they cannot be run."""
ALL_OTHERS = "all other tests"
PARTS_OF_THE_TESTS = {
    "tests/e2e": 3,
    "tests/services": 2,
    "tests/gui": 2,
    ALL_OTHERS: 1,
    "tests/engine": 1,
    "tests/hub": 1,
    "tests/cli": 1,
}
"""Folders whose tests run in so many processes of their own.

Those that take longest come first, each in parts so small that none is left alone at the end, while a core is idle; but
the engine's late: they compute with all cores, which few others keep busy at the end.
"""
ON_ALL_CORES = (ALL_OTHERS, "tests/engine")
"""Those that compute with as many threads as there are cores."""
AT_ONCE = max(6, os.cpu_count() or 1)
"""How many processes check types and run tests beside each other: each waits most of its time, and two cores are never idle."""
SHARED_CORES = {"OMP_WAIT_POLICY": "passive", "OPENBLAS_NUM_THREADS": "1"}
"""For processes that share the cores: threads that spin while they wait for each other take many times as long."""
ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}
"""For tests of what goes on around a model."""
Run = tuple[Sequence[str], dict[str, str]]
"""What Python is started with, and what it finds in its environment beyond the usual."""


def main() -> int:
    """Run one command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("setup", "set everything up, and stop there"),
        ("run", "open the window; further arguments go to the app"),
        ("test", "lint, types, import contracts, tests; further arguments go to pytest"),
        ("screens", "pictures of every screen in build/screens/"),
        ("bench", "speed and memory, as ratios"),
        ("soak", "the long counts of faults and mutations"),
        ("test-vulkan", "the tests of Vulkan, on Mesa's software device; builds it first, 20 minutes"),
        (
            "package",
            "make the installers of this system in dist/; --quick packs loosely, --twice compares a second time",
        ),
        (
            "messages",
            "collect all texts, bring the catalogues of translations up to date; takes in those of a folder that is named",
        ),
        ("lock", "resolve packaging/requirements/*.in anew, with hashes"),
    ):
        commands.add_parser(name, help=text, add_help=False)
    build = commands.add_parser(
        "build-engine", help="build llama.cpp for this computer's hardware, test it, and use it"
    )
    build.add_argument("--backend", choices=("auto", *engine_backends.BACKENDS), default="auto")
    build.add_argument("--rebuild", action="store_true", help="compile even what was compiled before")
    arguments, rest = parser.parse_known_args()
    try:
        return run_command(arguments, rest)
    except environment.SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run_command(arguments: argparse.Namespace, rest: list[str]) -> int:
    """Set up what the command needs, then run it."""
    if arguments.command == "package":
        return package(rest)
    if arguments.command == "build-engine" and arguments.backend not in (
        "auto",
        "vulkan",
    ):  # whose tools it gets itself
        check_backend(arguments.backend)  # before all else is set up, which takes long
    python = environment.prepare(ROOT, tests=arguments.command not in ("run", "setup", "build-engine"))
    match arguments.command:
        case "setup":
            return 0
        case "run":
            return call(python, "-m", "desktop_app", *rest)
        case "test":
            return test(python, rest)
        case "screens":
            return call(python, "tests/screens/make_screens.py", *rest)
        case "bench":
            benchmarks = sorted(str(file) for file in (ROOT / "tests/benchmarks").glob("bench_*.py"))
            options = ("-q", "-s", "-o", "addopts=--import-mode=importlib", "-o", "python_files=bench_*.py")
            return call(python, "-m", "pytest", *options, *(rest or benchmarks))
        case "soak":
            return call(python, "-m", "pytest", *rest, environ=test_environment(python) | {"INGLENOOK_SOAK": "1"})
        case "lock":
            return environment.lock(ROOT, python)
        case "messages":
            return call(python, "packaging/messages.py", "update", *rest)
        case "test-vulkan":
            environ = vulkan_environment(python)
            return call(python, "-m", "pytest", "tests/vulkan", *rest, environ=environ)
        case _:
            return build_engine(python, arguments.backend, rebuild=arguments.rebuild)


def package(arguments: list[str]) -> int:
    """Make the installers for this system, once or twice; 1 where the second time gave other files."""
    if platform.system() == "Linux":
        environment.install_vulkan(tests=False)
    os.environ.setdefault("MACOSX_DEPLOYMENT_TARGET", bundle.MINIMUM_SYSTEM)  # which compilers elsewhere do not know
    python = environment.prepare_packaging(ROOT)
    digests = []
    for _ in range(2 if "--twice" in arguments else 1):
        made = make_packages(python, QUICK_LEVEL if "--quick" in arguments else LEVEL)
        digests.append({file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in made})
    lines = [f"{digest}  {name}" for name, digest in digests[-1].items()]
    (ROOT / "dist/SHA256SUMS").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    for file in made:
        print(f"   {file.relative_to(ROOT)}: {file.stat().st_size / 1e6:.1f} MB")
    other = sorted(name for name in digests[0] if digests[0][name] != digests[-1][name])
    if other:
        print(f"   The second time came out differently: {', '.join(other)}", file=sys.stderr)
    return 1 if other else 0


def make_packages(python: Path, level: int) -> list[Path]:
    """Make the installers for this system, on Linux as tight as `level` says; returns the files. Raises SetupError."""
    work, target, version = ROOT / "build/package", ROOT / "dist", freeze.app_version(ROOT)
    match platform.system():
        case "Windows":
            return windows_package.make_packages(ROOT, python, work, target, version)
        case "Darwin":
            return macos_package.make_packages(ROOT, python, work, target, version)
        case _:
            return linux_package.make_packages(ROOT, python, work, target, version, level)


def build_engine(python: Path, wanted: str, *, rebuild: bool) -> int:
    """Build the engine for `wanted`, or the first of what would suit this computer that builds and passes its test."""
    computer = engine_backends.this_computer()
    for backend in engine_backends.candidates(computer) if wanted == "auto" else (wanted,):
        try:
            folder = built(python, backend, rebuild=rebuild)
        except environment.SetupError as error:
            if wanted != "auto":
                raise
            print(f"-- not {backend}: {error}", flush=True)
            continue
        print(f"-- testing the engine for {backend} …", flush=True)
        if call(python, "packaging/choose_engine.py", str(folder), backend) == 0:
            return 0
    return 1


def built(python: Path, backend: str, *, rebuild: bool = False) -> Path:
    """Return the folder of the engine for `backend`; raises SetupError where something is missing."""
    if backend == "vulkan":
        environment.install_vulkan(tests=False)
    check_backend(backend)
    try:
        return engine_build.backend_folder(ROOT, python, backend, rebuild=rebuild)
    except environment.SetupError as error:
        advice = engine_backends.advice(backend, engine_backends.this_computer().system)
        raise environment.SetupError(f"{error}\nWhere a part of what compiles is missing: {advice}.") from error


def check_backend(backend: str) -> None:
    """Raise SetupError where `backend` cannot be built on this computer as it is."""
    system = engine_backends.this_computer().system
    problem = engine_backends.problem(backend, system, engine_backends.find_tool)
    if problem:
        raise environment.SetupError(problem)


def vulkan_environment(python: Path) -> dict[str, str]:
    """Return what the tests of Vulkan find in their environment: an engine, and the one device there is for certain."""
    environment.install_vulkan(tests=True)
    return {"INGLENOOK_TEST_VULKAN": str(built(python, "vulkan")), "GGML_VK_VISIBLE_DEVICES": "0"}


def test(python: Path, pytest_arguments: list[str]) -> int:
    """Run every check in turn, and stop at the first that fails."""
    steps: tuple[tuple[str, Callable[[], int]], ...] = (
        ("lint", lambda: call(python, "-m", "ruff", "check", "--quiet", ".")),
        ("format", lambda: call(python, "-m", "ruff", "format", "--check", "--quiet", ".")),
        (
            "import contracts",
            lambda: call(python, "-c", "from importlinter.cli import lint_imports_command as run; run()"),
        ),
        # once, in a new clone: each part of the tests would compile the same sources at the same time
        ("compiled sources", lambda: call(python, "-m", "compileall", "-q", "desktop_app")),
        ("types and tests", lambda: check_types_and_run_tests(python, pytest_arguments)),
    )
    for name, step in steps:
        started = time.monotonic()
        print(f"== {name}", flush=True)
        code = step()
        print(f"== {name}: {'passed' if code == 0 else 'failed'} after {time.monotonic() - started:.1f} s", flush=True)
        if code != 0:
            return code
    return 0


def types_on(system: str) -> tuple[str, ...]:
    """Return what checks the types as they are on a platform: here those of the tests too, elsewhere with notes of its own."""
    if system == sys.platform:
        return ("-m", "mypy", "-p", "desktop_app", "-p", "tests")
    return ("-m", "mypy", "--platform", system, "--cache-dir", f".mypy_cache/{system}")


def check_types_and_run_tests(python: Path, arguments: list[str]) -> int:
    """Check the types on all systems, then run pytest with `arguments`; without any, all tests beside the types."""
    environ = test_environment(python)
    types: dict[str, Run] = {f"types on {PLATFORMS[each]}": (types_on(each), {}) for each in PLATFORMS}
    is_first = known_types.take(ROOT)
    if arguments:
        code = call_all(python, types) or call(python, "-m", "pytest", *arguments, environ=environ)
    else:
        code = call_all(python, types | all_tests(environ | SHARED_CORES))
    if is_first and code == 0:
        known_types.keep(ROOT)
    return code


def all_tests(environ: dict[str, str]) -> dict[str, Run]:
    """Return what runs all tests, in a few processes."""
    elsewhere = [f"--ignore={part}" for part in PARTS_OF_THE_TESTS if part != ALL_OTHERS]
    runs: dict[str, Run] = {}
    for part, count in PARTS_OF_THE_TESTS.items():
        its_environ = environ if part in ON_ALL_CORES else environ | ONE_THREAD
        if part == ALL_OTHERS:
            runs[part] = ("-m", "pytest", *elsewhere), its_environ
        elif count == 1:
            runs[part] = ("-m", "pytest", part), its_environ
        else:
            files = sorted(str(file.relative_to(ROOT)) for file in (ROOT / part).rglob("test_*.py"))
            for place in range(count):
                runs[f"{part}, {place + 1} of {count}"] = ("-m", "pytest", *files[place::count]), its_environ
    return runs


def test_environment(python: Path) -> dict[str, str]:
    """Return what the tests find in their environment: an engine of loadable variants, llama.cpp's chat templates.

    And the leave to keep what was compiled: they start hundreds of Pythons, and each would compile all sources anew.
    """
    return {
        "INGLENOOK_TEST_VARIANTS": str(engine_build.variants_folder(ROOT, python)),
        "INGLENOOK_TEST_TEMPLATES": str(engine_build.templates_folder(ROOT, python)),
        "PYTHONDONTWRITEBYTECODE": "",
    }


def call_all(python: Path, runs: dict[str, Run]) -> int:
    """Run the project's Python several times, some at once; returns the exit code of one that failed, 0 where none did.

    What the first tells is shown as it comes, what the others tell when all before them have ended.
    """
    (name, (command, environ)), *others = runs.items()
    with ThreadPoolExecutor(AT_ONCE) as slots:
        print(f"-- {name}", flush=True)
        first = slots.submit(call, python, *command, environ=environ)
        waiting = [(other, slots.submit(call_quietly, python, run)) for other, run in others]
        code = first.result()
        for other, future in waiting:
            its_code, told = future.result()
            code = its_code or code
            print(f"-- {other}", flush=True)
            sys.stdout.buffer.write(told)
            sys.stdout.flush()
    return code


def call_quietly(python: Path, run: Run) -> tuple[int, bytes]:
    """Run the project's Python in the project's folder; returns its exit code and what it told."""
    command, environ = run
    done = subprocess.run(
        [str(python), *command],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return done.returncode, done.stdout


def call(python: Path, *arguments: str, environ: dict[str, str] | None = None) -> int:
    """Run the project's Python in the project's folder; returns its exit code."""
    return subprocess.run([str(python), *arguments], cwd=ROOT, env={**os.environ, **(environ or {})}).returncode


if __name__ == "__main__":
    sys.exit(main())
