"""What cargo finds beside a manifest: library, binaries, build script and readme of a crate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cratewheel.cargo.manifest import CrateManifest
from cratewheel.cargo.paths import resolve

#: The readmes cargo looks for, the first one found wins (the Cargo Reference, "readme").
_DEFAULT_READMES = ("README.md", "README.txt", "README")


@dataclass(frozen=True)
class CargoTarget:
    """A library or binary of a crate.

    Args:
        name: its name (a library's with underscores).
        path: repository-relative path of its root source file.
        crate_types: `lib`, `rlib`, `cdylib`, `staticlib`, `dylib`, `proc-macro` or `bin`.
    """

    name: str
    path: str
    crate_types: tuple[str, ...]


def library_of(crate: CrateManifest, all_files: Collection[str]) -> CargoTarget | None:
    """The crate's library, None when it has none.

    Args:
        all_files: the repository's files (a set: membership is asked for).

    Rule: the Cargo Reference, "Target auto-discovery".
    """
    default = resolve(crate.directory, "src/lib.rs")
    name = crate.name.replace("-", "_")
    if crate.lib is not None:
        return CargoTarget(
            name=crate.lib.name or name,
            path=crate.lib.path or default,
            crate_types=crate.lib.crate_types or ("lib",),
        )
    if crate.autolib and default in all_files:
        return CargoTarget(name, default, ("lib",))
    return None


def binaries_of(crate: CrateManifest, all_files: Collection[str]) -> tuple[CargoTarget, ...]:
    """The crate's binaries, sorted by name, declared and discovered.

    Rule: the Cargo Reference, "Target auto-discovery". (Edition 2015 discovers none beside a
    declared one unless `autobins = true` is written; that is not told apart here.)
    """
    found = _discovered_binaries(crate, all_files)
    binaries = {name: path for name, path in found.items() if crate.autobins}
    for declared in crate.bins:
        name = declared.name or crate.name
        default = found.get(name, resolve(crate.directory, f"src/bin/{name}.rs"))
        binaries[name] = declared.path or default
    return tuple(CargoTarget(name, path, ("bin",)) for name, path in sorted(binaries.items()))


def build_script_of(crate: CrateManifest, all_files: Collection[str]) -> str | None:
    """The path of the crate's build script, None when it has none."""
    if isinstance(crate.build, str):
        return crate.build
    default = resolve(crate.directory, "build.rs")
    return default if crate.build is None and default in all_files else None


def readme_path(crate: CrateManifest, all_files: Collection[str]) -> str | None:
    """The path of the readme cargo takes: the manifest's, or README.md, README.txt, README."""
    if isinstance(crate.readme, str):
        return crate.readme
    if crate.readme is False:
        return None
    candidates = (resolve(crate.directory, name) for name in _DEFAULT_READMES)
    return next((path for path in candidates if path in all_files), None)


def _discovered_binaries(crate: CrateManifest, all_files: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    main = resolve(crate.directory, "src/main.rs")
    if main in all_files:
        found[crate.name] = main
    folder = resolve(crate.directory, "src/bin") + "/"
    for path in all_files:
        if not path.startswith(folder) or not path.endswith(".rs"):
            continue
        first, _, rest = path[len(folder) :].partition("/")
        if first.startswith("."):
            continue
        if not rest:
            found[first[: -len(".rs")]] = path
        elif rest == "main.rs":
            found[first] = path
    return found
