"""The catalogue of stable error codes: what each means and what to do about it.

The reference page `docs/reference/errors.md` is rendered from this table, so a code that is not
here cannot be raised (`cratewheel.errors.Finding` refuses it). Keep the entries sorted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Code:
    """A code's meaning, one sentence, and its default mend (may be empty: the finding says its own)."""

    meaning: str
    mend: str = ""


CODES: Mapping[str, Code] = MappingProxyType(
    {
        "CW-BYTES-DIFFER": Code(
            "The registry has this version with other bytes than the ones built here.",
            "raise the version; published bytes cannot be replaced",
        ),
        "CW-COMPATIBILITY-PLATFORM": Code(
            "The compatibility floor cannot be promised for this platform.",
            "take a floor of the platform's own family",
        ),
        "CW-COMPATIBILITY-UNKNOWN": Code(
            "The compatibility floor is not one that wheel tags know.",
            "write one such as `manylinux_2_28`, `musllinux_1_2` or `macosx_11_0`",
        ),
        "CW-GIT-FAILED": Code("Git could not be run or said no."),
        "CW-GIT-NO-COMMIT": Code(
            "The repository has no commit yet, so there is nothing a release could be made from.",
            "commit first",
        ),
        "CW-GIT-NO-REPOSITORY": Code(
            "The directory is not in a git repository.",
            "run this in a git checkout of the project",
        ),
        "CW-GIT-SHALLOW": Code(
            "The clone leaves out history, so what changed since the last release cannot be told.",
            "git fetch --unshallow --tags",
        ),
        "CW-MANIFEST-SYNTAX": Code(
            "A manifest is not valid TOML or not a valid manifest.",
            "mend the file at the place named",
        ),
        "CW-PLAN-INVALID": Code(
            "The file given as a plan is not a release plan of this version of cratewheel.",
            "write it again with `pants release-plan --output=FILE ::`",
        ),
        "CW-REHEARSAL-FOREIGN": Code(
            "The folder named for a rehearsal holds files that no rehearsal put there, so it is left alone.",
            "name an empty folder, or one that does not exist, as `rehearsal_dir`",
        ),
        "CW-REHEARSAL-UNWRITABLE": Code(
            "The rehearsal folder cannot be written.",
            "make the folder writable, or name another as `rehearsal_dir`",
        ),
        "CW-TRIPLE-UNKNOWN": Code(
            "The target triple is not one that wheels can be built for.",
            "write it as `rustc --print target-list` does",
        ),
    }
)
