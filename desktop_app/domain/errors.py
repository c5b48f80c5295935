"""The error tree: every failure that the app can explain, as a code with parameters.

    AppError
    ├── ModelError       a model file that cannot be used
    ├── EngineError      a worker that failed, crashed or refused
    ├── DownloadError    a transfer that failed
    ├── AttachmentError  a file that cannot go along with a question
    ├── PersonaError     a persona's file that cannot be read or written
    ├── StorageError     the database, its passphrase, a backup of it, or the data folder
    ├── SettingsError    a setting that cannot be read or is out of bounds
    ├── WindowError      a window that cannot be shown
    ├── InstallationError  something of the system that the app lacks
    ├── TemplateFileError  a prompt template that cannot be read or filled in
    ├── ExportError      chats that cannot be written to a file
    ├── LinkError        a link that names no model
    ├── UpdateError      a newer release that cannot be found or trusted
    └── ImportFailure    a file with chats that cannot be read

The sentence and the next step that a person reads for each code live in `services/words/error_text.py`;
nothing here is shown. Cancelling is an outcome, not an error.
"""

from enum import StrEnum

import msgspec


class ErrorCode(StrEnum):
    """What went wrong; the values are stored with failed messages and are never renamed."""

    MODEL_NOT_FOUND = "model_not_found"
    MODEL_IS_FOLDER = "model_is_folder"
    MODEL_EMPTY = "model_empty"
    MODEL_NOT_GGUF = "model_not_gguf"
    MODEL_UNREADABLE = "model_unreadable"
    MODEL_NOT_DELETED = "model_not_deleted"
    MODEL_DAMAGED = "model_damaged"
    MODEL_INCOMPLETE = "model_incomplete"
    MODEL_UNSUPPORTED = "model_unsupported"
    MODEL_NOT_A_FILE = "model_not_a_file"
    MODEL_BAD_NAME = "model_bad_name"
    MODEL_PARTS_MISSING = "model_parts_missing"
    MODEL_PART_RENAMED = "model_part_renamed"
    MODEL_CHANGED_MEANWHILE = "model_changed_meanwhile"
    MODEL_STAYS_OPEN = "model_stays_open"
    MODEL_FOLDER_FULL = "model_folder_full"
    MODEL_FOLDER_UNWRITABLE = "model_folder_unwritable"
    MODEL_FOLDER_BUSY = "model_folder_busy"
    MODEL_NO_MEMORY = "model_no_memory"
    MODEL_KV_TYPE = "model_kv_type"
    ADAPTER_UNUSABLE = "adapter_unusable"
    DRAFT_UNUSABLE = "draft_unusable"
    STARTER_MISSING = "starter_missing"
    STARTER_STAYS = "starter_stays"
    TEMPLATE_INVALID = "template_invalid"
    TEMPLATE_TIMEOUT = "template_timeout"
    TEMPLATE_MISSING = "template_missing"
    TEMPLATE_LOSES_SYSTEM = "template_loses_system"
    TEMPLATE_LOSES_TEXT = "template_loses_text"
    TEMPLATE_NO_END = "template_no_end"
    TEMPLATE_NOT_ROUND_TRIP = "template_not_round_trip"
    ENGINE_MISSING = "engine_missing"
    ENGINE_START_FAILED = "engine_start_failed"
    ENGINE_VERSION = "engine_version"
    ENGINE_CRASHED = "engine_crashed"
    ENGINE_OUT_OF_MEMORY = "engine_out_of_memory"
    ENGINE_ILLEGAL_INSTRUCTION = "engine_illegal_instruction"
    ENGINE_KILLED = "engine_killed"
    ENGINE_UNLOADED = "engine_unloaded"
    ENGINE_NOT_RESPONDING = "engine_not_responding"
    ENGINE_FAILED = "engine_failed"
    ENGINE_DEVICE_FAILED = "engine_device_failed"
    ENGINE_UNSUITED = "engine_unsuited"
    ENGINE_NEVER_FITS = "engine_never_fits"
    ENGINE_FILE_CRASHES = "engine_file_crashes"
    ENGINE_KEEPS_CRASHING = "engine_keeps_crashing"
    ENGINE_CRASHES_EVERYWHERE = "engine_crashes_everywhere"
    ENGINE_NOT_NUMBERS = "engine_not_numbers"
    ENGINE_NO_SERVING = "engine_no_serving"
    SERVER_LOST = "server_lost"
    SERVER_SILENT = "server_silent"
    SERVER_NEEDED = "server_needed"
    SERVER_PORT_TAKEN = "server_port_taken"
    SERVER_HOST = "server_host"
    PROBE_CRASHED = "probe_crashed"
    PROBE_TIMED_OUT = "probe_timed_out"
    REPRODUCIBLE_NO_MEMORY = "reproducible_no_memory"
    ATTENTION_HIDDEN = "attention_hidden"
    ATTENTION_NO_MEMORY = "attention_no_memory"
    VECTORS_HIDDEN = "vectors_hidden"
    VECTORS_NO_WORD = "vectors_no_word"
    TUNING_BUSY = "tuning_busy"
    PERSONA_INVALID = "persona_invalid"
    PERSONA_NOT_TEXT = "persona_not_text"
    PERSONA_TOO_LARGE = "persona_too_large"
    PERSONA_UNREADABLE = "persona_unreadable"
    PERSONA_UNSAVED = "persona_unsaved"
    PERSONA_GONE = "persona_gone"
    PERSONA_VALUE_CLAMPED = "persona_value_clamped"
    PERSONA_VALUE_UNUSABLE = "persona_value_unusable"
    PERSONA_SETTING_UNKNOWN = "persona_setting_unknown"
    PERSONA_MODEL_MISSING = "persona_model_missing"
    PERSONA_PICTURE_MISSING = "persona_picture_missing"
    PERSONA_NOT_KNOWN = "persona_not_known"
    PERSONA_GREETINGS_LEFT_OUT = "persona_greetings_left_out"
    PERSONA_WORLD_LEFT_OUT = "persona_world_left_out"
    PERSONA_LAST_WORDS_LEFT_OUT = "persona_last_words_left_out"
    PERSONA_TOOLS_LEFT_OUT = "persona_tools_left_out"
    PROMPT_TOO_LONG = "prompt_too_long"
    GRAMMAR_INVALID = "grammar_invalid"
    GRAMMAR_STUCK = "grammar_stuck"
    SCHEMA_INVALID = "schema_invalid"
    SCHEMA_KEYWORD = "schema_keyword"
    STORAGE_DISK_FULL = "storage_disk_full"
    STORAGE_READ_ONLY = "storage_read_only"
    STORAGE_NEWER_RELEASE = "storage_newer_release"
    STORAGE_DAMAGED = "storage_damaged"
    MESSAGE_DAMAGED = "message_damaged"
    STORAGE_BUSY = "storage_busy"
    STORAGE_FAILED = "storage_failed"
    DATA_FOLDER_UNWRITABLE = "data_folder_unwritable"
    DATA_FOLDER_FULL = "data_folder_full"
    DATA_NOT_DELETED = "data_not_deleted"
    SPEECH_MISSING = "speech_missing"
    SPEECH_SILENT = "speech_silent"
    SPEECH_ENDED = "speech_ended"
    SPELLING_STOPPED = "spelling_stopped"
    FILE_UNSAVED = "file_unsaved"
    CONTEXT_FULL = "context_full"
    CONTEXT_NOT_SUMMARIZED = "context_not_summarized"
    ANSWER_COMPLETE = "answer_complete"
    OWNER_UNREACHABLE = "owner_unreachable"
    OWNER_HAS_NO_WINDOW = "owner_has_no_window"
    WINDOW_UNAVAILABLE = "window_unavailable"
    SYSTEM_LIBRARY_MISSING = "system_library_missing"
    CHAT_NOT_FOUND = "chat_not_found"
    MESSAGE_NOT_FOUND = "message_not_found"
    CHAT_NONE_YET = "chat_none_yet"
    SETTING_INVALID = "setting_invalid"
    SETTINGS_DAMAGED = "settings_damaged"
    SETTINGS_UNSAVED = "settings_unsaved"
    DOWNLOAD_OFFLINE = "download_offline"
    DOWNLOAD_NO_CONNECTION = "download_no_connection"
    DOWNLOAD_TLS = "download_tls"
    DOWNLOAD_NEEDS_TOKEN = "download_needs_token"
    DOWNLOAD_GATED = "download_gated"
    DOWNLOAD_TOKEN_REFUSED = "download_token_refused"
    DOWNLOAD_FORBIDDEN = "download_forbidden"
    DOWNLOAD_NOT_FOUND = "download_not_found"
    DOWNLOAD_RATE_LIMITED = "download_rate_limited"
    DOWNLOAD_SERVER = "download_server"
    DOWNLOAD_STALLED = "download_stalled"
    DOWNLOAD_CHANGED = "download_changed"
    DOWNLOAD_DAMAGED = "download_damaged"
    DOWNLOAD_DISK_FULL = "download_disk_full"
    DOWNLOAD_FOLDER_GONE = "download_folder_gone"
    DOWNLOAD_BUSY = "download_busy"
    DOWNLOAD_IN_USE = "download_in_use"
    DOWNLOAD_BAD_NAME = "download_bad_name"
    DOWNLOAD_STOPPED = "download_stopped"
    BACKUP_DISK_FULL = "backup_disk_full"
    BACKUP_UNWRITABLE = "backup_unwritable"
    BACKUP_UNREADABLE = "backup_unreadable"
    BACKUP_NEWER = "backup_newer"
    BACKUP_LOCKED = "backup_locked"
    BACKUP_PASSPHRASE = "backup_passphrase"
    HISTORY_LOCKED = "history_locked"
    HISTORY_NO_ROOM = "history_no_room"
    HISTORY_NOT_COPIED = "history_not_copied"
    PASSPHRASE_WRONG = "passphrase_wrong"
    EXPORT_DISK_FULL = "export_disk_full"
    EXPORT_UNWRITABLE = "export_unwritable"
    EXPORT_IN_USE = "export_in_use"
    EXPORT_FAILED = "export_failed"
    EXPORT_OWN_FOLDER = "export_own_folder"
    IMPORT_UNREADABLE = "import_unreadable"
    IMPORT_NO_FILE = "import_no_file"
    IMPORT_NOT_CHATS = "import_not_chats"
    IMPORT_NEWER = "import_newer"
    IMPORT_DAMAGED = "import_damaged"
    IMPORT_TOO_LARGE = "import_too_large"
    IMPORT_UNKNOWN = "import_unknown"
    IMPORT_CUT = "import_cut"
    IMPORT_ARCHIVE_DAMAGED = "import_archive_damaged"
    IMPORT_ARCHIVE_LOCKED = "import_archive_locked"
    IMPORT_ARCHIVE_HUGE = "import_archive_huge"
    IMPORT_TOO_MANY = "import_too_many"
    IMPORT_STOPPED = "import_stopped"
    IMPORT_CHANGED = "import_changed"
    IMPORT_BROKEN_OFF = "import_broken_off"
    IMPORT_RUNNING = "import_running"
    IMPORT_DISK_FULL = "import_disk_full"
    PROMPT_TEMPLATE_INVALID = "prompt_template_invalid"
    PROMPT_TEMPLATE_NOT_KNOWN = "prompt_template_not_known"
    PROMPT_TEMPLATE_NOT_TEXT = "prompt_template_not_text"
    PROMPT_TEMPLATE_TOO_LARGE = "prompt_template_too_large"
    PROMPT_TEMPLATE_UNREADABLE = "prompt_template_unreadable"
    PROMPT_TEMPLATE_UNSAVED = "prompt_template_unsaved"
    PROMPT_TEMPLATE_GONE = "prompt_template_gone"
    PROMPT_TEMPLATE_UNFILLED = "prompt_template_unfilled"
    PROMPT_TEMPLATE_TIMEOUT = "prompt_template_timeout"
    ATTACHMENT_IS_FOLDER = "attachment_is_folder"
    ATTACHMENT_UNREADABLE = "attachment_unreadable"
    ATTACHMENT_EMPTY = "attachment_empty"
    ATTACHMENT_NOT_TEXT = "attachment_not_text"
    ATTACHMENT_TOO_LARGE = "attachment_too_large"
    ATTACHMENT_TOO_LONG = "attachment_too_long"
    ATTACHMENT_PDF_LOCKED = "attachment_pdf_locked"
    ATTACHMENT_PDF_SCANNED = "attachment_pdf_scanned"
    ATTACHMENT_PDF_DAMAGED = "attachment_pdf_damaged"
    ATTACHMENT_PDF_STOPPED = "attachment_pdf_stopped"
    ATTACHMENT_PDF_TIMEOUT = "attachment_pdf_timeout"
    ATTACHMENT_PDF_READER_MISSING = "attachment_pdf_reader_missing"
    LINK_TOO_LONG = "link_too_long"
    LINK_SCHEME = "link_scheme"
    LINK_CHARACTERS = "link_characters"
    LINK_FORM = "link_form"
    UPDATE_NO_SOURCE = "update_no_source"
    UPDATE_UNREACHABLE = "update_unreachable"
    UPDATE_INSECURE = "update_insecure"
    UPDATE_SIGNATURE = "update_signature"
    UPDATE_DAMAGED = "update_damaged"
    UPDATE_ROLLED_BACK = "update_rolled_back"
    UPDATE_UNWRITABLE = "update_unwritable"


