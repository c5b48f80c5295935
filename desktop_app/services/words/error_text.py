"""What a person reads for each error: a sentence, and what to do next."""

from collections import defaultdict

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.servers import Trouble
from desktop_app.domain.sizes import readable_size
from desktop_app.support.formats import number, paragraph, shortest
from desktop_app.support.i18n import _
from desktop_app.support.long_paths import plain


class Explanation(msgspec.Struct, frozen=True):
    """Two plain sentences in the person's language."""

    sentence: str
    next_step: str

    @property
    def text(self) -> str:
        """Both sentences."""
        return paragraph((self.sentence, self.next_step))


def explain(info: ErrorInfo) -> Explanation:
    """Return the words for an error, its parameters filled in; one that is missing shows as '?'."""
    sentence, next_step = _words(info.code)
    values = defaultdict(lambda: "?", {name: _readable(value) for name, value in info.params.items()})
    if "problem" in info.params:  # what another process found is English, as far as it is not another program's
        values["problem"] = _(values["problem"])
    if info.code is ErrorCode.MODEL_INCOMPLETE:
        sizes = {name: info.params.get(name) for name in ("missing", "needed")}
        values.update((name, readable_size(size)) for name, size in sizes.items() if isinstance(size, int))
    if info.code is ErrorCode.SERVER_NEEDED and values["trouble"] in set(Trouble):
        from desktop_app.services.words.server_words import trouble_words

        values["trouble"] = trouble_words(Trouble(values["trouble"]))
    if info.code in (ErrorCode.PERSONA_VALUE_CLAMPED, ErrorCode.PERSONA_VALUE_UNUSABLE):
        values["name"] = _setting_title(values["name"])
    step = next_step.format_map(values)
    if info.code is ErrorCode.SERVER_NEEDED:
        step = paragraph((values["trouble"], step))
    return Explanation(sentence.format_map(values), step)


def _setting_title(name: str) -> str:
    """Return what a sampling setting is called in the panel; its key where it is none with a number."""
    from desktop_app.domain.sampling import parameters

    return next((_(parameter.title) for parameter in parameters() if parameter.name == name), name)


def _readable(value: str | float) -> str:
    return plain(value) if isinstance(value, str) else number(value) if isinstance(value, int) else shortest(value, 6)


def _words(code: ErrorCode) -> tuple[str, str]:
    """Return the translated sentence and next step, parameters not yet filled in."""
    # here, since most starts meet no error
    from desktop_app.services.words.answer_errors import answer_words
    from desktop_app.services.words.chat_file_errors import incoming_words, outgoing_words
    from desktop_app.services.words.download_errors import download_words
    from desktop_app.services.words.engine_errors import engine_words, server_error_words
    from desktop_app.services.words.installation import library_words
    from desktop_app.services.words.link_words import link_words
    from desktop_app.services.words.locking_words import locking_error_words
    from desktop_app.services.words.model_errors import model_file_words, model_use_words
    from desktop_app.services.words.update_words import update_words

    families = (
        model_file_words,
        model_use_words,
        _template_words,
        engine_words,
        server_error_words,
        answer_words,
        _start_words,
        _storage_words,
        _speech_words,
        _settings_words,
        locking_error_words,
        library_words,
        outgoing_words,
        incoming_words,
        download_words,
        _prompt_template_words,
        _persona_words,
        _attachment_words,
        link_words,
        update_words,
    )
    for family in families:
        words = family().get(code)
        if words is not None:
            return words
    raise KeyError(code)


