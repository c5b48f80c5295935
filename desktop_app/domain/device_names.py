"""Names that Windows keeps for devices, whatever their suffix: no file can be called so there."""

_DEVICES = frozenset(
    [
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"),
    ]
)


def is_device(name: str) -> bool:
    """Return whether a file or folder called `name` would be a device."""
    return name.partition(".")[0].rstrip(" ").lower() in _DEVICES
