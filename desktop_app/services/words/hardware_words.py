"""Says in words what this computer has to compute on, and why something of it is not used."""

from pathlib import Path

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.hardware import (
    ELSEWHERE,
    PROCESSOR,
    VENDORS,
    DeviceKind,
    Hardware,
    PartLeftOut,
    Report,
    WhyNot,
    has_part_for_cards,
)
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.sizes import readable_size
from desktop_app.services.words.device_words import BACKEND_NAMES, device_words, left_out_words
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import date_and_time, listed, paragraph, shortest, side_by_side
from desktop_app.support.i18n import _, ngettext


def title(device: Hardware) -> str:
    """Return what a device is called."""
    if device.description:
        return device.description
    maker = VENDORS.get(device.vendor)
    return _("Graphics card by {maker}").format(maker=maker) if maker else _("Graphics card")


def facts(device: Hardware) -> str:
    """Return what kind of device it is, what computes on it, and its driver."""
    kinds = {
        DeviceKind.PROCESSOR: _("Processor"),
        DeviceKind.CARD: _("Dedicated graphics card"),
        DeviceKind.INTEGRATED: _("Integrated graphics"),
        DeviceKind.ACCELERATOR: _("Library or accelerator"),
    }
    words = [kinds[device.kind]] if device.kind is not None else []
    if device.backend == ELSEWHERE:
        words = [_("Device of another computer")]
    if device.name:
        backend = BACKEND_NAMES.get(device.backend, device.backend)
        words.append(f"{backend} ({device.name})" if backend not in ("", device.name) else device.name)
    if device.kind not in (DeviceKind.PROCESSOR, DeviceKind.ACCELERATOR) and device.backend != ELSEWHERE:
        words.append(_("Driver: {driver}").format(driver=device.driver or _("not reported")))
    return side_by_side(words)


def memory(device: Hardware) -> str:
    """Return how much memory is free, empty where nobody tells."""
    return room(device.free_memory, device.total_memory) if device.total_memory else ""


def room(free: int, total: int) -> str:
    """Return how many of the bytes of a memory are free."""
    return _("{free} of {total} free").format(free=readable_size(free), total=readable_size(total))


def why_not(device: Hardware) -> tuple[str, str]:
    """Return why a device is not used and what to do, both empty for one that is used."""
    if device.why_not is None:
        return "", ""
    sentence, step = _reasons(VENDORS.get(device.vendor, ""))[device.why_not]
    return sentence.format(detail=device.detail), step.format(detail=device.detail)


def summary(report: Report) -> str:
    """Return in a sentence what models run on."""
    if report.error is not None:
        explanation = explain(report.error)
        return explanation.text
    cards = [title(card) for card in report.cards]
    if cards:
        return ngettext(
            "Models use the graphics card {cards}, as far as it has room.",
            "Models use these graphics cards, as far as they have room: {cards}.",
            len(cards),
        ).format(cards=listed(cards))
    if report.engine is not None and not has_part_for_cards(report.engine.backends):
        words = _("Models run on the processor: this engine build computes on nothing else.")
        step = _("For a graphics card, build an engine with “packaging/dev.py build-engine”; the README says how.")
        return paragraph([words, step])
    return _("Models run on the processor: the engine found no graphics card that it can use.")


def left_out(report: Report) -> str:
    """Return which parts of the engine crashed or hung when they were tried and what to do, empty for none."""
    backends = [part.backend for part in report.left_out if part.backend != PROCESSOR]
    return left_out_words(backends) if backends else ""


def build(report: Report) -> list[tuple[str, str]]:
    """Return rows of what the engine build is: a name and a value each."""
    engine = report.engine
    if engine is None:
        return []
    left = {part.backend for part in report.left_out} - {PROCESSOR}
    backends = listed(BACKEND_NAMES.get(name, name) for name in engine.backends if name not in left)
    return [
        (_("Engine"), engine.engine_version),
        (_("Computes with"), backends),
        *((_("Left out"), _left_out_part(part)) for part in report.left_out),
        (_("Processor code"), engine.cpu_variant or _("one build for this processor")),
        (_("Instructions"), " ".join(engine.cpu_features)),
        (_("Folder"), engine.engine_folder),
    ]


