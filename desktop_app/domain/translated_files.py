"""Prompt templates and personas that come with the app, in another language: every text of theirs that people read.

`translate` turns an English text into another one. A test of a value against one of a placeholder's choices
(`{% if depth == "thorough" %}`) follows the choice, so that translations need not repeat it.
"""

from collections.abc import Callable

import msgspec

from desktop_app.domain.examples import Example
from desktop_app.domain.personas import Persona, format_persona, parse_persona
from desktop_app.domain.prompt_templates import (
    Placeholder,
    PlaceholderType,
    PromptTemplate,
    format_template,
    parse_template,
)

Translate = Callable[[str], str]
_WORDS = (PlaceholderType.TEXT, PlaceholderType.LONG_TEXT, PlaceholderType.CHOICE)
"""Types whose default is a text for people."""


def translated_template(text: str, translate: Translate) -> str:
    """Return a template's file in another language, as it was where nothing is translated; raises TemplateFileError."""
    template = parse_template(text)
    translated = msgspec.structs.replace(
        template,
        title=_of(template.title, translate),
        description=_of(template.description, translate),
        tags=tuple(_of(tag, translate) for tag in template.tags),
        system=_prompt(template.system, template, translate),
        body=_prompt(template.body, template, translate),
        placeholders=tuple(_placeholder(each, translate) for each in template.placeholders),
        examples=tuple(
            Example(_of(each.user, translate), _of(each.assistant, translate)) for each in template.examples
        ),
    )
    named = tuple(msgspec.structs.replace(each, label=each.title) for each in template.placeholders)
    return text if translated == msgspec.structs.replace(template, placeholders=named) else format_template(translated)


def translated_persona(text: str, translate: Translate) -> str:
    """Return a persona's file in another language, as it was where nothing is translated; raises PersonaError."""
    persona = parse_persona(text, "").persona
    translated: Persona = msgspec.structs.replace(
        persona,
        name=_of(persona.name, translate),
        description=_of(persona.description, translate),
        greeting=_of(persona.greeting, translate),
        questions=tuple(_of(each, translate) for each in persona.questions),
        templates=tuple(_of(each, translate) for each in persona.templates),
        prompt=_of(persona.prompt, translate),
    )
    return text if translated == persona else format_persona(translated)


def _placeholder(placeholder: Placeholder, translate: Translate) -> Placeholder:
    is_text = placeholder.type in _WORDS and isinstance(placeholder.default, str)
    return msgspec.structs.replace(
        placeholder,
        label=_of(placeholder.title, translate),
        help=_of(placeholder.help, translate),
        default=_of(str(placeholder.default), translate) if is_text else placeholder.default,
        choices=tuple(_of(choice, translate) for choice in placeholder.choices),
    )


def _prompt(text: str, template: PromptTemplate, translate: Translate) -> str:
    translated = _of(text, translate)
    for choice in (choice for each in template.placeholders for choice in each.choices):
        translated = translated.replace(f'== "{choice}"', f'== "{_of(choice, translate)}"')
    return translated


def _of(text: str, translate: Translate) -> str:
    return translate(text) if text.strip() else text