Param = str | int | float


class ErrorInfo(msgspec.Struct, frozen=True):
    """An error as a value: what crosses process borders and is stored with a failed message.

    `detail` is for the report, in English and technical; it never holds chat text.
    """

    code: ErrorCode
    params: dict[str, str | int | float] = {}
    detail: str = ""


class AppError(Exception):
    """An expected failure that has a sentence and a next step."""

    def __init__(self, code: ErrorCode, detail: str = "", **params: Param) -> None:
        super().__init__(f"{code}: {detail}" if detail else str(code))
        self.info = ErrorInfo(code, params, detail)

    @property
    def code(self) -> ErrorCode:
        """The code that `services/words/error_text.py` explains."""
        return self.info.code


class ModelError(AppError):
    """A model file that cannot be used."""


class EngineError(AppError):
    """A worker that failed, crashed or refused."""


class DownloadError(AppError):
    """A transfer that failed."""


class AttachmentError(AppError):
    """A file that cannot go along with a question."""


class PersonaError(AppError):
    """A persona's file that cannot be read or written."""


class StorageError(AppError):
    """The database, a backup of it, or the data folder failed."""


class SettingsError(AppError):
    """A setting that cannot be read or is out of bounds."""


class WindowError(AppError):
    """A window that cannot be shown."""


