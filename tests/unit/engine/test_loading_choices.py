"""What loading decides from a header and from devices: plans one after the other, the badge, and what llama.cpp is told."""

import re
from pathlib import Path

import msgspec
import psutil
import pytest

pytest.importorskip("llama_cpp")

from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.fit import KvType
from desktop_app.domain.gguf import read_header
from desktop_app.domain.hardware import DeviceFound, DeviceKind
from desktop_app.domain.models import StepsLeft
from desktop_app.domain.offload import Limit, Plan, Share
from desktop_app.domain.shape import Shape
from desktop_app.engine import loading
from desktop_app.engine.allocations import Allocations
from desktop_app.engine.backend import kind_of, loadable_parts, part_in, vulkan_driver
from desktop_app.engine.loading import Loader, badge, steps_left, weights_left, why_alone
from desktop_app.engine.offloading import Offloading
from desktop_app.engine.patience import USUAL_PATIENCE
from desktop_app.engine.placement import Placement, expert_pattern
from desktop_app.engine.servers import Servers
from desktop_app.protocol.engine import Load
from desktop_app.support.network import Gate

MB = 1_000_000
PLAN = Plan(
    context=4096, kv_type=KvType.F16, flash_attention=True, gpu_layers=28, all_layers=33,
    shares=(Share(device="CUDA0", layers=28, weights=1, kv_cache=1, compute=1),),
    cpu_experts=0, context_on_gpu=True, host=1, tokens_per_second=1.0, limit=Limit.MEMORY, fits=True,
)  # fmt: skip
LOG = """load_tensors: offloading 28 repeating layers to GPU
load_tensors: offloaded 28/33 layers to GPU
load_tensors:        CUDA0 model buffer size =  4000.50 MiB
load_tensors:   CPU_Mapped model buffer size =   500.00 MiB
load_tensors:    CUDA_Host model buffer size =    10.00 MiB
llama_kv_cache:      CUDA0 KV buffer size =   256.00 MiB
llama_kv_cache:        CPU KV buffer size =    64.00 MiB
llama_context:  CUDA_Host  output buffer size =     0.19 MiB
sched_reserve:      CUDA0 compute buffer size =   300.00 MiB
sched_reserve:  CUDA_Host compute buffer size =    16.00 MiB
"""


def device(name: str, kind: DeviceKind, memory: int, bus_id: str = "") -> DeviceFound:
    return DeviceFound(
        name=name, description="a device", kind=kind, free_memory=memory, total_memory=memory, bus_id=bus_id
    )


class Devices:
    """A backend that has nothing but these devices."""

    def __init__(self, *free: int, kind: DeviceKind = DeviceKind.CARD) -> None:
        self.free = list(free)
        self.kind = kind
        self.flashes = tuple(KvType)
        self.asked: list[str] = []

    def devices(self) -> tuple[DeviceFound, ...]:
        cards = (device(f"CUDA{place}", self.kind, size) for place, size in enumerate(self.free))
        return (device("CPU", DeviceKind.PROCESSOR, 0), *cards)

    def flash_types(self, name: str, shape: Shape) -> tuple[KvType, ...]:
        assert shape.head_count
        self.asked.append(name)
        return self.flashes

    def pointers(self, names: list[str]) -> object:
        import ctypes

        return (ctypes.c_void_p * (len(names) + 1))(*range(1, len(names) + 1), None)

    def processor_memory(self) -> int:
        return 77

    def clear_log(self) -> None:
        """Nothing is written into it."""

    def log(self) -> str:
        return ""


def read(log: str) -> Allocations:
    made = Allocations()
    for line in log.splitlines():
        made.read(line + "\n")
    return made


def test_what_is_allocated_is_read_from_the_log() -> None:
    told = read(LOG)
    assert told.offloaded == 28
    assert told.on_devices() == {"CUDA0": round(4556.5 * 1024 * 1024)}
    assert told.buffers["CPU_Mapped"] == {"model": 500 * 1024 * 1024}


