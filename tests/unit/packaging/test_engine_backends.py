"""Engines for every kind of hardware: the flags, what is missing, the choice, the headers of Vulkan."""

import importlib
import itertools
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
SYSTEMS = ("Linux", "Windows", "Darwin")
FLAGS = {
    "cpu": (),
    "vulkan": ("-DGGML_VULKAN=ON",),
    "cuda": ("-DGGML_CUDA=ON", "-DCMAKE_CUDA_ARCHITECTURES=native"),
    "metal": ("-DGGML_METAL=ON", "-DGGML_METAL_EMBED_LIBRARY=ON"),
    "hip": ("-DGGML_HIP=ON",),
}


@pytest.fixture
def backends(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    return importlib.import_module("engine_backends")


@pytest.fixture
def headers(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    return importlib.import_module("vulkan_headers")


@pytest.mark.parametrize(("backend", "system"), list(itertools.product(FLAGS, SYSTEMS)))
def test_the_flags_of_every_backend_on_every_system(backends: ModuleType, backend: str, system: str) -> None:
    if system not in backends.SYSTEMS[backend]:
        assert f"no {backend} on {system}" in backends.problem(backend, system, lambda tool: f"/bin/{tool}")
        return
    more = ()
    if system == "Darwin" and backend != "metal":
        more = ("-DGGML_METAL=OFF",)  # it is on by default there
    if system == "Windows" and backend == "hip":
        more = ("-DCMAKE_C_COMPILER=clang", "-DCMAKE_CXX_COMPILER=clang++")
    assert backends.options(backend, system) == FLAGS[backend] + more
    if backend == "cuda":
        assert "-DCMAKE_CUDA_ARCHITECTURES=80;90" in backends.options(backend, system, "80;90")


@pytest.mark.parametrize(("system", "name"), [("Linux", "Linux"), ("Windows", "Windows"), ("Darwin", "macOS")])
def test_the_readme_says_how_to_get_each_for_a_card_on_every_system(
    backends: ModuleType, system: str, name: str
) -> None:
    rows = [line.split("|")[1:-1] for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()]
    named, at = set(), ""
    for row in rows:
        if len(row) == 5 and "`" in row[2]:
            at = row[0].strip() or at
            named |= {row[2].strip(" `")} if at == name else set()
            assert at != name or row[3].strip(), "what it takes to run it"
            assert at != name or row[4].strip(), "what it takes to build it"
    there = {backend for backend, systems in backends.SYSTEMS.items() if system in systems}
    assert named == there - {"cpu"} - ({"vulkan"} if "metal" in there else set())


@pytest.mark.parametrize(("backend", "system"), list(itertools.product(FLAGS, SYSTEMS)))
def test_what_is_missing_is_named_with_the_way_to_get_it(backends: ModuleType, backend: str, system: str) -> None:
    if system not in backends.SYSTEMS[backend]:
        return
    if backend == "cpu":
        assert backends.problem(backend, system, lambda _tool: None) == ""
        return
    told = backends.problem(backend, system, lambda _tool: None)
    assert told.startswith(f"{backends.TOOLS[backend]} is missing")
    assert "install " in told
    assert "://" not in told
    assert backends.problem(backend, system, lambda tool: f"/bin/{tool}") == ""


@pytest.mark.parametrize(
    ("system", "cards", "expected"),
    [
        ("Linux", {}, ("cpu",)),
        ("Linux", {"vulkan": True}, ("vulkan", "cpu")),
        ("Linux", {"nvidia": True, "vulkan": True}, ("cuda", "vulkan", "cpu")),
        ("Windows", {"amd": True, "vulkan": True}, ("hip", "vulkan", "cpu")),
        ("Windows", {"nvidia": True, "amd": True}, ("cuda", "hip", "cpu")),
        ("Darwin", {}, ("metal", "cpu")),
    ],
)
def test_the_fastest_that_the_hardware_allows_comes_first(
    backends: ModuleType, system: str, cards: dict[str, bool], expected: tuple[str, ...]
) -> None:
    assert backends.candidates(backends.Computer(system, **cards)) == expected


def test_a_tool_is_found_where_its_installer_leaves_it(
    backends: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    monkeypatch.setitem(backends.PLACES, "nvcc", str(tmp_path))
    assert backends.find_tool("nvcc") is None
    assert backends.environment("cuda") == {}
    (tmp_path / "nvcc").write_text("#!/bin/sh\n")
    (tmp_path / "nvcc").chmod(0o755)
    assert backends.find_tool("nvcc") == str(tmp_path / "nvcc")
    assert backends.environment("cuda")["PATH"].startswith(f"{tmp_path}:")


def test_what_compiles_for_amd_is_found_behind_a_link(
    backends: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rocm = tmp_path / "rocm-6.2"
    for name in ("bin/hipcc", "lib/llvm/bin/clang"):
        (rocm / name).parent.mkdir(parents=True)
        (rocm / name).write_text("#!/bin/sh\n")
        (rocm / name).chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/hipcc").symlink_to(rocm / "bin/hipcc")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = backends.environment("hip")
    assert (found["ROCM_PATH"], found["HIP_PATH"]) == (str(rocm), str(rocm))
    assert found["HIPCXX"] == str(rocm / "lib/llvm/bin/clang")
    (rocm / "lib/llvm/bin/clang").unlink()  # as in a distribution's own ROCm, whose clang ROCM_PATH would mislead
    assert set(backends.environment("hip")) == {"PATH"}


def test_amds_cards_are_compiled_for_as_the_system_tells_them(
    backends: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, version in enumerate((0, 110000, 90010, 100306, 90402, 110000)):  # a processor, and five cards
        (tmp_path / str(number)).mkdir()
        text = f"cpu_cores_count 0\ngfx_target_version {version}\nunique_id 7\n"
        (tmp_path / str(number) / "properties").write_text(text)
    monkeypatch.delenv("HIPARCHS", raising=False)
    found = backends.wanted_generations("hip", tmp_path)
    assert found == "gfx1036;gfx1100;gfx90a;gfx942"
    for system in ("Linux", "Windows"):
        assert f"-DGPU_TARGETS={found}" in backends.options("hip", system, found)
    assert backends.wanted_generations("hip", tmp_path / "none") == ""
    assert backends.wanted_generations("vulkan", tmp_path) == ""
    monkeypatch.setenv("HIPARCHS", "gfx1201")
    assert backends.wanted_generations("hip", tmp_path) == "gfx1201"


@pytest.mark.parametrize(("backend", "system"), [("hip", "Linux"), ("hip", "Windows"), ("metal", "Darwin")])
def test_what_cannot_be_built_here_would_be_built_so(
    backends: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: str, system: str
) -> None:
    """The whole of it but for the compiler: what CMake is told, what becomes of the library, where all of it goes."""
    build = importlib.import_module("engine_build")
    calls: list[list[str]] = []
    variants = tmp_path / "variants"
    variants.mkdir()
    (variants / "libggml-cpu-x64.so").write_text("cpu")

    def run(command: list[str], variables: dict[str, str]) -> None:
        calls.append(command)
        if "--build" in command:
            folder = Path(command[command.index("--build") + 1]) / "bin"
            folder.mkdir(parents=True)
            (folder / f"libggml-{backend}.so").write_text(variables["PATH"])

    monkeypatch.setattr(build.platform, "system", lambda: system)
    monkeypatch.setattr(build, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(build, "variants_folder", lambda *_arguments, **_named: variants)
    monkeypatch.setattr(build, "fetch_source", lambda *_arguments: tmp_path / "source")
    monkeypatch.setattr(build, "_keep_templates", lambda *_arguments: None)
    monkeypatch.setattr(build, "_run_with_progress", run)
    folder = build.backend_folder(ROOT, Path("/venv/bin/python"), backend)
    configure, compiling = calls
    assert configure[:2] == ["/venv/bin/cmake", "-S"]
    assert {*build.LOADABLE_OPTIONS, "-DGGML_CPU=OFF", *backends.options(backend, system)} <= set(configure)
    assert compiling[-2:] == ["--target", f"ggml-{backend}"]
    assert sorted(file.name for file in folder.iterdir()) == ["libggml-cpu-x64.so", f"libggml-{backend}.so"]


def test_a_compiler_that_fails_is_told_with_its_last_words(backends: ModuleType, tmp_path: Path) -> None:
    build = importlib.import_module("engine_build")
    script = tmp_path / "cmake"
    script.write_text("#!/bin/sh\necho 'Could NOT find hip (missing: hip_DIR)' >&2\nexit 1\n")
    script.chmod(0o755)
    options = backends.options("hip", "Linux")
    with pytest.raises(importlib.import_module("environment").SetupError, match="Could NOT find hip"):
        build.compile_engine(tmp_path, tmp_path / "build", (str(script), "ninja"), options, ("ggml-hip",), {})


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    return importlib.import_module("dev")


@pytest.mark.parametrize(
    ("tested", "code"), [({"vulkan": 0}, 0), ({"vulkan": 1, "cpu": 0}, 0), ({"vulkan": 1, "cpu": 1}, 1)]
)
def test_where_one_fails_the_next_that_suits_is_built(
    dev: ModuleType, backends: ModuleType, monkeypatch: pytest.MonkeyPatch, tested: dict[str, int], code: int
) -> None:
    seen: list[str] = []

    def built(_python: Path, backend: str, *, rebuild: bool) -> Path:
        if backend == "cuda":
            raise dev.environment.SetupError("nvcc is missing")
        return Path(f"{backend}-{rebuild}")

    def call(_python: Path, script: str, folder: str, backend: str) -> int:
        assert (ROOT / script).is_file()
        seen.append(folder)
        return tested[backend]

    computer = backends.Computer("Linux", nvidia=True, vulkan=True)
    monkeypatch.setattr(dev.engine_backends, "this_computer", lambda: computer)
    monkeypatch.setattr(dev, "built", built)
    monkeypatch.setattr(dev, "call", call)
    assert dev.build_engine(Path("python"), "auto", rebuild=False) == code
    assert seen == [f"{backend}-False" for backend in tested]
    with pytest.raises(dev.environment.SetupError, match="nvcc"):
        dev.build_engine(Path("python"), "cuda", rebuild=False)


def test_what_cannot_be_built_is_told_before_all_else_is_set_up(
    dev: ModuleType, backends: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up: list[str] = []

    def prepare(*_given: object, **_options: object) -> Path:
        set_up.append("all")
        raise dev.environment.SetupError("enough")

    monkeypatch.setattr(dev.environment, "prepare", prepare)
    monkeypatch.setattr(dev.engine_backends, "this_computer", lambda: backends.Computer("Linux"))
    monkeypatch.setattr(dev.engine_backends, "find_tool", lambda _name: None)
    for backend, words in (("metal", "no metal on Linux"), ("cuda", "nvcc is missing"), ("hip", "hipcc is missing")):
        monkeypatch.setattr(sys, "argv", ["dev.py", "build-engine", "--backend", backend])
        assert dev.main() == 1
        assert words in capsys.readouterr().err
    assert set_up == []
    for backend in ("auto", "vulkan", "cpu"):  # for Vulkan it installs what is missing
        monkeypatch.setattr(sys, "argv", ["dev.py", "build-engine", "--backend", backend])
        assert dev.main() == 1
    assert len(set_up) == 3


@pytest.mark.parametrize("machine", ["amd64", "arm64"])
def test_the_headers_are_pinned_without_addresses(headers: ModuleType, machine: str) -> None:
    text = headers.PINS.read_text(encoding="utf-8")
    assert "://" not in text
    pinned = headers.pins(text, machine)
    names = [name for name, _version, _digest in pinned]
    assert names[:4] == ["libvulkan-dev", "spirv-headers", "glslc", "libshaderc1"]
    assert all(version and len(digest) == 64 for _name, version, digest in pinned[:4])
    assert names[4:] == ["libc6", "libgcc-s1", "libstdc++6"]  # what the compiler runs with, of that release


@pytest.mark.skipif(sys.platform != "linux", reason="Debian's packages")
def test_the_compiler_of_shaders_runs_with_its_own_libraries(headers: ModuleType, tmp_path: Path) -> None:
    """A stand-in for the loader tells what it was asked to start."""
    libraries, compiler = tmp_path / "usr/lib/any-linux-gnu", tmp_path / "bin/glslc"
    libraries.mkdir(parents=True)
    compiler.parent.mkdir()
    loader = libraries / "ld-linux-any.so.2"
    for file, text in ((compiler, headers.COMPILER), (loader, '#!/bin/sh\nprintf "%s|" "$@"\n')):
        file.write_text(text)
        file.chmod(0o755)
    told = subprocess.run([str(compiler), "-o", "a b", "x.comp"], capture_output=True, text=True, check=True).stdout
    there = f"{compiler.parent}/../usr"
    assert told == f"--library-path|{there}/lib/any-linux-gnu|{there}/bin/glslc|-o|a b|x.comp|"


def test_headers_that_are_too_old_are_told_from_new_ones(headers: ModuleType) -> None:
    text = "#define VK_HEADER_VERSION {}\n#define VK_HEADER_VERSION_COMPLETE VK_MAKE_API_VERSION(0, 1, {}, VK_HEADER_VERSION)"
    assert headers.header_version(text.format(239, 3)) == (1, 3, 239) < headers.OLDEST
    assert headers.header_version(text.format(309, 4)) == (1, 4, 309) >= headers.OLDEST
    assert headers.header_version("") == (0, 0, 0)


def test_where_no_headers_can_be_had_the_way_to_get_them_is_told(
    headers: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(headers.platform, "system", lambda: "Linux")
    monkeypatch.setattr(headers, "_own_folders", list)
    monkeypatch.setattr(headers, "_mirror", lambda: "")
    with pytest.raises(headers.environment.SetupError, match="libvulkan-dev"):
        headers.cmake_options()
