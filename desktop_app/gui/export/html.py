"""A chat as one HTML file that holds all it needs: no script, nothing that is fetched, light and dark, good to print.

Free of Qt. Text of the chat reaches the file escaped, or through the reader of Markdown, whose tokens are written
here; the file itself forbids every script and every request, should a browser see what we did not.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

from desktop_app.domain.chats import Conversation
from desktop_app.domain.exports import ExportOptions
from desktop_app.domain.messages import Role
from desktop_app.domain.parts import as_markdown
from desktop_app.gui.chat.documents.highlight import LineHighlighter
from desktop_app.gui.chat.documents.tones import Tone
from desktop_app.gui.chat.markdown.markdown import make_parser
from desktop_app.gui.chat.markdown.operations import is_safe
from desktop_app.services.chat_files.outline import Outline, Turn, outline, thought_words
from desktop_app.services.chat_files.pages import Tell
from desktop_app.support.i18n import _
from desktop_app.support.paths import resources

_COLORS = ("window", "surface", "line", "text", "muted", "accent", "user_bubble", "code", "good", "warn")
_TONES = {Tone.KEYWORD: "accent", Tone.STRING: "good", Tone.COMMENT: "muted", Tone.NUMBER: "warn"}
_IN_LINK = "in link"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = """
html { color-scheme: light dark; }
body { margin: 0 auto; max-width: 46rem; padding: 2rem 1.25rem 4rem; background: var(--window); color: var(--text);
  font: 1rem/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2, h3, h4, h5, h6 { line-height: 1.3; margin: 1.2em 0 .5em; }
p, ul, ol, table, pre, blockquote { margin: .65em 0; }
a { color: var(--accent); }
.about { color: var(--muted); font-size: .875rem; margin: 0; }
article { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: 1rem; }
article > header { margin-bottom: .5rem; }
.who { font-weight: 600; margin: 0; font-size: 1rem; }
.typed { background: var(--user_bubble); border-radius: .75rem; padding: .7rem .9rem; white-space: pre-wrap; }
details { border-left: 3px solid var(--line); padding-left: .9rem; margin: .65em 0; color: var(--muted); }
summary { cursor: pointer; }
pre, code { font-family: ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .875em; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem .9rem;
  overflow-x: auto; line-height: 1.5; overflow-wrap: normal; }
:not(pre) > code { background: var(--code); border-radius: .25rem; padding: .1em .3em; }
.math { font-style: italic; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .7rem; text-align: start; vertical-align: top; }
blockquote { border-left: 3px solid var(--line); margin-left: 0; padding-left: .9rem; color: var(--muted); }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.5em 0; }
@media print {
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  table { display: table; }
  h1, h2, h3, h4, h5, h6, article > header { break-after: avoid; }
  tr, img { break-inside: avoid; }
  details:not([open]) > :not(summary) { display: none; }
}
@page { margin: 18mm; }
"""


def write_html(conversation: Conversation, options: ExportOptions, path: Path, tell: Tell) -> None:
    """Write a chat to the file at `path`; raises OSError."""
    shown = outline(conversation, options)
    reader = _reader()
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(_beginning(shown, reader))
        for number, turn in enumerate(shown.turns):
            tell(number, len(shown.turns))
            file.write(_article(turn, reader, options))
        file.write("</main>\n</body>\n</html>\n")


def _beginning(shown: Outline, reader: MarkdownIt) -> str:
    title = escape(shown.title)
    about = "".join(f'<p class="about">{escape(line)}</p>\n' for line in shown.lines)
    return (
        "<!DOCTYPE html>\n<html>\n<head>\n"
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="generator" content="Inglenook">\n'
        f"<title>{title}</title>\n<style>{_colors()}{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1 dir="auto">{title}</h1>\n{about}'
        f"{_folded(_('System prompt'), shown.system_prompt, reader)}"
    )


def _article(turn: Turn, reader: MarkdownIt, options: ExportOptions) -> str:
    message = turn.message
    about = " · ".join(escape(words) for words in (turn.made_by, *turn.notes))
    if message.role is Role.USER:
        body = f'<div class="typed" dir="auto">{escape(message.text)}</div>\n{_rendered(as_markdown(message.files), reader)}'
    else:
        body = _rendered(as_markdown(message.parts), reader)
    thought = _folded(thought_words(message), message.thought, reader) if options.thoughts else ""
    return (
        f'<article id="m{turn.number}">\n<header><h2 class="who">{escape(turn.who)}</h2>'
        f'<p class="about">{about}</p></header>\n{thought}<div dir="auto">\n{body}</div>\n</article>\n'
    )


def _folded(title: str, text: str, reader: MarkdownIt) -> str:
    if not text.strip():
        return ""
    return f'<details>\n<summary>{escape(title)}</summary>\n<div dir="auto">\n{_rendered(text, reader)}</div>\n</details>\n'


def _rendered(text: str, reader: MarkdownIt) -> str:
    return str(reader.render(text))


def _colors() -> str:
    """Return the colours of both appearances as variables; on paper it is always the light one."""
    tokens = msgspec.json.decode((resources() / "tokens.json").read_bytes())
    light, dark = _variables(tokens["light"]), _variables(tokens["dark"])
    paper = light.replace(f"--window: {tokens['light']['window']}", "--window: #fff")
    return (
        f"\n:root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f"@media print {{ :root {{ {paper} color-scheme: light; }} }}\n"
    )


def _variables(colors: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {colors[name]};" for name in _COLORS)


def _reader() -> MarkdownIt:
    """Return the conversation's reader of Markdown with what it writes for each kind of token."""
    reader = make_parser()
    rules: Any = reader.renderer.rules  # type: ignore[attr-defined]  # only its HTML renderer has them
    rules["fence"] = rules["code_block"] = _code
    rules["math_block"] = lambda tokens, place, *_rest: f'<pre class="math">{escape(tokens[place].content)}</pre>\n'
    rules["math_inline"] = lambda tokens, place, *_rest: f'<span class="math">{escape(tokens[place].content)}</span>'
    rules["image"] = _image
    rules["link_open"], rules["link_close"] = _link, _link_end
    return reader


