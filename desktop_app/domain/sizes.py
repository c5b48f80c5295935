"""Numbers of bytes as people read them."""

UNITS = ("B", "kB", "MB", "GB", "TB")


def readable_size(size: int) -> str:
    """Return a number of bytes as 98 MB or 4.7 GB, in powers of 1,000 as disks are sold."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value /= 1000
        unit += 1
    words = f"{value:.1f}" if value < 9.95 and unit >= 3 else f"{value:.0f}"
    return f"{words} {UNITS[unit]}"
