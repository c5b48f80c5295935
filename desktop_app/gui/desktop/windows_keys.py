"""A global shortcut on Windows: RegisterHotKey, whose messages come to the window's thread."""

import sys

if sys.platform == "win32":  # Microsoft's documentation of RegisterHotKey and of the codes of keys
    import ctypes
    from ctypes import wintypes

    from PySide6.QtCore import QAbstractNativeEventFilter, QCoreApplication, QKeyCombination, Qt

    from desktop_app.gui.desktop.global_keys import GlobalKeys, holds

    _ID = 1
    _WM_HOTKEY = 0x0312
    _MOD_ALT, _MOD_CONTROL, _MOD_SHIFT, _MOD_WIN, _MOD_NOREPEAT = 1, 2, 4, 8, 0x4000
    _VK_F1 = 0x70
    _CODES = {
        Qt.Key.Key_Space: 0x20, Qt.Key.Key_PageUp: 0x21, Qt.Key.Key_PageDown: 0x22, Qt.Key.Key_End: 0x23,
        Qt.Key.Key_Home: 0x24, Qt.Key.Key_Left: 0x25, Qt.Key.Key_Up: 0x26, Qt.Key.Key_Right: 0x27,
        Qt.Key.Key_Down: 0x28, Qt.Key.Key_Insert: 0x2D, Qt.Key.Key_Delete: 0x2E, Qt.Key.Key_Pause: 0x13,
    }  # fmt: skip

    class WindowsKeys(QAbstractNativeEventFilter):
        """Registers the keys for this thread."""

        def __init__(self, owner: GlobalKeys) -> None:
            super().__init__()
            self._owner = owner
            self._has = False
            application = QCoreApplication.instance()
            assert application is not None
            application.installNativeEventFilter(self)

        def take(self, combination: QKeyCombination | None) -> None:
            """Register these keys in place of those that are registered."""
            self._let_go()
            if combination is None:
                return
            code = _code(combination.key())
            if not code:
                self._owner.missing()
                return
            self._has = bool(ctypes.windll.user32.RegisterHotKey(None, _ID, _modifiers(combination), code))
            if not self._has:
                self._owner.taken()

        def bring_forward(self, window_id: int) -> None:
            """Have the window in front, as the program that got the keys may."""
            ctypes.windll.user32.SetForegroundWindow(wintypes.HWND(window_id))

        def close(self) -> None:
            """Give the keys back."""
            self._let_go()
            application = QCoreApplication.instance()
            if application is not None:
                application.removeNativeEventFilter(self)

        def nativeEventFilter(self, kind: object, message: int) -> tuple[bool, int]:
            """Take the message that says that the keys were pressed."""
            told = wintypes.MSG.from_address(int(message))
            if told.message == _WM_HOTKEY and told.wParam == _ID:
                self._owner.pressed.emit()
                return True, 0
            return False, 0

        def _let_go(self) -> None:
            if self._has:
                ctypes.windll.user32.UnregisterHotKey(None, _ID)
                self._has = False

    def _code(key: Qt.Key) -> int:
        """Return Windows' code of a key; 0 for one that this layout of the keyboard does not have."""
        value = int(key)
        if Qt.Key.Key_F1 <= value <= Qt.Key.Key_F24:
            return _VK_F1 + value - int(Qt.Key.Key_F1)
        if key in _CODES:
            return _CODES[key]
        found = int(ctypes.windll.user32.VkKeyScanW(ctypes.c_wchar(chr(value)))) if value < 0x10000 else -1
        return 0 if found & 0xFFFF == 0xFFFF else found & 0xFF

    def _modifiers(combination: QKeyCombination) -> int:
        modifiers = Qt.KeyboardModifier
        masks = {
            modifiers.AltModifier: _MOD_ALT,
            modifiers.ControlModifier: _MOD_CONTROL,
            modifiers.ShiftModifier: _MOD_SHIFT,
            modifiers.MetaModifier: _MOD_WIN,
        }
        return _MOD_NOREPEAT | sum(mask for modifier, mask in masks.items() if holds(combination, modifier))
