"""What is said of a vague question: in a line, in full, and which template would help."""

from desktop_app.domain.prompt_hint import Lack, PromptHint
from desktop_app.domain.prompt_words import Task
from desktop_app.support.i18n import N_, _

_TEMPLATES = {
    Task.WRITE: N_("Draft from notes"),
    Task.EMAIL: N_("Email"),
    Task.CODE: N_("Write a function"),
    Task.IDEAS: N_("Brainstorm"),
    Task.IMPROVE: N_("Proofread"),
    Task.DEBUG: N_("Find the bug"),
    Task.SHORTEN: N_("Shorten"),
    Task.SUMMARISE: N_("Summary"),
    Task.TRANSLATE: N_("Translate"),
    Task.EXPLAIN: N_("Explain a term"),
    Task.OTHER: N_("Improve a prompt"),
}


def template_title(hint: PromptHint) -> str:
    """Return the title of the template that comes with the app and asks for what is lacking."""
    if hint.task is Task.EXPLAIN and Lack.MATERIAL in hint.lacks:
        return _("Explain this passage")
    return _(_TEMPLATES[hint.task])


def advice_line(hint: PromptHint) -> str:
    """Return one short sentence for the line below the field."""
    material, subject, context, form = Lack
    words = {
        (material,): _("It helps to paste what this is about."),
        (material, context): _("It helps to paste what this is about, and to say what it is for."),
        (subject,): _("It helps to say what exactly it is about."),
        (subject, context): _("It helps to say what it is about, and who it is for."),
        (subject, form): _("It helps to say what you want to know, and how long the answer may be."),
        (subject, context, form): _("It helps to say what it is about, who it is for, and in what form."),
        (context,): _("It helps to say who or what it is for."),
        (context, form): _("It helps to say who it is for, and in what form."),
        (form,): _("It helps to say in what form you want it."),
    }
    return words[hint.lacks]


def lack_words(lack: Lack) -> tuple[str, str]:
    """Return the name of what a question lacks, and what can be done about it, by an example."""
    match lack:
        case Lack.MATERIAL:
            return _("What it is"), _("The model sees nothing but this chat. Paste the text, the code or the error.")
        case Lack.SUBJECT:
            return _("What exactly it is about"), _("“How dogs learn commands” says more than “dogs”.")
        case Lack.CONTEXT:
            return _("Who or what it is for"), _("“For six-year-olds”, “for my landlord”, “to learn for an exam”.")
        case Lack.FORM:
            return _("What the answer should look like"), _("“Three short paragraphs”, “a table”, “ten lines”.")