def _persona_words() -> dict[ErrorCode, tuple[str, str]]:
    mend = _("Fix the file in a text editor; it stays as it is until then.")
    as_usual = _("Change it in the persona to remove this note.")
    add = _("What the model should always know can be added to its system prompt.")
    return {
        ErrorCode.PERSONA_INVALID: (_("Line {line} of the persona cannot be read: {problem}."), mend),
        ErrorCode.PERSONA_NOT_TEXT: (_("The persona {path} is not a text file in UTF-8."), mend),
        ErrorCode.PERSONA_TOO_LARGE: (
            _("The persona {path} has {size}; {most} is the most that is read."),
            _("Make it shorter, then look again."),
        ),
        ErrorCode.PERSONA_UNREADABLE: (
            _("The persona {path} cannot be read."),
            _("Check that you may open it and that its disk is connected, then look again."),
        ),
        ErrorCode.PERSONA_UNSAVED: (
            _("The persona could not be written to {path}."),
            _("Check that the disk has room and that you may write there, then try again. Nothing was lost."),
        ),
        ErrorCode.PERSONA_GONE: (_("This persona no longer exists."), _("Choose another persona.")),
        ErrorCode.PERSONA_VALUE_CLAMPED: (_("“{name}” was {value}; {used} is used, which is its bound."), as_usual),
        ErrorCode.PERSONA_VALUE_UNUSABLE: (_("“{name}” cannot be {value}; your own value is used."), as_usual),
        ErrorCode.PERSONA_SETTING_UNKNOWN: (_("“{name}” is not known to this release, and is left out."), as_usual),
        ErrorCode.PERSONA_MODEL_MISSING: (
            _("The model “{model}” is not on this computer; the chosen one answers."),
            _("Get it on the Models page, or choose another one in the persona."),
        ),
        ErrorCode.PERSONA_PICTURE_MISSING: (
            _("The picture “{picture}” was not found; another one is shown."),
            _("Put the image beside the persona's file, or choose another picture."),
        ),
        ErrorCode.PERSONA_NOT_KNOWN: (
            _("No persona was found in {path}."),
            _(
                "Choose a persona's file, a character card (PNG, JSON, YAML), or what Open WebUI, LM Studio, Jan or Ollama exports."
            ),
        ),
        ErrorCode.PERSONA_GREETINGS_LEFT_OUT: (_("“{name}” has more greetings; the first one was taken."), add),
        ErrorCode.PERSONA_WORLD_LEFT_OUT: (
            _("“{name}” brings texts for key words of a chat, which were left out."),
            add,
        ),
        ErrorCode.PERSONA_LAST_WORDS_LEFT_OUT: (
            _("“{name}” has instructions for the end of the prompt, which were left out."),
            add,
        ),
        ErrorCode.PERSONA_TOOLS_LEFT_OUT: (_("“{name}” has tools or documents, which were left out."), add),
    }


def _template_words() -> dict[ErrorCode, tuple[str, str]]:
    set_another = _("Set another chat template in the model's defaults, or choose another model.")
    if_wrong = _("If its answers look wrong, set a chat template for it in its defaults.")
    return {
        ErrorCode.TEMPLATE_INVALID: (_("The model's chat template cannot be used."), set_another),
        ErrorCode.TEMPLATE_TIMEOUT: (_("The model's chat template takes too long, and was stopped."), set_another),
        ErrorCode.TEMPLATE_MISSING: (
            _("The file of {model} brings no chat template along, so a common one (ChatML) is used."),
            if_wrong,
        ),
        ErrorCode.TEMPLATE_LOSES_SYSTEM: (
            _("The chat template of {model} leaves out the system prompt, so the model does not follow it."),
            set_another,
        ),
        ErrorCode.TEMPLATE_LOSES_TEXT: (
            _("The chat template of {model} leaves out parts of a conversation, so the model does not know them."),
            set_another,
        ),
        ErrorCode.TEMPLATE_NO_END: (
            _("With its chat template, {model} may not know when an answer is complete."),
            _("If its answers go on and on, set another chat template in its defaults."),
        ),
        ErrorCode.TEMPLATE_NOT_ROUND_TRIP: (
            _("The vocabulary of {model} lacks characters of its chat template, and the model cannot read them."),
            if_wrong,
        ),
    }


def _start_words() -> dict[ErrorCode, tuple[str, str]]:
    return {
        ErrorCode.OWNER_UNREACHABLE: (
            _("Inglenook is running already, but does not answer."),
            _("Close its window, then try again."),
        ),
        ErrorCode.OWNER_HAS_NO_WINDOW: (
            _("A command is using Inglenook's folder just now."),
            _("Wait until it has finished, then open the window."),
        ),
        ErrorCode.WINDOW_UNAVAILABLE: (
            _("There is no display that a window could be shown on."),
            _("Use “inglenook ask” here, or start Inglenook from a desktop."),
        ),
    }


