"""`inglenook doctor`: says what this computer has, and whether everything is well. Only reads."""

import argparse

from desktop_app.support.i18n import _


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("doctor", help=_("check this computer, the engine, the folders and the database"))
    parser.add_argument("--json", action="store_true", help=_("print one JSON object"))
    parser.add_argument(
        "--self-check",
        action="store_true",
        help=_("try every part of this copy of the app, and say which does not work"),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; returns 1 where something needs attention."""
    if arguments.self_check:
        return _self_check(as_json=arguments.json)
    import msgspec

    from desktop_app.services.doctor import examine
    from desktop_app.support.paths import Paths

    findings = examine(Paths.for_user())
    if arguments.json:
        print(msgspec.json.encode(findings).decode())
    else:
        for title, rows in findings.sections():
            print(title)
            for name, value in rows:
                print(f"  {name:<20} {value}")
    return 0 if findings.healthy else 1


def _self_check(*, as_json: bool) -> int:
    """Print a line for each part that was tried; returns 1 where one does not work."""
    import msgspec

    from desktop_app.gui.self_check import window_checks
    from desktop_app.services.self_check import own_checks, run_checks

    outcomes = []
    for outcome in run_checks([*own_checks(), *window_checks()]):
        outcomes.append(outcome)
        if not as_json:
            word = _("works") if outcome.ok else _("fails")
            print(f"{word:<6} {outcome.name:<16} {outcome.told}", flush=True)
    if as_json:
        print(msgspec.json.encode(outcomes).decode())
    return 0 if all(outcome.ok for outcome in outcomes) else 1