def _code(tokens: Sequence[Token], place: int, *_rest: object) -> str:
    token = tokens[place]
    info = token.info.split()
    source = token.content if token.content.endswith("\n") else f"{token.content}\n"
    return f"<pre><code>{_coloured(LineHighlighter(info[0] if info else '').feed(source))}</code></pre>\n"


def _coloured(runs: Iterable[tuple[Tone, str]]) -> str:
    pieces = []
    for tone, text in runs:
        color = _TONES.get(tone)
        pieces.append(f'<span style="color:var(--{color})">{escape(text)}</span>' if color else escape(text))
    return "".join(pieces)


def _image(tokens: Sequence[Token], place: int, _options: object, env: dict[str, Any]) -> str:
    """Never load an image: its words stand for it, and lead to it."""
    token = tokens[place]
    source = str(token.attrs.get("src", ""))
    words = escape(str(token.content) or source)
    return (
        words
        if env.get(_IN_LINK) or not is_safe(source)
        else f'<a href="{escape(source)}" rel="noreferrer">{words}</a>'
    )


def _link(tokens: Sequence[Token], place: int, _options: object, env: dict[str, Any]) -> str:
    """Begin a link; an address within one is just its words there, as HTML has no links in links."""
    env[_IN_LINK] = env.get(_IN_LINK, 0) + 1
    if env[_IN_LINK] > 1:
        return ""
    target = str(tokens[place].attrs.get("href", ""))
    return f'<a href="{escape(target)}" rel="noreferrer">' if is_safe(target) else "<a>"


def _link_end(_tokens: Sequence[Token], _place: int, _options: object, env: dict[str, Any]) -> str:
    env[_IN_LINK] -= 1
    return "" if env[_IN_LINK] else "</a>"