class InstallationError(AppError):
    """The system lacks something that the app needs."""


class TemplateFileError(AppError):
    """A prompt template, or a file that one asks for, that cannot be read or filled in."""


class ExportError(AppError):
    """Chats that cannot be written to a file."""


class LinkError(AppError):
    """A link that names no model."""


class UpdateError(AppError):
    """A newer release of the app that cannot be found, trusted or kept."""


class SpeechError(AppError):
    """Reading aloud failed."""


class SpellingError(AppError):
    """Words could not be looked up."""


class ImportFailure(AppError):  # noqa: N818  # the design's name; ImportError is Python's own
    """A file with chats that cannot be read."""


def error_from_info(info: ErrorInfo) -> AppError:
    """Rebuild the exception for `info`, of the class that its code belongs to."""
    if info.code.value.startswith("prompt_template_"):
        return TemplateFileError(info.code, info.detail, **info.params)
    prefix = info.code.value.partition("_")[0]
    kinds: dict[str, type[AppError]] = {
        "model": ModelError,
        "adapter": ModelError,
        "starter": ModelError,
        "template": ModelError,
        "engine": EngineError,
        "probe": EngineError,
        "server": EngineError,
        "draft": ModelError,
        "prompt": EngineError,
        "reproducible": EngineError,
        "attention": EngineError,
        "vectors": EngineError,
        "tuning": EngineError,
        "grammar": EngineError,
        "schema": EngineError,
        "context": EngineError,
        "answer": EngineError,
        "owner": EngineError,
        "attachment": AttachmentError,
        "persona": PersonaError,
        "window": WindowError,
        "system": InstallationError,
        "storage": StorageError,
        "data": StorageError,
        "file": StorageError,
        "chat": StorageError,
        "message": StorageError,
        "backup": StorageError,
        "history": StorageError,
        "passphrase": StorageError,
        "export": ExportError,
        "import": ImportFailure,
        "setting": SettingsError,
        "settings": SettingsError,
        "download": DownloadError,
        "link": LinkError,
        "speech": SpeechError,
        "spelling": SpellingError,
        "update": UpdateError,
    }
    return kinds[prefix](info.code, info.detail, **info.params)
