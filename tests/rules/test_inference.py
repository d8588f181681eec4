"""What the manifests and sources of a package make it depend on."""

from __future__ import annotations

from pathlib import Path

from engine_runs import (
    crate,
    dependencies,
    dependents_of,
    everything_needed,
    owners,
    pyproject,
    repository,
)

WORKSPACE = '[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n'
CORE = {"crates/core/BUILD": "crate_package()", "crates/core/Cargo.toml": crate("core")}
ROOT = {"BUILD": 'cargo_workspace(name="cargo")', "Cargo.toml": WORKSPACE}


def test_every_dependency_table_that_reaches_a_release_is_followed() -> None:
    names = ["normal", "build", "renamed", "windows", "inherited", "optional"]
    runner = repository(
        {
            "BUILD": 'cargo_workspace(name="cargo")',
            "Cargo.toml": f"""
            {WORKSPACE}
            [workspace.dependencies]
            inherited = {{ path = "crates/inherited", version = "1" }}
            """.replace("            ", ""),
            **{f"crates/{name}/BUILD": "crate_package()" for name in (*names, "top", "tests-only")},
            **{f"crates/{name}/Cargo.toml": crate(name) for name in (*names, "tests-only")},
            "crates/top/Cargo.toml": crate(
                "top",
                """
                [dependencies]
                normal = { path = "../normal" }
                another-name = { package = "renamed", path = "../renamed" }
                inherited.workspace = true
                optional = { path = "../optional", optional = true }
                serde = "1"

                [dev-dependencies]
                tests-only = { path = "../tests-only" }

                [build-dependencies]
                build = { path = "../build" }

                [target.'cfg(windows)'.dependencies]
                windows = { path = "../windows" }
                """,
            ),
        }
    )
    assert dependencies(runner, "crates/top:top") == sorted(
        ["//:cargo", *(f"crates/{name}:{name}" for name in names)]
    )


def test_a_cycle_of_dev_dependencies_is_no_error() -> None:
    runner = repository(
        {
            **ROOT,
            **CORE,
            "crates/core/Cargo.toml": crate(
                "core", '[dev-dependencies]\nhelpers = { path = "../helpers" }\n'
            ),
            "crates/helpers/BUILD": "crate_package()",
            "crates/helpers/Cargo.toml": crate(
                "helpers", '[dependencies]\ncore = { path = "../core" }\n'
            ),
        }
    )
    assert everything_needed(runner, "crates/core:core") == ["//:cargo"]
    assert everything_needed(runner, "crates/helpers:helpers") == ["//:cargo", "crates/core:core"]


def test_workspaces_that_point_at_each_other_by_path_each_have_their_own_root() -> None:
    runner = repository(
        {
            **ROOT,
            **CORE,
            "binding/BUILD": 'cargo_workspace(name="cargo")\nmaturin_wheel(name="binding")',
            "binding/pyproject.toml": pyproject("binding"),
            "binding/Cargo.toml": crate(
                "binding",
                """
                [workspace]

                [dependencies]
                core = { path = "../crates/core" }
                """,
            ),
        }
    )
    assert dependencies(runner, "binding:binding") == ["binding:cargo", "crates/core:core"]
    assert dependencies(runner, "crates/core:core") == ["//:cargo"]


def test_members_that_a_workspace_excludes_do_not_depend_on_its_root() -> None:
    runner = repository(
        {
            "BUILD": 'cargo_workspace(name="cargo")',
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nexclude = ["crates/apart"]\n',
            **CORE,
            "crates/apart/BUILD": 'cargo_workspace(name="cargo")\ncrate_package()',
            "crates/apart/Cargo.toml": crate("apart"),
        }
    )
    assert dependencies(runner, "crates/apart:apart") == ["crates/apart:cargo"]


def test_a_path_patch_of_the_workspace_is_followed() -> None:
    runner = repository(
        {
            "BUILD": 'cargo_workspace(name="cargo")',
            "Cargo.toml": f'{WORKSPACE}\n[patch.crates-io]\nfork = {{ path = "fork" }}\n',
            **CORE,
            "fork/BUILD": "crate_package()",
            "fork/Cargo.toml": crate("fork"),
        }
    )
    assert "fork:fork" in dependencies(runner, "crates/core:core")


def test_a_manifest_path_may_point_at_a_crate_with_a_target_of_its_own() -> None:
    runner = repository(
        {
            **ROOT,
            **CORE,
            "python/BUILD": "maturin_wheel()",
            "python/pyproject.toml": pyproject(
                "core", '[tool.maturin]\nmanifest-path = "../crates/core/Cargo.toml"\n'
            ),
        }
    )
    assert dependencies(runner, "python:python") == ["//:cargo", "crates/core:core"]


def test_one_directory_may_hold_the_crate_and_the_wheel() -> None:
    runner = repository(
        {
            "BUILD": """
            cargo_workspace(name="cargo")
            crate_package(name="crate")
            maturin_wheel(name="wheel")
            """,
            "Cargo.toml": crate("both"),
            "pyproject.toml": pyproject("both"),
        }
    )
    assert dependencies(runner, "//:wheel") == ["//:cargo", "//:crate"]
    assert dependencies(runner, "//:crate") == ["//:cargo"]


