"""`inglenook models`: lists the models on this computer."""

import argparse


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("models", help="list the models on this computer")
    parser.add_argument("--json", action="store_true", help="print a JSON array")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one model a line: its name, quantization, size and path."""
    import msgspec

    from desktop_app.app import App
    from desktop_app.domain.sizes import readable_size
    from desktop_app.settings.store import SettingsStore
    from desktop_app.support.paths import Paths

    paths = Paths.for_user()
    app = App(paths, SettingsStore(paths.settings_file))
    try:
        models = app.library.models().result()
    finally:
        app.stop()
    if arguments.json:
        print(msgspec.json.encode(models).decode())
        return 0
    for model in models:
        print(f"{model.name}\t{model.quantization}\t{readable_size(model.size)}\t{model.path}")
    return 0
