"""What a person reads when a question cannot be answered as it was asked; a part of `error_text`."""

from desktop_app.domain.errors import ErrorCode
from desktop_app.support.i18n import _


def answer_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step of each code, parameters not yet filled in."""
    return {
        ErrorCode.REPRODUCIBLE_NO_MEMORY: (
            _("A reproducible answer needs {needed} of memory for itself, and {free} are free."),
            _("Make the context smaller, or switch reproducible answers off in the settings."),
        ),
        ErrorCode.ATTENTION_HIDDEN: (
            _("This model does not show which words it looks at."),
            _("It may be of a kind without attention. Try another model."),
        ),
        ErrorCode.ATTENTION_NO_MEMORY: (
            _("Looking at the attention needs {needed} of memory for itself, and {free} are free."),
            _("Close other programs, or look at an answer in a shorter chat."),
        ),
        ErrorCode.VECTORS_HIDDEN: (
            _("The table of word vectors in this model's file cannot be read."),
            _("If the file was moved or changed, load the model again; otherwise try another model."),
        ),
        ErrorCode.VECTORS_NO_WORD: (
            _("There is no word to look for, or there are too many."),
            _("Put in at least one word to begin with, and not more than eight in all."),
        ),
        ErrorCode.PROMPT_TOO_LONG: (
            _("The question has {prompt_tokens} tokens, and the model can look at {context_size}."),
            _("Shorten it, or make the context larger in the settings."),
        ),
        ErrorCode.GRAMMAR_INVALID: (
            _("The grammar cannot be used."),
            _("Fix it or leave it out: it is written in GBNF, and its first rule is called root."),
        ),
        ErrorCode.GRAMMAR_STUCK: (
            _("The answer came to a point where the grammar allows nothing that the model can write."),
            _("Let the grammar allow more there, or leave it out."),
        ),
        ErrorCode.SCHEMA_INVALID: (
            _("The JSON Schema cannot be used."),
            _("Fix it or leave it out; what links point to is not fetched."),
        ),
        ErrorCode.SCHEMA_KEYWORD: (
            _("The JSON Schema asks for {keyword}, which cannot be enforced while an answer is written."),
            _("Remove it, and check the answer for it afterwards."),
        ),
        ErrorCode.CONTEXT_FULL: (
            _("With this question the chat has {prompt_tokens} tokens, and {room} fit the model's context."),
            _("Nothing was sent. Forget the oldest turns this time, start a new chat, or give the model more context."),
        ),
        ErrorCode.CONTEXT_NOT_SUMMARIZED: (
            _("The model could not summarize what no longer fits, so the oldest turns were only forgotten."),
            _("The line in the chat shows from where on it remembers; the chat itself is kept whole."),
        ),
        ErrorCode.ANSWER_COMPLETE: (
            _("This answer cannot be continued: it is complete, or the chat went on after it."),
            _("Ask a new question, or regenerate the answer."),
        ),
    }