def test_a_wheel_that_binds_a_crate_without_a_target_stands_for_it() -> None:
    runner = repository(
        {
            **ROOT,
            **CORE,
            "crates/core/Cargo.toml": crate(
                "core", '[dependencies]\nbound = { path = "../../python" }\n'
            ),
            "python/BUILD": 'cargo_workspace(name="cargo")\nmaturin_wheel(name="wheel")',
            "python/pyproject.toml": pyproject("bound"),
            "python/Cargo.toml": crate("bound"),
        }
    )
    assert dependencies(runner, "crates/core:core") == ["//:cargo", "python:wheel"]


def test_readme_and_licence_above_the_package_are_reached_through_their_owners() -> None:
    runner = repository(
        {
            "BUILD": """
            cargo_workspace(name="cargo")
            files(name="docs", sources=["README.md", "LICENSE", "CHANGELOG.md"])
            """,
            "Cargo.toml": WORKSPACE,
            "README.md": "About",
            "LICENSE": "Yes",
            "CHANGELOG.md": "New",
            "crates/core/BUILD": "crate_package()",
            "crates/core/Cargo.toml": crate("core").replace(
                'license = "MIT"', 'readme = "../../README.md"\nlicense-file = "../../LICENSE"'
            ),
            "crates/python/BUILD": "maturin_wheel()",
            "crates/python/Cargo.toml": crate("binding"),
            "crates/python/pyproject.toml": pyproject("binding", 'readme = "../../README.md"\n'),
        }
    )
    assert dependencies(runner, "crates/core:core") == [
        "//:cargo",
        "//LICENSE:docs",
        "//README.md:docs",
    ]
    assert dependencies(runner, "crates/python:python") == ["//:cargo", "//README.md:docs"]


def test_readme_and_licence_behind_a_link_are_reached_through_their_owners() -> None:
    runner = repository(
        {
            "BUILD": """
            cargo_workspace(name="cargo")
            files(name="docs", sources=["README.md", "LICENSE"])
            """,
            "Cargo.toml": WORKSPACE,
            "README.md": "About",
            "LICENSE": "Yes",
            "crates/core/BUILD": "crate_package()",
            "crates/core/Cargo.toml": crate("core"),
        }
    )
    for name in ("README.md", "LICENSE"):
        Path(runner.build_root, "crates", "core", name).symlink_to(f"../../{name}")

    assert dependencies(runner, "crates/core:core") == [
        "//:cargo",
        "//LICENSE:docs",
        "//README.md:docs",
    ]


def test_files_that_sources_include_are_reached_wherever_they_are() -> None:
    runner = repository(
        {
            **ROOT,
            **CORE,
            "crates/core/src/lib.rs": """
            const A: &str = include_str!("../../../data/a.txt");
            const B: &[u8] = include_bytes!("../../../data/b.bin");
            const C: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/c.txt"));
            const OWN: &str = include_str!("own.txt");
            #[path = "../../../data/module.rs"]
            mod module;
            // include_str!("../../../data/commented.txt")
            """,
            "crates/core/src/own.txt": "",
            "data/BUILD": 'files(sources=["*"])',
            **{
                f"data/{name}": "" for name in ("a.txt", "b.bin", "c.txt", "module.rs", "other.txt")
            },
        }
    )
    found = dependencies(runner, "crates/core:core")
    assert {f"data/{name}" for name in ("a.txt", "b.bin", "c.txt", "module.rs")} <= set(found)
    assert "data/other.txt" not in found


def test_a_build_script_and_what_it_includes_belong_to_the_package() -> None:
    runner = repository(
        {
            **ROOT,
            "crates/core/BUILD": 'crate_package(dependencies=["data:generated"])',
            "crates/core/Cargo.toml": crate("core"),
            "crates/core/build.rs": 'fn main() { include_str!("../../schema.txt"); }',
            "schema.txt": "",
            "more/BUILD": 'files(name="schema", sources=["*"])',
            "data/BUILD": 'files(name="generated", sources=["*"])',
            "data/generated.rs": "",
        }
    )
    runner.write_files(
        {"BUILD": 'cargo_workspace(name="cargo")\nfiles(name="s", sources=["*.txt"])'}
    )

    assert owners(runner, "crates/core/build.rs") == ["crates/core:core"]
    found = dependencies(runner, "crates/core:core")
    assert "//schema.txt:s" in found
    assert "data:generated" in found


def test_the_python_sources_outside_the_wheels_directory_are_reached() -> None:
    runner = repository(
        {
            **ROOT,
            "crates/binding/BUILD": "maturin_wheel()",
            "crates/binding/Cargo.toml": crate("binding"),
            "crates/binding/pyproject.toml": pyproject(
                "binding", '[tool.maturin]\npython-source = "../../python"\n'
            ),
            "python/binding/BUILD": "python_sources()\nresource(name='typed', source='py.typed')",
            "python/binding/__init__.py": "",
            "python/binding/py.typed": "",
        }
    )
    assert dependencies(runner, "crates/binding:binding") == [
        "//:cargo",
        "python/binding/__init__.py",
        "python/binding:typed",
    ]


