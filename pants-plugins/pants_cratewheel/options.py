"""The options of this backend: `[cratewheel]`, `[cargo]` and `[maturin]`."""

from __future__ import annotations

from enum import Enum

from pants.backend.python.subsystems.python_tool_base import PythonToolRequirementsBase
from pants.engine.goal import GoalSubsystem
from pants.option.option_types import (
    BoolOption,
    EnumOption,
    StrListOption,
    StrOption,
)
from pants.option.subsystem import Subsystem
from pants.util.strutil import help_text, softwrap

from cratewheel.build.disk import DEFAULT_LIMIT
from cratewheel.plan.inputs import PlanOptions
from cratewheel.project import CRATE, CRATES_IO, PYPI


class Destination(Enum):
    """Where a release goes."""

    REHEARSAL = "rehearsal"
    REGISTRIES = "registries"


class Order(Enum):
    """Which registry goes first, among packages that do not depend on each other."""

    CRATES_FIRST = "crates-first"
    WHEELS_FIRST = "wheels-first"


class OnFailure(Enum):
    """What a failed upload stops."""

    DEPENDENTS = "dependents"
    EVERYTHING = "everything"


class Versioning(Enum):
    """What decides a version."""

    TRAILERS = "trailers"
    MANIFEST = "manifest"


class DefaultBump(Enum):
    """What a change without a trailer means."""

    PATCH = "patch"
    NONE = "none"


class Tags(Enum):
    """Which version tags count as releases."""

    REACHABLE = "reachable"
    ALL = "all"


class CratewheelSubsystem(Subsystem):
    options_scope = "cratewheel"
    help = "Releasing Rust crates and their PyO3 wheels."

    destination = EnumOption(
        default=None,
        enum_type=Destination,
        help=softwrap(
            """
            Where `release` and `publish` upload to. `rehearsal`: registries embedded in this
            repository's `dist/rehearsal/`, everything else real. `registries`: crates.io and PyPI,
            for ever. Outside CI the default is `rehearsal`; in CI it must be set.
            """
        ),
    )
    plan = StrOption(
        default=None,
        help=softwrap(
            """
            A frozen plan, written by `release-plan --output=FILE`, or the git ref of the record of
            a release that is to be finished, as `release-status` names it. `package`, `release` and
            `publish` take every version from it and refuse one that was made for another commit.
            """
        ),
    )
    artifacts = StrListOption(
        default=[],
        help=softwrap(
            """
            Folders with wheels, source distributions and crates that were built elsewhere, by other
            jobs or by the project's own workflow. `package`, `release` and `publish` use those
            bytes, under the same checks, and build only what is missing.
            """
        ),
    )
    rows = StrListOption(
        default=[],
        help=softwrap(
            """
            The rows of the plan, by `artifact_name`, that are built here; each must be. `none`
            stands for none at all: what a release then needs is in `artifacts`. Default: every row
            that this machine can build.
            """
        ),
    )
    versioning = EnumOption(
        default=Versioning.TRAILERS,
        help=softwrap(
            """
            What decides a version: `release:` trailers of the commits since the last tag, or the
            version in the manifest.
            """
        ),
    )
    default_bump = EnumOption(
        default=DefaultBump.PATCH,
        help="What a change without a trailer means: a patch release, or none.",
    )
    tags = EnumOption(
        default=None,
        enum_type=Tags,
        help=softwrap(
            """
            Whether a higher version tag on another branch, a release branch say, counts as the
            last release. Only needed where there is such a tag; then a plan asks for it.
            """
        ),
    )
    ignore_trailers = StrListOption(
        default=[],
        help="Commits, at least seven digits each, whose `release:` trailers do not count.",
    )
    why = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether `package` and `release` say of each file that they built why: which of its
            inputs changed since it was last built on this machine.
            """
        ),
    )
    allow_remote_cache = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether a release for real may take what it builds from a remote cache
            (`[GLOBAL].remote_cache_read`). Whoever can write to the cache can then put something
            into what is released, so only allow it where nobody else can.
            """
        ),
    )
    rehearsal_dir = StrOption(
        default="dist/rehearsal",
        help="Where the registries of a rehearsal are kept, relative to the build root.",
    )
    order = EnumOption(
        default=Order.CRATES_FIRST,
        help="Which registry goes first, among packages that do not depend on each other.",
    )
    on_failure = EnumOption(
        default=OnFailure.DEPENDENTS,
        help="What a failed upload stops: only what depends on it, or everything after it.",
    )
    remote = StrOption(
        default="origin",
        help="The git remote that release tags are pushed to, after everything has been read back.",
    )
    github_releases = BoolOption(
        default=False,
        help=softwrap(
            """
            Whether every tag of a release gets a GitHub Release with the files of its packages.
            Needs `GITHUB_TOKEN` with permission to write contents. `GITHUB_REPOSITORY` and
            `GITHUB_API_URL`, which GitHub Actions sets, say where; outside it the remote does.
            """
        ),
    )
    attestations = BoolOption(
        default=True,
        help=softwrap(
            """
            Whether files for PyPI and TestPyPI are attested (PEP 740) when they are uploaded by a
            trusted publisher. No other index takes attestations.
            """
        ),
    )
    crates_registry = StrOption(
        default=f"https://{CRATES_IO}",
        help=softwrap(
            """
            The root of the web API that crates are published to. Plain http is accepted for
            loopback addresses only.
            """
        ),
    )
    python_repository = StrOption(
        default="",
        help=softwrap(
            """
            The upload address that wheels are published to; PyPI's when empty. Plain http is
            accepted for loopback addresses only.
            """
        ),
    )


