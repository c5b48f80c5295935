"""`inglenook doctor`: says what this computer has, and whether everything is well. Only reads."""

import argparse


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("doctor", help="check this computer, the engine, the folders and the database")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what was found; returns 1 where something needs attention."""
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
