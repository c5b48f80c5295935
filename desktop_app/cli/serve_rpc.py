"""`inglenook serve-rpc`: lends this computer's devices to the models of another one (llama.cpp's RPC)."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from desktop_app.cli.numbers import bounded
from desktop_app.domain.servers import HIGHEST_PORT
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.protocol.servers import Offered

PORT = 50052


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    words = _("lend this computer to the models of another one (llama.cpp's RPC)")
    parser = commands.add_parser(
        "serve-rpc",
        help=words,
        description=_(
            "Lends this computer to the models of another one (llama.cpp's RPC), until Ctrl+C. The protocol has no password and no encryption."
        ),
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help=_("IPv4 address to listen on; without it only this computer can connect"),
    )
    parser.add_argument(
        "--port",
        type=bounded(int, 1, HIGHEST_PORT),
        default=PORT,
        metavar="N",
        help=_("port to listen on ({port})").format(port=PORT),
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until somebody ends it; returns 1 where that could not be begun or went wrong."""
    from desktop_app.domain.errors import error_from_info
    from desktop_app.services.hardware.builds import EngineBuilds
    from desktop_app.services.hardware.lending import Lending, is_this_computer_only
    from desktop_app.services.words.server_words import open_warning, serving_lines
    from desktop_app.support.paths import Paths

    address = f"{arguments.host}:{arguments.port}"

    def tell(offered: "Sequence[Offered]") -> None:
        lines = serving_lines(address, [(each.description, each.device) for each in offered])
        if not is_this_computer_only(arguments.host):
            print(open_warning(), file=sys.stderr, flush=True)  # before the address is there to be used
        print("\n".join(lines), flush=True)

    lending = Lending(EngineBuilds(Paths.for_user().engines).in_use(), arguments.host, arguments.port, tell)
    with arguments.interrupts.held():
        lending.start()
        try:
            raise error_from_info(arguments.interrupts.result_of(lending.ended))
        finally:
            lending.kill()
