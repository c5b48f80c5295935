"""Made-up hardware for the pictures: cards that are used, and cards that are not."""

from collections.abc import Callable

import msgspec
from PySide6.QtTest import QTest

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.fit import KvType
from desktop_app.domain.hardware import (
    AMD,
    INTEL,
    NVIDIA,
    DeviceKind,
    EngineFound,
    Hardware,
    PartLeftOut,
    Report,
    WhyNot,
)
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.offload import Limit, Plan, Share
from desktop_app.domain.servers import ServerAnswer, ServerDevice, Trouble
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import ServerSettings, Settings

GB = 1_000_000_000
NOON = 1_795_348_800.0
PROCESSOR = Hardware(
    name="CPU", description="AMD Ryzen 9 7950X 16-Core Processor", kind=DeviceKind.PROCESSOR, backend="CPU",
    free_memory=41 * GB, total_memory=67 * GB,
)  # fmt: skip
GEFORCE = Hardware(
    name="CUDA0", description="NVIDIA GeForce RTX 3090", kind=DeviceKind.CARD, backend="CUDA", vendor=NVIDIA,
    free_memory=6_400_000_000, total_memory=25_300_000_000, driver="nvidia 550.54.14",
)  # fmt: skip
INSIDE = Hardware(
    name="Vulkan0", description="AMD Radeon Graphics (RADV RAPHAEL_MENDOCINO)", kind=DeviceKind.INTEGRATED,
    backend="Vulkan", vendor=AMD, free_memory=30 * GB, total_memory=33 * GB, driver="amdgpu, radv",
    why_not=WhyNot.BESIDE_CARD, detail="CUDA0",
)  # fmt: skip
HIDDEN = Hardware(
    description="GA102 [GeForce RTX 3090 Ti, a name that is as long as some makers like to have them on their boxes]",
    vendor=NVIDIA, driver="nvidia 550.54.14", why_not=WhyNot.HIDDEN, detail="CUDA_VISIBLE_DEVICES",
)  # fmt: skip
NO_DRIVER = Hardware(vendor=INTEL, why_not=WhyNot.NO_DRIVER)
ENGINE = EngineFound(
    engine_version="llama.cpp 0.5.0-dev, llama-cpp-python 0.3.36",
    engine_folder="/home/me/.local/share/inglenook/engines/cuda-77c26e1c385ac2e9",
    cpu_variant="zen4",
    cpu_features=("SSE3", "SSSE3", "AVX", "AVX2", "F16C", "FMA", "BMI2", "AVX512", "AVX512_VBMI", "AVX512_VNNI",
                  "AVX512_BF16", "LLAMAFILE", "OPENMP", "REPACK"),
    devices=(),
    backends=("CUDA", "Vulkan", "CPU"),
)  # fmt: skip
REPORT = Report(looked_at=NOON, devices=(GEFORCE, INSIDE, PROCESSOR, HIDDEN, NO_DRIVER), engine=ENGINE)
ONLY_PROCESSOR = Report(
    looked_at=NOON, devices=(PROCESSOR,), engine=EngineFound(
        engine_version="llama.cpp 0.5.0-dev", engine_folder="/opt/inglenook/lib", cpu_variant="", cpu_features=("AVX2",),
        devices=(), backends=("CPU",),
    ),
)  # fmt: skip
CRASHED = Report(
    looked_at=NOON,
    devices=(Hardware(description="GA102 [GeForce RTX 3090]", vendor=NVIDIA, why_not=WhyNot.UNKNOWN),),
    error=ErrorInfo(ErrorCode.PROBE_CRASHED, detail="SIGABRT"),
)
FAILING = Report(
    looked_at=NOON,
    devices=(
        PROCESSOR,
        Hardware(
            description="Navi 21 [Radeon RX 6800/6800 XT / 6900 XT]", vendor=AMD, driver="amdgpu",
            why_not=WhyNot.FAILED, detail="Vulkan",
        ),
    ),
    engine=EngineFound(
        engine_version="llama.cpp 0.5.0-dev", engine_folder="/opt/inglenook/lib", cpu_variant="zen4",
        cpu_features=("AVX2",), devices=(), backends=("CPU", "Vulkan"),
    ),
    left_out=(
        PartLeftOut(
            backend="Vulkan", file="/opt/inglenook/lib/libggml-vulkan.so",
            error=ErrorInfo(ErrorCode.PROBE_TIMED_OUT, {"seconds": 30}),
        ),
        PartLeftOut(
            backend="CPU", file="/opt/inglenook/lib/libggml-cpu-alderlake.so",
            error=ErrorInfo(ErrorCode.PROBE_CRASHED, detail="SIGABRT"),
        ),
    ),
)  # fmt: skip
MODEL = ModelInfo(
    name="Qwen3 30B A3B Instruct", path="/models/qwen3.gguf", device="GPU 28/49",
    plan=Plan(
        context=8192, kv_type=KvType.Q8_0, flash_attention=True, gpu_layers=28, all_layers=49,
        shares=(Share(device="CUDA0", layers=28, weights=17 * GB, kv_cache=400_000_000, compute=300_000_000),),
        cpu_experts=6, context_on_gpu=True, host=9 * GB, tokens_per_second=38.4, limit=Limit.MEMORY, fits=True,
    ),
    allocated={"CUDA0": 17_560_000_000},
)  # fmt: skip


