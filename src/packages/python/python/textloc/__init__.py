"""Offsets to lines and columns and back, in UTF-8, UTF-16 and UTF-32 units."""

from textloc._textloc import LineIndex
from textloc.excerpt import excerpt

__all__ = ["LineIndex", "excerpt"]