def _storage_words() -> dict[ErrorCode, tuple[str, str]]:
    free_space = _("Free some space; what is unsaved is kept in memory and saved as soon as it fits.")
    return {
        ErrorCode.STORAGE_DISK_FULL: (_("The disk is full, so nothing can be saved."), free_space),
        ErrorCode.STORAGE_READ_ONLY: (
            _("The chats cannot be changed, because their file is read-only."),
            _("Allow writing to {path}, then start again."),
        ),
        ErrorCode.STORAGE_NEWER_RELEASE: (
            _("The chats were last used by a newer release of Inglenook."),
            _(
                "Update Inglenook. Or go back: move {path} aside, and copy to that name the newest backup in {folder} whose name has “before” in it. Nothing was changed."
            ),
        ),
        ErrorCode.STORAGE_DAMAGED: (
            _("The file with the chats is damaged."),
            _("Keep {path} safe, and put a backup from the folder “backups” beside it in its place."),
        ),
        ErrorCode.MESSAGE_DAMAGED: (
            _("This message is damaged and cannot be read."),
            _("The rest of the chat is whole. A backup may still have the message."),
        ),
        ErrorCode.STORAGE_BUSY: (_("Another program is using the chats."), _("Close it, then try again.")),
        ErrorCode.STORAGE_FAILED: (
            _("The chats could not be read or saved."),
            _("Run “inglenook doctor” to see what is wrong."),
        ),
        ErrorCode.DATA_FOLDER_FULL: (
            _("There is no room left on the disk of Inglenook's folder, {path}."),
            _("Free some space, then start again."),
        ),
        ErrorCode.DATA_FOLDER_UNWRITABLE: (
            _("Inglenook cannot write to its folder, {path}."),
            _("Allow writing there, or set INGLENOOK_HOME to another folder."),
        ),
        ErrorCode.DATA_NOT_DELETED: (
            _("This could not be deleted: {path}."),
            _("Close what uses it, or allow Inglenook to change it, then try again."),
        ),
        ErrorCode.FILE_UNSAVED: (
            _("The file {path} could not be written."),
            _("Check that the disk has room and that you may write there, then try again."),
        ),
        ErrorCode.CHAT_NOT_FOUND: (_("This chat no longer exists."), _("Choose another one from the list.")),
        ErrorCode.MESSAGE_NOT_FOUND: (
            _("This message no longer exists."),
            _("Open the chat again to see what is in it."),
        ),
        ErrorCode.CHAT_NONE_YET: (_("There are no chats yet."), _("Ask a question first.")),
    }


def _speech_words() -> dict[ErrorCode, tuple[str, str]]:
    return {
        ErrorCode.SPEECH_MISSING: (
            _("This computer has no voice to read aloud with."),
            _(
                "On Linux, install “speech-dispatcher”, “libpulse0” and a voice such as “espeak-ng”; elsewhere, add a voice in the system's settings."
            ),
        ),
        ErrorCode.SPEECH_SILENT: (
            _("The system's voice does not answer."),
            _("Check that this computer can play sound, then try again."),
        ),
        ErrorCode.SPEECH_ENDED: (
            _("The system's voice ended while it read aloud."),
            _("Try again; the window and your chats are not affected."),
        ),
        ErrorCode.SPELLING_STOPPED: (
            _("The dictionaries stopped while words were looked up in them."),
            _("Spelling is checked again after a while. If it keeps happening, choose other dictionaries."),
        ),
    }


def _settings_words() -> dict[ErrorCode, tuple[str, str]]:
    return {
        ErrorCode.SETTING_INVALID: (
            _("A setting could not be used, and its default applies."),
            _("Look at it in the settings."),
        ),
        ErrorCode.SETTINGS_DAMAGED: (
            _("The settings could not be read, and the defaults apply."),
            _("What could not be read is kept beside {path}."),
        ),
        ErrorCode.SETTINGS_UNSAVED: (
            _("The settings could not be saved; they apply until you close the window."),
            _("Allow writing to {path}, and check that the disk has room."),
        ),
    }


