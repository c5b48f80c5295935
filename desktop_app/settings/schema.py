"""Every setting, declared once: its section, title, default, bounds and help.

The settings page, the command line's help and the documentation are generated from these structs.
Titles and descriptions are English message ids.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from desktop_app.domain.sampling import Sampling
from desktop_app.domain.servers import LONGEST_ADDRESS, MOST_SERVERS
from desktop_app.support.i18n import LANGUAGES


class Appearance(StrEnum):
    """Colours of the window."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Language(StrEnum):
    """Languages that have a complete catalogue; the system's, where it is none of them, is English."""

    SYSTEM = "system"
    ENGLISH = "en"
    GERMAN = "de"
    SPANISH = "es"
    FRENCH = "fr"
    CHINESE = "zh_CN"
    ARABIC = "ar"


class SendKey(StrEnum):
    """What sends a message from the composer."""

    ENTER = "enter"
    SHIFT_ENTER = "shift_enter"
    CTRL_ENTER = "ctrl_enter"


class WhenFull(StrEnum):
    """What becomes of a chat that no longer fits the model's context."""

    DROP = "drop"
    STOP = "stop"
    SUMMARIZE = "summarize"


class LineWidth(StrEnum):
    """How wide the text of a chat may become."""

    USUAL = "usual"
    WIDE = "wide"
    WINDOW = "window"


class AppearanceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Appearance"""

    theme: Annotated[
        Appearance,
        Meta(
            title="Theme",
            description="Light, dark, or as the system is set.",
            extra_json_schema={"labels": {"system": "Same as the system", "light": "Light", "dark": "Dark"}},
        ),
    ] = Appearance.SYSTEM
    text_size: Annotated[
        int,
        Meta(
            title="Text size",
            description="Size of all text, in percent.",
            ge=80,
            le=200,
            extra_json_schema={"step": 10, "unit": "%"},
        ),
    ] = 100
    reduced_motion: Annotated[
        bool, Meta(title="Reduce motion", description="Show changes at once instead of sliding or fading.")
    ] = False


class ReadingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Reading"""

    follow: Annotated[
        bool,
        Meta(
            title="Scroll along with answers",
            description="Keeps the newest words in sight while an answer is written. Otherwise the chat stops when your question is at the top, so that you can read from there.",
        ),
    ] = True
    width: Annotated[
        LineWidth,
        Meta(
            title="Width of the text",
            description="How wide chats become in a wide window. Wider lines suit code and tables.",
            extra_json_schema={"labels": {"usual": "Usual", "wide": "Wide", "window": "As wide as the window"}},
        ),
    ] = LineWidth.USUAL
    font: Annotated[
        str,
        Meta(
            title="Font",
            description="The font of chats and of the window; code keeps its own.",
            max_length=200,
            extra_json_schema={"kind": "font"},
        ),
    ] = ""
    times: Annotated[
        bool,
        Meta(title="Times of messages", description="Shows below each message when it was asked or written."),
    ] = False


class LanguageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Language"""

    language: Annotated[
        Language,
        Meta(
            title="Language",
            description="Language of the window and messages.",
            extra_json_schema={"labels": {"system": "Same as the system", **LANGUAGES}},
        ),
    ] = Language.SYSTEM


class FolderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Folders"""

    models: Annotated[
        str,
        Meta(
            title="Models folder",
            description="Folder whose GGUF files are listed beside the starter model; empty for the app's own folder.",
            extra_json_schema={"kind": "folder"},
        ),
    ] = ""
    other_apps: Annotated[
        bool,
        Meta(
            title="Models of other apps",
            description="Offers the models of LM Studio, Ollama, GPT4All, Jan and the hub's cache, used where they are.",
        ),
    ] = True


class NetworkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Network"""

    offline: Annotated[
        bool, Meta(title="Stay offline", description="Nothing goes over the network, whatever is asked for.")
    ] = False
    downloads_at_once: Annotated[
        int,
        Meta(
            title="Downloads at once",
            description="How many models are downloaded side by side.",
            ge=1,
            le=8,
            extra_json_schema={"step": 1},
        ),
    ] = 2
    speed_limit: Annotated[
        int,
        Meta(
            title="Speed limit",
            description="For all downloads together; 0 is no limit.",
            ge=0,
            le=10_000,
            extra_json_schema={"step": 1, "unit": "MB/s", "empty": "no limit", "stands_for": 0},
        ),
    ] = 0
    mirror: Annotated[
        str,
        Meta(
            title="Mirror",
            description="Address of a server that answers in place of the hub; empty for the hub itself, or what HF_ENDPOINT says.",
        ),
    ] = ""


class HistorySettings(msgspec.Struct, frozen=True, kw_only=True):
    """History"""

    automatic_titles: Annotated[
        bool, Meta(title="Name chats automatically", description="Gives a new chat a title from its first question.")
    ] = True
    model_titles: Annotated[
        bool,
        Meta(
            title="Let the model name chats",
            description="The model writes a better title after its first answer, in the background; the first words stay where it has none.",
        ),
    ] = True
    trash_days: Annotated[
        int,
        Meta(
            title="Keep deleted chats",
            description="Days until a deleted chat is gone for good.",
            ge=1,
            le=365,
            extra_json_schema={"step": 1, "unit": "days"},
        ),
    ] = 30
    lock_after: Annotated[
        int,
        Meta(
            title="Lock automatically",
            description="Minutes of inactivity after which chats that have a passphrase are locked; 0 means never.",
            ge=0,
            le=1440,
            extra_json_schema={"step": 5, "unit": "minutes", "empty": "never", "stands_for": 0},
        ),
    ] = 15


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Engine"""

    context_size: Annotated[
        int,
        Meta(
            title="Context size",
            description="Tokens that a model can look at; 0 takes the model's own, up to 8,192. Applies when a model is next loaded.",
            ge=0,
            le=131072,
            extra_json_schema={"step": 512, "unit": "tokens", "empty": "auto", "stands_for": 0},
        ),
    ] = 0
    when_full: Annotated[
        WhenFull,
        Meta(
            title="When a chat is too long",
            description="What happens when a chat no longer fits the model's context. The chat itself is always kept whole.",
            extra_json_schema={
                "labels": {"drop": "Forget the oldest", "stop": "Stop and ask", "summarize": "Keep a summary"}
            },
        ),
    ] = WhenFull.DROP
    threads: Annotated[
        int,
        Meta(
            title="Threads",
            description="CPU threads for the model; 0 chooses. Applies when a model is next loaded.",
            ge=0,
            le=256,
            extra_json_schema={"step": 1, "empty": "auto", "stands_for": 0},
        ),
    ] = 0
    gpu_layers: Annotated[
        int,
        Meta(
            title="Layers on the GPU",
            description="How many layers of a model the graphics card takes; -1 for all that fit, 0 for none. Applies when a "
            "model is next loaded.",
            ge=-1,
            le=1024,
            extra_json_schema={"step": 1, "empty": "all that fit", "stands_for": -1},
        ),
    ] = -1
    unload_minutes: Annotated[
        int,
        Meta(
            title="Unload idle models",
            description="Models that were not used for this long are unloaded to free memory; the next question loads them "
            "again. 0 keeps them loaded.",
            ge=0,
            le=1440,
            extra_json_schema={"step": 5, "unit": "minutes", "empty": "never", "stands_for": 0},
        ),
    ] = 30
    snapshot_gigabytes: Annotated[
        int,
        Meta(
            title="Disk space for the prompt cache",
            description="Keeps what models have read of your chats, so that they go on at once after a restart; 0 keeps nothing.",
            ge=0,
            le=1000,
            extra_json_schema={"step": 1, "unit": "GB"},
        ),
    ] = 4
    guesses: Annotated[
        bool,
        Meta(
            title="Guess ahead",
            description="Computes several tokens at once where the next ones can be guessed, as in a text that repeats its question. It never changes what is likely.",
        ),
    ] = True
    reproducible: Annotated[
        bool,
        Meta(
            title="Reproducible answers",
            description="Computes every answer by itself, so that “Run again” gives the same text on this computer. Slower: nothing that was read before is used again, and nothing is guessed.",
        ),
    ] = False
    record_probabilities: Annotated[
        bool,
        Meta(
            title="Record probabilities",
            description="Keeps how sure the model was of each word, for the glass box. Costs a few percent of the speed, and about 60 bytes a word on disk.",
        ),
    ] = True
    safe_mode: Annotated[
        bool,
        Meta(
            title="Safe CPU settings",
            description="Avoids fast paths that crash on some processors. The app turns to them by itself when needed.",
        ),
    ] = False


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Other computers"""

    addresses: Annotated[
        tuple[Annotated[str, Meta(max_length=LONGEST_ADDRESS)], ...],
        Meta(
            title="Servers",
            description="Addresses of other computers that may hold layers of a model. Nothing is connected to before a model is loaded.",
            max_length=MOST_SERVERS,
        ),
    ] = ()
    for_every_model: Annotated[
        bool,
        Meta(
            title="For every model",
            description="Uses them also for models that fit into this computer. Worth it where they have the better graphics card.",
        ),
    ] = False


class QuestionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Questions"""

    hints: Annotated[
        bool,
        Meta(
            title="Hints on vague questions",
            description="Says below the field what the first question of a chat leaves open: what it is about, whom it is for, in what form. Looks at English questions only.",
        ),
    ] = True
    long_paste: Annotated[
        bool,
        Meta(
            title="Attach long texts",
            description="A pasted text of more than 2,000 characters or 30 lines becomes an attachment; it can be inserted as text instead.",
        ),
    ] = True


class SpellingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Spelling"""

    check: Annotated[
        bool,
        Meta(
            title="Check spelling",
            description="Underlines the words of your questions that no dictionary knows; their menu has suggestions. Nothing leaves this computer for it.",
        ),
    ] = True
    languages: Annotated[
        tuple[Annotated[str, Meta(max_length=40)], ...],
        Meta(
            title="Dictionaries",
            description="A word is right when one of them knows it. As long as none is chosen, they are those of the system's languages and of the window's, and English beside them.",
            max_length=20,
            extra_json_schema={"kind": "dictionaries"},
        ),
    ] = ()


class OwnWordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Own words"""

    words: Annotated[
        tuple[Annotated[str, Meta(max_length=100)], ...],
        Meta(title="Own words", description="Words that are right although no dictionary has them.", max_length=10_000),
    ] = ()
    """What an older release kept here; `services.writing.own_words` takes them from here."""


class SpeechSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Reading aloud"""

    pace: Annotated[
        int,
        Meta(
            title="Speed of the voice",
            description="How fast answers are read aloud, in percent of the voice's own speed.",
            ge=50,
            le=200,
            extra_json_schema={"step": 10, "unit": "%"},
        ),
    ] = 100


class KeyboardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Keyboard"""

    send_key: Annotated[
        SendKey,
        Meta(
            title="Send with",
            description="Whichever of Enter and Shift+Enter does not send starts a new line.",
            extra_json_schema={"keys": {"enter": "Enter", "shift_enter": "Shift+Enter", "ctrl_enter": "Ctrl+Enter"}},
        ),
    ] = SendKey.ENTER


class DesktopSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Desktop"""

    tray: Annotated[
        bool,
        Meta(
            title="Icon in the tray",
            description="Shows whether an answer is being written; its menu has the latest chats, a quick question and Stop.",
        ),
    ] = False
    keep_running: Annotated[
        bool,
        Meta(
            title="Keep running without a window",
            description="Closing the last window leaves Inglenook in the tray, as long as its icon is shown there.",
        ),
    ] = False
    quick_keys: Annotated[
        str,
        Meta(
            title="Keys for a quick question",
            description="Open a small window for one question from whichever program is in front. Click, then press the "
            "keys; Backspace removes them.",
            max_length=60,
            extra_json_schema={"kind": "keys"},
        ),
    ] = ""
    notify: Annotated[
        bool,
        Meta(
            title="Notify when an answer is complete",
            description="A notification when an answer took longer than ten seconds and no window of Inglenook is looked at. It has the chat's title, never its text.",
        ),
    ] = True


class UpdateSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Updates"""

    look: Annotated[
        bool,
        Meta(
            title="Check for updates",
            description="Asks once a day, when Inglenook starts, whether there is a newer release. Nothing is sent along, and nothing is installed.",
        ),
    ] = False


class ShortcutSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Shortcuts"""

    keys: Annotated[
        dict[Annotated[str, Meta(max_length=200)], Annotated[str, Meta(max_length=60)]],
        Meta(
            title="Changed shortcuts",
            description="Keys by the names of commands; empty for none. Commands that are not listed have their default keys.",
            max_length=500,
        ),
    ] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings by section; a section's docstring is its title."""

    appearance: AppearanceSettings = AppearanceSettings()
    language: LanguageSettings = LanguageSettings()
    reading: ReadingSettings = ReadingSettings()
    folders: FolderSettings = FolderSettings()
    network: NetworkSettings = NetworkSettings()
    history: HistorySettings = HistorySettings()
    engine: EngineSettings = EngineSettings()
    servers: ServerSettings = ServerSettings()
    questions: QuestionSettings = QuestionSettings()
    spelling: SpellingSettings = SpellingSettings()
    own_words: OwnWordSettings = OwnWordSettings()
    speech: SpeechSettings = SpeechSettings()
    keyboard: KeyboardSettings = KeyboardSettings()
    shortcuts: ShortcutSettings = ShortcutSettings()
    desktop: DesktopSettings = DesktopSettings()
    updates: UpdateSettings = UpdateSettings()
    sampling: Sampling = Sampling()