def hardware(window: MainWindow, report: Report = REPORT) -> None:
    """Show the hardware in the settings."""
    window.show_page("settings")
    window.settings_page.show_loaded_models((MODEL,) if report is REPORT else ())
    window.settings_page.show_report(report)
    window.settings_page.go_to_hardware()


def hardware_end(window: MainWindow) -> None:
    """Show the engine build and a loaded model."""
    hardware(window)
    page = window.settings_page
    assert page.hardware_card is not None
    QTest.qWait(60)  # until it has its place
    page.ensureWidgetVisible(page.hardware_card._models[-1], 0, 40)


def hardware_processor(window: MainWindow) -> None:
    """Show a computer without a card."""
    hardware(window, ONLY_PROCESSOR)


def hardware_crashed(window: MainWindow) -> None:
    """Show what is said after a crash."""
    hardware(window, CRASHED)


def hardware_failing(window: MainWindow) -> None:
    """Show a driver that hung when it was tried."""
    hardware(window, FAILING)


SERVERS = ("192.168.1.20:50052", "[fd00::20]:50052", "attic.local:50052", "192.168.1.77:8080")
ANSWERS = (
    ServerAnswer(
        address=SERVERS[1], version="7.0.0", devices=(ServerDevice(9 * GB, 12 * GB), ServerDevice(GB, 24 * GB))
    ),
    ServerAnswer(address=SERVERS[2], trouble=Trouble.OTHER_VERSION, version="5.1.0"),
    ServerAnswer(address=SERVERS[3], trouble=Trouble.NONSENSE),
)
SPLIT = msgspec.structs.replace(
    MODEL, device="GPU + remote 41/49", servers=SERVERS[:1], allocated={"CUDA0": 17_560_000_000, SERVERS[0]: 6 * GB},
    plan=msgspec.structs.replace(
        MODEL.plan, gpu_layers=41, cpu_experts=0, kv_type=KvType.F16,
        shares=(*MODEL.plan.shares, Share(device=SERVERS[0], layers=13, weights=6 * GB, kv_cache=0, compute=0)),
    ),
    missing_servers=(ServerAnswer(address=SERVERS[2], trouble=Trouble.REFUSED),),
)  # fmt: skip


def servers(window: MainWindow) -> None:
    """Show the other computers, one in use, one that can be used, and some that cannot."""
    window.show_page("settings")
    page = window.settings_page
    page.show_report(
        msgspec.structs.replace(REPORT, engine=msgspec.structs.replace(ENGINE, backends=("CUDA", "CPU", "RPC")))
    )
    page.show_loaded_models((SPLIT,))
    page.set_settings(Settings(servers=ServerSettings(addresses=SERVERS)))
    page.show_server_answers(ANSWERS)
    _go_to_servers(window)


def servers_before(window: MainWindow) -> None:
    """Show what servers said before the app was started."""
    window.show_page("settings")
    page = window.settings_page
    page.set_settings(Settings(servers=ServerSettings(addresses=SERVERS)))
    page.show_remembered_servers(ANSWERS)
    _go_to_servers(window)


def servers_none(window: MainWindow) -> None:
    """Show that there are none, that the engine could not use them, and what is said of a wrong address."""
    window.show_page("settings")
    page = window.settings_page
    page.show_report(REPORT)
    assert page.servers_card is not None
    page.servers_card.field.setText("192.168.1.20")
    page.servers_card.add.click()
    _go_to_servers(window)


def _go_to_servers(window: MainWindow) -> None:
    """Bring them into sight; the page gets its height step by step."""
    page = window.settings_page
    card, bar = page.servers_card, page.verticalScrollBar()
    assert card is not None
    for _time in range(20):
        QTest.qWait(20)
        bar.setValue(card.y() - 40)


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "hardware": hardware,
    "hardware-end": hardware_end,
    "hardware-processor": hardware_processor,
    "hardware-crashed": hardware_crashed,
    "hardware-failing": hardware_failing,
    "servers": servers,
    "servers-none": servers_none,
    "servers-before": servers_before,
}
