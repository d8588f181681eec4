"""Amounts as people read them."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB")
# Below it a rate says more about the clock than about the network.
_LEAST_SECONDS = 0.05


def byte_count(count: float) -> str:
    """A number of bytes with three digits, in the decimal units that registries use: `1.23 MB`."""
    for unit in _UNITS:
        # What would be rounded to four digits belongs to the next unit.
        if count < 999.5 or unit == _UNITS[-1]:
            break
        count /= 1000
    digits = 0 if unit == "B" or count >= 99.95 else 1 if count >= 9.995 else 2
    return f"{count:.{digits}f} {unit}"


def transferred(count: int, seconds: float) -> str:
    """What was sent, and how fast where that can be told: `1.23 MB in 2.0 s, 615 kB/s`."""
    if seconds < _LEAST_SECONDS:
        return byte_count(count)
    return f"{byte_count(count)} in {seconds:.1f} s, {byte_count(count / seconds)}/s"
