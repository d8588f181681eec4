"""Every kind of release in every form of manifest: what the plan says, and that cargo takes the tree.

The expectations come from a model of their own, a few lines long, and not from the planner.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Optional

import pytest
from release_project import CORE, WHEEL, Project, versions

from cratewheel.cargo.model import load_cargo_model
from cratewheel.plan.model import Plan
from cratewheel.plan.package import ReleasePackage
from cratewheel.stamping.stamp import stamp

KINDS = ("first", "patch", "minor", "major", "rc", "final")
FORMS = ("literal", "inherited", "dotted")
DEPENDENCIES = ("path and version", "path only", "workspace dependency")
CHANGES: Mapping[str, tuple[str, ...]] = {
    "crate only": ("crate",),
    "Python only": ("wheel",),
    "both": ("crate", "wheel"),
    "lock only": ("crate", "wheel"),
}
MESSAGES = {
    "first": "Begin",
    "patch": "Mend\n\nrelease: patch",
    "minor": "Add\n\nrelease: minor",
    "major": "Break\n\nrelease: major",
    "rc": "Try\n\nrelease: minor\nrelease: rc",
    "final": "Settle\n\nrelease: final",
}
BASE = {"final": ("0.4.0-rc.1", "0.4.0rc1")}
RAISED = {
    "patch": ("0.3.1", "0.3.1"),
    "minor": ("0.4.0", "0.4.0"),
    "major": ("1.0.0", "1.0.0"),
    "rc": ("0.4.0-rc.1", "0.4.0rc1"),
    "final": ("0.4.0", "0.4.0"),
}
CASCADED = {"rc": "0.3.1rc1", "final": "0.4.0rc2"}


def expected(kind: str, change: str, *, group: bool) -> dict[str, str]:
    """The versions by id; what a group's member or a changed package gets, and what follows it."""
    if kind == "first":
        return {"crate:core-lib": "0.3.0", "wheel:my-py": "0.3.0"}
    crate, wheel = RAISED[kind]
    if group:
        return {"crate:core-lib": crate, "wheel:my-py": wheel}
    found = {}
    if "crate" in CHANGES[change]:
        found["crate:core-lib"] = crate
    own = "wheel" in CHANGES[change]
    found["wheel:my-py"] = wheel if own else CASCADED.get(kind, "0.3.1")
    return found


def tree(form: str, dependency: str) -> dict[str, str]:
    """A core crate with a registry dependency, and a PyO3-like binding of it."""

    def package(name: str) -> str:
        if form == "dotted":
            return f"package.name = '{name}'\npackage.version = '0.3.0'\npackage.edition = '2021'\n"
        version = "version.workspace = true" if form == "inherited" else 'version = "0.3.0"'
        return f'[package]\nname = "{name}"\n{version} # the version\nedition = "2021"\n'

    root = '[workspace]\nmembers = ["crates/core", "bindings"]\nresolver = "2"\n'
    if form == "inherited":
        root += '\n[workspace.package]\nversion = "0.3.0"\n'
    entry = {
        "path and version": '{ path = "../crates/core", version = "0.3.0" }',
        "path only": '{ path = "../crates/core" }',
        "workspace dependency": "{ workspace = true }",
    }[dependency]
    if dependency == "workspace dependency":
        root += (
            '\n[workspace.dependencies]\ncore-lib = { path = "crates/core", version = "0.3.0" }\n'
        )
    return {
        "Cargo.toml": root,
        "crates/core/Cargo.toml": package("core-lib") + '\n[dependencies]\nhelper = "1"\n',
        "crates/core/src/lib.rs": "",
        "bindings/Cargo.toml": package("my-py") + f"\n[dependencies]\ncore-lib = {entry}\n",
        "bindings/src/lib.rs": "",
        "bindings/my_py/__init__.py": "",
        "bindings/pyproject.toml": '[project]\nname = "my-py"\ndynamic = ["version"]\n',
    }


