"""Says in one sentence which family of networks a model belongs to, and what that means."""

from typing import assert_never

from desktop_app.domain.families import Family, Network
from desktop_app.support.i18n import _


def family_words(network: Network, architecture: str) -> str:
    """Return the sentence; empty where nothing is known, not even a name."""
    if network.family is Family.UNKNOWN:
        words = _("Not known: this app has not met the architecture “{architecture}” yet.")
        return words.format(architecture=architecture) if architecture else ""
    if not network.is_mixture:
        return _plain(network.family)
    if network.asked:
        return _counted(network.family).format(asked=network.asked, experts=network.experts)
    return _mixed(network.family)


def _plain(family: Family) -> str:
    match family:
        case Family.TRANSFORMER:
            return _("A transformer: for each next token it looks back at all that came before.")
        case Family.RECURRENT:
            return _("A recurrent network: it reads on with a memory of fixed size instead of looking back, so a long chat takes no more room than a short one.")  # fmt: skip
        case Family.HYBRID:
            return _("A hybrid: in part recurrent, with a memory of fixed size, in part a transformer, which looks back at all that came before.")  # fmt: skip
        case Family.CONVOLUTIONAL_HYBRID:
            return _("A hybrid: most layers mix only neighbouring tokens, as convolutional networks do; the others look back at all that came before, as a transformer does.")  # fmt: skip
        case Family.ENCODER:
            return _("An encoder, a transformer that reads a whole text at once and turns it into numbers for its meaning; it finds texts and does not chat.")  # fmt: skip
        case Family.ENCODER_DECODER:
            return _("A transformer in two parts: an encoder reads the whole text at once, a decoder writes the answer token by token.")  # fmt: skip
        case Family.DIFFUSION:
            return _("A diffusion model: a transformer that begins with a text of blanks and fills them in, in several rounds, instead of writing token by token.")  # fmt: skip
        case Family.SPEECH:
            return _("A part of a model that speaks: it turns tokens into sound and does not chat.")
        case Family.IMAGE_READER:
            return _("A part of a model that sees: it turns images into what the rest can read, and does not chat by itself.")  # fmt: skip
        case Family.UNKNOWN:
            return ""
        case _:
            assert_never(family)


def _mixed(family: Family) -> str:
    """Return the sentence about a mixture whose numbers are not known."""
    match family:
        case Family.HYBRID | Family.CONVOLUTIONAL_HYBRID | Family.RECURRENT:
            return _("A hybrid with a mixture of experts: in part with a memory of fixed size, in part looking back as a transformer does; each token asks only a few of many small networks, so it writes faster than its size suggests.")  # fmt: skip
        case Family.TRANSFORMER:
            return _("A mixture-of-experts transformer: for each next token it looks back at all that came before, and asks only a few of many small networks, so it writes faster than its size suggests.")  # fmt: skip
        case _:
            return _plain(family)


def _counted(family: Family) -> str:
    """Return the sentence about a mixture, with places for its numbers."""
    match family:
        case Family.HYBRID | Family.CONVOLUTIONAL_HYBRID | Family.RECURRENT:
            return _("A hybrid with a mixture of experts: in part with a memory of fixed size, in part looking back as a transformer does; each token asks {asked} of {experts} small networks, so it writes faster than its size suggests.")  # fmt: skip
        case Family.TRANSFORMER:
            return _("A mixture-of-experts transformer: for each next token it looks back at all that came before, and asks {asked} of {experts} small networks, so it writes faster than its size suggests.")  # fmt: skip
        case _:
            return _plain(family)
