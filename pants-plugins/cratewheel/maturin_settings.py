"""`[tool.maturin]` of a pyproject.toml as values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cratewheel.cargo.paths import parent, resolve
from cratewheel.toml_tables import Table


@dataclass(frozen=True)
class MaturinPattern:
    """An entry of `[tool.maturin] include` or `exclude`.

    Args:
        pattern: a glob relative to the project's directory, or to a crate's OUT_DIR.
        formats: which of "sdist" and "wheel" it is for; empty for both.
        out_dir_to: where in the wheel files of OUT_DIR go; None for a pattern of the project.
    """

    pattern: str
    formats: tuple[str, ...] = ()
    out_dir_to: str | None = None


@dataclass(frozen=True)
class ConditionalFeature:
    """A cargo feature that maturin enables for some interpreters only.

    Args:
        python_version: a PEP 440 specifier of the interpreter's MAJOR.MINOR.
        python_implementation: `cpython`, `pypy`, `graalpy`, compared without case.
    """

    feature: str
    python_version: str | None = None
    python_implementation: str | None = None


@dataclass(frozen=True)
class MaturinSettings:
    """`[tool.maturin]`; None or () for what it leaves to maturin.

    Args:
        crate_directory: repository-relative directory of the crate that is bound: `manifest-path`
            resolved, or what maturin takes without one.
        manifest_path: `manifest-path` as written.
        module_name: dotted import path of the extension module.
        python_source: repository-relative directory of the Python sources.
        python_packages: Python packages to include from `python_source`.
        features: cargo features that are always on.
        bindings: `pyo3`, `bin`, `cffi`, `uniffi` as written.
    """

    crate_directory: str
    manifest_path: str | None = None
    module_name: str | None = None
    python_source: str | None = None
    python_packages: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    conditional_features: tuple[ConditionalFeature, ...] = ()
    no_default_features: bool = False
    all_features: bool = False
    bindings: str | None = None
    strip: bool = False
    profile: str | None = None
    compatibility: str | None = None
    data: str | None = None
    include: tuple[MaturinPattern, ...] = ()
    exclude: tuple[MaturinPattern, ...] = ()
    sdist_generator: str | None = None


def read_maturin_settings(
    table: Table,
    directory: str,
    name: str | None,
    files: Mapping[str, bytes],
    all_files: Collection[str],
) -> MaturinSettings:
    """The settings of a project that maturin builds.

    Args:
        table: `[tool.maturin]`, empty when there is none.
        directory: the project's directory.
        name: `[project] name`.
        files, all_files: as for `cratewheel.python_project.load_python_projects`.

    Raises:
        CratewheelError: CW-MANIFEST-SYNTAX for a setting of another type.
    """
    manifest_path = table.string("manifest-path")
    python_source = table.string("python-source")
    python_packages = table.strings("python-packages")
    plain, conditional = _features(table)
    data = table.string("data")
    if manifest_path is not None:
        crate_directory = parent(resolve(directory, manifest_path))
    else:
        inits = [
            resolve(directory, f"src/{package}/__init__.py")
            for package in (*((name or "").replace("-", "_"),), *python_packages)
        ]
        has_python = python_source is not None or any(init in all_files for init in inits)
        crate_directory = _default_crate(directory, has_python, files)
    return MaturinSettings(
        crate_directory=crate_directory,
        manifest_path=manifest_path,
        module_name=table.string("module-name"),
        python_source=None if python_source is None else resolve(directory, python_source),
        python_packages=python_packages,
        features=plain,
        conditional_features=conditional,
        no_default_features=table.boolean("no-default-features") or False,
        all_features=table.boolean("all-features") or False,
        bindings=table.string("bindings"),
        strip=table.boolean("strip") or False,
        profile=table.string("profile"),
        compatibility=table.string("compatibility") or table.string("manylinux"),
        data=None if data is None else resolve(directory, data),
        include=_patterns(table, "include"),
        exclude=_patterns(table, "exclude"),
        sdist_generator=table.string("sdist-generator"),
    )


def _default_crate(directory: str, has_python: bool, files: Mapping[str, bytes]) -> str:
    """Where maturin finds the crate without `manifest-path` (its `project_layout.rs`): `rust/`
    beside Python sources, else the project's own directory."""
    beside = resolve(directory, "rust")
    if f"{beside}/Cargo.toml" not in files:
        return directory
    own = resolve(directory, "Cargo.toml")
    return beside if has_python or own not in files else directory


def _features(table: Table) -> tuple[tuple[str, ...], tuple[ConditionalFeature, ...]]:
    entries = table.values.get("features", [])
    if not isinstance(entries, list):
        raise table.error("features", "expected an array")
    plain: list[str] = []
    conditional: list[ConditionalFeature] = []
    for number, entry in enumerate(entries):
        if isinstance(entry, str):
            plain.append(entry)
            continue
        if not isinstance(entry, dict):
            raise table.error("features", "expected names, or tables with a `feature`")
        one = Table(table.path, f"{table.key}.features[{number}]", entry)
        feature = one.string("feature")
        if feature is None:
            raise one.error("feature", "missing")
        condition = ConditionalFeature(
            feature, one.string("python-version"), one.string("python-implementation")
        )
        if condition.python_version is None and condition.python_implementation is None:
            plain.append(feature)
        else:
            conditional.append(condition)
    return tuple(plain), tuple(conditional)


def _patterns(table: Table, key: str) -> tuple[MaturinPattern, ...]:
    entries = table.values.get(key, [])
    if not isinstance(entries, list):
        raise table.error(key, "expected an array")
    patterns: list[MaturinPattern] = []
    for number, entry in enumerate(entries):
        if isinstance(entry, str):
            patterns.append(MaturinPattern(entry))
            continue
        if not isinstance(entry, dict):
            raise table.error(key, "expected globs, or tables with a `path`")
        one = Table(table.path, f"{table.key}.{key}[{number}]", entry)
        pattern = one.string("path")
        if pattern is None:
            raise one.error("path", "missing")
        written = entry.get("format")
        formats = (written,) if isinstance(written, str) else one.strings("format")
        patterns.append(MaturinPattern(pattern, formats, one.string("to")))
    return tuple(patterns)
