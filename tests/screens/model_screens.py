"""The screens of models: the first run, those on this computer, those of the hub, their sheets."""

from collections.abc import Callable
from functools import cache

import msgspec
from PySide6.QtWidgets import QApplication

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.families import network_named
from desktop_app.domain.fit import Device, KvType, Machine
from desktop_app.domain.hub import HubFile, HubModel, HubRepository, Variant
from desktop_app.domain.model_defaults import Adapter, KvChoice, LoadOptions, ModelDefaults
from desktop_app.domain.models import ModelDetails, ModelFile, Origin, OriginFile
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.transfers import Placing, Transfer
from desktop_app.domain.tuning import Trial, Tried
from desktop_app.domain.verdict import Verdict, judge
from desktop_app.gui.first_run.page import FirstRunPage, Offer
from desktop_app.gui.models.card_text import read_card
from desktop_app.gui.models.defaults_sheet import DefaultsSheet
from desktop_app.gui.models.fit_words import computer_words
from desktop_app.gui.models.hub_sheet import HubSheet
from desktop_app.gui.models.local_sheet import LocalSheet
from desktop_app.gui.models.presence import Presence
from desktop_app.gui.models.tuning_dialog import TuningDialog
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.engines.foresight import Forecast
from desktop_app.services.models.fitting import shape_from
from desktop_app.services.models.freshness import Freshness
from desktop_app.services.words.error_text import explain
from desktop_app.sources.catalogue import read_catalogue
from tests.screens import hardware_screens, pictures
from tests.screens.chat_screens import fill_chat
from tests.screens.shown_window import QWEN, STARTER, TODAY

TUNED: tuple[dict[str, object], ...] = (
    {"flash_attention": False}, {"gpu_layers": 33}, {"gpu_layers": 28, "threads": 7}, {"gpu_layers": 37},
    {"gpu_layers": 28, "batch_size": 256}, {"gpu_layers": 28, "kv_type": KvType.Q8_0},
)  # fmt: skip


SUGGESTED = Offer(
    title="Qwen3 8B",
    words="Strong general model with a thinking mode for computers with 8 GB to spare.\nAbout 45 tok/s here.",
    button="Download 5.0 GB",
    spoken="Download Qwen3 8B",
    badge="suggested for this computer",
)


def first_run(window: MainWindow) -> None:
    window.sidebar.set_chats([], TODAY)
    window.show_page("first_run")
    window.first_run.show_offer(SUGGESTED)
    window.first_run.show_found("Found on this computer: 3 models of LM Studio and 1 model of Ollama.")


def first_run_download(window: MainWindow) -> None:
    first_run(window)
    words = "2.1 GB of 5.0 GB   48 MB/s   1 min left"
    window.first_run.show_offer(
        Offer("Qwen3 8B", words, "Show", spoken="Show the download of Qwen3 8B", fraction=2.1 / 5.0)
    )


def first_run_problem(window: MainWindow) -> None:
    first_run(window)
    words = "The hub cannot be reached. Check the network connection, then try again."
    window.first_run.show_offer(SUGGESTED._replace(words=words, is_problem=True))


def first_run_slim(window: MainWindow) -> None:
    window.pages.addWidget(page := FirstRunPage(window.theme, has_starter=False))
    window.sidebar.set_chats([], TODAY)
    window.pages.setCurrentWidget(page)


def models(window: MainWindow) -> None:
    recommend(window, Machine(free_memory=11_000_000_000, total_memory=16_000_000_000))


def recommend(window: MainWindow, machine: Machine) -> None:
    window.models_page.set_computer(computer_words(machine))
    models = read_catalogue().models[1:]
    window.models_page.set_recommended(models, verdicts_on(machine), models[6].id)
    window.show_page("models")


@cache
def verdicts_on(machine: Machine) -> list[list[Verdict]]:
    """Judge what is recommended, once for all pictures of the same computer: it takes half a second."""
    return [
        [judge(shape_from(model.shape), file.bytes, machine, wanted_context=8192) for file in model.files]
        for model in read_catalogue().models[1:]
    ]


def models_remote(window: MainWindow) -> None:
    """Show what the list says of models that fit with other computers only."""
    servers = tuple(
        Device(name=f"192.168.1.{number}:50052", kind="server", free_memory=size, total_memory=size)
        for number, size in ((20, 23_000_000_000), (21, 22_000_000_000))
    )
    recommend(window, Machine(free_memory=11_000_000_000, total_memory=16_000_000_000, devices=servers))
    pictures.settle(window, 250)
    bar = window.models_page.verticalScrollBar()
    bar.setValue(bar.maximum())


