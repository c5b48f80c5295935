"""Says in words what is wrong with an address, what a server offers, and why one is not used."""

from collections.abc import Sequence

from desktop_app.domain.servers import MOST_SERVERS, Flaw, ServerAnswer, ServerDevice, Trouble
from desktop_app.domain.sizes import readable_size
from desktop_app.engine.greeting import MAJOR, MINOR
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _, ngettext


def flaw_words(flaw: Flaw) -> str:
    """Return why what was typed cannot be added, and what it should look like."""
    words = {
        Flaw.EMPTY: _("Type the address of the other computer, such as 192.168.1.20:50052."),
        Flaw.NO_PORT: _("The port is missing: put a colon and its number behind the address, such as :50052."),
        Flaw.PORT: _("The port, behind the colon, is a number from 1 to 65,535."),
        Flaw.BRACKETS: _("Put an IPv6 address in brackets, with the port behind them: [fd00::20]:50052."),
        Flaw.HOST: _(
            "That is neither the name of a computer nor an IP address. It should look like 192.168.1.20:50052."
        ),
        Flaw.TWICE: _("This address is in the list already."),
        Flaw.TOO_MANY: _("More than {most} servers are not used at once; remove one first."),
    }
    return words[flaw].format(most=MOST_SERVERS)


def trouble_words(trouble: Trouble) -> str:
    """Return in a sentence why a server is not used."""
    words = {
        Trouble.OFFLINE: _("Inglenook is offline, because you switched the network off."),
        Trouble.NO_PART: _("The engine in use has no part that speaks with other computers."),
        Trouble.UNKNOWN_HOST: _("No computer is known by this name."),
        Trouble.REFUSED: _("The computer is there, but nobody listens at this port."),
        Trouble.UNREACHABLE: _("The computer does not answer."),
        Trouble.SILENT: _(
            "The connection was accepted but not answered; a server that is busy with another model does this."
        ),
        Trouble.CLOSED: _("The connection was closed at once: this is not a server for models, or it is too old."),
        Trouble.NONSENSE: _("Something else answers at this address: it is not a server for models."),
        Trouble.OTHER_VERSION: _("The server speaks another version of the protocol than this engine."),
        Trouble.NO_DEVICE: _("The server has no device to compute on."),
    }
    return words[trouble]


def next_step(answer: ServerAnswer) -> str:
    """Return what to do about a server that cannot be used, empty for one that can."""
    if answer.trouble is None:
        return ""
    start = _("Start “inglenook serve-rpc” on that computer, and let its firewall admit this one.")
    check = _("Check the address and the port, and what runs there.")
    words = {
        Trouble.OFFLINE: _("Switch it on in the settings at “Network” to use other computers."),
        Trouble.NO_PART: _("Run “packaging/dev.py build-engine”, which builds one that has it."),
        Trouble.UNKNOWN_HOST: _("Check how the name is spelt, or type the IP address instead."),
        Trouble.REFUSED: start,
        Trouble.UNREACHABLE: start,
        Trouble.SILENT: _("Wait until the other model is unloaded: a server serves one at a time."),
        Trouble.CLOSED: check,
        Trouble.NONSENSE: check,
        Trouble.OTHER_VERSION: _(
            "Use the same release of Inglenook on both computers: there it is version {theirs}, here {ours}."
        ),
        Trouble.NO_DEVICE: check,
    }
    return words[answer.trouble].format(theirs=answer.version, ours=f"{MAJOR}.{MINOR}")


def answer_words(answer: ServerAnswer) -> str:
    """Return what a server offers, or why it cannot be used and what to do."""
    if answer.trouble is not None:
        return paragraph([trouble_words(answer.trouble), next_step(answer)])
    free = readable_size(sum(device.free_memory for device in answer.devices))
    total = readable_size(sum(device.total_memory for device in answer.devices))
    return ngettext(
        "It answers, and offers {count} device with {free} of {total} free.",
        "It answers, and offers {count} devices with {free} of {total} free together.",
        len(answer.devices),
    ).format(count=len(answer.devices), free=free, total=total)


def missing_words(missing: Sequence[ServerAnswer]) -> list[str]:
    """Return a sentence for each server that a model should be on and is not."""
    without = _("Without {server}: {why}")
    return [
        without.format(server=answer.address, why=trouble_words(answer.trouble))
        for answer in missing
        if answer.trouble is not None
    ]


def serving_lines(address: str, devices: Sequence[tuple[str, ServerDevice]]) -> list[str]:
    """Return what the other computer's terminal says while it lends `devices`, each with what it is called."""
    free = _("{device}: {free} of {total} free")
    offered = [
        "  "
        + free.format(device=name, free=readable_size(device.free_memory), total=readable_size(device.total_memory))
        for name, device in devices
    ]
    return [
        _("This computer can be used at {address}, by one model at a time, until you press Ctrl+C:").format(
            address=address
        ),
        *offered,
        _(
            "In the settings of the computer with the model, add under “Other computers” the address of this one, and :{port}."
        ).format(port=address.rpartition(":")[2]),
    ]


def open_warning() -> str:
    """Return what has to be known by who lets other computers connect."""
    return _(
        "Warning: the protocol has no password and no encryption. Whoever reaches this address can compute here, and "
        "whoever watches the network can read what is sent. Use it only in a network that you trust, never on the internet."
    )
