"""Documents that are almost right: what a broken proxy, another version or a mischievous author makes of one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import strategies as st

from cratewheel.errors import CratewheelError

T = TypeVar("T")

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", "0", "1.2.3", "../..", "\x00", "\ud800", "9" * 5000]),
)
#: Any JSON value, of every kind and not large.
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def mutated_documents(
    draw: st.DrawFn, document: Any, values: st.SearchStrategy[Any] = VALUES
) -> Any:
    """`document` with up to three of its values replaced by any of `values`, or taken away."""
    changed = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(changed))
        if not places:
            return draw(values)
        holder, key = draw(st.sampled_from(places))
        if isinstance(holder, dict) and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(values)
    return changed


@st.composite
def mutated_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """`content` with up to four of its bytes changed, a piece cut out, put in or doubled."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(len(changed) - 1, 0)))
        to = min(at + draw(st.integers(0, 40)), len(changed))
        kind = draw(st.sampled_from(["change", "cut", "put", "double"]))
        if kind == "change" and changed:
            changed[at] = draw(st.integers(0, 255))
        elif kind == "cut":
            del changed[at:to]
        elif kind == "put":
            changed[at:at] = draw(st.binary(max_size=8))
        else:
            changed[at:at] = changed[at:to]
    return bytes(changed)


def json_bytes(document: Any) -> bytes:
    """`document` as JSON that a careless server writes: NaN and lone surrogates included."""
    return json.dumps(document).encode("utf-8", "surrogatepass")


def tried(action: Callable[[], T], *codes: str) -> T | None:
    """What `action` gives, None when it refuses with some of `codes`; no other error is taken."""
    try:
        return action()
    except CratewheelError as error:
        refused = error.codes
    assert set(refused) <= set(codes), refused
    return None


def _places(document: Any) -> Any:
    entries: Any = ()
    if isinstance(document, dict):
        entries = document.items()
    elif isinstance(document, list):
        entries = enumerate(document)
    for key, value in list(entries):
        yield document, key
        yield from _places(value)