def test_what_a_context_makes_anew_counts_once_and_a_second_cache_counts_too() -> None:
    again = LOG + "sched_reserve:      CUDA0 compute buffer size =   310.00 MiB\n"
    assert read(again).buffers["CUDA0"]["compute"] == 310 * 1024 * 1024
    assert read(LOG + LOG.splitlines()[5]).buffers["CUDA0"]["KV"] == 512 * 1024 * 1024


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ggml_vulkan: 0 = AMD Radeon RX 6800 (RADV NAVI21) (radv) | uma: 0 | fp16: 1\n", {"Vulkan0": "radv"}),
        ("ggml_vulkan: 12 = NVIDIA T4 (NVIDIA) | uma: 0\n", {"Vulkan12": "NVIDIA"}),
        ("ggml_vulkan: Found 2 Vulkan devices:\n", {}),
        ("ggml_vulkan: No devices found.\n", {}),
    ],
)
def test_vulkan_names_its_drivers_in_the_log(line: str, told: dict[str, str]) -> None:
    assert vulkan_driver(line) == told


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("libggml-vulkan.so", "Vulkan"),
        ("ggml-cuda.dll", "CUDA"),
        ("libggml-hip.so", "ROCm"),
        ("libggml-metal.dylib", "MTL"),
        ("libggml-cpu-haswell.so", ""),
        ("libggml-base.so.0", ""),
        ("libggml-cuda.so.0.25.3", ""),
    ],
)
def test_parts_of_a_build_are_known_by_their_files(file: str, part: str) -> None:
    assert part_in(file) == part


@pytest.mark.parametrize("place", ["lib", "bin", "lib/bin"])
def test_the_loadable_parts_of_a_build_are_found_where_it_has_them(tmp_path: Path, place: str) -> None:
    """An install of the binding has them in `bin`, two folders above its `lib`."""
    folder = tmp_path / place
    folder.mkdir(parents=True)
    names = ("ggml-vulkan.dll", "ggml-cuda.dll", "ggml-base.dll", "ggml.dll", "ggml-cpu-x64.dll", "ggml-cpu-zen4.dll")
    for name in (*names, "ggml-cpu-zen4.lib", "llama.dll"):
        (folder / name).touch()
    parts = loadable_parts(tmp_path / "lib")
    assert [(name, [file.name for file in files]) for name, files in parts.items()] == [
        ("CUDA", ["ggml-cuda.dll"]),
        ("Vulkan", ["ggml-vulkan.dll"]),
        ("CPU", ["ggml-cpu-x64.dll", "ggml-cpu-zen4.dll"]),
    ]


def test_what_is_linked_into_a_build_is_no_loadable_part(tmp_path: Path) -> None:
    for name in ("libggml-vulkan.so", "libggml-cpu.so", "libggml-base.so", "libllama.so"):
        (tmp_path / name).touch()
    assert loadable_parts(tmp_path) == {}
    assert loadable_parts(tmp_path / "nowhere") == {}


def test_badges_say_what_was_done_and_not_what_was_planned() -> None:
    assert badge(PLAN, read(LOG)) == "GPU 28/33"
    whole = msgspec.structs.replace(PLAN, gpu_layers=33)
    assert badge(whole, read(LOG.replace("28/33", "33/33"))) == "GPU"
    assert badge(whole, read(LOG)) == "GPU 28/33"
    assert badge(msgspec.structs.replace(whole, cpu_experts=3), read(LOG.replace("28/33", "33/33"))) == "GPU 33/33"
    only_cpu = "\n".join(line for line in LOG.splitlines() if "CUDA0" not in line)
    assert badge(PLAN, read(only_cpu)) == "CPU"  # a silent fallback is told
    half, little = (
        msgspec.structs.replace(whole, shares=(msgspec.structs.replace(whole.shares[0], weights=size * MB),))
        for size in (8000, 800_000)
    )
    moved = LOG.replace("28/33", "33/33")
    assert (badge(half, read(moved)), badge(little, read(moved))) == ("GPU 17/33", "CPU")
    assert weights_left(half, read(moved)) == 8_000_000_000 - round(4000.5 * 1024 * 1024)
    assert weights_left(msgspec.structs.replace(half, cpu_experts=3), read("")) == 0  # of which nothing is known
    assert (
        badge(msgspec.structs.replace(PLAN, gpu_layers=0), read("load: CPU_Mapped model buffer size = 9.00 MiB"))
        == "CPU"
    )


GRAPH = "sched_reserve: graph (pp bs=512, tg bs=4): nodes = 936 / 936, splits = {} / {}, input objects = 4 / 4, input tensors = 6 / 6"


