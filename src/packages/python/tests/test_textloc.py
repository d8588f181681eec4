import pytest
from textloc import LineIndex, excerpt

TEXT = "total = prïce * 🦀qty\r\nprint(totl)\n"


def test_a_python_index_is_the_default_unit() -> None:
    index = LineIndex(TEXT)
    offset = TEXT.index("qty")
    assert index.position(offset) == (0, 17)
    assert index.offset(0, 17) == offset


def test_conversion_agrees_with_pythons_codecs() -> None:
    index = LineIndex(TEXT)
    for offset in range(len(TEXT) + 1):
        before = TEXT[:offset]
        assert index.convert(offset, "utf-32", "utf-8") == len(before.encode("utf-8"))
        assert index.convert(offset, "utf-32", "utf-16") == len(before.encode("utf-16-le")) // 2


def test_lines_agree_with_splitlines() -> None:
    index = LineIndex(TEXT)
    assert [index.line(n) for n in range(len(index))] == [*TEXT.splitlines(), ""]


def test_many_positions_at_once() -> None:
    index = LineIndex(TEXT)
    offsets = list(range(len(TEXT) + 1))
    assert index.positions(offsets) == [index.position(offset) for offset in offsets]


def test_an_offset_beyond_the_text_is_an_index_error() -> None:
    with pytest.raises(IndexError, match="offset 99 is beyond the text"):
        LineIndex(TEXT).position(99)


def test_a_misspelt_encoding_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="unknown encoding `utf16`"):
        LineIndex(TEXT).position(0, "utf16")  # type: ignore[arg-type, unused-ignore]


def test_an_excerpt_underlines_the_range() -> None:
    start = TEXT.index("totl")
    assert excerpt(LineIndex(TEXT), start, start + 4, "unknown name") == (
        "2 | print(totl)\n  |       ^^^^ unknown name"
    )


def test_an_excerpt_may_span_lines_and_be_empty() -> None:
    index = LineIndex("a\tb\nc")
    assert excerpt(index, 2, 5) == "1 | a\tb\n  |  \t^\n2 | c\n  | ^"
    assert excerpt(index, 5, 5) == "2 | c\n  |  ^"
