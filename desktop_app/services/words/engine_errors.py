"""What a person reads when the engine or another computer that helps it fails; a part of `error_text`."""

from desktop_app.domain.errors import ErrorCode
from desktop_app.support.i18n import _


def engine_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step of each code, parameters not yet filled in."""
    ask_again = _("What was written so far is kept. Ask again to restart the model.")
    report = _("Run “inglenook doctor” to see what is wrong.")
    change_something = _("Change how it is loaded in its defaults, or choose another model; it is not started before.")
    return {
        ErrorCode.ENGINE_MISSING: (
            _("The engine that runs models is not installed."),
            _("Install Inglenook again; from its source, run the set-up again."),
        ),
        ErrorCode.ENGINE_START_FAILED: (_("The engine could not be started."), report),
        ErrorCode.ENGINE_VERSION: (
            _("The engine belongs to another release of the app."),
            _("Close the app everywhere, then start it again."),
        ),
        ErrorCode.ENGINE_CRASHED: (_("The model crashed."), ask_again),
        ErrorCode.ENGINE_OUT_OF_MEMORY: (
            _("The model ran out of memory."),
            _("What was written so far is kept. Ask again, and it starts with a smaller context."),
        ),
        ErrorCode.ENGINE_ILLEGAL_INSTRUCTION: (
            _("The engine used an instruction that this processor does not have."),
            _("What was written so far is kept. Ask again, and the model starts with safe CPU settings."),
        ),
        ErrorCode.ENGINE_KILLED: (
            _("The model was ended by the system or another program, perhaps for lack of memory."),
            ask_again,
        ),
        ErrorCode.ENGINE_UNLOADED: (
            _("The model was taken out of memory before this was done."),
            _("Try again, and it is loaded once more."),
        ),
        ErrorCode.ENGINE_NOT_RESPONDING: (_("The model did not stop in time, and was ended."), ask_again),
        ErrorCode.ENGINE_FAILED: (
            _("The model could not go on with this answer."),
            _("Try again. If it happens again, choose another model."),
        ),
        ErrorCode.ENGINE_DEVICE_FAILED: (_("The graphics card or its driver failed."), ask_again),
        ErrorCode.ENGINE_UNSUITED: (
            _("The engine needs an instruction that this processor does not have, even with safe CPU settings."),
            report,
        ),
        ErrorCode.ENGINE_NEVER_FITS: (
            _("The model runs out of memory, even with a context of {context_size} tokens."),
            _("Choose a smaller model, or close other programs and change its context in its defaults."),
        ),
        ErrorCode.ENGINE_FILE_CRASHES: (
            _("The engine crashes while it reads {path}, even with safe CPU settings."),
            _("The file is probably damaged: download it again, or choose another model."),
        ),
        ErrorCode.ENGINE_KEEPS_CRASHING: (
            _("The model keeps crashing, even with safe CPU settings."),
            change_something,
        ),
        ErrorCode.ENGINE_CRASHES_EVERYWHERE: (
            _("The model keeps crashing, even with safe CPU settings and without the graphics card."),
            change_something,
        ),
        ErrorCode.ENGINE_NOT_NUMBERS: (
            _("The model gave no usable numbers for the next word."),
            _("Its file may be damaged: check it on the page “Models”, or choose another model."),
        ),
        ErrorCode.PROBE_CRASHED: (
            _("The engine crashed while it looked for devices to compute on."),
            _("A graphics driver is the usual cause: update it or install it again, then look again."),
        ),
        ErrorCode.PROBE_TIMED_OUT: (
            _("The engine looked for devices to compute on for {seconds} s, and was ended."),
            _("A graphics driver that hangs is the usual cause: restart the computer, then look again."),
        ),
        ErrorCode.TUNING_BUSY: (
            _("The model is at work, so its speed cannot be measured just now."),
            _("Wait for the answer or the measuring that is under way, or stop it; then try again."),
        ),
    }


def server_error_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step of each code, parameters not yet filled in."""
    return {
        ErrorCode.SERVER_LOST: (
            _("The connection to {server}, which holds a part of the model, was lost."),
            _("What was written so far is kept. Ask again: the model is reloaded, without {server} where it fits."),
        ),
        ErrorCode.SERVER_SILENT: (
            _("{server}, which holds a part of the model, has not answered for {seconds} s, so it was given up."),
            _(
                "What was written so far is kept. Check whether that computer hangs or sleeps. Ask again: the model "
                "is reloaded, without {server} where it fits."
            ),
        ),
        ErrorCode.SERVER_NEEDED: (
            _("This model does not fit without the server {server}, which cannot be used."),
            _("Look at “Other computers” in the settings, or choose a smaller model."),
        ),
        ErrorCode.ENGINE_NO_SERVING: (
            _("The engine in use cannot lend this computer to others."),
            _("Run “python3 packaging/dev.py build-engine” first, which builds one that can."),
        ),
        ErrorCode.SERVER_PORT_TAKEN: (
            _(
                "Inglenook cannot listen at {server}: another program uses this port, or this computer has no such "
                "address."
            ),
            _("Choose another --port, or the address of this computer in your network as --host."),
        ),
        ErrorCode.SERVER_HOST: (
            _("“{host}” is not an IPv4 address, and llama.cpp serves only on those."),
            _("Give the address of this computer in your network, such as --host 192.168.1.20."),
        ),
    }