def test_the_python_sources_that_the_wheel_leaves_to_others_are_reached() -> None:
    runner = repository(
        {
            "BUILD": """
            cargo_workspace(name="cargo")
            maturin_wheel(name="wheel", sources=["*.toml", "src/**/*"])
            """,
            "Cargo.toml": crate("binding"),
            "pyproject.toml": pyproject("binding"),
            "src/lib.rs": "",
            "binding/BUILD": "python_sources()",
            "binding/__init__.py": "",
            "binding/inner/BUILD": "python_sources()",
            "binding/inner/module.py": "",
            "tests/BUILD": "python_sources()",
            "tests/test_binding.py": "",
        }
    )
    assert dependencies(runner, "//:wheel") == [
        "//:cargo",
        "binding/__init__.py",
        "binding/inner/module.py",
    ]


def test_what_maturin_includes_by_wildcard_is_reached() -> None:
    runner = repository(
        {
            **ROOT,
            "crates/binding/BUILD": "maturin_wheel()",
            "crates/binding/Cargo.toml": crate("binding"),
            "crates/binding/pyproject.toml": pyproject(
                "binding", '[tool.maturin]\ninclude = ["../../data/**/*.json"]\n'
            ),
            "data/BUILD": "files(sources=['**/*'])",
            "data/deep/a.json": "",
            "data/deep/b.txt": "",
        }
    )
    assert dependencies(runner, "crates/binding:binding") == [
        "//:cargo",
        "data/deep/a.json:../data",
    ]


def test_single_files_that_maturin_includes_are_reached() -> None:
    runner = repository(
        {
            "BUILD": 'cargo_workspace(name="cargo")\nfiles(name="docs", sources=["NOTICE"])',
            "Cargo.toml": WORKSPACE,
            "NOTICE": "",
            "crates/binding/BUILD": "maturin_wheel()",
            "crates/binding/Cargo.toml": crate("binding"),
            "crates/binding/pyproject.toml": pyproject(
                "binding", '[tool.maturin]\ninclude = ["../../NOTICE"]\n'
            ),
        }
    )
    assert dependencies(runner, "crates/binding:binding") == ["//:cargo", "//NOTICE:docs"]


def test_the_crates_of_a_wheels_programs_are_reached() -> None:
    runner = repository(
        {
            **ROOT,
            **CORE,
            "crates/core/Cargo.toml": crate(
                "core", '[[bin]]\nname = "tool"\npath = "src/tool.rs"\n'
            ),
            "crates/binding/BUILD": 'maturin_wheel(binaries=["tool"])',
            "crates/binding/Cargo.toml": crate("binding"),
            "crates/binding/pyproject.toml": pyproject("binding"),
        }
    )
    assert dependencies(runner, "crates/binding:binding") == ["//:cargo", "crates/core:core"]


def test_dependents_tell_what_a_change_reaches() -> None:
    runner = repository(
        {
            **ROOT,
            **CORE,
            "crates/binding/BUILD": "maturin_wheel()",
            "crates/binding/Cargo.toml": crate(
                "binding", '[dependencies]\ncore = { path = "../core" }\n'
            ),
            "crates/binding/pyproject.toml": pyproject("binding"),
            "crates/apart/BUILD": "crate_package()",
            "crates/apart/Cargo.toml": crate("apart"),
        }
    )
    assert dependents_of(runner, "crates/core:core") == ["crates/binding:binding"]
    assert dependents_of(runner, "//:cargo") == [
        "crates/apart:apart",
        "crates/binding:binding",
        "crates/core:core",
    ]


def test_a_manifest_that_does_not_parse_hides_no_other() -> None:
    runner = repository(
        {
            **ROOT,
            **CORE,
            "crates/broken/BUILD": "crate_package()",
            "crates/broken/Cargo.toml": "[package\n",
        }
    )
    assert dependencies(runner, "crates/core:core") == ["//:cargo"]
    assert dependencies(runner, "crates/broken:broken") == []


def test_a_build_file_of_a_python_package_is_nothing_that_a_wheel_ships() -> None:
    runner = repository(
        {
            "BUILD": 'files(name="everything", sources=["py/python/**/*"])',
            "py/BUILD": 'maturin_wheel(name="wheel", sources=["*.toml", "src/**"])',
            "py/Cargo.toml": crate("tally", '[lib]\ncrate-type = ["cdylib"]\n[workspace]\n'),
            "py/pyproject.toml": pyproject(
                "tally", '[tool.maturin]\nmodule-name = "tally._tally"\npython-source = "python"'
            ),
            "py/src/lib.rs": "",
            "py/python/tally/BUILD": 'python_sources(sources=["*.py"])',
            "py/python/tally/__init__.py": "",
        }
    )
    assert [each for each in dependencies(runner, "py:wheel") if "BUILD" in each] == []
    assert "py/python/tally/__init__.py" in dependencies(runner, "py:wheel")
