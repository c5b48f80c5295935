"""Numbers of bytes as people read them."""

from desktop_app.support.formats import current, decimal


def readable_size(size: int) -> str:
    """Return a number of bytes as 98 MB or 4.7 GB, in powers of 1,000 as disks are sold, as the chosen language does."""
    patterns = current().sizes
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(patterns) - 1:
        value /= 1000
        unit += 1
    return patterns[unit].format(number=decimal(value, 1 if value < 9.95 and unit >= 3 else 0))
