"""A global shortcut of an X server, over a connection of its own: a refused grab is an answer there, not the process's end."""

import ctypes
import struct
import sys
from collections.abc import Iterator

from PySide6.QtCore import QKeyCombination, QSocketNotifier, Qt

from desktop_app.gui.desktop.global_keys import GlobalKeys, holds

_SHIFT, _LOCK, _CONTROL, _ALT, _NUM_LOCK, _SUPER = 1, 2, 4, 8, 16, 64
_KEY_PRESS, _CLIENT_MESSAGE, _MAPPING_NOTIFY = 2, 33, 34
_TO_WINDOW_MANAGER = 0x80000 | 0x100000
"""The masks of substructures, which are the window manager's."""
_PAGER = 2
"""Who speaks for a person, in the window managers' specification."""
_ASYNCHRONOUS = 1
_LOCKS = (0, _LOCK, _NUM_LOCK, _LOCK | _NUM_LOCK)
"""The keys are the same ones whatever locks are on."""
_F1 = 0xFFBE
_SYMBOLS = {
    Qt.Key.Key_Escape: 0xFF1B, Qt.Key.Key_Backspace: 0xFF08, Qt.Key.Key_Insert: 0xFF63, Qt.Key.Key_Delete: 0xFFFF,
    Qt.Key.Key_Home: 0xFF50, Qt.Key.Key_End: 0xFF57, Qt.Key.Key_Left: 0xFF51, Qt.Key.Key_Up: 0xFF52,
    Qt.Key.Key_Right: 0xFF53, Qt.Key.Key_Down: 0xFF54, Qt.Key.Key_PageUp: 0xFF55, Qt.Key.Key_PageDown: 0xFF56,
    Qt.Key.Key_Pause: 0xFF13, Qt.Key.Key_Print: 0xFF61, Qt.Key.Key_Menu: 0xFF67,
}  # fmt: skip
"""X11's names of keys that type nothing."""


