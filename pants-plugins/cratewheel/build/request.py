"""What one build is asked to do, as values that travel into the sandbox as JSON.

Only the standard library: the Pants process writes these and the sandboxed process reads them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Union


@dataclass(frozen=True)
class Settings:
    """What crate and wheel builds have in common.

    Args:
        root: names the build root, a path-safe word; builds of one package share one root.
        manifest_directory: the directory of the manifest that is built, relative to the tree; the
            tool runs there.
        features, no_default_features: cargo's own.
        cargo_args: further arguments for cargo.
        env: variables for the build, on top of the fixed ones.
        rustflags: flags for rustc, one argument an item.
        locked: whether the tree carries the Cargo.lock that must be obeyed.
        source_date_epoch: seconds since 1970 that stand for "now" in the artifacts.
    """

    root: str
    manifest_directory: str
    features: tuple[str, ...] = ()
    no_default_features: bool = False
    cargo_args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    rustflags: tuple[str, ...] = ()
    locked: bool = True
    source_date_epoch: int = 315532800


@dataclass(frozen=True)
class CrateBuild:
    """`cargo package` of one crate, verified against the crates of this run that it needs.

    Args:
        name, version: of the crate.
        verified_with: names of crates of the same workspace that are published in the same run.
        patches: (crate name, directory) of crates of *other* workspaces published in the same run.
    """

    settings: Settings
    name: str
    version: str
    verified_with: tuple[str, ...] = ()
    patches: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SdistBuild:
    """`maturin sdist` of one Python project, and a wheel from what came out, which is thrown away.

    Args:
        crate_directory: the directory of the crate that the project binds, relative to the tree.
        interpreter: name of the interpreter link that the wheel is built for; "" for the one that
            maturin runs on.
    """

    settings: Settings
    crate_directory: str
    interpreter: str = ""


@dataclass(frozen=True)
class LockBuild:
    """`cargo generate-lockfile` for the workspace in `settings.manifest_directory`."""

    settings: Settings


@dataclass(frozen=True)
class BinaryBuild:
    """A Rust program that a wheel carries.

    Args:
        manifest_directory: the directory of the crate that has it, relative to the tree.
        name: of the `[[bin]]` target.
        destination: the directory, relative to the tree, that it is put into before maturin runs.
        features: those without which cargo does not build it.
    """

    manifest_directory: str
    name: str
    destination: str
    features: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    rustflags: tuple[str, ...] = ()
    cargo_args: tuple[str, ...] = ()
    profile: str = "release"


@dataclass(frozen=True)
class AbiBuild:
    """One pass of maturin for one ABI family of a row.

    Args:
        name: of the family, for messages.
        interpreters: names of the interpreter links it is built for; empty for families that need
            none (a wheel of a program).
        The others override the row's own when not None.
    """

    name: str
    interpreters: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    no_default_features: bool = False
    env: tuple[tuple[str, str], ...] = ()
    rustflags: tuple[str, ...] = ()
    cargo_args: tuple[str, ...] = ()
    maturin_args: tuple[str, ...] = ()
    profile: str = "release"


@dataclass(frozen=True)
class WheelBuild:
    """The wheels of one row: one target, every ABI family of it.

    Args:
        target: the target triple.
        compatibility: the platform floor to promise, or "" for maturin's own reading of the result.
        linking: `native`, `cross` (a cross compiler on the search path) or `zig`.
        linker: with `cross`, the program that links.
        binaries: programs to build first, for the same target.
        passes: one a family, in order.
    """

    settings: Settings
    target: str
    compatibility: str
    linking: str
    passes: tuple[AbiBuild, ...]
    linker: str = ""
    binaries: tuple[BinaryBuild, ...] = ()


@dataclass(frozen=True)
class CompileBuild:
    """The native code of one wheel, with what maturin needs to put the wheel together from it.

    Args:
        wheel: with one pass and no binaries.
    """

    wheel: WheelBuild

    @property
    def settings(self) -> Settings:
        """The wheel's."""
        return self.wheel.settings


@dataclass(frozen=True)
class ProgramsBuild:
    """The programs that the wheels of a row carry, each at its destination.

    Args:
        wheel: with binaries; its passes do not matter.
    """

    wheel: WheelBuild

    @property
    def settings(self) -> Settings:
        """The wheel's."""
        return self.wheel.settings


BuildRequest = Union[CompileBuild, CrateBuild, LockBuild, ProgramsBuild, SdistBuild, WheelBuild]


def links_with_zig(build: BuildRequest) -> bool:
    """Whether a build has zig link."""
    if isinstance(build, (CompileBuild, ProgramsBuild)):
        build = build.wheel
    return isinstance(build, WheelBuild) and build.linking == "zig"


@dataclass(frozen=True)
class Job:
    """A build and where things are in the sandbox.

    Args:
        build: what to build.
        toolchain: the id of the Rust toolchain.
        tree: the directory of the input files, relative to the working directory.
        out: the directory for the artifacts.
        roots: the folder of build roots, which outlives the sandbox.
        tools: the folder of toolchain links.
    """

    build: BuildRequest
    toolchain: str
    tree: str = "tree"
    out: str = "out"
    roots: str = ".build_roots"
    tools: str = ".toolchains"


_KINDS = {
    kind.__name__: kind
    for kind in (CompileBuild, CrateBuild, LockBuild, ProgramsBuild, SdistBuild, WheelBuild)
}
_NESTED: dict[str, Any] = {
    "binaries": BinaryBuild,
    "passes": AbiBuild,
    "settings": Settings,
    "wheel": WheelBuild,
}


def dumps(job: Job) -> str:
    """The job as JSON, stable."""
    document = asdict(job)
    document["kind"] = type(job.build).__name__
    return json.dumps(document, sort_keys=True, indent=1)


def loads(text: str) -> Job:
    """Reads what `dumps` wrote."""
    document = json.loads(text)
    kind = _KINDS[document.pop("kind")]
    build = kind(**{key: _value(key, value) for key, value in document.pop("build").items()})
    return Job(build=build, **document)


def _value(key: str, value: Any) -> Any:
    nested = _NESTED.get(key)
    if nested is not None and isinstance(value, dict):
        return nested(**{name: _value(name, item) for name, item in value.items()})
    if nested is not None:
        return tuple(_value(key, item) for item in value)
    return tuple(_value("", item) for item in value) if isinstance(value, list) else value
