"""Personas of other programs: cards in images and as JSON, characters in YAML, models, presets, assistants, Modelfiles."""

import base64
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.foreign.given_persona import GivenPersona, LeftOut
from desktop_app.domain.foreign.personas import NoPersonaError, foreign_personas, is_foreign
from desktop_app.domain.personas import checked_sampling
from tests.unit.domain.foreign.cards import ADA, PNG, chunk, picture


def one(name: str, content: bytes | str | dict[str, Any]) -> GivenPersona:
    if isinstance(content, dict):
        content = json.dumps(content)
    (found,) = foreign_personas(name, content.encode() if isinstance(content, str) else content)
    return found


def test_a_card_of_the_first_version() -> None:
    ada = one("ada.json", ADA)
    assert ada.persona.name == "Ada"
    assert ada.persona.greeting == "Good day, you.\nI am Ada."
    assert ada.left_out == ()
    assert ada.persona.prompt == (
        "You are Ada in a conversation with the user. Stay in character, and answer as Ada would.\n\n"
        "Ada is a mathematician who answers the user patiently.\n\n"
        "Personality: curious\n\n"
        "Scenario: A library. It is {{date}}.\n\n"
        "How Ada talks, by example:\n"
        "User: What is a loop?\nAda: A cycle.\n\nUser: Thanks.\nAda: Ask the user more.\n\n"
        "You have greeted the user with these words:\nGood day, you.\nI am Ada."
    )


def test_a_card_in_an_image_is_its_newest_version_and_the_picture_is_left_without_it() -> None:
    newest = {"spec": "chara_card_v3", "data": {**ADA, "name": "Countess Ada"}, "name": "an older one"}
    content = picture(chara={"spec": "chara_card_v2", "data": ADA}, ccv3=newest)
    ada = one("anything.png", content)
    assert ada.persona.name == "Countess Ada"
    assert ada.picture_ending == "png"
    assert ada.picture.startswith(PNG)
    assert b"tEXt" not in ada.picture
    assert b"IDAT" in ada.picture
    assert len(ada.picture) < len(content)


def test_what_a_card_has_and_a_persona_cannot_have_is_told() -> None:
    entries = [
        {"keys": [], "content": "{{char}} lives in London.", "constant": True, "enabled": True},
        {"keys": ["engine"], "content": "It is made of brass.", "enabled": True},
        {"keys": ["x"], "content": "Never.", "constant": True, "enabled": False},
    ]
    data = {
        **ADA,
        "system_prompt": "{{original}} Speak as {{char}}.",
        "post_history_instructions": "Be brief.",
        "alternate_greetings": ["Good evening."],
        "character_book": {"entries": entries},
        "creator_notes": "A patient teacher.\nMore about her.",
    }
    ada = one("ada.json", {"spec": "chara_card_v2", "data": data})
    assert ada.left_out == (LeftOut.GREETINGS, LeftOut.WORLD, LeftOut.LAST_WORDS)
    assert ada.persona.prompt.startswith("Speak as Ada.\n\nAda is a mathematician")
    assert "Ada lives in London." in ada.persona.prompt
    assert "brass" not in ada.persona.prompt
    assert "Never." not in ada.persona.prompt
    assert ada.persona.description == "A patient teacher."
    book = {"entries": entries[:1]}
    only = {
        "spec": "chara_card_v2",
        "data": {**ADA, "character_book": book, "post_history_instructions": "{{original}}"},
    }
    assert one("ada.json", only).left_out == ()


def test_a_character_of_text_generation_webui() -> None:
    written = "name: Chiharu\ngreeting: |-\n  Hi!\n  I am {{char}}.\ncontext: |-\n  {{char}} is young. {{user}} asks.\n"
    persona = one("Chiharu.yaml", written).persona
    assert (persona.name, persona.greeting) == ("Chiharu", "Hi!\nI am Chiharu.")
    assert persona.prompt.startswith("Chiharu is young. the user asks.\n\nYou have greeted")
    old = {"char_name": "Kai", "char_persona": "A pilot.", "world_scenario": "In orbit.", "char_greeting": "Hello."}
    persona = one("x.json", old).persona
    assert (persona.name, persona.greeting) == ("Kai", "Hello.")
    assert "A pilot.\n\nScenario: In orbit.\n\nYou have greeted the user with these words: Hello." in persona.prompt
    assert one("Nobody.yml", "greeting: Hi\ncontext: Brief.\n").persona.name == "Nobody"


def test_models_of_open_webui() -> None:
    image = b"an image"
    listed = [
        {
            "id": "tutor",
            "base_model_id": "llama3.1:8b",
            "name": "Tutor",
            "params": {"system": "Teach.", "temperature": 0.3, "stop": ["END"], "num_ctx": 8192, "max_tokens": -1},
            "meta": {
                "description": "Explains.",
                "profile_image_url": "data:image/jpeg;base64," + base64.b64encode(image).decode(),
                "suggestion_prompts": [{"title": ["A", "b"], "content": "Why?"}, {"content": " "}],
                "toolIds": ["web"],
            },
        },
        {"id": "plain", "name": "Plain", "params": {}, "meta": {"profile_image_url": "/static/favicon.png"}},
        "nonsense",
    ]
    tutor, plain = foreign_personas("models-export.json", json.dumps(listed).encode())
    persona = tutor.persona
    assert (persona.name, persona.prompt, persona.description) == ("Tutor", "Teach.", "Explains.")
    assert (persona.model, persona.questions) == ("llama3.1:8b", ("Why?",))
    assert persona.sampling == {"temperature": 0.3, "stop": ["END"]}
    assert (tutor.picture, tutor.picture_ending) == (image, "jpeg")
    assert tutor.left_out == (LeftOut.TOOLS,)
    assert (plain.persona.name, plain.picture, plain.left_out) == ("Plain", b"", ())