def models_recommended(window: MainWindow) -> None:
    models(window)
    pictures.settle(window, 1)
    bar = window.models_page.verticalScrollBar()
    bar.setValue(bar.maximum() // 3)


def variant(name: str, *choices: tuple[str, float]) -> tuple[Variant, ...]:
    """Return choices of a model by quantization and gigabytes."""
    return tuple(
        Variant(name=name, quantization=quantization,
                files=(HubFile(name=f"{name}-{quantization}.gguf", size=round(size * 1e9)),))
        for quantization, size in choices
    )  # fmt: skip


def download(name: str, size: float, share: float, state: DownloadState, error: ErrorInfo | None = None) -> Download:
    """Return a download of `size` gigabytes."""
    (choice,) = variant(name, ("Q4_K_M", size))
    return Download(id=name, repository=f"Qwen/{name}-GGUF", commit="", variant=choice, folder="/", state=state,
                    done=round(size * 1e9 * share), error=error,
                    speed=48e6 if state is DownloadState.RUNNING else 0.0)  # fmt: skip


def models_downloading(window: MainWindow) -> None:
    page = window.models_page
    page.set_computer("This computer has 16 GB of memory.")
    page.show_download(download("Qwen3-14B", 9.0, 0.62, DownloadState.RUNNING))
    page.show_download(download("Qwen3-4B", 2.5, 0.3, DownloadState.PAUSED))
    page.show_download(download("Qwen3-32B", 19.8, 0.04, DownloadState.FAILED,
                                ErrorInfo(ErrorCode.DOWNLOAD_DISK_FULL, {"needed": "19 GB", "free": "6.2 GB"})))  # fmt: skip
    page.show_download(download("Qwen3-1.7B", 1.1, 0.0, DownloadState.QUEUED))
    page.show_download(download("Qwen3-0.6B", 0.4, 0.0, DownloadState.QUEUED))
    page.set_queue(["Qwen3-1.7B", "Qwen3-0.6B"])
    page.set_presences({QWEN.path: Presence(True, 5_900_000_000, busy=True), STARTER.path: Presence(True, 312_000_000)})
    window.sidebar.set_network("Downloading 1 model · 43 %", "12 MB a second, 3 min left")
    window.show_page("models")


def models_files(window: MainWindow) -> None:
    page = window.models_page
    page.set_computer("This computer has 16 GB of memory.")
    page.show_transfer(Transfer(id="t", name="Gemma 3 27B", placing=Placing.COPY, source="/mnt/stick/gemma-3-27b.gguf",
                                folder="/home/me/.local/share/inglenook/models", size=16_500_000_000,
                                done=6_900_000_000))  # fmt: skip
    page.show_transfer(Transfer(id="f", name="", placing=Placing.MOVE, source="/home/me/.local/share/inglenook/models",
                                folder="/mnt/large/models", size=43_000_000_000, done=12_000_000_000))  # fmt: skip
    page.set_folder_note("Some models are still in the old folder /home/me/.local/share/inglenook/models.",
                         "Move them, too")  # fmt: skip
    gone = ModelFile(path="/mnt/stick/models/Mistral-Small-24B-Q4_K_M.gguf", name="Mistral Small 24B",
                     quantization="Q4_K_M", missing=True)  # fmt: skip
    cut = ModelFile(path="/home/me/models/Mistral-Nemo-Q4_K_M.gguf", name="Mistral Nemo", quantization="Q4_K_M",
                    size=5_000_000_000, lacks=2_500_000_000)  # fmt: skip
    page.set_models([STARTER, msgspec.structs.replace(QWEN, changed=True), gone, cut], STARTER.path)
    window.show_page("models")


def model_changed(window: MainWindow) -> None:
    window.show_page("models")
    window.models_page.open_sheet(LocalSheet(window.theme, msgspec.structs.replace(QWEN, changed=True)))


def models_search(window: MainWindow) -> None:
    page = window.models_page
    page.set_computer("This computer has 16 GB of memory.")
    window.show_page("models")
    pictures.settle(window, 1)
    page.search.setText("gemma")
    page.search.returnPressed.emit()
    found = [
        HubModel(repository="ggml-org/gemma-3-12b-it-GGUF", downloads=183_204, licence="gemma", gated=True,
                 parameters=11_800_000_000),
        HubModel(repository="bartowski/google_gemma-3-4b-it-GGUF", downloads=91_377, licence="gemma",
                 parameters=3_880_000_000),
        HubModel(repository="someone/a-very-long-name-for-a-model-that-was-merged-twice-Instruct-2511-GGUF",
                 downloads=12, licence="apache-2.0", parameters=270_000_000),
    ]  # fmt: skip
    page.show_found(found, has_more=True)
    page.show_repository(HubRepository(
        repository=found[0].repository, commit="", gated=True,
        variants=variant("gemma-3-12b-it", ("Q4_K_M", 7.3), ("Q8_0", 12.5), ("F16", 23.5)),
    ))  # fmt: skip
    window.show_page("models")


PARTLY = msgspec.structs.replace(
    hardware_screens.MODEL.plan, gpu_layers=28, all_layers=37, cpu_experts=0, kv_type=KvType.F16
)


def model_details(window: MainWindow) -> None:
    window.show_page("models")
    sheet = LocalSheet(window.theme, QWEN)
    window.models_page.open_sheet(sheet)
    sheet.show_details(ModelDetails(
        path=QWEN.path, name="Qwen3 8B", architecture="qwen3", quantization="Q4_K_M", size=QWEN.size, parameters="8B",
        layers=36, context=40_960, licence="apache-2.0", has_chat_template=True, last_used=1_795_000_000,
        network=network_named("qwen3"),
    ))  # fmt: skip
    sheet.show_forecast(Forecast(needed=2_900_000_000, free=11_300_000_000, plan=PARTLY))
    origin = OriginFile(name="Qwen3-8B-Q4_K_M.gguf", sha256="a")
    sheet.show_origin(Origin(repository="Qwen/Qwen3-8B-GGUF", commit="7c41481f57cb95916b40956ab2f0b139b296d974",
                             files=(origin,)))  # fmt: skip
    sheet.show_checked(True)
    changed = HubRepository(repository="Qwen/Qwen3-8B-GGUF", commit="b",
                            variants=variant("Qwen3-8B", ("Q4_K_M", 5.1)))  # fmt: skip
    sheet.show_freshness(Freshness.OUTDATED, changed, changed.variants[0])


def template_words(code: ErrorCode) -> tuple[str, str]:
    explanation = explain(ErrorInfo(code, {"model": "Qwen3 8B"}))
    return explanation.sentence, f"{explanation.sentence} {explanation.next_step}"


def template_notice(window: MainWindow) -> None:
    fill_chat(window)
    words = template_words(ErrorCode.TEMPLATE_LOSES_SYSTEM)[1]
    window.notice.show_notice(words, ("Open its defaults", lambda: None), timeout=0)


def template_details(window: MainWindow) -> None:
    model_details(window)
    sheet = window.models_page.sheet_content
    assert isinstance(sheet, LocalSheet)
    codes = (ErrorCode.TEMPLATE_LOSES_SYSTEM, ErrorCode.TEMPLATE_NO_END)
    sheet.show_template("\n".join(template_words(code)[1] for code in codes))


def template_defaults(window: MainWindow) -> None:
    model_defaults(window)
    sheet = window.models_page.sheet_content
    assert isinstance(sheet, DefaultsSheet)
    sheet.show_template_state(template_words(ErrorCode.TEMPLATE_LOSES_SYSTEM)[0], "warn")
    sheet.go_to_template()


def model_defaults(window: MainWindow) -> None:
    window.show_page("models")
    defaults = ModelDefaults(
        loading=LoadOptions(context_size=16_384, kv_type=KvChoice.Q8_0),
        adapters=(Adapter("/models/adapters/terse-qwen3-8b.gguf", 0.75),),
        sampling={"temperature": 0.6},
    )
    sheet = DefaultsSheet(window.theme, QWEN, defaults, Sampling())
    window.models_page.open_sheet(sheet)
    sheet.show_loaded(True)
    sheet.loading_rows["mlock"].editor.settle(True)
    sheet.show_devices(
        [hardware_screens.GEFORCE, msgspec.structs.replace(hardware_screens.GEFORCE, name="CUDA1")],
        ["192.168.1.20:50052"],
    )
    sheet.show_forecast(Forecast(needed=2_900_000_000, free=11_300_000_000, plan=PARTLY))
    sheet.show_own_template("{% for message in messages %}\n{{ '<|im_start|>' + message['role'] }}\n{% endfor %}")


def model_defaults_split(window: MainWindow) -> None:
    model_defaults(window)
    sheet = window.models_page.sheet_content
    assert isinstance(sheet, DefaultsSheet)
    sheet.split.fields["CUDA0"].value_edited.emit(3.0)
    QApplication.processEvents()
    sheet.verticalScrollBar().setValue(sheet.split.y() - 300)


def model_defaults_end(window: MainWindow) -> None:
    model_defaults(window)
    QApplication.processEvents()
    content = window.models_page.sheet_content
    assert content is not None
    content.verticalScrollBar().setValue(content.verticalScrollBar().maximum())


MODEL_CARD = """# Gemma 3 12B, quantized

<p align="center"><img src="https://example.org/logo.png" width="200"></p>

Quantizations of [google/gemma-3-12b-it](https://huggingface.co/google/gemma-3-12b-it), made with an
importance matrix. ![The logo of the maker](https://example.org/logo.png)

## Which one to choose

| Quantization | Bits per weight | What to expect |
|---|---:|---|
| Q2_K | 2.9 | Small; answers suffer |
| Q4_K_M | 4.8 | The usual choice |
| Q8_0 | 8.5 | As good as the original |

- Every file fits one computer with **16 GB** of memory, up to Q6_K.
- Choose `Q4_K_M` where you are not sure.

> The licence asks for attribution.

```bash
inglenook models get ggml-org/gemma-3-12b-it-GGUF:Q4_K_M
```
"""


def model_card(window: MainWindow) -> None:
    window.show_page("models")
    sheet = HubSheet(window.theme, "ggml-org/gemma-3-12b-it-GGUF", window.models_page.holdings)
    window.models_page.open_sheet(sheet)
    sheet.show_repository(HubRepository(
        repository=sheet.key, commit="a", licence="gemma", gated=True, languages=("en", "de", "fr", "es", "ja", "moe"),
        parameters=11_800_000_000, trained_context=131_072, downloads=183_204, updated=1_790_000_000, architecture="gemma3",
        variants=variant("gemma-3-12b-it", ("Q2_K", 4.8), ("Q4_K_M", 7.3), ("Q6_K", 9.7), ("Q8_0", 12.5)),
    ))  # fmt: skip
    machine = Machine(free_memory=11_300_000_000, total_memory=16_000_000_000)
    shape = shape_from(read_catalogue().models[1].shape)
    sheet.show_verdicts([judge(shape, size * 10**8, machine, wanted_context=8192) for size in (48, 73, 97, 125)])
    sheet.show_card(read_card(MODEL_CARD), is_whole=True)


def model_card_text(window: MainWindow) -> None:
    model_card(window)
    pictures.settle(window, 100)
    sheet = window.models_page.sheet_content
    assert sheet is not None
    sheet.verticalScrollBar().setValue(sheet.verticalScrollBar().maximum())


def tuned(window: MainWindow) -> TuningDialog:
    """What was measured of a model on this computer."""
    dialog = TuningDialog(window.theme, "Qwen3 8B", window)
    usual = Tried(threads=8, batch_size=512, flash_attention=True)
    tried = [usual, *(msgspec.structs.replace(usual, **change) for change in TUNED)]
    trials = [
        Trial(tried=each, reading=88.0 + 9 * place, writing=7.5 + 0.4 * place) for place, each in enumerate(tried)
    ]
    trials[4] = msgspec.structs.replace(trials[4], reading=0.0, writing=0.0)
    dialog.show_known(trials, trials[-2])
    return dialog


SCREENS: dict[str, Callable[[MainWindow], object]] = {
    "first-run": first_run,
    "first-run-slim": first_run_slim,
    "first-run-download": first_run_download,
    "first-run-problem": first_run_problem,
    "models": models,
    "models-recommended": models_recommended,
    "models-remote": models_remote,
    "models-downloading": models_downloading,
    "models-files": models_files,
    "models-search": models_search,
    "model-changed": model_changed,
    "model-details": model_details,
    "model-defaults": model_defaults,
    "model-defaults-end": model_defaults_end,
    "model-defaults-split": model_defaults_split,
    "template-notice": template_notice,
    "template-details": template_details,
    "template-defaults": template_defaults,
    "model-card": model_card,
    "model-card-text": model_card_text,
}
