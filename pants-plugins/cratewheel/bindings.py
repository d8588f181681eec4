"""How maturin binds the crate of a wheel to Python."""

from __future__ import annotations

from collections.abc import Collection

from cratewheel.cargo.manifest import DEV
from cratewheel.cargo.model import CargoModel
from cratewheel.cargo.targets import binaries_of
from cratewheel.python_project import PythonProject
from cratewheel.stable_abi import BINDING_CRATES, pyo3_features


def bindings_of(model: CargoModel, project: PythonProject, all_files: Collection[str] = ()) -> str:
    """How maturin binds the crate of a project: `pyo3`, `cffi`, `uniffi` or `bin`.

    The setting, else what maturin infers from all that the crate is built from (maturin's
    `bridge/detection.rs`): pyo3 or pyo3-ffi (`bin` when there is a binary and no cdylib), uniffi,
    a cdylib (cffi), and otherwise a binary. Followed are crates of the same repository; what a crate
    of a registry is built from is not known without its Cargo.toml.

    Args:
        project: one of maturin's.
        all_files: the repository's files, for binaries that no manifest declares.

    Raises:
        KeyError: the model has no such crate.
    """
    settings = project.maturin
    assert settings is not None
    if settings.bindings is not None:
        return "pyo3" if settings.bindings.startswith("pyo3") else settings.bindings
    crate = model.crates[settings.crate_directory]
    packages = {entry.package for entry in crate.dependencies if entry.table != DEV}
    has_cdylib = crate.lib is not None and "cdylib" in crate.lib.crate_types
    if packages.intersection(BINDING_CRATES):
        return "pyo3" if has_cdylib or not binaries_of(crate, all_files) else "bin"
    if "uniffi" in packages:
        return "uniffi"
    if not has_cdylib:
        return "bin"
    found = pyo3_features(
        model,
        crate.directory,
        settings.features,
        default_features=not settings.no_default_features,
    )
    return "cffi" if found is None else "pyo3"