def test_a_preset_of_lm_studio_has_what_is_switched_on() -> None:
    fields = [
        ("systemPrompt", "Be brief."),
        ("temperature", 0.4),
        ("topKSampling", 20),
        ("repeatPenalty", {"checked": True, "value": 1.1}),
        ("minPSampling", {"checked": False, "value": 0.3}),
        ("maxPredictedTokens", {"checked": True, "value": 300}),
        ("structured", {"type": "none"}),
    ]
    preset = {
        "identifier": "@local:brief",
        "name": "Brief",
        "operation": {"fields": [{"key": f"llm.prediction.{name}", "value": value} for name, value in fields]},
        "load": {"fields": []},
    }
    persona = one("brief.preset.json", preset).persona
    assert (persona.name, persona.prompt) == ("Brief", "Be brief.")
    assert persona.sampling == {"temperature": 0.4, "top_k": 20, "repeat_penalty": 1.1, "max_tokens": 300}
    del preset["name"]
    assert one("brief.preset.json", preset).persona.name == "brief"


def test_an_assistant_of_jan() -> None:
    assistant = {
        "avatar": "🚀",
        "id": "strategist",
        "name": "Strategist",
        "description": "Advises.",
        "instructions": "You advise.",
        "parameters": {"temperature": 0.2, "stream": True},
        "tools": [{"type": "retrieval", "enabled": False}],
    }
    found = one("assistant.json", assistant)
    assert (found.persona.name, found.persona.prompt) == ("Strategist", "You advise.")
    assert found.persona.sampling == {"temperature": 0.2}
    assert found.left_out == ()


def test_a_modelfile() -> None:
    written = (
        "# made by hand\nFROM llama3.2:3b\nPARAMETER temperature 0.6\nparameter top_k 12\nPARAMETER num_predict -1\n"
        'PARAMETER stop "<end>"\nPARAMETER stop END\nSYSTEM """You are Mario.\nSYSTEM is no instruction here."""\n'
        'TEMPLATE """{{ .Prompt }}\nSYSTEM other"""\nMESSAGE user Hi\n'
    )
    for name in ("Modelfile", "mario.modelfile", "mario.txt"):
        assert is_foreign(name, written.encode())
    persona = one("Mario.modelfile", written).persona
    assert (persona.name, persona.model) == ("Mario", "llama3.2:3b")
    assert persona.prompt == "You are Mario.\nSYSTEM is no instruction here."
    assert persona.sampling == {"temperature": 0.6, "top_k": 12, "stop": ["<end>", "END"]}
    assert one("Modelfile", 'FROM x\nSYSTEM "Be brief."').persona.prompt == "Be brief."
    assert one("Modelfile", 'FROM x\nSYSTEM """never closed\nat all').persona.prompt == "never closed\nat all"


@pytest.mark.parametrize("prompt", ["FROM now on you are a pirate.", "System of a kind", "+++\n+++\nFROM x", "from x"])
def test_a_system_prompt_is_no_modelfile(prompt: str) -> None:
    assert not is_foreign("persona.md", prompt.encode())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", PNG),
        ("a.png", picture()),
        ("a.png", picture(chara={"spec": "chara_card_v2"})),
        ("a.png", PNG + chunk(b"tEXt", b"chara\0!!not base64!!")),
        ("a.png", b"GIF89a"),
        ("a.png", PNG + struct.pack(">I", 2**31) + b"tEXt"),
        ("a.json", b""),
        ("a.json", b"[" * 200_000),
        ("a.json", b'{"name": 3, "description": ["x"]}'),
        ("a.json", b'{"inglenook_preset": 1, "sampling": {}}'),
        ("a.json", b"\xff\xfe"),
        ("a.yaml", b"a: [1, 2"),
        ("a.yaml", b"- just\n- a list"),
        ("a.yaml", b"!!python/object/apply:os.system ['true']"),
        ("a.yaml", b"name: " + b"x" * 5_000_000),
    ],
)
def test_what_is_no_persona_is_said(name: str, content: bytes) -> None:
    with pytest.raises(NoPersonaError):
        foreign_personas(name, content)


def test_aliases_that_would_grow_without_end_do_not() -> None:
    nested = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [*{old}, *{old}]\n"
        for old, new in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True)
    )
    assert one("b.yaml", nested + "name: B\ncontext: *z\ndescription: Fine.\n").persona.prompt.endswith("Fine.")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([
        "name", "description", "personality", "scenario", "first_mes", "mes_example", "data", "spec", "system_prompt",
        "character_book", "entries", "content", "constant", "alternate_greetings", "params", "meta", "system", "stop",
        "suggestion_prompts", "profile_image_url", "operation", "fields", "key", "value", "checked", "instructions",
        "parameters", "tools", "temperature", "max_tokens", "models", "context", "greeting",
    ]), inner, max_size=6),
    max_leaves=25,
)  # fmt: skip


named = st.fixed_dictionaries(
    {"name": st.text(min_size=1, max_size=8), "description": st.text(min_size=1, max_size=8)},
    optional=dict.fromkeys(("first_mes", "data", "character_book", "params", "temperature", "alternate_greetings"), anything),
)  # fmt: skip


@given(anything | named)
def test_no_json_is_a_fault_of_ours(found: object) -> None:
    try:
        given_personas = foreign_personas("any.json", json.dumps(found).encode())
    except NoPersonaError:
        return
    for each in given_personas:
        assert each.persona.name
        checked_sampling(each.persona.sampling)


@given(st.binary(max_size=200))
def test_no_image_is_a_fault_of_ours(content: bytes) -> None:
    with pytest.raises(NoPersonaError):
        foreign_personas("any.png", PNG + content)
