from collections.abc import Sequence
from typing import Literal, final

Encoding = Literal["utf-8", "utf-16", "utf-32"]  # noqa: PYI026 (3.9 has no TypeAlias)

@final
class LineIndex:
    """A text and the starts of its lines; `len()` of it is the number of lines."""

    def __init__(self, text: str) -> None: ...
    def __len__(self) -> int: ...
    @property
    def text(self) -> str: ...
    def line(self, line: int) -> str:
        """The line, counted from zero, without its terminator. Raises IndexError beyond the last."""
    def position(self, offset: int, encoding: Encoding = "utf-32") -> tuple[int, int]:
        """The line and column of an offset, all three counted from zero. Raises IndexError."""
    def positions(
        self, offsets: Sequence[int], encoding: Encoding = "utf-32"
    ) -> list[tuple[int, int]]:
        """`position` of many offsets in one call."""
    def offset(self, line: int, column: int, encoding: Encoding = "utf-32") -> int:
        """The offset of a line and column. Raises IndexError where the line is not that long."""
    def convert(self, offset: int, from_encoding: Encoding, to_encoding: Encoding) -> int:
        """The same place counted in another encoding. Raises IndexError inside a character."""
