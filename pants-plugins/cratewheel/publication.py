"""Which packages of a repository are meant for the public, judged from manifests and layout alone.

Publishing cannot be undone, so every doubt here counts against it: what is left out costs the
maintainer one word in a BUILD file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from cratewheel.bindings import bindings_of
from cratewheel.cargo.manifest import BUILD, NORMAL, CrateManifest
from cratewheel.cargo.model import CargoModel
from cratewheel.cargo.registry_rules import findings_for_publishing
from cratewheel.cargo.targets import library_of
from cratewheel.python_project import PythonProject, distribution_name, normalize
from cratewheel.stable_abi import BINDING_CRATES

#: Directories whose packages serve the repository itself.
_ASIDE_DIRECTORIES = frozenset(
    [
        "benches",
        "bench",
        "benchmarks",
        "benchmark",
        "ci",
        "demo",
        "demos",
        "dev",
        "example",
        "examples",
        "fixture",
        "fixtures",
        "fuzz",
        "fuzzing",
        "integration-tests",
        "playground",
        "sandbox",
        "scripts",
        "snapshots",
        "template",
        "templates",
        "test",
        "test-crates",
        "test-data",
        "test_data",
        "testdata",
        "testing",
        "tests",
        "tool",
        "tools",
        "xtask",
        "xtasks",
    ]
)

#: Those whose packages are not even built with the repository: data of tests, templates.
_DATA_DIRECTORIES = frozenset(
    [
        "fixture",
        "fixtures",
        "snapshots",
        "template",
        "templates",
        "test-data",
        "test_data",
        "testdata",
    ]
)

#: Words that, as a part of a crate's name, say the same.
_ASIDE_WORDS = frozenset(
    [
        "bench",
        "benches",
        "benchmark",
        "benchmarks",
        "demo",
        "example",
        "examples",
        "fuzz",
        "playground",
        "tests",
        "xtask",
    ]
)

_FUZZERS = frozenset(("afl", "honggfuzz", "libfuzzer-sys"))

#: Crate types of a library that another crate can depend on.
_LINKABLE = frozenset(("lib", "rlib", "dylib", "proc-macro"))


@dataclass(frozen=True)
class Publication:
    """What is meant for the public.

    Args:
        crates: directories of the crates to publish.
        withheld: by directory, why a library crate that could be meant for crates.io is not among
            them; crates that clearly are not meant for it have no entry.
    """

    crates: frozenset[str]
    withheld: Mapping[str, str] = field(default_factory=dict, hash=False)


def is_aside(directory: str) -> bool:
    """Whether a directory is one of examples, tests, fuzzers, benchmarks, tools or scripts."""
    return any(part.lower() in _ASIDE_DIRECTORIES for part in directory.split("/"))


def is_data(directory: str) -> bool:
    """Whether a directory holds test data or templates, which are not packages of the repository."""
    parts = directory.split("/")
    return any(part.lower() in _DATA_DIRECTORIES or "{{" in part for part in parts)


def publication(
    model: CargoModel,
    all_files: Collection[str],
    bindings: Mapping[str, PythonProject],
    candidates: Iterable[str],
) -> Publication:
    """Which of the crates in the directories `candidates` are meant for crates.io.

    A library that other crates can use, outside the repository's own tools and tests, with a
    released version and everything crates.io demands, whose path dependencies are published too.
    A crate that a wheel binds belongs to the wheel, unless it stands on its own without Python
    (`stands_alone`).

    Args:
        bindings: the maturin projects by the directory of the crate they bind.
    """
    withheld: dict[str, str] = {}
    public: set[str] = set()
    for directory in candidates:
        crate = model.crates[directory]
        if not _is_meant_for_others(crate, all_files):
            continue
        project = bindings.get(directory)
        if project is not None and not stands_alone(model, project, all_files):
            if is_linkable(crate, all_files) and not findings_for_publishing(model, directory):
                withheld[directory] = (
                    f"{crate.name} is the extension module of {project.path}, so only the wheel is"
                    f" published; if it is a crate for others as well, add"
                    f' `crate_package(name="{crate.name}", publish=True)`'
                )
            continue
        findings = findings_for_publishing(model, directory)
        if findings:
            what = "; ".join(f"{f.place.partition(': ')[2]}: {f.message}" for f in findings)
            withheld[directory] = f"{crate.name} lacks what crates.io demands ({what})"
            continue
        public.add(directory)
    _withhold_dependents_of_private_crates(model, public, withheld)
    return Publication(frozenset(public), withheld)


def is_linkable(crate: CrateManifest, all_files: Collection[str]) -> bool:
    """Whether the crate has a library that another crate can depend on (not just a cdylib)."""
    library = library_of(crate, all_files)
    return library is not None and bool(_LINKABLE & set(library.crate_types))


def stands_alone(model: CargoModel, project: PythonProject, all_files: Collection[str]) -> bool:
    """Whether a crate that a wheel binds is a crate for others as well (one crate, two artifacts).

    Its library can be linked, and it either can be built without Python (pyo3 is optional, or the
    wheel ships its binary), or its manifest names where it may be published.
    """
    assert project.maturin is not None
    crate = model.crates[project.maturin.crate_directory]
    if not is_linkable(crate, all_files):
        return False
    if bindings_of(model, project, all_files) == "bin" or isinstance(crate.publish, tuple):
        return True
    python = [d for d in crate.dependencies if d.package in (*BINDING_CRATES, "uniffi")]
    return bool(python) and all(d.optional for d in python if d.table == NORMAL)


def version_groups(
    model: CargoModel,
    crates: Iterable[str],
    wheels: Iterable[PythonProject],
) -> Mapping[tuple[str, str], str]:
    """Which published packages go by one version: a crate and a wheel that share a name or inherit
    one workspace's version, and with them every other package that inherits it. Packages of one
    name whose major versions differ have lives of their own and are not grouped.

    Args:
        crates: directories of the published crates.
        wheels: the published maturin projects, whose crates the model knows.

    Returns:
        The group's name by ("crate" or "wheel", directory); ungrouped packages are absent. A group
        is called by the name a crate and a wheel of it share, else by its first wheel's.
    """
    names: dict[tuple[str, str], str] = {}
    keys: dict[tuple[str, str], set[str]] = {}
    # A name shared by a crate at 0.30 and a wheel at 1.4 was never one version.
    for directory in sorted(crates):
        crate = model.crates[directory]
        package = ("crate", directory)
        names[package] = crate.name
        keys[package] = {f"name {normalize(crate.name)} {_major(crate.version)}"}
        if crate.version_inherited:
            keys[package].add(f"workspace {crate.workspace_root}")
    for project in sorted(wheels, key=lambda p: p.directory):
        assert project.maturin is not None
        crate = model.crates[project.maturin.crate_directory]
        package = ("wheel", project.directory)
        names[package] = distribution_name(project, crate)
        version = project.version or crate.version
        keys[package] = {f"name {normalize(names[package])} {_major(version)}"}
        if project.version is None and crate.version_inherited:
            keys[package].add(f"workspace {crate.workspace_root}")
    groups: dict[tuple[str, str], str] = {}
    for members in _connected(keys):
        kinds = {kind for kind, _ in members}
        if kinds == {"crate", "wheel"}:
            groups.update(dict.fromkeys(members, _group_name(members, names)))
    return groups


def _major(version: str | None) -> str:
    return (version or "").partition(".")[0]


def _is_meant_for_others(crate: CrateManifest, all_files: Collection[str]) -> bool:
    words = re.split(r"[-_]", crate.name.lower())
    return not (
        crate.publish is False
        or crate.version in (None, "0.0.0")
        or is_aside(crate.directory)
        or _ASIDE_WORDS & set(words)
        or any(entry.package in _FUZZERS for entry in crate.dependencies)
        or not is_linkable(crate, all_files)
    )


def _withhold_dependents_of_private_crates(
    model: CargoModel, public: set[str], withheld: dict[str, str]
) -> None:
    """Takes out crates that depend on an unpublished crate of the repository, until none is left."""
    changed = True
    while changed:
        changed = False
        for directory in sorted(public):
            needed = model.path_dependencies(directory, tables=(NORMAL, BUILD))
            private = [path for path in needed if path in model.crates and path not in public]
            if private:
                names = ", ".join(model.crates[path].name for path in private)
                name = model.crates[directory].name
                withheld[directory] = f"{name} depends on {names}, which is not to be published"
                public.discard(directory)
                changed = True


def _connected(
    keys: Mapping[tuple[str, str], set[str]],
) -> list[tuple[tuple[str, str], ...]]:
    """Packages that share a key, directly or through others, in the order of `keys`."""
    components: list[tuple[set[str], list[tuple[str, str]]]] = []
    for package, its_keys in keys.items():
        joined_keys, joined = set(its_keys), [package]
        apart = []
        for component_keys, component in components:
            if component_keys & joined_keys:
                joined_keys |= component_keys
                joined = component + joined
            else:
                apart.append((component_keys, component))
        components = [*apart, (joined_keys, joined)]
    return [tuple(component) for _, component in components]


def _group_name(members: Iterable[tuple[str, str]], names: Mapping[tuple[str, str], str]) -> str:
    crates = {normalize(names[m]): names[m] for m in members if m[0] == "crate"}
    wheels = {normalize(names[m]): names[m] for m in members if m[0] == "wheel"}
    shared = sorted(crates.keys() & wheels.keys())
    return crates[shared[0]] if shared else wheels[min(wheels)]