def _left_out_part(part: PartLeftOut) -> str:
    """Return which part of the engine is not loaded, and what happened when it was tried."""
    name = BACKEND_NAMES.get(part.backend, part.backend)
    if part.error.code is ErrorCode.PROBE_TIMED_OUT:
        words = _("{part} ({file}), which did not answer for {seconds} s")
        return words.format(part=name, file=Path(part.file).name, **part.error.params)
    words = _("{part} ({file}), which crashed: {detail}")
    return words.format(part=name, file=Path(part.file).name, detail=part.error.detail)


def looked_at(report: Report) -> str:
    """Return when it was looked."""
    return _("Looked at {moment}.").format(moment=date_and_time(report.looked_at))


def model_lines(model: ModelInfo) -> list[str]:
    """Return where a loaded model is, what was planned and taken on each device, and how fast it should be."""
    lines = [words] if (words := device_words(model)) else []
    if model.plan is None:
        return lines
    for share in model.plan.shares:
        if share.layers:
            planned = readable_size(share.weights + share.kv_cache + share.compute)
            taken = readable_size(model.allocated.get(share.device, 0))
            words = _("{device}: {planned} planned, {taken} used.")
            lines.append(words.format(device=share.device, planned=planned, taken=taken))
    host = _("In the computer's memory: {planned} planned.")
    lines.append(host.format(planned=readable_size(model.plan.host)))
    if model.plan.tokens_per_second > 0 and not model.servers:  # nobody tells how fast other computers are
        speed = _("It is estimated to write about {speed} tokens a second.")
        lines.append(speed.format(speed=shortest(model.plan.tokens_per_second, 3)))
    return lines


def _reasons(maker: str) -> dict[WhyNot, tuple[str, str]]:
    """Return sentence and next step for each reason."""
    drivers = {
        "NVIDIA": _("Install NVIDIA's driver with your system's driver tool, then restart the computer."),
        "AMD": _("Install AMD's driver or a newer kernel with its firmware, then restart the computer."),
        "Intel": _("Install a newer kernel with its firmware, then restart the computer."),
    }
    vulkan = _(
        "Install the driver's part for {detail} (for Vulkan often a package “mesa-vulkan-drivers”), then look again."
    )
    return {
        WhyNot.DISPLAY_ONLY: (_("It only draws the screen; nothing can compute on it."), ""),
        WhyNot.NO_DRIVER: (
            _("The system has no driver for it."),
            drivers.get(maker, _("Install its driver, then restart the computer.")),
        ),
        WhyNot.FOR_GUESTS: (
            _("It is kept for virtual machines (driver {detail})."),
            _("Give it back to the system to use it here."),
        ),
        WhyNot.OPEN_DRIVER: (
            _("The driver {detail} is in use, and this engine build needs NVIDIA's own."),
            drivers["NVIDIA"],
        ),
        WhyNot.NO_BACKEND: (
            _("This engine build has no part that computes on it."),
            _("Choose or build an engine for {detail}; the README says how."),
        ),
        WhyNot.HIDDEN: (
            _("The environment variable {detail} is set, and may hide it."),
            _("Start Inglenook without that variable, then look again."),
        ),
        WhyNot.CLOSED: (
            _("The file {detail} is not there, or may not be opened by this user."),
            _("Add yourself to the groups “render” and “video” and sign in again; a container must be given the file."),
        ),
        WhyNot.TOO_OLD: (
            _("Its driver is too old for this engine build."),
            _("Update the driver, then restart the computer."),
        ),
        WhyNot.FAILED: (
            _("The engine does not use {detail}: its driver crashed or hung when it was tried."),
            _("Update the driver, then choose “Try again”."),
        ),
        WhyNot.SILENT: (_("{detail} found no driver that answers for it."), vulkan),
        WhyNot.UNKNOWN: (_("The engine could not be asked about it."), _("Look again once the engine starts.")),
        WhyNot.BESIDE_CARD: (
            _("{detail} is used instead: models would be slower with this one beside it."),
            "",
        ),
        WhyNot.SAME_CARD: (_("It is used already, as {detail}."), ""),
    }
