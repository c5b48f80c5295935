"""Makes the cards of the settings page, each tied to what the page asks for; few starts need their modules."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.gui.settings.chats_card import ChatsCard
    from desktop_app.gui.settings.hardware_card import HardwareCard
    from desktop_app.gui.settings.link_card import LinkCard
    from desktop_app.gui.settings.lock_card import LockCard
    from desktop_app.gui.settings.network_card import NetworkCard
    from desktop_app.gui.settings.page import SettingsPage
    from desktop_app.gui.settings.servers_card import ServersCard
    from desktop_app.gui.settings.shortcuts_card import ShortcutsCard


def shortcuts_card(page: "SettingsPage") -> "ShortcutsCard":
    """Return the card of all shortcuts."""
    from desktop_app.gui.settings.shortcuts_card import ShortcutsCard

    card = ShortcutsCard(page.theme)
    card.chosen.connect(page.shortcut_chosen)
    card.all_reset.connect(lambda: page.reset_requested.emit("shortcuts", ""))
    return card


def network_card(page: "SettingsPage") -> "NetworkCard":
    """Return the card of the hub's token and the list of requests."""
    from desktop_app.gui.settings.network_card import NetworkCard

    card = NetworkCard(page.theme)
    card.token_entered.connect(page.token_entered)
    card.ledger_requested.connect(page.ledger_requested)
    return card


def data_card(page: "SettingsPage") -> "LinkCard":
    """Return the card that leads to all data."""
    from desktop_app.gui.settings import link_card

    card = link_card.data_card(page.theme)
    card.requested.connect(page.data_requested)
    return card


def about_card(page: "SettingsPage") -> "LinkCard":
    """Return the card that leads to what this copy is."""
    from desktop_app.gui.settings import link_card

    card = link_card.about_card(page.theme)
    card.requested.connect(page.about_requested)
    return card


def chats_card(page: "SettingsPage") -> "ChatsCard":
    """Return the card of backups, exports and imports."""
    from desktop_app.gui.settings.chats_card import ChatsCard

    card = ChatsCard(page.theme)
    card.export_requested.connect(page.export_requested)
    card.import_requested.connect(page.import_requested)
    card.backup_requested.connect(page.backup_requested)
    card.restore_requested.connect(page.restore_requested)
    return card


def lock_card(page: "SettingsPage") -> "LockCard":
    """Return the card of the passphrase."""
    from desktop_app.gui.settings.lock_card import LockCard

    card = LockCard(page.theme)
    card.lock_requested.connect(lambda: page.lock_asked.emit("lock"))
    card.lock_now_requested.connect(lambda: page.lock_asked.emit("now"))
    card.change_requested.connect(lambda: page.lock_asked.emit("change"))
    card.unlock_requested.connect(lambda: page.lock_asked.emit("unlock"))
    card.delete_requested.connect(page.readable_backups_unwanted)
    return card


def hardware_card(page: "SettingsPage") -> "HardwareCard":
    """Return what is shown of the hardware."""
    from desktop_app.gui.settings.hardware_card import HardwareCard

    card = HardwareCard(page.theme)
    card.look_requested.connect(page.look_requested)
    card.measure.clicked.connect(page.measure_requested)
    return card


def servers_card(page: "SettingsPage") -> "ServersCard":
    """Return the card of other computers."""
    from desktop_app.gui.settings.servers_card import ServersCard

    card = ServersCard(page.theme)
    card.changed.connect(lambda name, value: page.setting_changed.emit("servers", name, value))
    card.reset_requested.connect(lambda name: page.reset_requested.emit("servers", name))
    card.check_requested.connect(page.server_check_requested)
    return card
