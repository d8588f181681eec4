"""What a package is built from, read from the manifests of a repository with everything in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest

from cratewheel.cargo.model import load_cargo_model
from cratewheel.package_inputs import (
    binary_crates,
    crate_of_binary,
    manifest_files,
    module_name,
    referenced_paths,
    target_inputs,
    unowned_files,
    wheel_globs,
)
from cratewheel.plan.ownership import as_declared, owners_of, packages_by_target
from cratewheel.project import CRATE, WHEEL, DeclaredPackage, Project, findings_for_packages
from cratewheel.publishable import findings_for_publishing, reason_not_packaged
from cratewheel.python_project import load_python_projects

FILES = {
    "Cargo.toml": """
[workspace]
members = ["core", "tool", "bind"]
[patch.crates-io]
helper = { path = "helper" }
""",
    "core/Cargo.toml": """
[package]
name = "core"
version = "1.2.0"
description = "Core"
license-file = "../LICENSE"
readme = "../README.md"
[dev-dependencies]
bind = { path = "../bind" }
""",
    "tool/Cargo.toml": """
[package]
name = "tool"
version = "1.0.0"
[[bin]]
name = "cut"
path = "src/cut.rs"
[dependencies]
core = { path = "../core" }
""",
    "helper/Cargo.toml": '[package]\nname = "helper"\nversion = "0.1.0"\n[workspace]\n',
    "bind/Cargo.toml": """
