"""A receipt in words: the few lines beside an answer, all of it by groups, as text to copy, and what two differ in."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.sizes import readable_size
from desktop_app.services.hardware.energy import COMPUTER, GRAPHICS_CARD, PROCESSOR
from desktop_app.services.insight.again import Rerun
from desktop_app.support.formats import date_and_time, decimal, listed, number, paragraph, shortest
from desktop_app.support.i18n import _, ngettext

LONGEST_VALUE = 60
"""Characters of a grammar or another long text that are shown."""


class Line(NamedTuple):
    """A name and its value; `note` says more to those who ask."""

    name: str
    value: str
    note: str = ""


class Group(NamedTuple):
    """Lines that belong together, below a title."""

    title: str
    lines: tuple[Line, ...]


class Pair(NamedTuple):
    """What two receipts say of the same thing."""

    name: str
    left: str
    right: str


def short_lines(receipt: Receipt) -> tuple[Line, ...]:
    """Return what is shown beside an answer."""
    if receipt.is_foreign:
        return (Line(_("Model"), receipt.model_name), *_foreign_lines(receipt))
    tokens = ngettext("{count} token, {cached} reused", "{count} tokens, {cached} reused", receipt.prompt_tokens)
    return (
        Line(_("Prompt"), tokens.format(count=number(receipt.prompt_tokens), cached=number(receipt.cached_tokens))),
        Line(_("First token after"), _first_word(receipt)),
        Line(_("Speed"), _speed(receipt)),
        energy_line(receipt),
        Line(_("Seed"), str(receipt.seed)),
    )


def energy_line(receipt: Receipt) -> Line:
    """Return what an answer took, and what was measured."""
    if receipt.energy is None:
        note = _("This computer does not tell how much energy it uses, or only to its administrator.")
        return Line(_("Energy"), _("not measured"), note)
    digits = 2 if receipt.energy >= 0.01 else 4
    parts = {
        PROCESSOR: _("the processor"),
        GRAPHICS_CARD: _("the graphics card"),
        COMPUTER: _("the whole computer, by its battery"),
    }
    measured = listed(parts.get(source, source) for source in receipt.energy_sources)
    note = _("All that was used meanwhile, by other programs too. Measured: {parts}.").format(parts=measured)
    return Line(_("Energy"), _("about {energy} Wh").format(energy=decimal(receipt.energy, digits)), note)


def groups(receipt: Receipt) -> tuple[Group, ...]:
    """Return all of a receipt, without what it does not tell."""
    if receipt.is_foreign:
        model = tuple(line for line in _model_lines(receipt) if line.value)
        known = (Line(_("Made"), _made(receipt)), *_foreign_lines(receipt))
        return (Group(_("Model"), model), Group(_("This answer"), tuple(line for line in known if line.value)))
    found: tuple[tuple[str, Sequence[Line]], ...] = (
        (_("Model"), _model_lines(receipt)),
        (_("Engine"), _engine_lines(receipt)),
        (_("Sampling"), _sampling_lines(receipt)),
        (_("Tokens"), _token_lines(receipt)),
        (_("Time and energy"), _cost_lines(receipt)),
    )
    return tuple(Group(title, tuple(line for line in lines if line.value)) for title, lines in found)


def as_text(receipt: Receipt) -> str:
    """Return a receipt as text that can be read and pasted."""
    blocks = []
    for title, lines in groups(receipt):
        rows = [f"{name}: {value}" for name, value, _note in lines]
        blocks.append("\n".join([title, *(f"  {row}" for row in rows)]))
    return "\n\n".join(blocks) + "\n"


def sampling_words(sampling: Sampling) -> tuple[Line, ...]:
    """Return what differs from the defaults, by the titles of the declarations."""
    usual, titles = Sampling(), _titles()
    return tuple(
        Line(titles.get(name, name), _value(getattr(sampling, name)))
        for name in Sampling.__struct_fields__
        if name != "seed" and getattr(sampling, name) != getattr(usual, name)
    )


def pairs(left: Receipt, right: Receipt) -> tuple[Pair, ...]:
    """Return what two receipts differ in: how the answers were made, and what they cost."""
    titles = _titles()
    made = [
        Pair(titles.get(name, name), _value(getattr(left.sampling, name)), _value(getattr(right.sampling, name)))
        for name in Sampling.__struct_fields__
        if name != "seed"
    ]
    lines = [
        Pair(one.name, one.value, other.value) for one, other in zip(_compared(left), _compared(right), strict=True)
    ]
    return tuple(pair for pair in (*lines, *made) if pair.left != pair.right)


def changed_words(before: Receipt, after: Receipt) -> tuple[str, ...]:
    """Return a sentence for each thing that is another one than when an answer was made."""
    same_kind = before.model_hash.partition(":")[0] == after.model_hash.partition(":")[0]
    checks = (
        (before.model_file, after.model_file, _("The model is different.")),
        (before.model_hash if same_kind else "", after.model_hash, _("The model's file is not the same.")),
        (before.engine_build, after.engine_build, _("The engine build is different.")),
        (before.engine_version, after.engine_version, _("The engine's version is different.")),
        (before.device, after.device, _("The model runs on another device.")),
        (before.cpu_features, after.cpu_features, _("The processor, or how the engine uses it, is different.")),
        (before.kv_type, after.kv_type, _("The context is kept in another precision.")),
        (before.context_size, after.context_size, _("The context has a different size.")),
        (before.template_hash, after.template_hash, _("The chat template was changed.")),
        (before.prompt_hash, after.prompt_hash, _("The prompt is not the same.")),
    )
    sentences = [words for old, new, words in checks if old and old != new]
    known = bool(before.prompt_hash)  # older receipts tell none of these
    if known and before.safe_mode != after.safe_mode:
        sentences.append(_("Safe CPU settings were switched on or off."))
    if known and before.adapters != after.adapters:
        sentences.append(_("Other adapters are in use."))
    if known and before.reproducible and before.threads != after.threads:
        sentences.append(_("The number of threads is different."))
    return tuple(sentences)


def rerun_words(rerun: Rerun) -> str:
    """Return what running an answer again has shown, and why it may be so."""
    before = rerun.original.receipt
    words = [_difference_words(rerun)]
    if before is not None:
        words += changed_words(before, rerun.receipt)
        if rerun.difference is not None and before.is_continued and not before.goes:
            words.append(_("The first answer was written in more than one go, which is not repeated."))
        elif rerun.difference is not None and any(go.is_resampled for go in before.goes):
            words.append(_("Values were changed while the first answer was written, which is not repeated."))
        if rerun.difference is not None and len(words) == 1 and not before.reproducible:
            words.append(_("It was not made as a reproducible answer, so a near-tie may have gone the other way."))
    return paragraph(words)


def _difference_words(rerun: Rerun) -> str:
    difference = rerun.difference
    if difference is None:
        if rerun.same_tokens is False:
            return _("The same text, written with other tokens.")
        return _("The same text, token for token.") if rerun.same_tokens else _("The same text.")
    before, after = difference.before.strip() or "⏎", difference.after.strip() or "⏎"
    if not difference.before:
        return _("It goes on at token {token} with “{after}”, where the first answer ended.").format(
            token=difference.token, after=after
        )
    if not difference.after:
        return _("It ends at token {token}, where the first answer went on with “{before}”.").format(
            token=difference.token, before=before
        )
    return _("First differs at token {token}: “{after}” instead of “{before}”.").format(
        token=difference.token, before=before, after=after
    )


def _model_lines(receipt: Receipt) -> Sequence[Line]:
    kind, _colon, digest = receipt.model_hash.partition(":")
    note = _("Made of sizes, times and parts of the file: its checksum is not known.")
    return (
        Line(_("Name"), receipt.model_name),
        Line(_("File"), receipt.model_file),
        Line(_("Size"), readable_size(receipt.model_size) if receipt.model_size else ""),
        Line(_("Quantization"), receipt.quantization),
        Line("SHA-256", digest) if kind == "sha256" else Line(_("Quick fingerprint"), digest, note),
        Line(_("Adapters"), listed(receipt.adapters)),
        Line(_("Chat template"), receipt.template_hash),
    )


def _engine_lines(receipt: Receipt) -> Sequence[Line]:
    known = bool(receipt.prompt_hash)
    return (
        Line(_("Build"), receipt.engine_build),
        Line(_("Version"), receipt.engine_version),
        Line(_("Device"), receipt.device),
        Line(_("Processor features"), receipt.cpu_features),
        Line(_("Safe CPU settings"), _yes_or_no(receipt.safe_mode) if known else ""),
        Line(_("Context precision"), receipt.kv_type),
        Line(_("Context size"), _tokens(receipt.context_size) if receipt.context_size else ""),
        Line(_("Threads"), str(receipt.threads) if receipt.threads else ""),
        Line(_("Reproducible"), _yes_or_no(receipt.reproducible)),
    )


def _sampling_lines(receipt: Receipt) -> Sequence[Line]:
    changed = sampling_words(receipt.sampling)
    return (*(changed or (Line(_("Values"), _("all default")),)), Line(_("Seed"), str(receipt.seed)))


def _token_lines(receipt: Receipt) -> Sequence[Line]:
    guesses = _("{true} of {all} were right").format(
        true=number(receipt.true_guesses), all=number(receipt.guessed_tokens)
    )
    ends = {
        FinishReason.STOP: _("ended by the model or a stop string"),
        FinishReason.LENGTH: _("stopped at the length limit"),
        FinishReason.CANCELLED: _("stopped"),
    }
    return (
        Line(_("Prompt"), _tokens(receipt.prompt_tokens)),
        Line(_("Reused of it"), _tokens(receipt.cached_tokens)),
        Line(_("Read"), _tokens(max(0, receipt.prompt_tokens - receipt.cached_tokens))),
        Line(_("Written"), _tokens(receipt.completion_tokens)),
        Line(_("Guessed ahead"), guesses if receipt.guessed_tokens else _("nothing")),
        Line(_("Decodes"), number(receipt.decodes) if receipt.decodes else ""),
        Line(_("Left out of the prompt"), _turns(receipt.dropped_turns) if receipt.dropped_turns else ""),
        Line(_("Prompt's fingerprint"), receipt.prompt_hash),
        Line(_("Tokens' fingerprint"), receipt.tokens_hash),
        Line(_("End"), ends[receipt.finish_reason]),
    )


def _cost_lines(receipt: Receipt) -> Sequence[Line]:
    return (
        Line(_("Made"), _made(receipt)),
        Line(_("First token after"), _first_word(receipt)),
        Line(_("Speed"), _speed(receipt)),
        energy_line(receipt),
    )


def _foreign_lines(receipt: Receipt) -> Sequence[Line]:
    """Return what another app told about an answer."""
    if not receipt.completion_tokens:
        return ()
    return (
        Line(_("Prompt"), _tokens(receipt.prompt_tokens)),
        Line(_("Written"), _tokens(receipt.completion_tokens)),
        Line(_("First token after"), _first_word(receipt)),
        Line(_("Speed"), _speed(receipt)),
    )


def _made(receipt: Receipt) -> str:
    return date_and_time(receipt.made_at, seconds=True) if receipt.made_at else ""


def _compared(receipt: Receipt) -> Sequence[Line]:
    return (
        Line(_("Model"), receipt.model_name),
        Line(_("Quantization"), receipt.quantization),
        Line(_("Device"), receipt.device),
        Line(_("Seed"), str(receipt.seed)),
        Line(_("Prompt"), _tokens(receipt.prompt_tokens)),
        Line(_("Written"), _tokens(receipt.completion_tokens)),
        Line(_("First token after"), _first_word(receipt)),
        Line(_("Speed"), _speed(receipt)),
        Line(_("Energy"), energy_line(receipt).value),
    )


def _first_word(receipt: Receipt) -> str:
    return _("{seconds} s").format(seconds=decimal(receipt.seconds_to_first_token, 2))


def _speed(receipt: Receipt) -> str:
    return _("{speed} tok/s").format(speed=decimal(receipt.tokens_per_second, 0))


def _tokens(count: int) -> str:
    return ngettext("{count} token", "{count} tokens", count).format(count=number(count))


def _turns(count: int) -> str:
    return ngettext("{count} message", "{count} messages", count).format(count=number(count))


def _yes_or_no(value: bool) -> str:
    return _("yes") if value else _("no")


def _signed(value: float) -> str:
    return f"{'+' if value >= 0 else ''}{shortest(value, 6)}"


def _value(value: object) -> str:
    """Return a sampling value in words."""
    if value is None:
        return _("random")
    if isinstance(value, float):
        return shortest(value, 10)
    if isinstance(value, Mapping):
        return listed(f"{key!r} {_signed(bias)}" for key, bias in value.items()) or _("none")
    if isinstance(value, tuple):
        return listed(repr(str(each)) for each in value) or _("none")
    words = " ".join(str(value).split())
    return words if len(words) <= LONGEST_VALUE else f"{words[: LONGEST_VALUE - 1]}…"


def _titles() -> dict[str, str]:
    """Return the title of each sampling parameter, as declared; lists and texts are declared without one."""
    import msgspec.inspect  # few starts need it

    titles = {
        "stop": _("Stop strings"),
        "logit_bias": _("Word biases"),
        "banned": _("Banned words"),
        "grammar": _("Grammar"),
        "json_schema": _("JSON Schema"),
        "order": _("Order of the chain"),
        "dry_breakers": _("DRY breakers"),
    }
    for field in msgspec.inspect.type_info(Sampling).fields:  # type: ignore[attr-defined]
        kinds = field.type.types if isinstance(field.type, msgspec.inspect.UnionType) else (field.type,)
        for kind in kinds:
            title = (getattr(kind, "extra_json_schema", None) or {}).get("title")
            if title:
                titles[field.name] = _(title)
    return titles
