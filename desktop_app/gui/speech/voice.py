"""A voice of the platform, in the process that speaks."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QLocale, QObject, Qt, Signal
from PySide6.QtTextToSpeech import QTextToSpeech

from desktop_app.gui.speech.process import SOUNDLESS
from desktop_app.services.writing.speech import Teller


class Voice(QObject):
    """Does in the application's thread what is asked for in another one."""

    _calls = Signal(object)

    def __init__(self, teller: Teller, engine: str) -> None:
        super().__init__()
        self._teller = teller
        self._engine = engine
        self._speech: QTextToSpeech | None = None
        self._number: int | None = None
        self._is_to_wait = False
        self._calls.connect(lambda action: action(), Qt.ConnectionType.QueuedConnection)
        self._later(self._open)

    def say(self, number: int, text: str, language: str, pace: float) -> None:
        """Speak."""
        self._later(lambda: self._say(number, text, language, pace))

    def pause(self) -> None:
        """Be silent for a while."""
        self._later(self._pause)

    def resume(self) -> None:
        """Go on."""
        self._later(self._resume)

    def silence(self) -> None:
        """Speak nothing more of it."""
        self._later(self._silence)

    def stop(self) -> None:
        """End the process."""
        self._later(QCoreApplication.quit)

    def _later(self, action: Callable[[], object]) -> None:
        self._calls.emit(action)

    def _pause(self) -> None:
        self._is_to_wait = True
        if self._speech is not None:
            self._speech.pause(QTextToSpeech.BoundaryHint.Immediate)

    def _resume(self) -> None:
        self._is_to_wait = False
        if self._speech is not None:
            self._speech.resume()

    def _open(self) -> None:
        """Find a voice, which may take seconds where the system's service has to be started."""
        names = [name for name in QTextToSpeech.availableEngines() if name != SOUNDLESS]
        name = self._engine or next(iter(names), "")
        if not name:
            self._teller.mute("no engine")
            return
        speech = QTextToSpeech(name, self)
        if speech.state() is QTextToSpeech.State.Error:
            self._teller.mute(speech.errorString())
            return
        speech.stateChanged.connect(self._changed)
        speech.sayingWord.connect(self._word)
        self._speech = speech
        self._teller.opened(can_pause=bool(speech.engineCapabilities() & QTextToSpeech.Capability.PauseResume))

    def _say(self, number: int, text: str, language: str, pace: float) -> None:
        speech = self._speech
        if speech is None:
            self._teller.mute("no engine")
            return
        self._is_to_wait = False
        self._number = None  # what is spoken now does not end, it is broken off
        speech.stop()
        locale = _nearest(speech, QLocale(language) if language else QLocale())
        if locale is not None and speech.locale() != locale:
            speech.setLocale(locale)
        speech.setRate(pace)
        self._number = number
        speech.say(text)

    def _silence(self) -> None:
        self._number = None
        if self._speech is not None:
            self._speech.stop()

    def _word(self, _word: str, _place: int, start: int, length: int) -> None:
        if self._number is not None:
            self._teller.word(self._number, start, length)

    def _changed(self, state: QTextToSpeech.State) -> None:
        speech = self._speech
        if state is QTextToSpeech.State.Error and speech is not None:
            self._number = None
            self._teller.mute(speech.errorString())
        elif state is QTextToSpeech.State.Paused and not self._is_to_wait and speech is not None:
            speech.resume()  # the pause came later than the wish to go on
        elif state is QTextToSpeech.State.Ready and self._number is not None:
            number, self._number = self._number, None
            self._teller.said(number)


def _nearest(speech: QTextToSpeech, wanted: QLocale) -> QLocale | None:
    """Return the locale of a voice for a language: with its region where there is one, or else any; or none."""
    known = speech.availableLocales()
    same = [locale for locale in known if locale == wanted]
    alike = [locale for locale in known if locale.language() == wanted.language()]
    return next(iter((*same, *alike)), None)