def vendor(root: Path) -> None:
    """A registry in a folder (the Cargo Reference, "Directory Sources") with two versions."""
    for version in ("1.0.0", "1.0.1"):
        crate = root / "vendor" / f"helper-{version}"
        (crate / "src").mkdir(parents=True)
        (crate / "Cargo.toml").write_text(f'[package]\nname = "helper"\nversion = "{version}"\n')
        (crate / "src" / "lib.rs").write_text("")
        checksum = {"files": {}, "package": version.replace(".", "").ljust(64, "0")}
        (crate / ".cargo-checksum.json").write_text(json.dumps(checksum))
    (root / ".cargo").mkdir()
    (root / ".cargo" / "config.toml").write_text(
        '[source.crates-io]\nreplace-with = "vendored"\n\n[source.vendored]\ndirectory = "vendor"\n'
    )


def write(root: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def cargo(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["cargo", *arguments, "--offline", "--quiet"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory where cargo finds the vendored registry."""
    root = tmp_path_factory.mktemp("workspace")
    vendor(root)
    return root


@pytest.fixture(scope="module")
def locks(workspace: Path) -> Mapping[str, str]:
    """The lock before and after an update of the registry dependency, as cargo writes it."""
    found = {}
    for name, version in (("before", "1.0.0"), ("after", "1.0.1")):
        files = tree("literal", "path only")
        manifest = files["crates/core/Cargo.toml"].replace('"1"', f'"={version}"')
        files["crates/core/Cargo.toml"] = manifest
        write(workspace, {path: content.encode() for path, content in files.items()})
        cargo(workspace, "generate-lockfile")
        found[name] = (workspace / "Cargo.lock").read_text()
    return found


def changed_files(change: str, locks: Mapping[str, str]) -> dict[str, Optional[str]]:
    files: dict[str, Optional[str]] = {}
    if change == "lock only":
        files["Cargo.lock"] = locks["after"]
    if change in ("crate only", "both"):
        files["crates/core/src/lib.rs"] = "// changed\n"
    if change in ("Python only", "both"):
        files["bindings/my_py/__init__.py"] = "# changed\n"
    if change == "both":
        files["bindings/src/lib.rs"] = "// changed\n"
    return files


def packages(*, group: bool) -> tuple[ReleasePackage, ...]:
    if not group:
        return (CORE, WHEEL)
    return tuple(
        replace(package, version_group="all", tag_format="v{version}") for package in (CORE, WHEEL)
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dependency", DEPENDENCIES)
@pytest.mark.parametrize("form", FORMS)
def test_scenarios(
    tmp_path: Path,
    workspace: Path,
    locks: Mapping[str, str],
    form: str,
    dependency: str,
    kind: str,
) -> None:
    """One repository, a branch for each change; planned with versions of their own and as a group."""
    project = Project(tmp_path / "repository")
    files: dict[str, Optional[str]] = {**tree(form, dependency), "Cargo.lock": locks["before"]}
    begin = project.repository.commit("Begin", files)
    crate, wheel = BASE.get(kind, ("0.3.0", "0.3.0"))
    if kind != "first":
        for tag in (f"v{crate}", f"core-lib-v{crate}", f"my-py-v{wheel}"):
            project.repository.tag(tag, begin)
    for change in CHANGES:
        branch = change.replace(" ", "-")
        changed = changed_files(change, locks)
        project.repository.commit(MESSAGES[kind], changed, branch=branch, start=begin)
    project.repository.write("both")
    for change in CHANGES:
        project.repository.git("checkout", "--quiet", change.replace(" ", "-"))
        for group in (False, True):
            project.packages = packages(group=group)
            plan = project.plan()
            assert versions(plan) == expected(kind, change, group=group), (change, group)
            if change == "both":
                assert_cargo_takes(workspace, stamped(project.root, list(files), plan), plan)


def stamped(root: Path, paths: Sequence[str], plan: Plan) -> dict[str, bytes]:
    files = {path: (root / path).read_bytes() for path in paths}
    return {**files, **stamp(files, plan, load_cargo_model(files))}


def assert_cargo_takes(workspace: Path, files: Mapping[str, bytes], plan: Plan) -> None:
    """Cargo resolves the tree without a change to its lock, at the plan's versions."""
    write(workspace, files)
    metadata = json.loads(cargo(workspace, "metadata", "--locked", "--format-version=1"))
    found = {entry["name"]: entry["version"] for entry in metadata["packages"]}
    planned = {package.id: package.version for package in plan.all_packages}
    assert found["core-lib"] == planned["crate:core-lib"]
    assert found["my-py"].replace("-rc.", "rc") == planned["wheel:my-py"]
