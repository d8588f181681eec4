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
        "CW-ABI-UNKNOWN": Code(
            "The ABI family is not one that wheels can be built for.",
            "write one such as `abi3`, `3.13`, `3.14t`, `pypy3.11` or `bin`",
        ),
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
        "CW-CRATE-GIT-DEPENDENCY": Code(
            "A crate to be published depends on a git repository without naming a released version.",
            "add the version that is on the registry, or publish the dependency first",
        ),
        "CW-CRATE-LIMITS": Code(
            "A crate exceeds what crates.io takes of one crate.",
        ),
        "CW-CRATE-METADATA": Code(
            "A crate to be published lacks metadata that crates.io demands, or has some it refuses.",
            "complete `[package]` in the manifest named",
        ),
        "CW-CRATE-NAME": Code(
            "A crate's name is not one that crates.io takes.",
            "rename the package",
        ),
        "CW-CRATE-PATH-MISSING": Code(
            "A path dependency leads to a place where there is no crate.",
            "mend the path, or add the crate to the repository",
        ),
        "CW-CRATE-PATH-WITHOUT-VERSION": Code(
            "A crate to be published has a path dependency without a version.",
            'add `version = "…"` beside the `path`: the registry keeps only the version',
        ),
        "CW-CRATE-PUBLISH-FORBIDDEN": Code(
            "A crate is to be published whose manifest forbids it.",
            "take `publish=True` from the target, or `publish` from the manifest",
        ),
        "CW-CRATE-REGISTRY-DEPENDENCY": Code(
            "A crate for crates.io depends on a crate of another registry.",
            "take the dependency from crates.io",
        ),
        "CW-CRATE-WILDCARD": Code(
            "A crate to be published accepts any version of a dependency.",
            "write the lowest version it works with",
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
        "CW-LOCK-SYNTAX": Code(
            "A Cargo.lock is not one that cargo writes.",
            "restore it from git, or let `cargo generate-lockfile` write it anew",
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
        "CW-REQUIRES-PYTHON": Code(
            "`requires-python` is not a version specifier, or admits no Python.",
            "write it like `>=3.9`",
        ),
        "CW-TAG-COLLISION": Code(
            "Two packages have tags that could not be told apart.",
            "give one of them another `tag_format`, or both the same `version_group`",
        ),
        "CW-TAG-FORMAT": Code(
            "A `tag_format` makes tags that git does not take or that no version could be read from.",
            "write it like `{name}-v{version}`",
        ),
        "CW-TAG-MISSING": Code(
            "The clone has no tags, although packages were released.",
            "git fetch --tags",
        ),
        "CW-TAG-OFF-BRANCH": Code(
            "A higher release is tagged on a commit that is not in HEAD's history, "
            "and the project does not say whether it counts.",
            'say once `[cratewheel] tags = "all"` in pants.toml (it counts) or `"reachable"`',
        ),
        "CW-TRIPLE-UNKNOWN": Code(
            "The target triple is not one that wheels can be built for.",
            "write it as `rustc --print target-list` does",
        ),
    }
)
