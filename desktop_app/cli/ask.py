"""`inglenook ask`: answers one question on the terminal."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop_app.cli import standard_input
from desktop_app.cli.numbers import bounded, shown
from desktop_app.cli.terminal_text import as_path, as_text
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from desktop_app.app import App
    from desktop_app.domain.errors import EngineError
    from desktop_app.domain.locking import HistoryKey
    from desktop_app.domain.messages import Receipt
    from desktop_app.domain.sampling import Parameter, Sampling
    from desktop_app.services.data_folder.owner import Ownership
    from desktop_app.services.data_folder.owner_client import OwnerClient
    from desktop_app.services.data_folder.questions import Question
    from desktop_app.settings.model_defaults import ModelDefaultsStore
    from desktop_app.settings.store import SettingsStore
    from desktop_app.support.interrupts import Interrupts
    from desktop_app.support.paths import Paths

_OPTIONS = {"begin_with": "--begin-with", "stop": "--stop", "banned": "--ban"}
STOP_SECONDS = 2.0
"""How long an answer may take to stop."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command; its sampling options come from `domain.sampling`."""
    parser = commands.add_parser(
        "ask",
        usage=_("{command} [options] [question]").format(command="inglenook ask"),
        help=_("answer a question here, without a window"),
        description=_("Answers a question on the terminal. Beside an open window it uses the window's engine."),
    )
    parser.add_argument(
        "question", nargs="*", default=["-"], help=_("the question; '-' or nothing reads standard input")
    )
    parser.add_argument("--model", type=as_path, metavar="PATH", help=_("a model file; the starter model without it"))
    parser.add_argument("--system", type=as_text, metavar="TEXT", help=_("the system prompt"))
    parser.add_argument("--save", action="store_true", help=_("keep question and answer as a chat"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON object at the end instead of the text"))
    _add_sampling(parser)
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Answer through the owner of the data folder where there is one, else as its owner."""
    from desktop_app.services.data_folder.owner import Ownership
    from desktop_app.services.data_folder.owner_client import join
    from desktop_app.settings.model_defaults import ModelDefaultsStore
    from desktop_app.settings.store import SettingsStore
    from desktop_app.support.paths import Paths

    paths = Paths.for_user()
    settings = SettingsStore(paths.settings_file)
    words = " ".join(arguments.question)
    given = _text(arguments, words)
    question = _question(arguments, given, settings.value.sampling, ModelDefaultsStore(paths.model_defaults_file))
    piped = given if words == "-" and not standard_input.is_terminal() else ""
    pieces: list[str] = []

    def show(text: str) -> None:
        pieces.append(text)
        if not arguments.json:
            print(text, end="", flush=True)

    def end(receipt: "Receipt") -> None:
        if arguments.json:
            print(json.dumps(_as_json("".join(pieces), receipt), ensure_ascii=False), flush=True)
        else:
            print(flush=True)

    while True:
        place = join(paths)
        if isinstance(place, Ownership):
            try:
                key, here = _key_and_question(paths, question, piped, arguments.interrupts)
                _ask_here(paths, settings, key, place, here, show, end, arguments.interrupts)
            finally:
                place.close()
            return 0
        receipt = _ask_there(place, question, show)
        if receipt is not None:
            end(receipt)
            return 0
        if pieces:
            raise _lost()


def _ask_there(owner: "OwnerClient", question: "Question", show: Callable[[str], None]) -> "Receipt | None":
    """Ask the owner; None where it ended meanwhile."""
    from desktop_app.domain.errors import EngineError, ErrorCode

    try:
        with owner:
            return owner.ask(question, show)
    except EngineError as error:
        if error.code is not ErrorCode.OWNER_UNREACHABLE:
            raise
        return None


def _lost() -> "EngineError":
    from desktop_app.domain.errors import EngineError, ErrorCode

    return EngineError(ErrorCode.OWNER_UNREACHABLE, "the owner ended in mid-answer")


def _ask_here(
    paths: "Paths",
    settings: "SettingsStore",
    key: "HistoryKey | None",
    ownership: "Ownership",
    question: "Question",
    show: Callable[[str], None],
    end: "Callable[[Receipt], None]",
    interrupts: "Interrupts",
) -> None:
    """Own the services for as long as this answer takes, and the answers of those who came meanwhile."""
    from desktop_app.app import App
    from desktop_app.services.data_folder.desk import WindowlessDesk
    from desktop_app.services.data_folder.locked_history import is_locked

    with interrupts.held():
        app = App(paths, settings, locked=is_locked(paths))
        try:
            if question.save:
                interrupts.result_of(app.start(key))
            ownership.serve(WindowlessDesk(app.questions, app.downloads, app.events, app.start))
            _answer(app, ownership, question, show, end, interrupts)
        finally:
            ownership.stop_serving()  # first: nobody may ask what is being stopped
            app.stop()


def _key_and_question(
    paths: "Paths", question: "Question", piped: str, interrupts: "Interrupts"
) -> "tuple[HistoryKey | None, Question]":
    """Return the key of locked chats that are wanted, and what is asked: in a pipe the passphrase is the line before it.

    Raises what `asked_key` does.
    """
    from msgspec.structs import replace

    from desktop_app.cli.passphrase import asked_key, key_of
    from desktop_app.services.data_folder.locked_history import is_locked

    if not question.save or not is_locked(paths):
        return None, question
    if not piped:
        return asked_key(paths, interrupts), question
    line, _end, rest = piped.partition("\n")
    return key_of(paths, line if rest.strip() else ""), replace(question, text=rest.strip())


def _answer(
    app: "App",
    ownership: "Ownership",
    question: "Question",
    show: Callable[[str], None],
    end: "Callable[[Receipt], None]",
    interrupts: "Interrupts",
) -> None:
    """Answer, and wait for those that are being answered beside it; Ctrl-C ends this answer, and another one theirs."""
    from concurrent.futures import wait

    from desktop_app.services.data_folder.questions import wait_for_answer

    request_id, receipt = wait_for_answer(lambda reply: app.questions.ask(question, reply), show)
    try:
        end(interrupts.result_of(receipt))
    except KeyboardInterrupt:
        app.questions.cancel(request_id)
        wait((receipt,), timeout=STOP_SECONDS)  # so that it is kept as one that was stopped
        if ownership.is_answering:
            words = _("inglenook: another command is still being answered; Ctrl-C again ends it too")
            print(f"\n{words}", file=sys.stderr, flush=True)
        interrupts.last_result_of(app.pool.submit(ownership.finish_answers))
        raise
    interrupts.result_of(app.pool.submit(ownership.finish_answers))


def _question(arguments: argparse.Namespace, text: str, usual: "Sampling", store: "ModelDefaultsStore") -> "Question":
    from pathlib import Path

    from desktop_app.domain.errors import ErrorCode, ModelError
    from desktop_app.services.data_folder.questions import Question
    from desktop_app.services.models.library import find_starter
    from desktop_app.support.long_paths import reachable

    model = reachable(Path(arguments.model).absolute()) if arguments.model else find_starter()
    if model is None:
        raise ModelError(ErrorCode.STARTER_MISSING)
    if as_text(str(model)) != str(model):
        raise ModelError(ErrorCode.MODEL_BAD_NAME, path=as_text(str(model)))
    defaults = store.of(str(model))
    return Question(
        text=text.strip(),
        model_path=str(model),
        sampling=_sampling(arguments, defaults.sampling_over(usual)),
        system_prompt=defaults.first_system_prompt if arguments.system is None else arguments.system,
        save=arguments.save,
    )


def _text(arguments: argparse.Namespace, words: str) -> str:
    """Return the question, of `words` or typed; bytes that are no UTF-8 are replaced, wrong usage ends the program with 2."""
    if words == "-":
        if standard_input.is_terminal():
            print(_("Type your question, then press {keys}:").format(keys=standard_input.KEYS_OF_END), file=sys.stderr)
        text = standard_input.everything().decode("utf-8-sig", errors="replace")
    else:
        text = as_text(words)
    if not text.strip():
        arguments.parser.error(_("the question is empty"))
    return text


def _add_sampling(parser: argparse.ArgumentParser) -> None:
    from desktop_app.domain.sampling import Thinking, parameters

    group = parser.add_argument_group(_("sampling"))
    group.add_argument("--begin-with", type=as_text, metavar="TEXT", help=_("begin the answer with this text"))
    group.add_argument(
        "--stop",
        action="append",
        type=as_text,
        metavar="TEXT",
        help=_("end the answer before this text; may be given several times"),
    )
    group.add_argument(
        "--ban",
        action="append",
        type=as_text,
        dest="banned",
        metavar="TEXT",
        help=_("a word or phrase that must not be used; may be given several times"),
    )
    kinds = group.add_mutually_exclusive_group()
    kinds.add_argument(
        "--grammar", type=_contents, metavar="FILE", help=_("keep the answer to a grammar (llama.cpp's GBNF)")
    )
    kinds.add_argument("--json-schema", type=_contents, metavar="FILE", help=_("keep the answer to a JSON Schema"))
    group.add_argument(
        "--thinking",
        choices=[choice.value for choice in Thinking],
        help=_("whether the model thinks before it answers, where its template lets one choose"),
    )
    for parameter in parameters():
        group.add_argument(
            f"--{parameter.name.replace('_', '-')}",
            type=bounded(parameter.kind, parameter.least, parameter.most),
            metavar="N",
            help=_bounded_help(parameter).replace("%", "%%"),
        )


def _bounded_help(parameter: "Parameter") -> str:
    """Return what a parameter does, and between which numbers it lies."""
    words = _("{help} ({least} to {most})")
    return words.format(help=_(parameter.description), least=shown(parameter.least), most=shown(parameter.most))


def _contents(path: str) -> str:
    """Return the text of a file, for argparse."""
    from desktop_app.domain.sampling import LONGEST_GRAMMAR

    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - argparse hands over a name
            text = file.read(LONGEST_GRAMMAR + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise argparse.ArgumentTypeError(_("{path} cannot be read: {error}").format(path=path, error=why)) from None
    if not text.strip():
        raise argparse.ArgumentTypeError(_("{path} is empty").format(path=path))
    if len(text) > LONGEST_GRAMMAR:
        words = ngettext(
            "{path} is longer than {count} character", "{path} is longer than {count} characters", LONGEST_GRAMMAR
        )
        raise argparse.ArgumentTypeError(words.format(path=path, count=number(LONGEST_GRAMMAR)))
    return text


def _sampling(arguments: argparse.Namespace, usual: "Sampling") -> "Sampling":
    from msgspec import ValidationError

    from desktop_app.domain.sampling import parameters, with_changes

    given = {parameter.name: getattr(arguments, parameter.name) for parameter in parameters()}
    given |= {
        name: getattr(arguments, name)
        for name in ("begin_with", "stop", "banned", "grammar", "json_schema", "thinking")
    }
    try:
        return with_changes(usual, {name: value for name, value in given.items() if value is not None})
    except ValidationError as error:  # of what is no number, whose bounds argparse knows
        name = next(name for name in _OPTIONS if f"$.{name}" in str(error))
        words = _("argument {option}: one text is empty or too long, or there are too many")
        arguments.parser.error(words.format(option=_OPTIONS[name]))
        raise SystemExit(2) from None  # what `error` does already


def _as_json(text: str, receipt: "Receipt") -> dict[str, object]:
    return {
        "text": text,
        "finish_reason": receipt.finish_reason.value,
        "model": receipt.model_name,
        "seed": receipt.seed,
        "prompt_tokens": receipt.prompt_tokens,
        "cached_tokens": receipt.cached_tokens,
        "completion_tokens": receipt.completion_tokens,
        "seconds_to_first_token": round(receipt.seconds_to_first_token, 4),
        "tokens_per_second": round(receipt.tokens_per_second, 2),
    }
