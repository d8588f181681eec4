"""What goes into a `.crate`, and so into an sdist: what is missing of it, and whether it is too large."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Optional

from cratewheel.artifacts import limits
from cratewheel.cargo.manifest import CrateManifest
from cratewheel.cargo.paths import is_within, relative_to, resolve
from cratewheel.cargo.targets import binaries_of, build_script_of, library_of
from cratewheel.errors import Finding

_MEND_OF_SDISTS = "name it in `package.include` or in `[tool.maturin] include`, or take it out of `package.exclude`"


@dataclass(frozen=True)
class PackagedFiles:
    """What `cargo package --list` says of the crate in `directory`.

    Args:
        files: name, relative to the crate, to its size in bytes; 0 for what cargo generates.
        compressed: bytes of all of them together, packed; None where they are few enough not to care.
        references: by source file of the repository: the files of the repository it includes.
        failure: cargo's own words when it could not list them.
        targets: those that rustc compiles for; asked only where docs.rs is to build for some.
    """

    directory: str
    files: Mapping[str, int] = field(default_factory=dict, hash=False)
    compressed: Optional[int] = None
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    failure: str = ""
    targets: tuple[str, ...] = ()


def dumps(found: Iterable[PackagedFiles]) -> str:
    """The facts as text, for the process that asked for them."""
    return json.dumps([asdict(each) for each in found])


def loads(text: str) -> tuple[PackagedFiles, ...]:
    """Reads what `dumps` wrote."""
    return tuple(
        PackagedFiles(
            **{
                **entry,
                "references": {
                    source: tuple(paths) for source, paths in entry["references"].items()
                },
                "targets": tuple(entry["targets"]),
            }
        )
        for entry in json.loads(text)
    )


def packaged_findings(
    crate: CrateManifest,
    packaged: PackagedFiles,
    all_files: Collection[str],
    *,
    published: bool,
    included: Collection[str] = (),
) -> Iterator[Finding]:
    """What is wrong with the files that cargo would pack of a crate.

    Args:
        all_files: the repository's files.
        published: whether it is uploaded as a crate, rather than carried by an sdist alone.
        included: what an sdist that carries it has beside them.
    """
    if packaged.failure:
        message = f"`cargo package --list` refuses: {packaged.failure}"
        yield Finding("CW-BUILD-FAILED", crate.path, message)
        return
    listed = {resolve(crate.directory, name) for name in packaged.files} | set(included)
    # An sdist takes of a crate what cargo packs, and what maturin is told to add.
    mend = "" if published else _MEND_OF_SDISTS
    for what, path in _named(crate, all_files):
        if path in all_files and path not in listed and is_within(path, crate.directory):
            message = f"{what}, {path}, is not among the files that cargo packs"
            yield Finding("CW-CRATE-FILE-LEFT-OUT", crate.path, message, mend)
    for source, paths in sorted(packaged.references.items()):
        if source not in listed or _is_aside(source, crate.directory):
            continue
        for path in paths:
            if path in all_files and path not in listed:
                message = f"it includes {path}, which is not among the files that cargo packs"
                yield Finding("CW-CRATE-REFERENCE-LEFT-OUT", source, message)
    if published and packaged.compressed is not None and packaged.compressed > limits.CRATE:
        largest = sorted(packaged.files.items(), key=lambda item: -item[1])[:3]
        names = ", ".join(f"{name} ({_mib(size)})" for name, size in largest)
        message = (
            f"packed it has {_mib(packaged.compressed)}, crates.io takes {_mib(limits.CRATE)}; the "
            f"largest files are {names}"
        )
        yield Finding("CW-ARTIFACT-TOO-LARGE", crate.path, message)


def built_findings(sizes: Mapping[str, int]) -> Iterator[Finding]:
    """Files built earlier that their registry would not take for their size.

    Args:
        sizes: bytes by path.
    """
    for path, size in sorted(sizes.items()):
        limit = limits.CRATE if path.endswith(".crate") else limits.DISTRIBUTION
        if size > limit:
            message = f"it has {_mib(size)}, the registry takes {_mib(limit)}"
            yield Finding("CW-ARTIFACT-TOO-LARGE", path, message)


def _named(crate: CrateManifest, all_files: Collection[str]) -> Iterator[tuple[str, str]]:
    """Files without which the crate cannot be built or would lose what its manifest promises."""
    library = library_of(crate, all_files)
    if library is not None:
        yield "the library", library.path
    for binary in binaries_of(crate, all_files):
        yield f"the program {binary.name}", binary.path
    script = build_script_of(crate, all_files)
    if script is not None:
        yield "the build script", script
    if isinstance(crate.readme, str):
        yield "the readme", crate.readme
    if crate.license_file is not None:
        yield "the licence", crate.license_file


def _is_aside(source: str, directory: str) -> bool:
    """Whether a source is one of tests, benchmarks or examples, which no dependent compiles."""
    return relative_to(source, directory).startswith(("tests/", "benches/", "examples/"))


def _mib(size: int) -> str:
    return f"{size / limits.MIB:.1f} MiB"
