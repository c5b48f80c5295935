"""Assistants of other programs: models of Open WebUI, presets of LM Studio, assistants of Jan, Modelfiles of Ollama."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping

from desktop_app.domain.foreign.given_persona import GivenPersona, LeftOut
from desktop_app.domain.foreign.values import Values, items, line, text, values
from desktop_app.domain.personas import MOST_QUESTIONS, Persona

_SAME = (
    "temperature", "top_k", "top_p", "min_p", "typical_p", "repeat_penalty", "repeat_last_n", "presence_penalty",
    "frequency_penalty", "mirostat", "mirostat_tau", "mirostat_eta", "max_tokens", "stop",
)  # fmt: skip
"""Sampling values that other programs call as llama.cpp does, which is as we do."""
_NAMES = {name: name for name in _SAME} | {"num_predict": "max_tokens", "max_output_tokens": "max_tokens"}
_LM_STUDIO = "llm.prediction."
_LM_STUDIO_NAMES = {
    "temperature": "temperature",
    "topKSampling": "top_k",
    "topPSampling": "top_p",
    "minPSampling": "min_p",
    "repeatPenalty": "repeat_penalty",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
    "maxPredictedTokens": "max_tokens",
    "stopStrings": "stop",
}
_IMAGE = re.compile(r"data:image/(png|jpe?g|webp);base64,", re.IGNORECASE)
_LINE = re.compile(r"[ \t]*(FROM|SYSTEM|PARAMETER|TEMPLATE|ADAPTER|LICENSE|MESSAGE|REQUIRES)[ \t]+(.*)", re.IGNORECASE)
_FIRST = re.compile(r"FROM[ \t]+\S+[ \t]*")
"""In capitals, as everybody writes it: a system prompt may begin with the word."""
_LONG = '"""'


def is_open_webui_model(found: Values) -> bool:
    """Return whether it is one of Open WebUI's workspace, in its export of models."""
    return isinstance(found.get("params"), dict) and isinstance(found.get("meta"), dict)


def open_webui_model(found: Values) -> GivenPersona:
    """Return the persona of a model of Open WebUI's workspace."""
    params, meta = values(found.get("params")), values(found.get("meta"))
    questions = (text(values(each).get("content")).strip() for each in items(meta.get("suggestion_prompts")))
    picture, ending = _picture(meta.get("profile_image_url"))
    has_tools = any(items(meta.get(name)) for name in ("toolIds", "knowledge", "filterIds", "actionIds"))
    return GivenPersona(
        persona=Persona(
            name=line(found.get("name")),
            prompt=text(params.get("system")).strip(),
            description=line(meta.get("description")),
            model=line(found.get("base_model_id")),
            questions=tuple(each for each in questions if each)[:MOST_QUESTIONS],
            sampling=_sampling(params, _NAMES),
        ),
        picture=picture,
        picture_ending=ending,
        left_out=(LeftOut.TOOLS,) if has_tools else (),
    )


def is_lm_studio_preset(found: Values) -> bool:
    """Return whether it is a preset of LM Studio's (0.3.3 and newer)."""
    return any(text(each.get("key")).startswith(_LM_STUDIO) for each in _lm_studio_fields(found))


def lm_studio_preset(found: Values) -> GivenPersona:
    """Return the persona of a preset: its system prompt and its values."""
    said = _lm_studio_values(found)
    prompt = text(said.get("systemPrompt")).strip()
    persona = Persona(name=line(found.get("name")), prompt=prompt, sampling=lm_studio_sampling(found))
    return GivenPersona(persona=persona, left_out=(LeftOut.TOOLS,) if said.get("tools") else ())


def lm_studio_sampling(found: Values) -> dict[str, object]:
    """Return the sampling values of a preset of LM Studio's by our names."""
    return _sampling(_lm_studio_values(found), _LM_STUDIO_NAMES)


def is_jan_assistant(found: Values) -> bool:
    """Return whether it is an assistant of Jan's."""
    return isinstance(found.get("instructions"), str) and isinstance(found.get("name"), str)


