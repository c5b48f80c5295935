"""Which kinds of engine can be built where: what each needs, how CMake is told, and which one suits a computer."""

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BACKENDS = ("cpu", "vulkan", "cuda", "metal", "hip")
SYSTEMS = {
    "cpu": ("Linux", "Windows", "Darwin"),
    "vulkan": ("Linux", "Windows", "Darwin"),
    "cuda": ("Linux", "Windows"),
    "metal": ("Darwin",),
    "hip": ("Linux", "Windows"),
}
TOOLS = {"vulkan": "glslc", "cuda": "nvcc", "metal": "xcrun", "hip": "hipcc"}
PLACES = {"nvcc": "/usr/local/cuda/bin", "hipcc": "/opt/rocm/bin"}
"""Where an installer leaves a tool without putting it on the PATH."""
CARDS = {"cuda": "CUDAARCHS", "hip": "HIPARCHS"}
"""The variables that name the generations of cards to compile for, where these are not the ones that are here."""
AMD_CARDS = Path("/sys/class/kfd/kfd/topology/nodes")
"""Where Linux tells AMD's processors and cards; their generation is `gfx_target_version`, 0 for a processor."""

_VULKAN_SDK = "install the Vulkan SDK (LunarG), then open a new terminal"
_ADVICE = {
    ("vulkan", "Linux"): "install your system's package glslc (Debian, Ubuntu) or shaderc (Fedora, Arch)",
    ("vulkan", "Windows"): _VULKAN_SDK,
    ("vulkan", "Darwin"): _VULKAN_SDK,
    ("cuda", "Linux"): "install NVIDIA's CUDA toolkit, and put its bin folder on the PATH",
    ("cuda", "Windows"): "install NVIDIA's CUDA toolkit and Visual Studio's C++ tools, then open a new terminal",
    ("metal", "Darwin"): "install Xcode's command line tools: xcode-select --install",
    (
        "hip",
        "Linux",
    ): "install ROCm 6.1 or newer with hipBLAS and rocBLAS, AMD's (its bin folder on the PATH) or your system's "
    "(Ubuntu 26.04: hipcc libamdhip64-dev libhipblas-dev librocblas-dev)",
    ("hip", "Windows"): "install AMD's HIP SDK, and put its bin folder on the PATH",
}


@dataclass(frozen=True)
class Computer:
    """What matters for the choice: the system, and which graphics cards a driver serves."""

    system: str
    nvidia: bool = False
    amd: bool = False
    vulkan: bool = False


def options(backend: str, system: str, generations: str = "") -> tuple[str, ...]:
    """Return CMake's options for `backend`, which becomes a loadable library beside the CPU's.

    `generations` are those of the cards to compile for, as CMake names them; empty leaves it to CMake to find some.
    """
    match backend:
        case "vulkan":
            return ("-DGGML_VULKAN=ON", *_without_metal(system))
        case "cuda":
            return ("-DGGML_CUDA=ON", f"-DCMAKE_CUDA_ARCHITECTURES={generations or 'native'}")
        case "metal":
            return ("-DGGML_METAL=ON", "-DGGML_METAL_EMBED_LIBRARY=ON")
        case "hip" if system == "Windows":  # CMake knows the HIP language on Linux only
            return ("-DGGML_HIP=ON", "-DCMAKE_C_COMPILER=clang", "-DCMAKE_CXX_COMPILER=clang++", *_targets(generations))
        case "hip":
            return ("-DGGML_HIP=ON", *_targets(generations))
        case _:
            return _without_metal(system)


def _targets(generations: str) -> tuple[str, ...]:
    return (f"-DGPU_TARGETS={generations}",) if generations else ()


def _without_metal(system: str) -> tuple[str, ...]:
    return ("-DGGML_METAL=OFF",) if system == "Darwin" else ()


def problem(backend: str, system: str, find: Callable[[str], str | None]) -> str:
    """Return why `backend` cannot be built here and what to do about it, empty where it can."""
    if system not in SYSTEMS[backend]:
        return f"There is no {backend} on {system}; build-engine --backend auto finds what there is."
    tool = TOOLS.get(backend)
    if tool is None or find(tool):
        return ""
    return f"{tool} is missing, which compiles for {backend}: {advice(backend, system)}."


def advice(backend: str, system: str) -> str:
    """Return how to get what compiles for `backend`."""
    return _ADVICE.get((backend, system), "install a C++ compiler")


def candidates(computer: Computer) -> tuple[str, ...]:
    """Return what would suit a computer, the fastest first; the CPU always does."""
    if computer.system == "Darwin":
        return ("metal", "cpu")
    wanted = (("cuda", computer.nvidia), ("hip", computer.amd), ("vulkan", computer.vulkan), ("cpu", True))
    return tuple(backend for backend, has in wanted if has)


def this_computer() -> Computer:
    """Look at what drivers have left in the system; none of them is loaded."""
    if os.name == "nt":
        system_folder = Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32"
        return Computer(
            platform.system(),
            nvidia=(system_folder / "nvcuda.dll").exists(),
            amd=(system_folder / "amdhip64.dll").exists() or "HIP_PATH" in os.environ,
            vulkan=(system_folder / "vulkan-1.dll").exists(),
        )
    nvidia = Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
    return Computer(
        platform.system(),
        nvidia=nvidia,
        amd=Path("/dev/kfd").exists(),
        vulkan=nvidia or any(Path("/dev/dri").glob("renderD*")),
    )


def wanted_generations(backend: str, nodes: Path = AMD_CARDS) -> str:
    """Return the generations of cards to compile for: what the environment names, else AMD's cards that are here.

    Without AMD's own tools, which a distribution has in packages apart, CMake takes some old generation for granted, and
    what is compiled for that does not run on another. Empty where CMake is to find them.
    """
    named = os.environ.get(CARDS.get(backend, ""), "")
    if named or backend != "hip":
        return named
    found = set()
    for node in nodes.glob("*/properties"):
        values = dict(line.split(None, 1) for line in node.read_text(encoding="utf-8").splitlines() if " " in line)
        version = int(values.get("gfx_target_version", "0"))
        if version:
            found.add(f"gfx{version // 10000}{version // 100 % 100:x}{version % 100:x}")
    return ";".join(sorted(found))


def find_tool(name: str) -> str | None:
    """Return the path of a compiler, looked for on the PATH and where its installer puts it."""
    return shutil.which(name) or shutil.which(name, path=PLACES.get(name, ""))


def environment(backend: str) -> dict[str, str]:
    """Return the variables that a build for `backend` needs: its compiler on the PATH, and HIP's own for AMD."""
    tool = find_tool(TOOLS[backend]) if backend in TOOLS else None
    if tool is None:
        return {}
    folder = Path(tool).parent
    found = {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    if backend == "hip" and os.name == "posix":
        rocm = Path(tool).resolve().parent.parent  # a distribution may have put a link on the PATH
        clang = rocm / "lib/llvm/bin/clang"
        if (
            clang.exists()
        ):  # a distribution's own ROCm is in many folders: CMake asks for them, and ROCM_PATH misleads it
            found |= {"ROCM_PATH": str(rocm), "HIP_PATH": str(rocm), "HIPCXX": str(clang)}
    return found