@pytest.mark.parametrize(
    ("changes", "reading", "writing", "expected"),
    [
        ({}, 2, 2, StepsLeft.NONE),
        ({}, 5, 5, StepsLeft.NONE),  # a table or two more
        ({}, 68, 2, StepsLeft.READING),
        ({}, 68, 68, StepsLeft.ALL),
        ({}, 24, 24, StepsLeft.ALL),  # of one layer in three
        ({"gpu_layers": 15}, 178, 2, StepsLeft.NONE),
        ({"gpu_layers": 15}, 206, 32, StepsLeft.ALL),
        ({"gpu_layers": 0}, 206, 32, StepsLeft.NONE),
        ({"cpu_experts": 5}, 68, 68, StepsLeft.NONE),
        ({"context_on_gpu": False}, 62, 62, StepsLeft.NONE),
    ],
    ids=str,
)
def test_what_the_processor_does_for_layers_on_a_card_is_seen_by_the_parts_of_the_work(
    changes: dict[str, object], reading: int, writing: int, expected: StepsLeft
) -> None:
    plan = msgspec.structs.replace(PLAN, **({"gpu_layers": 33} | changes))
    told = read(LOG.replace("28/33", f"{plan.gpu_layers}/33") + GRAPH.format(reading, writing))
    assert told.splits == (reading, writing)
    assert steps_left(plan, told) is expected
    if plan.gpu_layers == 33 and changes == {}:
        assert badge(plan, told) == ("GPU + CPU" if expected is StepsLeft.ALL else "GPU")
    assert steps_left(plan, read(LOG)) is StepsLeft.NONE  # of which nothing is known
    same = read("sched_reserve: graph: nodes = 130, splits = 12, input objects = 4, input tensors = 6")
    assert same.splits == (12, 12)


def test_a_build_for_the_processor_alone_says_so_and_any_other_found_no_card() -> None:
    nothing = msgspec.structs.replace(PLAN, gpu_layers=0, limit=Limit.NO_DEVICE)
    assert "computes on the processor alone" in why_alone(nothing, ("CPU",))
    assert why_alone(nothing, ("BLAS", "RPC", "CPU")) == why_alone(nothing, ("CPU",))
    assert why_alone(nothing, ("CPU", "Vulkan")) == ""  # whether that could be loaded or not
    assert why_alone(PLAN, ("CPU",)) == ""


def plans(starter_model: str, *free: int, kind: DeviceKind = DeviceKind.CARD, **wishes: object) -> list[Plan]:
    load = Load(model_path=starter_model, context_size=2048, **wishes)
    backend = Devices(*free, kind=kind)
    return list(Offloading(load, read_header(Path(starter_model)), backend).plans())


def test_each_further_plan_is_smaller_and_the_last_has_none(starter_model: str) -> None:
    layers = [plan.gpu_layers for plan in plans(starter_model, 8000 * MB)]
    assert layers == [31, 23, 15, 7, 0]
    limits = [plan.limit for plan in plans(starter_model, 8000 * MB)]
    assert limits == [Limit.NONE, *[Limit.REFUSED] * 4]
    assert [plan.gpu_layers for plan in plans(starter_model)] == [0]
    assert plans(starter_model)[0].limit is Limit.NO_DEVICE
    assert [plan.gpu_layers for plan in plans(starter_model, 8000 * MB, gpu_layers=1)] == [1, 0]
    assert [plan.gpu_layers for plan in plans(starter_model, 100 * MB)] == [0]


def test_a_context_that_is_kept_smaller_takes_less_of_the_computers_memory(starter_model: str) -> None:
    taken = {}
    for kv_type in (KvType.F16, KvType.Q8_0):
        load = Load(model_path=starter_model, context_size=8192, kv_type=kv_type)
        offloading = Offloading(load, read_header(Path(starter_model)), Devices())
        taken[kv_type] = offloading.context_in_memory(next(offloading.plans()))
    assert taken[KvType.Q8_0] < 0.7 * taken[KvType.F16]


def test_memory_that_others_have_taken_meanwhile_counts(starter_model: str) -> None:
    backend = Devices(8000 * MB)
    load = Load(model_path=starter_model, context_size=2048)
    attempts = Offloading(load, read_header(Path(starter_model)), backend).plans()
    assert next(attempts).gpu_layers == 31
    backend.free = [8000 * MB, 8000 * MB]
    assert [share.device for share in next(attempts).shares] == ["CUDA0", "CUDA1"]


