"""Makes a window anew in another language, and brings over all that a person sees and does in it."""

from functools import partial

from PySide6.QtCore import QObject

from desktop_app.domain.chats import Conversation
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.gui.conversation.message_views import BranchViews
from desktop_app.gui.widgets.focus_place import focus_at, focus_place
from desktop_app.gui.widgets.pages import Page
from desktop_app.gui.window.main_window import MainWindow

KEPT_PAGES = ("models", "templates", "personas", "settings", "tour", "map", "about", "moving_in", "notebook")
"""Pages that stand for themselves; the others show what was asked for in the conversation, to which one goes back."""


def show_first_look(window: MainWindow, conversation: Conversation) -> None:
    """Show a chat before its controller reads it from the database."""
    window.top_bar.set_title(conversation.chat.title)
    if not window.composer.text():
        window.composer.set_text(conversation.chat.draft)
    views = BranchViews(OpenConversation(conversation))
    window.chat_view().show_messages(views, chat_id=conversation.chat.id)


def bring_over(former: MainWindow, window: MainWindow) -> None:
    """Show in `window` what `former` shows, which is not used again: the place in the chat, the page, what is typed."""
    window.composer.take_over(former.composer)
    window.sidebar.take_over(former.sidebar)
    window.panel.show_tab(former.panel.tab)
    window.show_page(former.home)
    if former.page in KEPT_PAGES:
        window.show_page(former.page)
    window.focus_on_chat(former.stage.focuses)
    before, after = former.chat_view(), window.chat_view()
    after.resize(before.size())
    after.viewport().resize(before.viewport().size())  # which waits for being shown otherwise
    after.sights.go_to(before.sights.place)
    window.notice.take_over(former.notice, partial(_heir, window))
    page, former_page = _page(window), _page(former)
    if page is not None and former_page is not None:
        page.ensure_built()
        page.take_place(former_page)
    focus_at(window, focus_place(former))


def _heir(window: MainWindow, part: QObject) -> QObject | None:
    """Return what is in `window` what `part` is in another one."""
    return window if isinstance(part, MainWindow) else window.findChild(type(part))


def _page(window: MainWindow) -> Page | None:
    page = window.pages.currentWidget()
    return page if isinstance(page, Page) else None
