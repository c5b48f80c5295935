"""The process that speaks, with Qt TextToSpeech: it has no window, and may be ended at any moment.

It is a process since the system's speech service may hang, and Qt waits for it while everything else stands still.
The owner imports this module to spawn it, so nothing heavy is imported here.
"""

import os
import sys
import threading

from desktop_app.services.speech import Teller
from desktop_app.support.child import live_with_parent
from desktop_app.support.pipe import Pipe

SOUNDLESS = "mock"
"""An engine that Qt has for tests."""


def run(connection: Pipe, engine: str = "") -> None:
    """Serve the owner at the other end of `connection`, with the platform's usual engine where none is named."""
    live_with_parent()
    if sys.platform.startswith("linux"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_MAC_DISABLE_FOREGROUND_APPLICATION_TRANSFORM"] = "1"
    teller = Teller(connection)
    try:
        # isort: split
        from PySide6.QtCore import QCoreApplication

        from desktop_app.gui import plain_imports  # noqa: F401  # before PySide6
        from desktop_app.gui.speech.voice import Voice
    except ImportError as error:  # a library of the system is not there
        teller.mute(str(error))
        return
    application = QCoreApplication(sys.argv[:1])
    voice = Voice(teller, engine)
    listening = threading.Thread(target=teller.listen, args=(voice,), name="speech-reader", daemon=True)
    listening.start()
    application.exec()


def run_without_sound(connection: Pipe) -> None:
    """Serve with an engine that makes no sound and tells each word."""
    run(connection, SOUNDLESS)