def test_a_split_that_names_no_devices_is_kept(starter_model: str) -> None:
    load = Load(model_path=starter_model, context_size=2048, split=(1.0, 3.0))
    plan = next(Offloading(load, read_header(Path(starter_model)), Devices(8000 * MB, 8000 * MB)).plans())
    first, second = (share.kv_cache for share in plan.shares)
    assert second > 2 * first


def test_each_card_is_asked_once_whether_it_does_flash_attention_for_the_model(starter_model: str) -> None:
    backend = Devices(8000 * MB, 8000 * MB)
    load = Load(model_path=starter_model, context_size=2048)
    assert all(plan.flash_attention for plan in plans(starter_model, 8000 * MB) if plan.gpu_layers)
    backend.flashes = (KvType.Q8_0,)
    made = list(Offloading(load, read_header(Path(starter_model)), backend).plans())
    assert not any(plan.flash_attention for plan in made)
    assert backend.asked == ["CUDA0", "CUDA1"]


def test_after_too_much_comes_what_fits_by_then(starter_model: str) -> None:
    assert [plan.gpu_layers for plan in plans(starter_model, 575 * MB)] == [19, 14, 9, 4, 0]
    wished = plans(starter_model, 575 * MB, gpu_layers=31)
    assert [plan.gpu_layers for plan in wished] == [31, 19, 14, 9, 4, 0]
    assert [plan.limit for plan in wished] == [Limit.NONE, *[Limit.REFUSED] * 5]
    backend = Devices(8000 * MB)
    load = Load(model_path=starter_model, context_size=2048)
    attempts = Offloading(load, read_header(Path(starter_model)), backend).plans()
    assert next(attempts).gpu_layers == 31
    backend.free = [575 * MB]
    assert [plan.gpu_layers for plan in attempts] == [19, 14, 9, 4, 0]


@pytest.mark.parametrize("layers", [0, 15, 31])
def test_a_context_too_large_for_the_memory_beside_the_card_is_refused_before_it_is_taken(
    starter_model: str, monkeypatch: pytest.MonkeyPatch, layers: int
) -> None:
    """The system would grant it, and end some process once it is used."""
    made: list[int] = []

    def make(_path: Path, *, placement: Placement, **_options: object) -> None:
        made.append(placement.gpu_layers)
        raise ModelError(ErrorCode.MODEL_NO_MEMORY)

    monkeypatch.setattr(loading, "Model", make)
    left = psutil.virtual_memory()._replace(available=450 * MB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: left)
    load = Load(model_path=starter_model, context_size=65536, kv_type=KvType.F16, gpu_layers=layers)
    backend = Devices(8000 * MB)
    servers = Servers((), backend, Gate(lambda _use: None), lambda *_lost: None, USUAL_PATIENCE)
    loader = Loader(load, backend, "build", lambda _message: None, lambda: True, servers)
    with pytest.raises(ModelError) as refused:
        loader.run()
    assert refused.value.code is ErrorCode.MODEL_NO_MEMORY
    assert "450000000 are free" in refused.value.info.detail
    assert made == ([31, 23] if layers == 31 else [])  # each layer of the others takes 50 MB of it


def test_a_card_that_two_backends_know_is_filled_once(starter_model: str) -> None:
    class Twice(Devices):
        def devices(self) -> tuple[DeviceFound, ...]:
            names, place = ("CUDA0", "Vulkan0", "Vulkan1"), "0000:01:00.0"
            return tuple(
                device(name, self.kind, 8000 * MB, bus_id="" if name == "Vulkan1" else place) for name in names
            )

    load = Load(model_path=starter_model, context_size=2048)
    first = next(Offloading(load, read_header(Path(starter_model)), Twice()).plans())
    assert [share.device for share in first.shares] == ["CUDA0", "Vulkan1"]


def test_cards_that_are_not_there_any_more_are_told(starter_model: str) -> None:
    gone = plans(starter_model, 8000 * MB, devices=("Vulkan0",), split=(1.0,))[0]
    assert (gone.gpu_layers, gone.limit) == (0, Limit.GONE)
    assert plans(starter_model, devices=("Vulkan0",), split=(1.0,))[0].limit is Limit.NO_DEVICE
    left = plans(starter_model, 8000 * MB, devices=("CUDA0", "CUDA1"), split=(3.0, 1.0))[0]
    assert (left.gpu_layers, left.limit) == (31, Limit.NONE)


