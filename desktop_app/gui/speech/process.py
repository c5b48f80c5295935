"""The process that speaks, with Qt TextToSpeech: it has no window, and may be ended at any moment.

It is a process since the system's speech service may hang, and Qt waits for it while everything else stands still.
The owner imports this module to spawn it, so nothing heavy is imported here.
"""

import os
import sys
import threading
from collections.abc import MutableMapping

from desktop_app.services.writing.speech import Teller
from desktop_app.support.child import live_with_parent
from desktop_app.support.pipe import Pipe

SOUNDLESS = "mock"
"""An engine that Qt has for tests."""


def run(connection: Pipe, engine: str = "") -> None:
    """Serve the owner at the other end of `connection`, with the platform's usual engine where none is named."""
    live_with_parent()
    set_environment(os.environ, sys.platform)
    teller = Teller(connection)
    try:
        # isort: split
        from PySide6.QtCore import QCoreApplication

        from desktop_app.gui.speech.voice import Voice
        from desktop_app.gui.system import plain_imports  # noqa: F401  # before PySide6
    except ImportError as error:  # a library of the system is not there
        teller.mute(str(error))
        return
    application = QCoreApplication(sys.argv[:1])
    voice = Voice(teller, engine)
    listening = threading.Thread(target=teller.listen, args=(voice,), name="speech-reader", daemon=True)
    listening.start()
    application.exec()


def set_environment(environ: MutableMapping[str, str], platform: str) -> None:
    """Choose how Qt works in a process without a window; before it is imported."""
    if platform.startswith("linux"):
        environ["QT_QPA_PLATFORM"] = "offscreen"
    elif platform == "darwin":
        environ["QT_MAC_DISABLE_FOREGROUND_APPLICATION_TRANSFORM"] = "1"
        # the system says over its main queue what is spoken, and Qt's usual loop without windows never serves that
        environ["QT_EVENT_DISPATCHER_CORE_FOUNDATION"] = "1"


def run_without_sound(connection: Pipe) -> None:
    """Serve with an engine that makes no sound and tells each word."""
    run(connection, SOUNDLESS)