[package]
name = "bind-native"
version = "0.9.0"
publish = false
[lib]
name = "native"
crate-type = ["cdylib"]
[dependencies]
core = { path = "../core", version = "1.2.0" }
""",
    "bind/pyproject.toml": """
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"
[project]
name = "Bind_Py"
dynamic = ["version"]
readme = "docs/front.md"
license = { file = "LICENSE.txt" }
license-files = ["LICENCES/MIT", "NOTICE*"]
[tool.maturin]
python-packages = ["extra"]
include = ["data/*.json", "data/one.txt", { path = "x/*", from = "out-dir", to = "y/" }]
""",
}
CORE = DeclaredPackage("core:core", CRATE, "core", publish=True)
TOOL = DeclaredPackage("tool:tool", CRATE, "tool")
HELPER = DeclaredPackage("helper:helper", CRATE, "helper")
BIND = DeclaredPackage("bind:bind", WHEEL, "bind", publish=True)
ALL = (BIND, CORE, HELPER, TOOL)
ROOTS = {"": "//:cargo", "helper": "helper:cargo"}


def project_of(
    changes: Mapping[str, str] = MappingProxyType({}),
    packages: tuple[DeclaredPackage, ...] = ALL,
    roots: dict[str, str] = ROOTS,
) -> Project:
    files = {name: text.encode() for name, text in {**FILES, **changes}.items()}
    return Project(
        load_cargo_model(files), load_python_projects(files, files), files, packages, roots
    )


def codes(project: Project, *packages: DeclaredPackage) -> list[tuple[str, str]]:
    return [(each.code, each.place) for each in findings_for_packages(project, packages)]


def test_a_package_is_built_from_its_crates_its_workspace_and_patches() -> None:
    project = project_of()
    assert target_inputs(project, CORE) == ("//:cargo", "helper:helper")
    assert target_inputs(project, TOOL) == ("//:cargo", "core:core", "helper:helper")
    assert target_inputs(project, BIND) == ("//:cargo", "core:core", "helper:helper")
    assert target_inputs(project, HELPER) == ("helper:cargo",)


def test_a_package_without_a_readable_manifest_has_no_inputs() -> None:
    assert target_inputs(project_of({"core/Cargo.toml": "["}), CORE) == ()


def test_where_a_crate_target_owns_what_a_wheel_binds_the_wheel_needs_that() -> None:
    own = DeclaredPackage("bind:crate", CRATE, "bind")
    assert "bind:crate" in target_inputs(project_of(packages=(*ALL, own)), BIND)


def test_programs_are_found_by_their_targets_and_by_their_crates() -> None:
    project = project_of()
    assert crate_of_binary(project, BIND, "cut") == "tool"
    assert crate_of_binary(project, BIND, "core") == "core"
    assert crate_of_binary(project, BIND, "helper") == "helper"
    assert crate_of_binary(project, BIND, "none") is None
    assert binary_crates(project, BIND, ["cut", "core=bind_py/bin", "none"]) == (
        "core:core",
        "tool:tool",
    )


def test_files_that_manifests_name_are_needed_wherever_they_are() -> None:
    project = project_of()
    assert manifest_files(project, CORE, {}) == ("LICENSE", "README.md")
    assert manifest_files(project, BIND, {"bind/COPYING": "COPYING"}) == (
        "COPYING",
        "bind/LICENCES/MIT",
        "bind/LICENSE.txt",
        "bind/data/one.txt",
        "bind/docs/front.md",
    )


def test_what_links_beside_a_package_are_to_is_needed_at_the_root_of_the_repository_too() -> None:
    root = DeclaredPackage("//:root", CRATE, "")
    project = project_of({"Cargo.toml": '[package]\nname = "root"\nversion = "1.0.0"\n'}, (root,))
    links = {"LICENSE": "legal/LICENSE", "core/LICENSE": "core/legal/LICENSE"}
    assert manifest_files(project, root, links) == ("legal/LICENSE",)


def test_files_that_no_target_brings_along_are_named_with_their_keys() -> None:
    project = project_of()
    assert [each.place for each in unowned_files(project, CORE, {}, {"README.md"})] == [
        "core/Cargo.toml: package.license-file"
    ]
    links = {"bind/LICENSE.txt": "LICENSE"}
    assert [each.place for each in unowned_files(project, BIND, links, ())] == [
        "bind/pyproject.toml: project.readme"
    ]


def test_files_that_sources_include_are_found_from_the_source_and_from_the_manifest() -> None:
    text = 'include_str!("../../shared/a.txt"); include!(concat!(env!("CARGO_MANIFEST_DIR"), "/b.rs"));'
    assert referenced_paths("core", "core/src/lib.rs", text) == ("core/b.rs", "shared/a.txt")


def test_python_packages_and_patterns_go_into_the_wheel() -> None:
    assert wheel_globs(project_of(), BIND) == (
        "bind/data/*.json",
        "bind/extra/**/*",
        "bind/native/**/*",
        "bind/src/extra/**/*",
        "bind/src/native/**/*",
    )
    assert wheel_globs(project_of(), CORE) == ()


def test_the_module_is_named_by_the_first_that_names_it() -> None:
    pyproject = FILES["bind/pyproject.toml"]
    named = pyproject + 'module-name = "bind_py._native"\n'
    library = FILES["bind/Cargo.toml"].replace('name = "native"\n', "")
    assert module_name(project_of({"bind/pyproject.toml": named}), BIND) == "bind_py._native"
    assert module_name(project_of(), BIND) == "native"
    assert module_name(project_of({"bind/Cargo.toml": library}), BIND) == "Bind_Py"
    nameless = {
        "bind/Cargo.toml": library,
        "bind/pyproject.toml": pyproject.replace('name = "Bind_Py"\n', ""),
    }
    assert module_name(project_of(nameless), BIND) == "bind-native"


def test_names_and_versions_come_from_the_manifest_that_has_them() -> None:
    project = project_of()
    assert [project.package_id(each) for each in (CORE, BIND)] == ["crate:core", "wheel:Bind_Py"]
    assert project.manifest_version(BIND) == "0.9.0"
    static = FILES["bind/pyproject.toml"].replace('dynamic = ["version"]', 'version = "3.0"')
    assert project_of({"bind/pyproject.toml": static}).manifest_version(BIND) == "3.0"
    broken = project_of({"core/Cargo.toml": "["})
    assert (broken.package_id(CORE), broken.manifest_version(CORE)) == ("crate:core:core", None)


def test_targets_without_what_they_stand_for_are_findings() -> None:
    stray = DeclaredPackage("x:x", CRATE, "x")
    wheel = DeclaredPackage("core:wheel", WHEEL, "core")
    project = project_of(packages=(*ALL, stray, wheel))
    assert codes(project, stray, wheel) == [
        ("CW-NO-MANIFEST", "x:x"),
        ("CW-NO-MANIFEST", "core:wheel"),
    ]
    setuptools = {"bind/pyproject.toml": '[project]\nname = "a"\nversion = "1"\n'}
    assert codes(project_of(setuptools), BIND) == [
        ("CW-NOT-MATURIN", "bind/pyproject.toml: build-system")
    ]
    elsewhere = FILES["bind/pyproject.toml"] + 'manifest-path = "../gone/Cargo.toml"\n'
    assert codes(project_of({"bind/pyproject.toml": elsewhere}), BIND) == [
        ("CW-NO-MANIFEST", "bind/pyproject.toml: tool.maturin.manifest-path")
    ]


def test_manifests_that_cannot_be_read_are_findings_of_their_own() -> None:
    broken = project_of({"core/Cargo.toml": "[", "bind/pyproject.toml": "[project]\nname = 1\n"})
    assert codes(broken, CORE, BIND) == [
        ("CW-MANIFEST-SYNTAX", "core/Cargo.toml:1"),
        ("CW-MANIFEST-SYNTAX", "bind/pyproject.toml: project.name"),
    ]


def test_a_workspace_that_no_target_owns_is_a_finding() -> None:
    project = project_of(roots={"helper": "helper:cargo"})
    assert set(codes(project, CORE, TOOL)) == {("CW-WORKSPACE-UNOWNED", "Cargo.toml")}


def test_two_targets_of_one_name_collide_in_their_registry() -> None:
    other = {
        "again/Cargo.toml": FILES["bind/Cargo.toml"].replace("bind-native", "again"),
        "again/pyproject.toml": FILES["bind/pyproject.toml"].replace("Bind_Py", "bind.py"),
    }
    again = DeclaredPackage("again:again", WHEEL, "again", publish=True)
    project = project_of(other, packages=(again, *ALL))
    found = {(each.code, each.place) for each in findings_for_publishing(project, (BIND, again))}
    assert ("CW-DUPLICATE-FILE", "again:again and bind:bind") in found
    elsewhere = DeclaredPackage("again:again", WHEEL, "again", registry="https://x.example/")
    project = project_of(other, packages=(elsewhere, *ALL))
    found = {(each.code, each.place) for each in findings_for_publishing(project, (BIND,))}
    assert not {code for code, _ in found} & {"CW-DUPLICATE-FILE"}


def test_registry_rules_are_for_crates_that_are_published() -> None:
    project = project_of()
    assert [each.code for each in findings_for_publishing(project, (CORE, TOOL, BIND))] == []
    published = DeclaredPackage("tool:tool", CRATE, "tool", publish=True)
    project = project_of(packages=(BIND, CORE, HELPER, published))
    found = {each.code for each in findings_for_publishing(project, (published,))}
    assert "CW-CRATE-PATH-WITHOUT-VERSION" in found


def test_a_crate_that_cargo_cannot_package_is_part_of_something_else() -> None:
    project = project_of()
    assert reason_not_packaged(project, CORE) == ""
    assert reason_not_packaged(project, HELPER) == ""
    assert reason_not_packaged(project, TOOL).startswith("it is not published, and ")


def test_what_generates_targets_stands_for_all_that_it_generated() -> None:
    found = {
        "py/a.py:lib": {"wheel:b"},
        "py/b.py:lib": {"wheel:a", "wheel:b"},
        "bind:b": {"wheel:b"},
    }
    declared = {"py/a.py:lib": "py:lib", "py/b.py:lib": "py:lib", "bind:b": "bind:b"}
    assert as_declared(found, declared) == {
        "py:lib": ("wheel:a", "wheel:b"),
        "bind:b": ("wheel:b",),
    }


def test_a_path_belongs_to_what_is_built_from_its_target_and_tests_to_nobody() -> None:
    graph = {"core:core": [], "tool:tool": ["core:core"], "lib:lib": [], "bind:bind": ["lib:lib"]}
    ids = {"core:core": "crate:core", "tool:tool": "crate:tool", "bind:bind": "wheel:bind"}
    built_from = packages_by_target(graph, ids)
    assert built_from["lib:lib"] == {"wheel:bind"}
    assert built_from["core:core"] == {"crate:core"}
    owners = owners_of(
        ["core/src/lib.rs", "core/tests/a.rs", "lib/x.py", "lib/x.md", "README.md", "alone/y"],
        [
            ("core:core", "core", lambda path: True),
            ("lib:lib", "lib", lambda path: path.endswith(".py")),
            ("alone:alone", "alone", lambda path: True),
        ],
        built_from,
        {"core", "tool", "bind"},
    )
    assert owners == {
        "core/src/lib.rs": frozenset({"crate:core"}),
        "lib/x.py": frozenset({"wheel:bind"}),
    }


@pytest.mark.parametrize(
    ("path", "built"),
    [
        ("src/lib.rs", {"crate:root"}),
        ("tests/it.rs", set()),
        ("tests.rs", {"crate:root"}),
        # A crate without a target, below a package that takes all files.
        ("inner/src/tests/deep.rs", {"crate:root"}),
        ("inner/benches/fast.rs", set()),
        # Crates of their own among the examples: one is a package, the other is an example.
        ("examples/app/src/lib.rs", {"crate:app"}),
        ("examples/app/tests/it.rs", set()),
        ("examples/demo/src/main.rs", set()),
    ],
)
def test_the_tests_of_every_crate_belong_to_nobody(path: str, built: set[str]) -> None:
    built_from = {"//:root": ["crate:root"], "examples/app:app": ["crate:app"]}
    owners = owners_of(
        [path],
        [
            ("//:root", "", lambda path: not path.startswith("examples/app")),
            ("examples/app:app", "examples/app", lambda path: path.startswith("examples/app")),
        ],
        built_from,
        {"", "inner", "examples/app", "examples/demo"},
    )
    assert owners == ({path: frozenset(built)} if built else {})


def test_tag_formats_are_held_against_each_other_when_targets_load() -> None:
    core = replace(CORE, tag_format="v{version}")
    bind = replace(BIND, tag_format="v{version}")
    project = project_of(packages=(bind, core, HELPER, TOOL))
    (finding,) = project.tag_findings
    assert finding.code == "CW-TAG-COLLISION"
    assert ("CW-TAG-COLLISION", finding.place) in codes(project, bind, core)
    assert not project_of(packages=(bind, replace(core, publish=False))).tag_findings
    together = tuple(replace(each, version_group="one") for each in (bind, core))
    assert not project_of(packages=together).tag_findings