def test_shares_are_kept_to(starter_model: str) -> None:
    split = plans(starter_model, 8000 * MB, 8000 * MB, 8000 * MB, devices=("CUDA0", "CUDA2"), split=(3.0, 1.0))[0]
    assert [(share.device, share.layers) for share in split.shares] == [("CUDA0", 24), ("CUDA2", 7)]
    turned = plans(
        starter_model, 8000 * MB, 8000 * MB, 8000 * MB, devices=("CUDA2", "GONE", "CUDA0"), split=(1.0, 9.0, 3.0)
    )[0]
    assert turned.shares == split.shares


def test_a_missing_part_is_told(tmp_path: Path, starter_model: str) -> None:
    path = tmp_path / "m-00001-of-00002.gguf"
    path.symlink_to(starter_model)
    with pytest.raises(ModelError) as refused:
        Offloading(Load(model_path=str(path)), read_header(path), Devices())
    assert refused.value.code is ErrorCode.MODEL_PARTS_MISSING


def test_llama_cpp_is_told_of_devices_shares_and_experts() -> None:
    import ctypes

    import llama_cpp.llama_cpp as c

    shares = (
        Share(device="CUDA1", layers=20, weights=1, kv_cache=1, compute=1),
        Share(device="CUDA2", layers=0, weights=0, kv_cache=0, compute=0),
        Share(device="CUDA0", layers=8, weights=1, kv_cache=1, compute=1),
    )
    placement = Placement(msgspec.structs.replace(PLAN, shares=shares, cpu_experts=12), Devices(), 16)
    parameters = c.llama_model_default_params()
    placement.apply(parameters)
    assert parameters.n_gpu_layers == 28
    assert list((ctypes.c_size_t * 3).from_address(parameters.devices)) == [1, 2, 0]
    assert parameters.tensor_split[:3] == [20.0, 8.0, 0.0]
    pattern, memory, end = (ctypes.c_size_t * 3).from_address(parameters.tensor_buft_overrides)
    assert ctypes.string_at(pattern) == expert_pattern(12)
    assert (memory, end) == (77, 0)
    plain = c.llama_model_default_params()
    Placement(msgspec.structs.replace(PLAN, gpu_layers=0, shares=()), Devices(), 16).apply(plain)
    assert (plain.n_gpu_layers, plain.devices, plain.tensor_buft_overrides) == (0, None, None)


def test_the_pattern_names_the_experts_of_the_first_layers_only() -> None:
    pattern = re.compile(expert_pattern(11).decode())
    matched = ("blk.0.ffn_up_exps.weight", "blk.10.ffn_down_exps.weight", "blk.3.ffn_gate_chexps.weight")
    others = (
        "blk.11.ffn_up_exps.weight",
        "blk.1.ffn_up.weight",
        "blk.1.ffn_up_shexp.weight",
        "blk.101.ffn_up_exps.weight",
    )
    assert all(pattern.search(name) for name in matched)
    assert not any(pattern.search(name) for name in others)


@pytest.mark.parametrize(
    ("told", "backend", "machine", "kind"),
    [
        (1, "MTL", "arm64", DeviceKind.INTEGRATED),
        (1, "Metal", "arm64", DeviceKind.INTEGRATED),
        (1, "MTL", "x86_64", DeviceKind.CARD),  # a card of AMD's in an older Mac
        (1, "CUDA", "arm64", DeviceKind.CARD),
        (0, "CPU", "arm64", DeviceKind.PROCESSOR),
        (3, "BLAS", "arm64", DeviceKind.ACCELERATOR),
    ],
)
def test_the_memory_of_apples_processors_is_not_counted_twice(
    told: int, backend: str, machine: str, kind: DeviceKind
) -> None:
    """ggml calls Metal's device a card; a plan would fill its memory and the computer's, which are one."""
    assert kind_of(told, backend, machine) is kind


def test_all_ways_in_which_metal_holds_memory_are_its_devices() -> None:
    told = Allocations()
    for line in (
        "load_tensors:   MTL0_Mapped model buffer size =  4000.00 MiB\n",
        "load_tensors:   CPU_Mapped model buffer size =   100.00 MiB\n",
        "llama_kv_cache:       MTL0 KV buffer size =   256.00 MiB\n",
        "sched_reserve:  MTL0_Private compute buffer size =   44.00 MiB\n",
    ):
        told.read(line)
    assert told.on_devices() == {"MTL0": 4300 * 1024 * 1024}
