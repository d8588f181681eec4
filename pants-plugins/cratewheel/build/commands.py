"""The exact command lines and environments of a build, as pure functions of what is asked.

Sources: cargo's `cargo package` and configuration reference, maturin's user guide (`maturin build
--help`), cargo-zigbuild's environment variables.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from cratewheel.build.request import (
    AbiBuild,
    BinaryBuild,
    CrateBuild,
    LockBuild,
    SdistBuild,
    Settings,
    WheelBuild,
)
from cratewheel.platforms import PLATFORMS

#: The variables that replace the flags of cargo's configuration.
_RUSTFLAGS = frozenset(("CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"))


@dataclass(frozen=True)
class Command:
    """A process to run.

    Args:
        directory: where, absolute.
        env: its whole environment.
        failure: what it means when it fails, where its own words do not say.
    """

    argv: tuple[str, ...]
    directory: str
    env: Mapping[str, str]
    failure: str = ""


@dataclass(frozen=True)
class Places:
    """Absolute folders of one build.

    Args:
        sources: the synchronised input tree.
        target: cargo's target directory.
        out: where artifacts go.
        zig: what zig keeps for all builds.
        system: the variables that every process here needs: PATH, HOME, CARGO_HOME, the network's.
        pythons: the interpreters of this machine by the names that builds have for them.
        python: the interpreter that maturin is installed in.
        program: that of maturin; "" where only the interpreter can start it.
        flags: for rustc, so that what it makes is the same everywhere, where no program around it sees
            to that.
        flags_key: the key of cargo's configuration by which they join the project's own.
    """

    sources: PurePath
    target: PurePath
    out: PurePath
    zig: PurePath
    system: Mapping[str, str]
    pythons: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable
    program: str = ""
    flags: tuple[str, ...] = ()
    flags_key: str = ""

    @property
    def maturin(self) -> tuple[str, ...]:
        """What starts maturin: its program alone, which saves starting an interpreter for that."""
        return (self.program,) if self.program else (self.python, "-m", "maturin")


def target_key(
    toolchain: str, triple: str, profile: str, interpreter: str, flags: Sequence[str]
) -> str:
    """Names the target directory of one combination; cargo would rebuild everything in a shared one.

    Args:
        toolchain: the toolchain's id.
        triple: the target triple, or `host`.
        profile: cargo's profile.
        interpreter: the Python it is built for, or "" where that does not matter.
        flags: whatever else makes rustc or build scripts do something else.
    """
    digest = hashlib.sha256("\0".join((interpreter, *flags)).encode()).hexdigest()[:8]
    return f"{toolchain}-{triple}-{profile}-{digest}"


def environment(
    settings: Settings,
    places: Places,
    *,
    env: Sequence[tuple[str, str]] = (),
    rustflags: Sequence[str] = (),
) -> dict[str, str]:
    """The whole environment of a build: fixed values first, the user's own on top."""
    flags = (*settings.rustflags, *rustflags)
    if flags:
        flags = (*flags, *places.flags)
    variables = {
        **places.system,
        "CARGO_TARGET_DIR": str(places.target),
        "CARGO_TERM_COLOR": "never",
        "SOURCE_DATE_EPOCH": str(settings.source_date_epoch),
    }
    if flags:
        # The encoded form is the only one that takes flags with spaces in them.
        variables["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(flags)
    variables.update(settings.env)
    variables.update(env)
    return variables


def crate_command(build: CrateBuild, places: Places) -> Command:
    """`cargo package` with its verification build."""
    settings = build.settings
    argv = ["cargo", "package", "--allow-dirty"]
    for name in (build.name, *build.verified_with):
        argv += ["--package", name]
    if settings.locked and not build.patches:
        argv.append("--locked")
    # With several packages selected a bare feature would have to exist in each of them.
    prefix = f"{build.name}/" if build.verified_with else ""
    argv += [f"--features={prefix}{feature}" for feature in settings.features]
    if settings.no_default_features:
        argv.append("--no-default-features")
    for name, directory in build.patches:
        path = str(places.sources / directory).replace("\\", "\\\\")
        argv += ["--config", f'patch.crates-io.{name}.path="{path}"']
    argv += settings.cargo_args
    return Command(
        tuple(argv),
        str(places.sources / settings.manifest_directory),
        environment(settings, places),
    )


def lock_command(build: LockBuild, places: Places) -> Command:
    """`cargo generate-lockfile`."""
    return Command(
        ("cargo", "generate-lockfile"),
        str(places.sources / build.settings.manifest_directory),
        environment(build.settings, places),
    )


def sdist_command(build: SdistBuild, places: Places) -> Command:
    """`maturin sdist`."""
    return Command(
        (*places.maturin, "sdist", "--out", str(places.out)),
        str(places.sources / build.settings.manifest_directory),
        environment(build.settings, places),
    )


def fetch_command(build: SdistBuild, places: Places, *, locked: bool) -> Command:
    """Fetches what Cargo.lock names, and brings the lock in line unless it is `locked`.

    Of the commands that write a lock the one that says nothing and updates nothing else in it.
    """
    argv = ["cargo", "fetch", "--quiet", *(["--locked"] if locked else [])]
    directory = places.sources / build.crate_directory
    return Command(tuple(argv), str(directory), environment(build.settings, places))


def sdist_proof_command(build: SdistBuild, places: Places) -> Command:
    """The build of a wheel from an unpacked source distribution, `places.sources`.

    The command that maturin's PEP 517 hook gives pip, without optimisation, and with the shipped
    Cargo.lock held to.
    """
    interpreter = _interpreter(build.interpreter, places) if build.interpreter else places.python
    argv = [*places.maturin, "pep517", "build-wheel", "--out", str(places.out)]
    argv += ["--interpreter", interpreter, "--compatibility", "off", "--profile", "dev"]
    if build.settings.locked:
        argv.append("--locked")
    argv += build.settings.cargo_args
    return Command(
        tuple(argv),
        str(places.sources),
        {"CARGO_PROFILE_DEV_DEBUG": "0", **environment(build.settings, places)},
        "The source distribution was made, but no wheel can be built from it",
    )


def binary_commands(build: WheelBuild, binary: BinaryBuild, places: Places) -> tuple[Command, ...]:
    """The build of a program that a wheel carries, with the same floor as the wheel's extension.

    For several architectures in one it takes a command for each, and one that joins them.
    """
    targets = PLATFORMS[build.target].rust_targets
    built = tuple(_binary_command(build, binary, places, target) for target in targets)
    if len(targets) == 1:
        return built
    parts = [str(binary_path(build, binary, places, target)) for target in targets]
    joined = str(binary_path(build, binary, places))
    lipo = ("lipo", "-create", "-output", joined, *parts)
    return (*built, Command(lipo, str(places.sources), dict(places.system)))


def binary_path(
    build: WheelBuild, binary: BinaryBuild, places: Places, target: str = ""
) -> PurePath:
    """Where a program that a wheel carries is once it is built.

    Args:
        target: one of the triples that rustc compiles for; the whole of them when empty.
    """
    # Cargo's names of the folders of its own profiles (its book, "Build cache").
    folder = {"dev": "debug", "test": "debug", "bench": "release"}.get(
        binary.profile, binary.profile
    )
    suffix = ".exe" if "windows" in build.target else ""
    if not target and len(PLATFORMS[build.target].rust_targets) > 1:
        return places.target / f"{binary.name}{suffix}"
    return places.target / (target or build.target) / folder / f"{binary.name}{suffix}"


def _binary_command(build: WheelBuild, binary: BinaryBuild, places: Places, target: str) -> Command:
    settings = build.settings
    argv = ["cargo", "build"]
    if build.linking == "zig":
        # maturin's --zig is this program; it reads the glibc floor from the end of the triple.
        argv = [str(PurePath(places.python).with_name("cargo-zigbuild")), "zigbuild"]
        target += _glibc_suffix(build.compatibility)
    argv += ["--bin", binary.name, "--target", target, "--profile", binary.profile]
    if settings.locked:
        argv.append("--locked")
    argv += [f"--features={feature}" for feature in binary.features]
    env = environment(settings, places, env=binary.env, rustflags=binary.rustflags)
    argv += [*_configuration(places, env), *binary.cargo_args]
    return Command(
        tuple(argv),
        str(places.sources / binary.manifest_directory),
        {**env, **_linker_variables(build, places)},
    )


def wheel_command(build: WheelBuild, family: AbiBuild, places: Places) -> Command:
    """`maturin build` of one ABI family for one target."""
    settings = build.settings
    argv = [*places.maturin, "build", "--out", str(places.out)]
    argv += ["--target", build.target, "--profile", family.profile]
    if build.compatibility:
        argv += ["--compatibility", build.compatibility]
    if build.linking == "zig":
        argv.append("--zig")
    if settings.locked:
        argv.append("--locked")
    if family.features:
        argv += ["--features", ",".join(family.features)]
    if family.no_default_features:
        argv.append("--no-default-features")
    for interpreter in family.interpreters:
        argv += ["--interpreter", _interpreter(interpreter, places)]
    env = environment(settings, places, env=family.env, rustflags=family.rustflags)
    argv += [*_configuration(places, env), *family.cargo_args, *family.maturin_args]
    return Command(
        tuple(argv),
        str(places.sources / settings.manifest_directory),
        {**env, **_linker_variables(build, places)},
    )


def _configuration(places: Places, env: Mapping[str, str]) -> tuple[str, ...]:
    """What has cargo add flags to those of its configuration, which flags in the environment replace."""
    if not places.flags or _RUSTFLAGS & env.keys():
        return ()
    # As TOML and JSON have strings and lists alike.
    return ("--config", f"{places.flags_key}={json.dumps(places.flags, ensure_ascii=False)}")


def _interpreter(name: str, places: Places) -> str:
    # `cp312` is one of this machine; `python3.12` stands for that of another platform, which maturin
    # knows from its own tables.
    return places.pythons.get(name, name)


def _glibc_suffix(compatibility: str) -> str:
    if not compatibility.startswith("manylinux_"):
        return ""
    _, major, minor = compatibility.split("_")
    return f".{major}.{minor}"


def _linker_variables(build: WheelBuild, places: Places) -> dict[str, str]:
    if build.linking == "cross":
        upper = build.target.upper().replace("-", "_")
        return {
            f"CARGO_TARGET_{upper}_LINKER": build.linker,
            f"CC_{build.target.replace('-', '_')}": build.linker,
        }
    if build.linking == "zig":
        return {
            "CARGO_ZIGBUILD_PYTHON_PATH": places.python,
            # Zig makes the C library of each floor itself, which takes longer than most wheels.
            "ZIG_GLOBAL_CACHE_DIR": str(places.zig),
        }
    return {}
