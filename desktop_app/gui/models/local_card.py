"""The card of a model that is on this computer."""

from PySide6.QtCore import Signal

from desktop_app.domain.models import ModelFile
from desktop_app.domain.sizes import readable_size
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.card import ModelCard
from desktop_app.gui.models.presence import Presence, presence_words
from desktop_app.gui.widgets.controls import IconButton
from desktop_app.support.formats import side_by_side
from desktop_app.support.i18n import _, pgettext
from desktop_app.support.long_paths import plain


class LocalCard(ModelCard):
    """A model that is on this computer."""

    unload_requested = Signal()

    def __init__(self, theme: Theme, model: ModelFile, *, answers: bool) -> None:
        super().__init__(theme, model.name)
        self._model = model
        self._presence = Presence()
        self.set_answers(answers)
        self.name.setToolTip(plain(model.path))
        self.badge = self.add_badge(_("changed"), "warn") if model.changed else self.add_badge(_("ready"), "good")
        self.badge.setToolTip(_("This file changed since it was downloaded.") if model.changed else "")
        self.unload = self.add_button(_("Unload"), _("Unload {model}").format(model=model.name))
        self.unload.hide()
        self.unload.clicked.connect(self.unload_requested)
        self.chat = self.add_button(pgettext("verb", "Chat"), _("Chat with {model}").format(model=model.name))
        self.delete = IconButton(theme, "trash", _("Delete {model}").format(model=model.name), parent=self)
        self.delete.setVisible(not (model.is_starter or model.app))  # what is another's stays
        self.controls.addWidget(self.delete)
        self.add_info(plain(model.path))

    def line_up(self, *, others_go: bool) -> None:
        """Leave the room of the button that deletes, where this model stays and others of the list can go."""
        policy = self.delete.sizePolicy()
        policy.setRetainSizeWhenHidden(others_go)
        self.delete.setSizePolicy(policy)

    def set_presence(self, presence: Presence) -> None:
        """Say whether the model is in memory, and offer to take it out."""
        if presence == self._presence:
            return
        self._presence = presence
        usual, color = (_("changed"), "warn") if self._model.changed else (_("ready"), "good")
        words = presence_words(presence)
        self.badge.set_content(words or usual, "accent" if words else color)
        self.unload.setVisible(presence.is_there)
        self.unload.set_content(_("Cancel") if presence.fraction is not None else _("Unload"))
        self.unload.setAccessibleName(
            (_("Cancel loading {model}") if presence.fraction is not None else _("Unload {model}")).format(
                model=self._model.name
            )
        )
        self.unload.setEnabled(not presence.busy)
        self.unload.setToolTip(_("It is answering; stop the answer first.") if presence.busy else "")

    def set_answers(self, answers: bool) -> None:
        """Say whether this is the model that answers now."""
        model = self._model
        details = [
            _("starter model") if model.is_starter else model.quantization,
            readable_size(model.size) if model.size else "",
            _("in {app}").format(app=model.app) if model.app else _("on this computer"),
            _("answers now") if answers else "",
        ]
        self.details.setText(side_by_side(details))
