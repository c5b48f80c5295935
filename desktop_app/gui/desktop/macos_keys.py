"""A global shortcut on macOS: Carbon's RegisterEventHotKey, the one way that asks for no right to watch the keyboard."""

import sys

if sys.platform == "darwin":  # Apple's CarbonEvents.h and Events.h
    import ctypes
    import ctypes.util

    from PySide6.QtCore import QKeyCombination, Qt

    from desktop_app.gui.desktop.global_keys import GlobalKeys, holds

    _CLASS_KEYBOARD, _HOT_KEY_PRESSED = 0x6B657962, 5  # 'keyb'
    _SIGNATURE = 0x496E676C  # 'Ingl'
    _COMMAND, _SHIFT, _OPTION, _CONTROL = 0x100, 0x200, 0x800, 0x1000
    _ROWS = {
        "asdfhgzxcv": range(10), "bqweryt": range(11, 18), "123465=97-80]ou[ip": range(18, 36),
        "lj'k;\\,/nm.": range(37, 48),
    }  # fmt: skip
    _CODES = {character: code for row, codes in _ROWS.items() for character, code in zip(row, codes, strict=False)}
    _CODES |= {" ": 49, "`": 50}
    _SPECIAL = {
        Qt.Key.Key_F1: 122, Qt.Key.Key_F2: 120, Qt.Key.Key_F3: 99, Qt.Key.Key_F4: 118, Qt.Key.Key_F5: 96,
        Qt.Key.Key_F6: 97, Qt.Key.Key_F7: 98, Qt.Key.Key_F8: 100, Qt.Key.Key_F9: 101, Qt.Key.Key_F10: 109,
        Qt.Key.Key_F11: 103, Qt.Key.Key_F12: 111, Qt.Key.Key_Home: 115, Qt.Key.Key_PageUp: 116,
        Qt.Key.Key_Delete: 117, Qt.Key.Key_End: 119, Qt.Key.Key_PageDown: 121, Qt.Key.Key_Left: 123,
        Qt.Key.Key_Right: 124, Qt.Key.Key_Down: 125, Qt.Key.Key_Up: 126,
    }  # fmt: skip
    """The codes of places on Apple's keyboards: a letter is where the American layout has it."""

    class _EventType(ctypes.Structure):
        _fields_ = (("kind_class", ctypes.c_uint32), ("kind", ctypes.c_uint32))

    class _HotKeyId(ctypes.Structure):
        _fields_ = (("signature", ctypes.c_uint32), ("id", ctypes.c_uint32))

    _Handler = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)

    class MacKeys:
        """Registers the keys with the application's events, which come to the window's thread."""

        def __init__(self, owner: GlobalKeys) -> None:
            self._owner = owner
            self._carbon = ctypes.CDLL(ctypes.util.find_library("Carbon"))
            self._carbon.GetApplicationEventTarget.restype = ctypes.c_void_p
            self._key = ctypes.c_void_p()
            self._installed = ctypes.c_void_p()
            self._handler = _Handler(self._pressed)  # Carbon keeps no reference
            wanted = _EventType(_CLASS_KEYBOARD, _HOT_KEY_PRESSED)
            self._carbon.InstallEventHandler(
                self._target(), self._handler, ctypes.c_ulong(1), ctypes.byref(wanted), None,
                ctypes.byref(self._installed),
            )  # fmt: skip

        def take(self, combination: QKeyCombination | None) -> None:
            """Register these keys in place of those that are registered."""
            self._let_go()
            if combination is None:
                return
            code = _code(combination.key())
            if code is None:
                self._owner.missing()
                return
            failed = self._carbon.RegisterEventHotKey(
                ctypes.c_uint32(code), ctypes.c_uint32(_modifiers(combination)), _HotKeyId(_SIGNATURE, 1),
                self._target(), ctypes.c_uint32(0), ctypes.byref(self._key),
            )  # fmt: skip
            if failed:
                self._owner.taken()

        def bring_forward(self, window_id: int) -> None:
            """Do nothing: Qt asks for it itself, and nobody keeps it from that."""

        def close(self) -> None:
            """Give the keys back."""
            self._let_go()
            if self._installed:
                self._carbon.RemoveEventHandler(self._installed)
                self._installed = ctypes.c_void_p()

        def _target(self) -> ctypes.c_void_p:
            return ctypes.c_void_p(self._carbon.GetApplicationEventTarget())

        def _let_go(self) -> None:
            if self._key:
                self._carbon.UnregisterEventHotKey(self._key)
                self._key = ctypes.c_void_p()

        def _pressed(self, _call: int | None, _event: int | None, _data: int | None) -> int:
            self._owner.pressed.emit()
            return 0

    def _code(key: Qt.Key) -> int | None:
        value = int(key)
        return _SPECIAL.get(key) if key in _SPECIAL else _CODES.get(chr(value).lower() if value < 0x10000 else "")

    def _modifiers(combination: QKeyCombination) -> int:
        modifiers = Qt.KeyboardModifier
        masks = {
            modifiers.ControlModifier: _COMMAND,  # Qt calls it so on macOS
            modifiers.MetaModifier: _CONTROL,
            modifiers.AltModifier: _OPTION,
            modifiers.ShiftModifier: _SHIFT,
        }
        return sum(mask for modifier, mask in masks.items() if holds(combination, modifier))
