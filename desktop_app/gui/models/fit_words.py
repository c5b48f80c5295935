"""How a verdict on a model's fit is said: a badge, its colour, and a line of words; and what computer it is for."""

from desktop_app.domain.fit import Machine
from desktop_app.domain.offload import Limit
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.verdict import Fit, Verdict
from desktop_app.services.engines.foresight import Forecast
from desktop_app.services.words.device_words import plan_words
from desktop_app.support.formats import decimal, listed, number, paragraph
from desktop_app.support.i18n import _, ngettext


def fit_badge(verdict: Verdict) -> tuple[str, str]:
    """Return the badge's text and colour."""
    if verdict.fit is Fit.TOO_LARGE:
        return _("too large"), "bad"
    if verdict.fit is Fit.GPU:
        return _("fits the GPU"), "good"
    if verdict.fit is Fit.PARTLY:
        return _("partly on the GPU"), "warn"
    if verdict.fit is Fit.REMOTE:
        return _("fits remotely"), "warn"
    return (_("fits"), "good") if verdict.fits_well else (_("fits tightly"), "warn")


def fit_words(verdict: Verdict) -> str:
    """Return what the badge cannot say: the speed here, or how much is missing."""
    if verdict.fit is Fit.TOO_LARGE:
        return _("needs {size}").format(size=readable_size(verdict.need.total))
    if verdict.fit is Fit.REMOTE:
        count = len(verdict.servers)
        words = ngettext("with {count} more computer", "with {count} more computers", count)
        return words.format(count=count)
    return _("about {speed} tok/s here").format(speed=speed_words(verdict.tokens_per_second))


def speed_words(speed: float) -> str:
    """Return tokens a second as people take them in: whole ones where there are some."""
    return decimal(speed, 0) if speed >= 2.0 else decimal(speed, 1)


def fit_explanation(verdict: Verdict) -> str:
    """Return the whole of it, for a tooltip."""
    need = verdict.need
    size = readable_size(need.total)
    if verdict.fit is Fit.TOO_LARGE:
        return _("It would need {size} of memory.").format(size=size)
    if verdict.fit is Fit.REMOTE:
        words = _(
            "Takes {size} of memory in all with a context of {context} tokens, which fits only with {servers}. "
            "Its speed there cannot be estimated."
        )
        return words.format(size=size, context=number(need.context), servers=listed(verdict.servers))
    words = _("Takes {size} of memory with a context of {context} tokens; up to {most} tokens fit.")
    return words.format(size=size, context=number(need.context), most=number(verdict.context))


def computer_words(machine: Machine) -> str:
    """Return what memory there is here, on graphics cards, and in other computers."""
    words = _("This computer has {size} of memory, {free} of it free. Fit and speed below are for it.")
    sentences = [words.format(size=readable_size(machine.total_memory), free=readable_size(machine.free_memory))]
    cards = [device for device in machine.devices if device.kind == "gpu"]  # an integrated one has the computer's
    if cards:
        words = ngettext(
            "Its graphics card has {size} of its own, {free} of it free.",
            "Its {count} graphics cards have {size} of their own together, {free} of it free.",
            len(cards),
        )
        size = readable_size(sum(card.total_memory for card in cards))
        free = readable_size(sum(card.free_memory for card in cards))
        sentences.append(words.format(count=len(cards), size=size, free=free))
    servers = [device for device in machine.devices if device.kind == "server"]
    if servers:
        words = _("Other computers offered {free} more when they were last asked.")
        sentences.append(words.format(free=readable_size(sum(device.free_memory for device in servers))))
    return paragraph(sentences)


def forecast_words(forecast: Forecast | None) -> tuple[str, str]:
    """Return where a model would be and what it takes of the memory, and the colour to say it in."""
    if forecast is None or not forecast.needed:
        return "", "muted"
    plan, needed, free = forecast.plan, readable_size(forecast.needed), readable_size(forecast.free)
    if forecast.needed > forecast.free:
        words = _("It takes about {needed} of memory, and only {free} are free: choose a smaller context or type.")
        if forecast.is_too_large:
            words = _("It takes about {needed} of memory, and only {free} are free: choose a smaller model.")
        return words.format(needed=needed, free=free), "bad"
    words = _("It takes about {needed} of memory; {free} are free for it.").format(needed=needed, free=free)
    if plan is None:
        return words, "muted"
    if plan.gpu_layers and plan.limit in (Limit.NONE, Limit.WISHED) and not plan.fits:
        too_many = _(
            "The graphics card has too little free memory for {layers} layers; where it cannot take them, fewer are put "
            "there."
        )
        return paragraph([too_many.format(layers=plan.gpu_layers), words]), "warn"
    return paragraph([plan_words(plan, forecast.servers), words]), "muted"