def plan_options(
    options: CratewheelSubsystem, destination: str, release: tuple[str, ...] = ()
) -> PlanOptions:
    """How a release is planned.

    Args:
        destination: the one that was chosen, "" where none is.
        release: the `ID@LEVEL-OR-VERSION` decisions of the command line.
    """
    return PlanOptions(
        versioning=options.versioning.value,
        default_bump=options.default_bump.value,
        ignore_trailers=tuple(options.ignore_trailers),
        release=release,
        order=options.order.value,
        destination=destination,
    )


def registry_address(kind: str, registry: str, options: CratewheelSubsystem) -> str:
    """The address of a registry as a plan names it; empty for PyPI."""
    if registry not in (CRATES_IO, PYPI):
        return registry
    return options.crates_registry if kind == CRATE else options.python_repository


class BuildRootsSubsystem(GoalSubsystem):
    name = "build-roots"
    help = help_text(
        """
        Say what the build roots take on the disk, in which cargo's work survives from one run to
        the next: each with its size, its last use and what was built then, and why. They are kept
        in Pants' named cache `cratewheel_build_roots`, for all checkouts of this user.
        """
    )

    prune = BoolOption(
        default=False,
        help=softwrap(
            """
            Remove them, except where a build is going on. What is removed is compiled again when
            it is needed.
            """
        ),
    )
    limit = StrOption(
        default=DEFAULT_LIMIT,
        help=softwrap(
            """
            What they may take, such as `20GiB`. A build that goes beyond removes those that were
            not used for longest. `0` keeps nothing for the next run.
            """
        ),
    )


class CargoSubsystem(Subsystem):
    options_scope = "cargo"
    help = "The Rust toolchain, found on this machine."

    search_path = StrListOption(
        default=["<PATH>"],
        help=softwrap(
            """
            Folders in which cargo, rustc, the C compiler and the `tools` of targets are looked
            for. `<PATH>` stands for your own PATH.
            """
        ),
    )
    tailor = BoolOption(
        default=True,
        help="Whether `pants tailor` writes targets for Cargo.toml and pyproject.toml files.",
    )


class MaturinSubsystem(PythonToolRequirementsBase):
    options_scope = "maturin"
    name = "maturin"
    help = "The tool that builds wheels from Rust (https://www.maturin.rs)."

    default_version = "maturin==1.16.0"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    default_lockfile_resource = ("pants_cratewheel.locks", "maturin.lock")


class MaturinZigSubsystem(PythonToolRequirementsBase):
    options_scope = "maturin-zig"
    name = "maturin-zig"
    help = help_text(
        """
        maturin with zig, which links for other machines and for older C libraries than this
        machine's. Installed only when a row needs it.
        """
    )

    default_version = "maturin==1.16.0"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    default_lockfile_resource = ("pants_cratewheel.locks", "maturin-zig.lock")


class PublisherSubsystem(PythonToolRequirementsBase):
    options_scope = "cratewheel-publisher"
    name = "cratewheel-publisher"
    help = "The process that uploads: twine and what it needs, apart from Pants' own libraries."

    default_version = "twine==6.2.0"
    register_interpreter_constraints = True
    default_interpreter_constraints = ["CPython>=3.9,<3.15"]
    default_lockfile_resource = ("pants_cratewheel.locks", "publisher.lock")