class _Screens(ctypes.Structure):
    _fields_ = (("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


class X11Keys:
    """Grabs the keys at the root window; nothing is read of any other key."""

    def __init__(self, owner: GlobalKeys) -> None:
        self._owner = owner
        self._xcb, self._symbols_of, self._libc = _libraries()
        self._connection = ctypes.c_void_p(self._xcb.xcb_connect(None, None))
        self._notifier: QSocketNotifier | None = None
        self._wanted: QKeyCombination | None = None
        self._grabbed: list[tuple[int, int]] = []
        self._pressed_at = 0
        if self._xcb.xcb_connection_has_error(self._connection):
            return
        screens = self._xcb.xcb_setup_roots_iterator(self._xcb.xcb_get_setup(self._connection))
        self._root = int(screens.data[0])  # a screen's first field
        self._notifier = QSocketNotifier(
            self._xcb.xcb_get_file_descriptor(self._connection), QSocketNotifier.Type.Read, owner
        )
        self._notifier.activated.connect(self._read)

    def take(self, combination: QKeyCombination | None) -> None:
        """Grab these keys in place of those that are grabbed."""
        self._wanted = combination
        if self._notifier is None:
            if combination is not None:
                self._owner.impossible()
            return
        self._let_go()
        if combination is not None:
            self._grab(combination)
        self._read()  # what came while replies were waited for rings no bell

    def bring_forward(self, window_id: int) -> None:
        """Ask the window manager for it as a pager does: it would not believe Qt, which knows nothing of these keys."""
        if self._notifier is None or not self._pressed_at:
            return
        atom = self._atom(b"_NET_ACTIVE_WINDOW")
        message = struct.pack("=BBHII5I", _CLIENT_MESSAGE, 32, 0, window_id, atom, _PAGER, self._pressed_at, 0, 0, 0)
        self._xcb.xcb_send_event(self._connection, 0, self._root, _TO_WINDOW_MANAGER, message)
        self._xcb.xcb_flush(self._connection)
        self._pressed_at = 0

    def close(self) -> None:
        """Let go of the keys with the connection."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier = None
        self._xcb.xcb_disconnect(self._connection)

    def _grab(self, combination: QKeyCombination) -> None:
        held = _modifiers(combination)
        codes = list(self._codes(combination.key()))
        if not codes:
            self._owner.missing()
        for code in codes:
            for locks in _LOCKS:
                cookie = self._xcb.xcb_grab_key_checked(
                    self._connection, 0, self._root, held | locks, code, _ASYNCHRONOUS, _ASYNCHRONOUS
                )
                if self._failed(cookie):
                    self._let_go()
                    self._owner.taken()
                    return
                self._grabbed.append((code, held | locks))

    def _atom(self, name: bytes) -> int:
        cookie = self._xcb.xcb_intern_atom(self._connection, 0, len(name), name)
        reply = self._xcb.xcb_intern_atom_reply(self._connection, cookie, None)
        atom = int.from_bytes(ctypes.string_at(reply, 12)[8:], sys.byteorder) if reply else 0
        self._libc.free(ctypes.c_void_p(reply))
        return atom

    def _let_go(self) -> None:
        for code, held in self._grabbed:
            self._failed(self._xcb.xcb_ungrab_key_checked(self._connection, code, self._root, held))
        self._grabbed.clear()

    def _failed(self, cookie: _Cookie) -> bool:
        error = self._xcb.xcb_request_check(self._connection, cookie)
        self._libc.free(ctypes.c_void_p(error))
        return bool(error)

    def _codes(self, key: Qt.Key) -> Iterator[int]:
        """Yield the codes that the keyboard has for a key."""
        symbols = ctypes.c_void_p(self._symbols_of.xcb_key_symbols_alloc(self._connection))
        codes = self._symbols_of.xcb_key_symbols_get_keycode(symbols, _symbol(key))
        place = 0
        while codes and codes[place]:
            yield codes[place]
            place += 1
        self._libc.free(codes)
        self._symbols_of.xcb_key_symbols_free(symbols)

    def _read(self) -> None:
        """Take the events that have come."""
        is_remapped = False
        while self._notifier is not None:
            event = self._xcb.xcb_poll_for_event(self._connection)
            if not event:
                break
            kind, at = event[0] & 0x7F, int.from_bytes(bytes(event[4:8]), sys.byteorder)
            self._libc.free(event)
            is_remapped = is_remapped or kind == _MAPPING_NOTIFY
            if kind == _KEY_PRESS:
                self._pressed_at = at
                self._owner.pressed.emit()
        if self._notifier is not None and self._xcb.xcb_connection_has_error(self._connection):
            self._notifier.setEnabled(False)  # the server has gone, and the app with it soon
        elif is_remapped and self._wanted is not None:  # another layout of the keyboard may have the key elsewhere
            self._let_go()
            self._grab(self._wanted)


def _symbol(key: Qt.Key) -> int:
    """Return what X11 calls a key."""
    value = int(key)
    if Qt.Key.Key_F1 <= value <= Qt.Key.Key_F35:
        return _F1 + value - int(Qt.Key.Key_F1)
    if key in _SYMBOLS:
        return _SYMBOLS[key]
    character = chr(value).lower() if value < 0x110000 else ""
    return ord(character) if len(character) == 1 and ord(character) < 0x100 else 0x1000000 | value


def _modifiers(combination: QKeyCombination) -> int:
    modifiers = Qt.KeyboardModifier
    masks = {
        modifiers.ShiftModifier: _SHIFT,
        modifiers.ControlModifier: _CONTROL,
        modifiers.AltModifier: _ALT,
        modifiers.MetaModifier: _SUPER,
    }
    return sum(mask for modifier, mask in masks.items() if holds(combination, modifier))


def _libraries() -> tuple[ctypes.CDLL, ctypes.CDLL, ctypes.CDLL]:
    """Return xcb and its key symbols, which Qt's own plugin has loaded, and the C library that frees what they give."""
    xcb, symbols, libc = ctypes.CDLL("libxcb.so.1"), ctypes.CDLL("libxcb-keysyms.so.1"), ctypes.CDLL(None)
    pointer, byte = ctypes.c_void_p, ctypes.c_uint8
    xcb.xcb_connect.restype = pointer
    xcb.xcb_get_setup.restype = pointer
    xcb.xcb_get_setup.argtypes = [pointer]
    xcb.xcb_setup_roots_iterator.restype = _Screens
    xcb.xcb_setup_roots_iterator.argtypes = [pointer]
    xcb.xcb_grab_key_checked.restype = _Cookie
    xcb.xcb_grab_key_checked.argtypes = [pointer, byte, ctypes.c_uint32, ctypes.c_uint16, byte, byte, byte]
    xcb.xcb_ungrab_key_checked.restype = _Cookie
    xcb.xcb_ungrab_key_checked.argtypes = [pointer, byte, ctypes.c_uint32, ctypes.c_uint16]
    xcb.xcb_request_check.restype = pointer
    xcb.xcb_request_check.argtypes = [pointer, _Cookie]
    xcb.xcb_intern_atom.restype = _Cookie
    xcb.xcb_intern_atom.argtypes = [pointer, byte, ctypes.c_uint16, ctypes.c_char_p]
    xcb.xcb_intern_atom_reply.restype = pointer
    xcb.xcb_intern_atom_reply.argtypes = [pointer, _Cookie, pointer]
    xcb.xcb_send_event.restype = _Cookie
    xcb.xcb_send_event.argtypes = [pointer, byte, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_char_p]
    xcb.xcb_poll_for_event.restype = ctypes.POINTER(byte)
    xcb.xcb_poll_for_event.argtypes = [pointer]
    symbols.xcb_key_symbols_alloc.restype = pointer
    symbols.xcb_key_symbols_alloc.argtypes = [pointer]
    symbols.xcb_key_symbols_get_keycode.restype = ctypes.POINTER(byte)
    symbols.xcb_key_symbols_get_keycode.argtypes = [pointer, ctypes.c_uint32]
    return xcb, symbols, libc
