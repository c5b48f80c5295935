"""What an import would bring, and what came of it, in words."""

from collections.abc import Sequence

from desktop_app.domain.moving_in import Leftovers, Origin, SkippedChat, SkipReason
from desktop_app.domain.offers import Arrival, Offer, Preview
from desktop_app.services.chat_files.arrivals import Imported
from desktop_app.support.formats import date, listed, number, paragraph
from desktop_app.support.i18n import _, ngettext
from desktop_app.support.isolates import kept

MOST_MODELS = 3
"""So many models are named; the others are counted."""


def origin_name(origin: Origin | None) -> str:
    """Return what an app is called; None is this one."""
    return {
        Origin.CHATGPT: "ChatGPT",
        Origin.CLAUDE: "Claude",
        Origin.OPEN_WEBUI: "Open WebUI",
        Origin.LM_STUDIO: "LM Studio",
        Origin.JAN: "Jan",
        Origin.GPT4ALL: "GPT4All",
        Origin.LLAMA_CPP: "llama.cpp",
        Origin.TEXT_GENERATION_WEBUI: "text-generation-webui",
        None: "Inglenook",
    }[origin]


def folder_name(origin: Origin | None) -> str:
    """Return what the folder for the chats of an app is called."""
    return kept(_("From {app}")).format(app=origin_name(origin))


def offer_title(title: str) -> str:
    """Return the title of a chat, also where it has none."""
    return title.strip() or _("Chat without a title")


def preview_title(preview: Preview) -> str:
    """Return how many chats there are, and from where."""
    words = ngettext("{count} chat from {app}", "{count} chats from {app}", len(preview.offers))
    return words.format(count=number(len(preview.offers)), app=origin_name(preview.origin))


def preview_words(preview: Preview) -> str:
    """Return all that there is to say of what would come, a line for each kind, then one for each skipped chat."""
    lines = [
        preview_title(preview),
        content_words(preview),
        arrival_words(preview),
        leftover_words(preview.leftovers),
        skips_words(preview),
    ]
    skipped = [f"{offer_title(each.title)} ({each.place}): {skip_words(each)}" for each in preview.skipped]
    return "\n".join([*filter(None, lines), *skipped])


def content_words(preview: Preview) -> str:
    """Return what the chats have in them, in whole sentences; empty where there is none."""
    offers = preview.offers
    if not offers:
        return ""
    count = sum(offer.messages for offer in offers)
    first, last = date(min(o.first_at for o in offers)), date(max(o.last_at for o in offers))
    if first == last:
        words = ngettext("{count} message from {day}.", "{count} messages from {day}.", count)
    else:
        words = ngettext("{count} message, from {first} to {last}.", "{count} messages, from {first} to {last}.", count)
    words = words.format(count=number(count), day=first, first=first, last=last)
    branched = sum(offer.branches > 1 for offer in offers)
    more = ngettext("{count} chat has branches.", "{count} chats have branches.", branched).format(
        count=number(branched)
    )
    return paragraph((words, more if branched else "", _models_words(offers)))


def arrival_words(preview: Preview) -> str:
    """Return what would become of the chats, in whole sentences."""
    counts = preview.counts()
    forms = {
        Arrival.NEW: ngettext("{count} is new.", "{count} are new.", counts[Arrival.NEW]),
        Arrival.COMPLETED: ngettext(
            "{count} is here already and will be completed.",
            "{count} are here already and will be completed.",
            counts[Arrival.COMPLETED],
        ),
        Arrival.BACK: ngettext(
            "{count} will be restored from the trash.", "{count} will be restored from the trash.", counts[Arrival.BACK]
        ),
        Arrival.THERE: ngettext(
            "{count} is here already and stays as it is.",
            "{count} are here already and stay as they are.",
            counts[Arrival.THERE],
        ),
    }
    return paragraph(form.format(count=number(counts[arrival])) for arrival, form in forms.items() if counts[arrival])


def leftover_words(leftovers: Leftovers) -> str:
    """Return what cannot be kept, in whole sentences; empty where all of it can."""
    images, files = leftovers.images, leftovers.files
    results = leftovers.tool_results
    unknown, misplaced = leftovers.unknown_parts, leftovers.misplaced_messages
    forms = (
        (images, ngettext("{count} image is left out.", "{count} images are left out.", images)),
        (files, ngettext("{count} attached file is left out.", "{count} attached files are left out.", files)),
        (results, ngettext("{count} answer of a tool is left out.", "{count} answers of tools are left out.", results)),
        (
            unknown,
            ngettext(
                "{count} part of another kind is left out.", "{count} parts of other kinds are left out.", unknown
            ),
        ),
        (
            misplaced,
            ngettext(
                "{count} message has lost its place and begins a branch of its own.",
                "{count} messages have lost their places and begin branches of their own.",
                misplaced,
            ),
        ),
    )
    return paragraph(form.format(count=number(count)) for count, form in forms if count)


def skips_words(preview: Preview) -> str:
    """Return how many chats cannot be read; empty where all can."""
    words = ngettext("{count} chat is skipped.", "{count} chats are skipped.", preview.skips)
    return words.format(count=number(preview.skips)) if preview.skips else ""


def skip_words(skipped: SkippedChat) -> str:
    """Return why a chat is not among those that can come."""
    return {
        SkipReason.EMPTY: _("skipped: there is no message in it"),
        SkipReason.DAMAGED: _("skipped: it is damaged"),
        SkipReason.TOO_LARGE: _("skipped: it is too large"),
        SkipReason.UNREADABLE: _("skipped: its file cannot be read"),
    }[skipped.reason]


def arrival_word(arrival: Arrival) -> str:
    """Return in a few words what would become of a chat."""
    return {
        Arrival.NEW: _("new"),
        Arrival.COMPLETED: _("will be completed"),
        Arrival.BACK: _("restored from the trash"),
        Arrival.THERE: _("here already"),
    }[arrival]


def imported_words(outcome: Imported) -> str:
    """Return what came of an import, in whole sentences."""
    sentences: list[str] = []
    if outcome.new:
        words = ngettext("{count} chat was imported.", "{count} chats were imported.", outcome.new)
        sentences.append(words.format(count=number(outcome.new)))
    if outcome.completed:
        words = ngettext(
            "{count} existing chat was completed.",
            "{count} existing chats were completed.",
            outcome.completed,
        )
        sentences.append(words.format(count=number(outcome.completed)))
    if outcome.back:
        words = ngettext(
            "{count} chat came back from the trash.", "{count} chats came back from the trash.", outcome.back
        )
        sentences.append(words.format(count=number(outcome.back)))
    if outcome.there:
        words = ngettext(
            "{count} chat was there already and stays as it is.",
            "{count} chats were there already and stay as they are.",
            outcome.there,
        )
        sentences.append(words.format(count=number(outcome.there)))
    if outcome.stopped:
        sentences.append(_("The import was cancelled; the other chats were not imported."))
    return paragraph(sentences) or _("There is no chat in this file.")


def _models_words(offers: Sequence[Offer]) -> str:
    names = list(dict.fromkeys(name for offer in offers for name in offer.models))
    if not names:
        return ""
    shown = listed(names[:MOST_MODELS])
    left = len(names) - MOST_MODELS
    if left <= 0:
        return ngettext("The model was {models}.", "The models were {models}.", len(names)).format(models=shown)
    words = ngettext("The models were {models} and {count} more.", "The models were {models} and {count} more.", left)
    return words.format(models=shown, count=number(left))
