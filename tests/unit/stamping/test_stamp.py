"""A stamped tree carries the plan's versions, and cargo takes it as it is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Optional

import pytest
import tomli

from cratewheel.cargo.model import load_cargo_model
from cratewheel.errors import CratewheelError
from cratewheel.plan.model import HeldPackage, Plan, PlannedPackage, Resolution
from cratewheel.stamping.stamp import stamp

CORE = PlannedPackage(
    id="crate:core",
    name="core",
    address="crates/core:core",
    kind="crate",
    registry="crates.io",
    version="0.4.0",
    crate_directory="crates/core",
)
WHEEL = PlannedPackage(
    id="wheel:my-py",
    name="my-py",
    address="bindings:my-py",
    kind="wheel",
    registry="PyPI",
    version="0.3.1",
    crate_directory="bindings",
    pyproject="bindings/pyproject.toml",
)
PLAN = Plan(packages=(CORE, WHEEL))

DYNAMIC = '[project]\nname = "my-py"\ndynamic = ["version"]\n'
STATIC = '[project]\nname = "my-py"\nversion = "0.3.0"\n'


def tree(**changes: Optional[str]) -> dict[str, str]:
    """A workspace with a core crate and a binding; `changes` by the end of a path."""
    files: dict[str, Optional[str]] = {
        "Cargo.toml": '[workspace]\nmembers = ["crates/core", "bindings"]\nresolver = "2"\n',
        "crates/core/Cargo.toml": '[package]\nname = "core"\nversion = "0.3.0"\nedition = "2021"\n',
        "crates/core/src/lib.rs": "",
        "bindings/Cargo.toml": '[package]\nname = "my-py"\nversion = "0.3.0"\nedition = "2021"\n'
        '[dependencies]\ncore = { path = "../crates/core", version = "0.3.0" }\n',
        "bindings/src/lib.rs": "",
        "bindings/pyproject.toml": DYNAMIC,
    }
    files.update(changes)
    return {path: content for path, content in files.items() if content is not None}


def stamped(
    files: Mapping[str, str], plan: Plan = PLAN, package_id: Optional[str] = None
) -> dict[str, str]:
    """The whole tree after stamping."""
    contents = {path: content.encode() for path, content in files.items()}
    changed = stamp(contents, plan, load_cargo_model(contents), package_id=package_id)
    assert all(contents.get(path) != content for path, content in changed.items())
    return {path: content.decode() for path, content in {**contents, **changed}.items()}


def toml(files: Mapping[str, str], path: str) -> dict[str, Any]:
    return tomli.loads(files[path])


def write(root: Path, files: Mapping[str, str]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def cargo(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["cargo", *arguments, "--offline", "--quiet"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def locked(root: Path, files: Mapping[str, str]) -> dict[str, str]:
    """The tree with the lock that cargo makes for it."""
    write(root, files)
    done = cargo(root, "generate-lockfile")
    assert done.returncode == 0, done.stderr
    return {**files, "Cargo.lock": (root / "Cargo.lock").read_text()}


def versions_by_cargo(root: Path, files: Mapping[str, str]) -> dict[str, str]:
    """What cargo reads from a tree whose lock it must not touch."""
    write(root, files)
    done = cargo(root, "metadata", "--locked", "--format-version=1")
    assert done.returncode == 0, done.stderr
    return {package["name"]: package["version"] for package in json.loads(done.stdout)["packages"]}


def test_a_minor_bump_of_the_core_takes_the_bindings_requirement_along(tmp_path: Path) -> None:
    new = stamped(locked(tmp_path, tree()))
    assert toml(new, "bindings/Cargo.toml")["dependencies"]["core"]["version"] == "0.4.0"
    assert versions_by_cargo(tmp_path, new) == {"core": "0.4.0", "my-py": "0.3.1"}


def test_a_patch_leaves_a_requirement_that_admits_it() -> None:
    new = stamped(tree(), Plan(packages=(replace(CORE, version="0.3.1"),), held=()))
    assert toml(new, "bindings/Cargo.toml")["dependencies"]["core"]["version"] == "0.3.0"


def test_a_held_crate_compiled_into_a_wheel_reports_its_own_version(tmp_path: Path) -> None:
    held = HeldPackage(
        id="crate:core",
        name="core",
        address=CORE.address,
        kind="crate",
        version="0.9.2",
        crate_directory="crates/core",
    )
    new = stamped(locked(tmp_path, tree()), Plan(packages=(WHEEL,), held=(held,)))
    assert versions_by_cargo(tmp_path, new) == {"core": "0.9.2", "my-py": "0.3.1"}


def test_a_candidate_is_spelled_as_each_file_needs_it(tmp_path: Path) -> None:
    plan = Plan(packages=(replace(CORE, version="0.4.0-rc.1"), replace(WHEEL, version="0.4.0rc1")))
    files = tree(**{"bindings/pyproject.toml": STATIC})
    new = stamped(locked(tmp_path, files), plan)
    assert toml(new, "bindings/pyproject.toml")["project"]["version"] == "0.4.0rc1"
    assert versions_by_cargo(tmp_path, new) == {"core": "0.4.0-rc.1", "my-py": "0.4.0-rc.1"}


class TestEveryTable:
    """In-repo requirements in all the places where cargo reads them."""

    def requirement(self, manifest: str, root: str = "") -> dict[str, Any]:
        files = tree(**{"bindings/Cargo.toml": manifest})
        files["Cargo.toml"] += root
        new = stamped(files)
        return {**toml(new, "Cargo.toml"), **toml(new, "bindings/Cargo.toml")}

    HEAD = '[package]\nname = "my-py"\nversion = "0.3.0"\n'
    PATH = 'core = { path = "../crates/core", version = "=0.3.0" }\n'

    @pytest.mark.parametrize("kind", ["dependencies", "dev-dependencies", "build-dependencies"])
    @pytest.mark.parametrize("platform", ["", "cfg(unix)"])
    def test_tables(self, kind: str, platform: str) -> None:
        header = f"[target.'{platform}'.{kind}]\n" if platform else f"[{kind}]\n"
        found = self.requirement(self.HEAD + header + self.PATH)
        table = found["target"][platform] if platform else found
        assert table[kind]["core"]["version"] == "=0.4.0"

    def test_a_table_of_its_own_and_dotted_keys_and_single_quotes(self) -> None:
        own = "[dependencies.core]\nversion = '0.3'\npath = '../crates/core'\n"
        assert self.requirement(self.HEAD + own)["dependencies"]["core"]["version"] == "0.4.0"
        dotted = "[dependencies]\ncore.path = '../crates/core'\ncore.version = '~0.3'\n"
        assert self.requirement(self.HEAD + dotted)["dependencies"]["core"]["version"] == "~0.4.0"

    def test_a_renamed_dependency(self) -> None:
        renamed = (
            '[dependencies]\nc = { package = "core", path = "../crates/core", version = "0.3" }\n'
        )
        assert self.requirement(self.HEAD + renamed)["dependencies"]["c"]["version"] == "0.4.0"

    def test_a_workspace_dependency(self) -> None:
        found = self.requirement(
            self.HEAD + "[dependencies]\ncore = { workspace = true }\n",
            '[workspace.dependencies]\ncore = { path = "crates/core", version = "0.3.0" }\n',
        )
        assert found["workspace"]["dependencies"]["core"]["version"] == "0.4.0"
        assert found["dependencies"]["core"] == {"workspace": True}

    def test_a_dependency_that_a_patch_puts_in_the_repository(self) -> None:
        found = self.requirement(
            self.HEAD + '[dependencies]\ncore = "0.3"\nother = "0.3"\n',
            '[patch.crates-io]\ncore = { path = "crates/core" }\n',
        )
        assert found["dependencies"] == {"core": "0.4.0", "other": "0.3"}

    def test_a_registry_dependency_with_path_in_its_name_is_left_alone(self) -> None:
        text = '[dependencies]\npathdiff = "0.3.0"\ncore = { path = "../crates/core" }\n'
        found = self.requirement(self.HEAD + text)
        assert found["dependencies"]["pathdiff"] == "0.3.0"
        assert found["dependencies"]["core"] == {"path": "../crates/core"}


class TestInheritedVersions:
    """`version.workspace = true`."""

    def files(self) -> dict[str, str]:
        files = tree()
        files["Cargo.toml"] += (
            '\n[workspace.package]\nversion = "0.3.0"\n'
            '\n[workspace.dependencies.pyo3-like]\nversion = "0.22"\n'
        )
        for path in ("crates/core/Cargo.toml", "bindings/Cargo.toml"):
            files[path] = files[path].replace('version = "0.3.0"', "version.workspace = true", 1)
        return files

    def test_one_version_stays_inherited(self, tmp_path: Path) -> None:
        plan = Plan(packages=(CORE, replace(WHEEL, version="0.4.0")))
        new = stamped(locked(tmp_path, self.files()), plan)
        workspace = toml(new, "Cargo.toml")["workspace"]
        assert workspace["package"]["version"] == "0.4.0"
        assert workspace["dependencies"]["pyo3-like"]["version"] == "0.22"
        assert new["crates/core/Cargo.toml"] == self.files()["crates/core/Cargo.toml"]
        assert versions_by_cargo(tmp_path, new) == {"core": "0.4.0", "my-py": "0.4.0"}

    @pytest.mark.parametrize("package_id", [None, "crate:core", "wheel:my-py"])
    def test_two_versions_become_literals(self, tmp_path: Path, package_id: Optional[str]) -> None:
        new = stamped(locked(tmp_path, self.files()), PLAN, package_id)
        assert versions_by_cargo(tmp_path, new) == {"core": "0.4.0", "my-py": "0.3.1"}

    def test_an_unpublished_crate_follows_the_version_it_inherits(self, tmp_path: Path) -> None:
        plan = Plan(packages=(WHEEL,))
        new = stamped(locked(tmp_path, self.files()), plan, "wheel:my-py")
        assert versions_by_cargo(tmp_path, new) == {"core": "0.3.1", "my-py": "0.3.1"}


class TestSharedManifest:
    """A crate and a wheel of one directory."""

    FILES: ClassVar[Mapping[str, str]] = {
        "Cargo.toml": '[package]\nname = "both"\nversion = "0.1.0"\nedition = "2021"\n',
        "src/lib.rs": "",
        "pyproject.toml": DYNAMIC.replace("my-py", "both"),
    }
    PLAN = Plan(
        packages=(
            replace(CORE, id="crate:both", name="both", crate_directory="", version="0.2.0"),
            replace(
                WHEEL,
                id="wheel:both",
                name="both",
                crate_directory="",
                pyproject="pyproject.toml",
                version="0.5.1",
            ),
        )
    )

    @pytest.mark.parametrize(
        ("package_id", "version"), [("crate:both", "0.2.0"), ("wheel:both", "0.5.1")]
    )
    def test_each_build_sees_its_own_version(
        self, tmp_path: Path, package_id: str, version: str
    ) -> None:
        new = stamped(locked(tmp_path, self.FILES), self.PLAN, package_id)
        assert versions_by_cargo(tmp_path, new) == {"both": version}

    def test_without_a_package_it_cannot_be_told(self) -> None:
        with pytest.raises(CratewheelError) as raised:
            stamped(self.FILES, self.PLAN)
        assert raised.value.codes == ("CW-STAMP-AMBIGUOUS",)

    def test_a_static_version_is_the_wheels_own_place(self) -> None:
        files = {**self.FILES, "pyproject.toml": STATIC.replace("my-py", "both")}
        new = stamped(files, self.PLAN)
        assert toml(new, "pyproject.toml")["project"]["version"] == "0.5.1"
        assert toml(new, "Cargo.toml")["package"]["version"] == "0.2.0"


class TestLocks:
    """The lock follows, and cargo would not change a byte of it."""

    def test_only_versions_of_in_repo_crates_change(self, tmp_path: Path) -> None:
        before = locked(tmp_path, tree())
        after = stamped(before)
        was, now = (text["Cargo.lock"].splitlines() for text in (before, after))
        assert [(a, b) for a, b in zip(was, now) if a != b] == [
            ('version = "0.3.0"', 'version = "0.4.0"'),
            ('version = "0.3.0"', 'version = "0.3.1"'),
        ]
        (tmp_path / "Cargo.lock").write_text(after["Cargo.lock"])
        write(tmp_path, after)
        assert cargo(tmp_path, "generate-lockfile").returncode == 0
        assert (tmp_path / "Cargo.lock").read_text() == after["Cargo.lock"]

    def test_windows_line_ends_stay(self, tmp_path: Path) -> None:
        files = locked(tmp_path, tree())
        files["Cargo.lock"] = files["Cargo.lock"].replace("\n", "\r\n")
        new = stamped(files)["Cargo.lock"]
        assert 'version = "0.4.0"\r\n' in new and "\n" not in new.replace("\r\n", "")

    def test_a_lock_behind_its_manifests_is_brought_up(self, tmp_path: Path) -> None:
        files = locked(tmp_path, tree())
        files["Cargo.lock"] = files["Cargo.lock"].replace('"0.3.0"', '"0.2.0"')
        new = stamped(files)
        assert versions_by_cargo(tmp_path, new) == {"core": "0.4.0", "my-py": "0.3.1"}

    def test_the_plans_resolution_is_used_where_no_lock_is_committed(self, tmp_path: Path) -> None:
        lock = locked(tmp_path, tree())["Cargo.lock"]
        plan = replace(PLAN, resolutions=(Resolution("Cargo.lock", lock),))
        new = stamped(tree(), plan)
        assert versions_by_cargo(tmp_path, new) == {"core": "0.4.0", "my-py": "0.3.1"}

    def test_crates_of_one_name_stay_in_cargos_order(self) -> None:
        lock = (
            "version = 4\n\n"
            '[[package]]\nname = "core"\nversion = "0.3.0"\n\n'
            '[[package]]\nname = "core"\nversion = "0.3.5"\nsource = "registry+x"\n\n'
            '[[package]]\nname = "user"\nversion = "1.0.0"\n'
            'dependencies = [\n "core 0.3.0",\n "core 0.3.5",\n "zed",\n]\n'
        )
        new = stamped(tree(**{"Cargo.lock": lock}))["Cargo.lock"]
        assert new.index('"0.3.5"\nsource') < new.index('"core"\nversion = "0.4.0"')
        assert ' "core 0.3.5",\n "core 0.4.0",\n "zed",\n' in new


class TestVersionFiles:
    """`version_files`: further places that carry the version."""

    @pytest.mark.parametrize(
        ("entry", "before", "after"),
        [
            ("v.py", '__version__ = "0.3.0"  # x\n', '__version__ = "0.3.1"  # x\n'),
            (
                "v.py",
                "import x\n__version__: str = '0.3.0'\n",
                "import x\n__version__: str = '0.3.1'\n",
            ),
            ("v.json:version", '{\n  "version": "0.3.0"\n}\n', '{\n  "version": "0.3.1"\n}\n'),
            (
                "v.rs:VERSION",
                'pub const VERSION: &str = "0";\n',
                'pub const VERSION: &str = "0.3.1";\n',
            ),
            ("v.yaml:version", 'version: "0.3.0"\r\n', 'version: "0.3.1"\r\n'),
        ],
    )
    def test_languages(self, entry: str, before: str, after: str) -> None:
        plan = Plan(packages=(replace(WHEEL, version_files=(entry,)),))
        path = entry.partition(":")[0]
        assert stamped({**tree(), path: before}, plan)[path] == after

    def test_faults_are_listed_together(self) -> None:
        plan = Plan(packages=(replace(WHEEL, version_files=("none.py", "v.py")),))
        with pytest.raises(CratewheelError) as raised:
            stamped({**tree(), "v.py": "x = 1\n"}, plan, "wheel:my-py")
        assert raised.value.codes == ("CW-STAMP-VERSION-FILE",)
        assert len(raised.value.findings) == 2

    def test_a_file_that_another_build_does_not_need_may_be_missing(self) -> None:
        plan = Plan(packages=(CORE, replace(WHEEL, version_files=("none.py",))))
        stamped(tree(), plan, "crate:core")


def test_stamping_twice_changes_nothing() -> None:
    once = stamped(tree(**{"bindings/pyproject.toml": STATIC}))
    assert stamped(once) == once


def test_part_of_a_tree_is_stamped_as_far_as_it_goes() -> None:
    part = {"crates/core/Cargo.toml": tree()["crates/core/Cargo.toml"]}
    assert toml(stamped(part), "crates/core/Cargo.toml")["package"]["version"] == "0.4.0"


def test_a_package_that_the_plan_does_not_have_is_refused() -> None:
    with pytest.raises(CratewheelError) as raised:
        stamped(tree(), PLAN, "wheel:none")
    assert raised.value.codes == ("CW-STAMP-UNKNOWN-PACKAGE",)


def test_a_post_release_cannot_be_a_crates_version() -> None:
    plan = Plan(packages=(replace(WHEEL, version="0.3.0.post1"),))
    with pytest.raises(CratewheelError) as raised:
        stamped(tree(), plan)
    assert raised.value.codes == ("CW-VERSION-INVALID",)
    files = tree(**{"bindings/pyproject.toml": STATIC})
    assert (
        toml(stamped(files, plan), "bindings/pyproject.toml")["project"]["version"] == "0.3.0.post1"
    )
