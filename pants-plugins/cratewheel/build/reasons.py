"""Why a build ran: what its build root was brought in line with, told by the sandbox and read outside."""

from __future__ import annotations

import json
from collections.abc import Sequence

#: How many files are named before the others are only counted.
_NAMED = 5

#: Why a wheel was put together around code that had been compiled before.
WHY_PACKED = "what is packed around the compiled code changed"


def told(changed: Sequence[str], *, first: bool) -> str:
    """One line of JSON for `reason` to read.

    Args:
        changed: the files that differed from those of the last build in this root.
        first: whether there was none.
    """
    named = [] if first else list(changed[:_NAMED])
    return json.dumps({"first": first, "named": named, "count": len(changed)})


def reason(said: str) -> str:
    """Why a build ran, a clause.

    Args:
        said: standard output of its process.
    """
    document = json.loads(said.strip().splitlines()[-1])
    if document["first"]:
        return "it was not built on this machine before"
    if not document["count"]:
        return (
            "the toolchain, a tool or a setting changed, or its result is no longer in Pants' cache"
        )
    others = document["count"] - len(document["named"])
    more = f" and {others} more" if others else ""
    return f"{', '.join(document['named'])}{more} changed"