def _prompt_template_words() -> dict[ErrorCode, tuple[str, str]]:
    return {
        ErrorCode.PROMPT_TEMPLATE_INVALID: (
            _("The template has a mistake in line {line}: {problem}."),
            _("Edit that line, or take back the version before."),
        ),
        ErrorCode.PROMPT_TEMPLATE_NOT_KNOWN: (
            _("No prompts were found in {path}."),
            _("Choose templates as text files, or the prompts that Open WebUI exports."),
        ),
        ErrorCode.PROMPT_TEMPLATE_NOT_TEXT: (
            _("The file {path} is not plain text in UTF-8."),
            _("Save it as plain text, then choose it again."),
        ),
        ErrorCode.PROMPT_TEMPLATE_TOO_LARGE: (
            _("The file {path} has {size}, and at most {most} can be read."),
            _("Choose a smaller file, or a part of it."),
        ),
        ErrorCode.PROMPT_TEMPLATE_UNREADABLE: (
            _("The file {path} cannot be read."),
            _("Check that it is still there and that you may open it, then try again."),
        ),
        ErrorCode.PROMPT_TEMPLATE_UNSAVED: (
            _("The file {path} could not be saved."),
            _("Check that its folder can be written and its disk is not full, then try again."),
        ),
        ErrorCode.PROMPT_TEMPLATE_GONE: (
            _("This template no longer exists."),
            _("Choose another one; its earlier versions are still in the folder “.history” of your templates."),
        ),
        ErrorCode.PROMPT_TEMPLATE_UNFILLED: (
            _("The template cannot be filled in, because of line {line}: {problem}."),
            _("Edit that line of the template."),
        ),
        ErrorCode.PROMPT_TEMPLATE_TIMEOUT: (
            _("The template takes too long, and was stopped."),
            _("Look for a loop in it that does not end."),
        ),
    }


def _attachment_words() -> dict[ErrorCode, tuple[str, str]]:
    paste = _("Open the document in its own program, and paste the part that matters.")
    return {
        ErrorCode.ATTACHMENT_IS_FOLDER: (
            _("“{name}” is a folder, and only files can be attached."),
            _("Open it, and choose the files that matter."),
        ),
        ErrorCode.ATTACHMENT_UNREADABLE: (
            _("The file “{name}” cannot be read."),
            _("Check that it is still there and that you may open it, then try again."),
        ),
        ErrorCode.ATTACHMENT_EMPTY: (_("The file “{name}” is empty."), _("Choose another file.")),
        ErrorCode.ATTACHMENT_NOT_TEXT: (
            _("“{name}” is not text; pictures, sounds, archives and programs cannot be attached."),
            _("Choose a text file or a PDF, or save it as one."),
        ),
        ErrorCode.ATTACHMENT_TOO_LARGE: (
            _("The file “{name}” has {size}, and at most {most} can be read."),
            _("Attach a smaller part of it."),
        ),
        ErrorCode.ATTACHMENT_TOO_LONG: (
            _("“{name}” has more than {most} characters, which is more than any model could read."),
            _("Attach a smaller part of it."),
        ),
        ErrorCode.ATTACHMENT_PDF_LOCKED: (
            _("“{name}” is locked with a password."),
            _("Save it without one, then attach it again."),
        ),
        ErrorCode.ATTACHMENT_PDF_SCANNED: (
            _("“{name}” has no text in it; its pages seem to be pictures, as a scanner makes them."),
            _("Let a program with text recognition make a text of it first."),
        ),
        ErrorCode.ATTACHMENT_PDF_DAMAGED: (_("“{name}” is damaged, or is no PDF at all."), paste),
        ErrorCode.ATTACHMENT_PDF_STOPPED: (
            _("“{name}” needs too much memory to be read, and was left alone."),
            paste,
        ),
        ErrorCode.ATTACHMENT_PDF_TIMEOUT: (_("“{name}” takes too long to read, and was left alone."), paste),
        ErrorCode.ATTACHMENT_PDF_READER_MISSING: (
            _("The part that reads PDFs is not installed."),
            _("Install the package “pypdf”, or save the document as text and attach that."),
        ),
    }
