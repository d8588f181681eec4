"""cratewheel as pip installs it where Pants does not run, by the hash of what an index has."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Optional

from cratewheel.plan.inputs import PublishedVersion

#: The name of the distribution that `[GLOBAL].plugins` names.
DISTRIBUTION = "pants-cratewheel"

_PINNED = re.compile(rf"{DISTRIBUTION}==(\S+)((?: --hash=sha256:[0-9a-f]{{64}})+)")


def pinned_requirement(
    version: str, published: Optional[Iterable[PublishedVersion]], workflow: str
) -> Optional[str]:
    """The requirement with the hashes of the wheels of a version, None where nobody knows any.

    Args:
        published: what the index has of the distribution; None where it was not reached.
        workflow: the text of the workflow there is, whose pin of the same version is kept.
    """
    kept = _PINNED.search(workflow)
    if kept is not None and kept[1] == version:
        return kept[0]
    for each in published or ():
        if each.version == version and len(each.hashes) == len(each.files):
            wheels = [
                digest for name, digest in zip(each.files, each.hashes) if name.endswith(".whl")
            ]
            if wheels:
                hashes = "".join(f" --hash=sha256:{digest}" for digest in sorted(wheels))
                return f"{DISTRIBUTION}=={version}{hashes}"
    return None
