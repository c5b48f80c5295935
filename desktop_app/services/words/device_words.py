"""Says in words where a model runs, and why no more of it is on a graphics card."""

from collections.abc import Collection, Sequence

from desktop_app.domain.fit import KvType
from desktop_app.domain.models import ModelInfo, StepsLeft
from desktop_app.domain.offload import Limit, Plan
from desktop_app.domain.servers import server_of
from desktop_app.domain.sizes import readable_size
from desktop_app.services.words.server_words import missing_words
from desktop_app.support.formats import listed, paragraph
from desktop_app.support.i18n import _, ngettext

BACKEND_NAMES = {"MTL": "Metal", "ROCm": "HIP (ROCm)"}
"""Where ggml's own name is not the usual one."""


def device_words(model: ModelInfo) -> str:
    """Return some sentences: the place of the layers and the reason, then what else was done to make it fit."""
    words = [_(model.device_reason)] if model.device_reason else []
    if model.plan is not None:
        where = _where(model.plan, model.servers)
        if model.plan.gpu_layers == 0 and model.left_out:
            words = [*words, left_out_words(model.left_out), _("Then load the model again.")]
        if model.weights_left:
            where = _left_behind(model.weights_left, _cards(model.plan))
        words = [*(words or [where]), *_steps(model.steps_left, _cards(model.plan)), *_extras(model.plan)]
    missing = missing_words(model.missing_servers)
    return paragraph([*words, *missing, *(_(change) for change in model.changes)])


def plan_words(plan: Plan, servers: Collection[str]) -> str:
    """Return the same of a model that would be loaded so, with layers on `servers`."""
    return paragraph([_where(plan, servers), *_extras(plan)])


def _where(plan: Plan, servers: Collection[str]) -> str:
    return _over_servers(plan, servers) if servers else _layers(plan)


def _over_servers(plan: Plan, servers: Collection[str]) -> str:
    """Return where the layers are of which some are in other computers."""
    words = []
    on_cards = [share.layers for share in plan.shares if share.layers and server_of(share.device) not in servers]
    if on_cards:
        words.append(_on_cards(sum(on_cards), plan.all_layers, len(on_cards)))
    for server in servers:
        layers = sum(share.layers for share in plan.shares if server_of(share.device) == server)
        on = ngettext("{count} of {all} layers is on {server}.", "{count} of {all} layers are on {server}.", layers)
        words.append(on.format(count=layers, all=plan.all_layers, server=server))
    rest = plan.all_layers - plan.gpu_layers
    if rest:
        here = ngettext("{count} is in this computer's memory.", "{count} are in this computer's memory.", rest)
        words.append(here.format(count=rest))
    return paragraph(words)


def left_out_words(backends: Sequence[str]) -> str:
    """Return which parts of the engine are not loaded, why not, and what to do."""
    words = ngettext(
        "The engine does not use {parts}: its driver crashed or hung when it was tried.",
        "The engine does not use {parts}: their drivers crashed or hung when they were tried.",
        len(backends),
    )
    names = listed(BACKEND_NAMES.get(name, name) for name in backends)
    step = _("Update the graphics driver, then choose “Try again” at “Hardware” in the settings.")
    return paragraph([words.format(parts=names), step])


def _layers(plan: Plan) -> str:
    """Return where the layers are."""
    cards = _cards(plan)
    if plan.gpu_layers == 0:
        return _nowhere(plan.limit)
    if plan.gpu_layers == plan.all_layers:
        return ngettext("All {count} layers are on the graphics card.", "All {count} layers are on {cards} graphics cards.", cards).format(count=plan.all_layers, cards=cards)  # fmt: skip
    rest = plan.all_layers - plan.gpu_layers
    on = _on_cards(plan.gpu_layers, plan.all_layers, cards)
    if plan.limit is Limit.WISHED:
        return paragraph([on, _("That is how it was set.")])
    if plan.limit is Limit.REFUSED:
        refused = ngettext(
            "With more of them the graphics card ran out of memory.",
            "With more of them the graphics cards ran out of memory.",
            cards,
        )
        return paragraph([on, refused])
    did_not = ngettext("{count} did not fit.", "{count} did not fit.", rest).format(count=rest)
    return paragraph([on, did_not])


def _on_cards(layers: int, all_layers: int, cards: int) -> str:
    """Return that some of the layers are on the graphics cards."""
    on = ngettext("{count} of {all} layers are on the graphics card.", "{count} of {all} layers are on {cards} graphics cards.", cards)  # fmt: skip
    return on.format(count=layers, all=all_layers, cards=cards)


def _cards(plan: Plan) -> int:
    """Return on how many graphics cards there are layers."""
    return sum(1 for share in plan.shares if share.layers)


def _left_behind(size: int, cards: int) -> str:
    stay = ngettext(
        "{size} of the weights stay in the computer's memory: the graphics card cannot compute with them.",
        "{size} of the weights stay in the computer's memory: the graphics cards cannot compute with them.",
        cards,
    )
    return stay.format(size=readable_size(size))


def _steps(left: StepsLeft, cards: int) -> list[str]:
    """Return what the processor does for the layers on the cards."""
    match left:
        case StepsLeft.ALL:
            words = ngettext(
                "The processor does some of their steps, which the graphics card cannot do.",
                "The processor does some of their steps, which the graphics cards cannot do.",
                cards,
            )
        case StepsLeft.READING:
            words = ngettext(
                "While a prompt is read the processor does some of their steps, which the graphics card cannot do.",
                "While a prompt is read the processor does some of their steps, which the graphics cards cannot do.",
                cards,
            )
        case _:
            return []
    return [words]


def _nowhere(limit: Limit) -> str:
    words = {
        Limit.NO_DEVICE: _("The engine found no graphics card that it can use."),
        Limit.GONE: _("The devices that it was to be split over are not available. They are listed in its defaults."),
        Limit.SWITCHED_OFF: _("The graphics card is switched off in the settings."),
        Limit.REFUSED: _("The graphics card ran out of memory when it was tried."),
    }
    return words.get(limit, _("The graphics card has too little free memory for this model."))


def _extras(plan: Plan) -> list[str]:
    """Return what else is not as it would be with more memory."""
    words = []
    if plan.cpu_experts:
        experts = ngettext(
            "The experts of one layer stay in the computer's memory.",
            "The experts of {count} layers stay in the computer's memory.",
            plan.cpu_experts,
        )
        words.append(experts.format(count=plan.cpu_experts))
    if plan.gpu_layers and not plan.context_on_gpu:
        words.append(_("The context stays in the computer's memory."))
    if plan.kv_type is KvType.Q8_0:
        words.append(_("The context is kept with 8 bits."))
    return words