def jan_assistant(found: Values) -> GivenPersona:
    """Return the persona of an assistant of Jan's; its picture is one letter, which no file of ours holds."""
    persona = Persona(
        name=line(found.get("name")),
        prompt=text(found.get("instructions")).strip(),
        description=line(found.get("description")),
        sampling=_sampling(values(found.get("parameters")), _NAMES),
    )
    tools = [each for each in map(values, items(found.get("tools"))) if each.get("enabled") is not False]
    return GivenPersona(persona=persona, left_out=(LeftOut.TOOLS,) if tools else ())


def is_modelfile(content: bytes) -> bool:
    """Return whether a file is one from which Ollama makes a model: its first line that is no comment says from which."""
    lines = content[:4096].decode("utf-8-sig", "replace").splitlines()
    first = next((each for each in lines if each.strip() and not each.lstrip().startswith("#")), "")
    return _FIRST.fullmatch(first) is not None


def modelfile_persona(written: str) -> GivenPersona:
    """Return the persona of a Modelfile; what concerns the model itself is not the persona's."""
    model = prompt = ""
    said: dict[str, object] = {}
    stops: list[str] = []
    for word, value in _instructions(written):
        if word == "FROM":
            model = line(value)
        elif word == "SYSTEM":
            prompt = text(value).strip()
        elif word == "PARAMETER":
            name, _space, given = value.strip().partition(" ")
            given = _unquoted(given.strip())
            if name.lower() == "stop":
                stops.append(text(given))
            else:
                said[name.lower()] = _number(given)
    sampling = _sampling({**said, "stop": stops} if stops else said, _NAMES)
    return GivenPersona(persona=Persona(name="", prompt=prompt, model=model, sampling=sampling))


def _instructions(written: str) -> Iterator[tuple[str, str]]:
    """Give the instructions of a Modelfile, with texts between triple quotation marks whole."""
    lines = iter(written.replace("\r\n", "\n").split("\n"))
    for each in lines:
        found = _LINE.fullmatch(each)
        if found is None:
            continue
        word, value = found[1].upper(), found[2].strip()
        if not value.startswith(_LONG):
            yield word, value if word == "PARAMETER" else _unquoted(value)
            continue
        value = value.removeprefix(_LONG)
        parts = [value]
        while _LONG not in value and (following := next(lines, None)) is not None:
            parts.append(value := following)
        yield word, "\n".join(parts).partition(_LONG)[0]


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _number(given: str) -> object:
    try:
        return float(given) if "." in given or "e" in given.lower() else int(given[:20])
    except ValueError:
        return given


def _sampling(said: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """Return the values that we know by our names; a length without a limit (-1, -2) is none."""
    found = {ours: said[theirs] for theirs, ours in names.items() if said.get(theirs) is not None}
    length = found.get("max_tokens")
    if isinstance(length, int | float) and length <= 0:
        del found["max_tokens"]
    if "stop" in found:
        found["stop"] = [text(each) for each in items(found["stop"]) or [found["stop"]] if text(each)]
    return found


def _lm_studio_fields(found: Values) -> list[Values]:
    return [values(each) for each in items(values(found.get("operation")).get("fields"))]


def _lm_studio_values(found: Values) -> dict[str, object]:
    """Return what a preset sets, as far as it is switched on."""
    said: dict[str, object] = {}
    for each in _lm_studio_fields(found):
        value = each.get("value")
        if isinstance(value, dict) and "checked" in value:
            if value["checked"] is not True:
                continue
            value = value.get("value")
        said[text(each.get("key")).removeprefix(_LM_STUDIO)] = value
    return said


def _picture(given: object) -> tuple[bytes, str]:
    """Return an image that is written out as an address, and how its file's name ends; empty for any other address."""
    found = _IMAGE.match(given) if isinstance(given, str) else None
    if found is None or not isinstance(given, str):
        return b"", ""
    try:
        return base64.b64decode(given[found.end() :]), found[1].lower()
    except (binascii.Error, ValueError):
        return b"", ""
