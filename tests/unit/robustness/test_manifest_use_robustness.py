"""Whatever valid TOML a manifest holds: what works with it does so, or refuses it with a code."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Mapping
from typing import Any

import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import mutated_documents, tried

from cratewheel.cargo.model import CargoModel, load_cargo_model
from cratewheel.cargo.reduction import reduced
from cratewheel.cargo.skeleton import skeleton, skeletons_needed
from cratewheel.cargo.stand_in import is_stand_in
from cratewheel.changes import content
from cratewheel.doctor.docs_rs import docs_rs_findings
from cratewheel.doctor.manifests import repository_findings
from cratewheel.doctor.metadata import InspectedProject, license_findings, metadata_findings
from cratewheel.plan.model import Plan, PlannedPackage
from cratewheel.project import DeclaredPackage, Project, findings_for_packages
from cratewheel.python_project import load_python_projects
from cratewheel.registries.crate_file import MalformedCrateError, publish_body, read_crate
from cratewheel.stamping.stamp import stamp
from cratewheel.tailor import suggest_targets

ROOT = {
    "workspace": {
        "members": ["core", "py"],
        "exclude": ["x"],
        "package": {"version": "1.2.0", "license": "MIT"},
        "dependencies": {"serde": {"version": "1", "features": ["std"]}, "core": {"path": "core"}},
    },
    "profile": {"release": {"lto": True, "package": {"serde": {"opt-level": 3}}}},
    "patch": {"crates-io": {"serde": {"path": "x"}}},
}
CORE = {
    "package": {
        "name": "core",
        "version": {"workspace": True},
        "edition": "2021",
        "license": {"workspace": True},
        "repository": "https://example.org/octo/demo",
        "metadata": {"docs": {"rs": {"features": ["extra"]}}},
    },
    "lib": {"name": "core_lib", "crate-type": ["lib"]},
    "features": {"extra": ["serde/derive"]},
    "dependencies": {"serde": {"workspace": True, "features": ["derive"]}},
    "dev-dependencies": {"py": {"path": "../py"}},
    "target": {"cfg(unix)": {"dependencies": {"libc": "0.2"}}},
}
BINDING = {
    "package": {"name": "py", "version": "1.2.0", "edition": "2021"},
    "lib": {"crate-type": ["cdylib"]},
    "dependencies": {"core": {"path": "../core", "version": "=1.2.0"}, "pyo3": "0.25"},
}
PYPROJECT = {
    "build-system": {"requires": ["maturin>=1,<2"], "build-backend": "maturin"},
    "project": {
        "name": "demo-py",
        "version": "1.2.0",
        "readme": {"file": "README.md", "content-type": "text/markdown"},
        "license": {"text": "MIT"},
        "authors": [{"name": "A", "email": "a@example.org"}],
        "urls": {"Source": "https://example.org/octo/demo"},
        "dependencies": ["numpy>=1"],
        "optional-dependencies": {"fast": ["x; python_version > '3'"]},
        "dynamic": ["classifiers"],
    },
    "tool": {"maturin": {"features": ["pyo3/abi3"], "include": [{"path": "a", "format": "sdist"}]}},
}
PACKED = {
    "package": {
        "name": "demo",
        "version": "1.2.0",
        "authors": ["A"],
        "readme": "README.md",
        "keywords": ["k"],
        "categories": ["parsing"],
        "rust-version": "1.70",
    },
    "features": {"a": ["serde/derive"]},
    "badges": {"maintenance": {"status": "none"}},
    "dependencies": {"serde": {"version": "1", "features": ["std"], "package": "serde"}},
    "target": {"cfg(unix)": {"build-dependencies": {"cc": {"version": "1", "optional": True}}}},
}
CONFIGURATION = {
    "build": {"rustflags": ["-C", "x"]},
    "env": {"A": "b"},
    "toolchain": {"channel": "1.90"},
}

_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.sampled_from(["", "x", "1", "1.2.3", "../..", "/", "*", "a[", "é", "\n", "\\", "[x]"]),
)
_TOML = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["a", "workspace", "path", "version", ""]), inner, max_size=3
        ),
    ),
    max_leaves=4,
)


def toml(document: Any) -> bytes:
    return tomlkit.dumps(document).encode()


def changed(document: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    return mutated_documents(document, _TOML).filter(lambda made: isinstance(made, dict))


REPOSITORIES = st.fixed_dictionaries(
    {
        "Cargo.toml": changed(ROOT).map(toml),
        "core/Cargo.toml": changed(CORE).map(toml),
        "py/Cargo.toml": changed(BINDING).map(toml),
        "py/pyproject.toml": changed(PYPROJECT).map(toml),
    }
)
PACKAGES = (
    DeclaredPackage("core:core", "crate", "core", publish=True),
    DeclaredPackage("py:py", "wheel", "py", publish=True),
)
PLAN = Plan(
    packages=(
        PlannedPackage(
            id="crate:core",
            name="core",
            address="core:core",
            kind="crate",
            registry="crates.io",
            version="1.3.0",
            crate_directory="core",
        ),
        PlannedPackage(
            id="wheel:demo-py",
            name="demo-py",
            address="py:py",
            kind="wheel",
            registry="PyPI",
            version="1.3.0rc1",
            crate_directory="py",
            pyproject="py/pyproject.toml",
        ),
    )
)


def loadable(model: CargoModel) -> list[str]:
    """The crates that a build would get as far as: the others are refused before."""
    return [directory for directory in model.crates if not model.findings_for([directory])]


@settings(max_examples=60, deadline=None)
@given(REPOSITORIES)
def test_a_tree_of_any_manifests_is_stamped_and_cut_down_or_refused(
    files: dict[str, bytes],
) -> None:
    model = load_cargo_model(files)
    new = tried(
        lambda: stamp(files, PLAN, model),
        "CW-STAMP-AMBIGUOUS",
        "CW-VERSION-INVALID",
        "CW-MANIFEST-SYNTAX",
    )
    for path, written in (new or {}).items():
        assert content.read_toml(written) is not None, path
    for directory in loadable(model):
        for path, cut in reduced(model, files, directory).items():
            assert cut is None or content.read_toml(cut) is not None, path
        for other in skeletons_needed(model, model.build_closure(directory)):
            path = model.crates[other].path
            made = tried(lambda path=path: skeleton(files[path], path), "CW-MANIFEST-SYNTAX")  # type: ignore[misc]
            assert made is None or is_stand_in(made["Cargo.toml"])


@settings(max_examples=60, deadline=None)
@given(REPOSITORIES)
def test_a_tree_of_any_manifests_gets_targets_and_findings(files: dict[str, bytes]) -> None:
    suggest_targets(files, [*files, "core/src/lib.rs", "py/src/lib.rs"])
    project = Project(
        load_cargo_model(files), load_python_projects(files), files, PACKAGES, {"": "//:cargo"}
    )
    found = [
        *findings_for_packages(project, PACKAGES),
        *docs_rs_findings(project, PACKAGES),
        *repository_findings(project, PACKAGES, "git@example.org:octo/other.git"),
        *license_findings(project.cargo.crates.values()),
    ]
    for package in PACKAGES:
        python = project.python_project(package)
        if python is not None:
            inspected = InspectedProject(
                path=python.path,
                content=files[python.path],
                crate=project.crate(package),
                version="1.3.0rc1",
                for_pypi=True,
                readme=("README.rst", "Title\n==="),
            )
            found += metadata_findings([inspected])
    for finding in found:
        assert str(finding)


@settings(max_examples=60, deadline=None)
@given(changed(PACKED))
def test_a_crate_of_any_manifest_is_a_request_to_a_registry_or_malformed(manifest: Any) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        content = toml(manifest)
        entry = tarfile.TarInfo("demo-1.2.0/Cargo.toml")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    with contextlib.suppress(MalformedCrateError):
        crate = read_crate(stream.getvalue())
        assert (crate.name, crate.version) == ("demo", "1.2.0")
        publish_body(crate)


@settings(max_examples=60, deadline=None)
@given(changed(CORE), changed(ROOT), changed(PYPROJECT), changed(CONFIGURATION))
def test_what_is_compared_of_any_manifest_can_be_compared(
    crate: Any, root: Any, project: Any, configuration: Any
) -> None:
    for inputs in (
        content.crate_inputs(crate, root),
        content.lock_inputs(crate),
        content.project_inputs(project),
        content.profile_inputs(root, "release", {"core"}),
        content.patch_inputs(root),
        content.configuration_inputs(configuration),
    ):
        assert inputs == inputs
    content.toolchain(toml(configuration), plain=True)
