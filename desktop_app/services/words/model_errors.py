"""What a person reads when a model's file is none, or cannot be used as it was asked for; a part of `error_text`."""

from desktop_app.domain.errors import ErrorCode
from desktop_app.support.i18n import _


def model_file_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return what is said of files that are no models, or not whole ones."""
    download_again = _("Download the file again, and choose the new one.")
    return {
        ErrorCode.MODEL_NOT_FOUND: (
            _("The model file {path} was not found."),
            _("Choose the file again, or another model."),
        ),
        ErrorCode.MODEL_IS_FOLDER: (
            _("{path} is a folder, not a model file."),
            _("Choose a file inside it that ends in .gguf."),
        ),
        ErrorCode.MODEL_EMPTY: (_("The model file {path} is empty."), download_again),
        ErrorCode.MODEL_NOT_GGUF: (
            _("{path} is not a GGUF model; it may be a web page that was saved instead."),
            download_again,
        ),
        ErrorCode.MODEL_UNREADABLE: (
            _("The model file {path} cannot be read."),
            _("Check that you may open it and that its disk is connected, then try again."),
        ),
        ErrorCode.MODEL_DAMAGED: (_("The model file {path} is damaged or cut off."), download_again),
        ErrorCode.MODEL_INCOMPLETE: (
            _("The model file {path} is incomplete: {missing} of {needed} are missing."),
            download_again,
        ),
        ErrorCode.MODEL_UNSUPPORTED: (
            _("This release of the engine does not know this kind of model."),
            _("Choose another model, or update the app."),
        ),
        ErrorCode.MODEL_NOT_A_FILE: (
            _("{path} is a pipe or a device, not a model file."),
            _("Choose a file that ends in .gguf."),
        ),
        ErrorCode.MODEL_BAD_NAME: (
            _("The name of {path} cannot be read as text."),
            _("Rename the file or its folder, then choose it again."),
        ),
        ErrorCode.MODEL_PARTS_MISSING: (
            _("This model is split, and these parts of it are missing: {names}."),
            _("Put them beside {path}, then choose it again. Nothing was changed."),
        ),
        ErrorCode.MODEL_PART_RENAMED: (
            _("{path} is one of {count} parts of a model, which are found by their names, and it has another one."),
            _("Give all parts the names that they were downloaded with, then choose one of them again."),
        ),
    }


def model_use_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return what is said where a model cannot be loaded, moved or deleted as it was asked for."""
    return {
        ErrorCode.MODEL_NOT_DELETED: (
            _("The model file {path} could not be deleted."),
            _("Check that you may write to its folder, or delete it in a file manager."),
        ),
        ErrorCode.MODEL_CHANGED_MEANWHILE: (
            _("The model file {path} was changed by another program while it was read."),
            _("Wait until that program is done, then try again. Nothing was lost."),
        ),
        ErrorCode.MODEL_STAYS_OPEN: (
            _("The model {path} answers just now, so its file cannot be moved."),
            _("Wait for the answer, or stop it; then try again."),
        ),
        ErrorCode.MODEL_FOLDER_FULL: (
            _("The disk of {path} has too little room: {needed} are needed, {free} are free."),
            _("Free some space, or choose another folder. Nothing was lost."),
        ),
        ErrorCode.MODEL_FOLDER_UNWRITABLE: (
            _("The models folder {path} cannot be written."),
            _("Connect its disk again or allow writing, or choose another folder in the settings. Nothing was lost."),
        ),
        ErrorCode.MODEL_FOLDER_BUSY: (
            _("Downloads to the models folder {path} are under way."),
            _("Pause them or wait until they are done, then choose the other folder again."),
        ),
        ErrorCode.MODEL_NO_MEMORY: (
            _("This computer has not enough free memory for the model."),
            _(
                "Close other programs, choose a smaller model, or make the context smaller (in the settings, or in its defaults)."
            ),
        ),
        ErrorCode.MODEL_KV_TYPE: (
            _("The model file {path} cannot keep its context as {kv_type}."),
            _("Choose 16 bits for the context precision, in the model's defaults."),
        ),
        ErrorCode.ADAPTER_UNUSABLE: (
            _("The adapter {path} cannot be used with this model."),
            _("Remove it from the model's defaults, or choose one that was made for this model."),
        ),
        ErrorCode.DRAFT_UNUSABLE: (
            _("The draft model {path} cannot guess for this model."),
            _("Remove it from the model's defaults, or choose a smaller model of the same family."),
        ),
        ErrorCode.STARTER_STAYS: (
            _("The starter model belongs to the app and cannot be deleted."),
            _("Choose another model to answer; the starter takes little room."),
        ),
        ErrorCode.STARTER_MISSING: (
            _("The starter model is not installed."),
            _("Choose or download another model; reinstalling Inglenook brings it back."),
        ),
    }
