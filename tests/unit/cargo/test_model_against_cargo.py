"""The model says what `cargo metadata` says, for every form a manifest may take."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from reference_cargo import Tree, manifests_of, metadata, write_tree

from cratewheel.cargo.manifest import CrateManifest
from cratewheel.cargo.model import load_cargo_model
from cratewheel.cargo.paths import is_within
from cratewheel.cargo.targets import binaries_of, build_script_of, library_of, readme_path

KINDS = {None: "dependencies", "dev": "dev-dependencies", "build": "build-dependencies"}


def crate(name: str, *tables: str) -> str:
    return "\n".join([f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"', *tables])


TREES: dict[str, Tree] = {
    "lone": {"Cargo.toml": crate("lone", '[dependencies]\nlog = "0.4"')},
    "root-package-with-members": {
        "Cargo.toml": crate("top", '[workspace]\nmembers = ["a"]'),
        "a/Cargo.toml": crate("a"),
    },
    "virtual-globs-and-excludes": {
        "Cargo.toml": '[workspace]\nmembers = ["crates/*", "tools/[!z]*"]\n'
        'exclude = ["crates/skip"]\nresolver = "2"',
        "crates/one/Cargo.toml": crate("one"),
        "crates/two/Cargo.toml": crate("two", '[dependencies]\none = { path = "../one" }'),
        "crates/skip/Cargo.toml": crate("skip", "[workspace]"),
        "tools/alpha/Cargo.toml": crate("alpha"),
        "tools/zed/Cargo.toml": crate("zed", "[workspace]"),
    },
    "excluded-but-listed": {
        "Cargo.toml": '[workspace]\nmembers = ["x/in"]\nexclude = ["x"]\nresolver = "2"',
        "x/in/Cargo.toml": crate("inside"),
        "x/out/Cargo.toml": crate("outside", "[workspace]"),
    },
    "path-dependencies-are-members": {
        "Cargo.toml": crate("top", '[workspace]\n[dependencies]\nnear = { path = "near" }'),
        "near/Cargo.toml": crate("near", '[dev-dependencies]\nfar = { path = "../deep/far" }'),
        "deep/far/Cargo.toml": crate("far", '[dependencies]\nnear = { path = "../../near" }'),
    },
    "pointer-to-a-root-elsewhere": {
        "ws/Cargo.toml": '[workspace]\nmembers = ["../beside", "in"]\nresolver = "2"',
        "ws/in/Cargo.toml": crate("in-ws"),
        "beside/Cargo.toml": '[package]\nname = "beside"\nversion = "1.0.0"\nworkspace = "../ws"',
    },
    "outside-path-dependency-that-points-here": {
        "ws/Cargo.toml": crate("top", '[workspace]\n[dependencies]\nb = { path = "../b" }'),
        "b/Cargo.toml": '[package]\nname = "b"\nversion = "1.0.0"\nworkspace = "../ws"',
    },
    "two-workspaces": {
        "rust/Cargo.toml": '[workspace]\nmembers = ["core"]\nresolver = "2"',
        "rust/core/Cargo.toml": crate("core-x"),
        "py/Cargo.toml": crate(
            "py-x", '[workspace]\n[dependencies]\ncore-x = { path = "../rust/core" }'
        ),
    },
    "inheritance": {
        "Cargo.toml": """
[workspace]
members = ["m", "n"]
resolver = "2"
[workspace.package]
version = "2.3.4-rc.1"
edition = "2021"
description = "shared"
license = "MIT"
license-file = "LICENSE"
readme = "README.md"
repository = "https://example.org/r"
homepage = "https://example.org/h"
documentation = "https://example.org/d"
keywords = ["k"]
categories = ["parsing"]
publish = ["mine"]
rust-version = "1.70"
include = ["src/**"]
[workspace.dependencies]
serde = { version = "1.0", default-features = false, features = ["derive"] }
log = "0.4"
n = { path = "n", version = "2.3.4-rc.1" }
renamed = { package = "itoa", version = "1" }
""",
        "README.md": "",
        "LICENSE": "",
        "m/Cargo.toml": """
[package]
name = "m"
version.workspace = true
edition = { workspace = true }
description.workspace = true
license.workspace = true
license-file.workspace = true
readme.workspace = true
repository.workspace = true
homepage.workspace = true
documentation.workspace = true
keywords.workspace = true
categories.workspace = true
publish.workspace = true
rust-version.workspace = true
include.workspace = true
[dependencies]
serde = { workspace = true, features = ["std", "derive"], optional = true }
log.workspace = true
renamed = { workspace = true }
n = { workspace = true, default-features = true }
[target.'cfg(unix)'.dev-dependencies]
serde = { workspace = true, default-features = true }
[features]
default = ["serde?/alloc", "dep:serde"]
extra = ["log/std"]
""",
        "n/Cargo.toml": '[package]\nname = "n"\nversion.workspace = true\npublish = false',
    },
    "all-tables-and-spellings": {
        "Cargo.toml": """
[package]
name = "old-style"
version = "0.0.1+build.5"
publish = ["crates-io", "other"]
autobins = false
build = "make.rs"
links = "z"

[lib]
name = "styled"
path = "lib/root.rs"
crate_type = ["cdylib", "rlib"]

[[bin]]
name = "tool"
path = "cli/tool.rs"

[dependencies]
a = { version = "1.2", default_features = false }
b = { git = "https://example.org/b.git", branch = "main", version = "3" }
c = { version = "~2.1", registry-index = "https://example.org/index" }
d = { package = "dd", version = ">=1, <3", optional = true, features = ["x", "y"] }
e = { path = "e" }

[dev_dependencies]
f = "=1.0.0"

[build_dependencies]
g = "*"

[target.'cfg(windows)'.dependencies]
h = "1"
[target.x86_64-unknown-linux-gnu.build-dependencies]
i = { path = "e", package = "e" }

[features]
implied = []
""",
        "lib/root.rs": "",
        "cli/tool.rs": "fn main() {}",
        "make.rs": "fn main() {}",
        "src/unused.rs": "",
        "e/Cargo.toml": crate("e"),
    },
    "project-instead-of-package": {
        "Cargo.toml": '[project]\nname = "aged"\nversion = "0.1.0"\n[workspace]\n',
    },
    "no-version": {"Cargo.toml": '[package]\nname = "bare"\nedition = "2021"'},
    "proc-macro-and-binaries": {
        "Cargo.toml": crate("mac", "[lib]\nproc-macro = true"),
        "README.txt": "",
        "build.rs": "fn main() {}",
        "src/lib.rs": "",
        "src/main.rs": "fn main() {}",
        "src/bin/extra.rs": "fn main() {}",
        "src/bin/folder/main.rs": "fn main() {}",
        "src/bin/folder/more.rs": "",
    },
    "readme-switched-off": {
        "Cargo.toml": '[package]\nname = "quiet"\nversion = "0.1.0"\nreadme = false',
        "README.md": "",
    },
    "nested-workspace-that-is-excluded": {
        "Cargo.toml": '[workspace]\nmembers = ["a"]\nexclude = ["nested"]\nresolver = "2"',
        "a/Cargo.toml": crate("a", '[dependencies]\nb = { path = "../nested/b" }'),
        "nested/Cargo.toml": '[workspace]\nmembers = ["b"]\nresolver = "2"',
        "nested/b/Cargo.toml": crate("b"),
    },
    "readme-switched-on": {
        "Cargo.toml": '[package]\nname = "loud"\nversion = "0.1.0"\nreadme = true',
        "README.md": "",
    },
    "no-library-but-programs": {
        "Cargo.toml": crate("programs"),
        "src/main.rs": "fn main() {}",
        "src/bin/one.rs": "fn main() {}",
        "src/bin/.hidden.rs": "fn main() {}",
        "src/bin/notes.txt": "",
        "src/bin/folder/other.rs": "",
    },
    "library-not-looked-for": {
        "Cargo.toml": '[package]\nname = "quiet"\nversion = "0.1.0"\nautolib = false',
        "src/lib.rs": "",
        "src/main.rs": "fn main() {}",
    },
    "nested-root-that-excludes": {
        "Cargo.toml": '[workspace]\nmembers = ["a/x"]\nresolver = "2"',
        "a/Cargo.toml": '[workspace]\nexclude = ["x"]\nresolver = "2"',
        "a/x/Cargo.toml": crate("x"),
    },
    "default-members": {
        "Cargo.toml": '[workspace]\nmembers = ["c/**"]\ndefault-members = ["c/a"]\nresolver = "2"',
        "c/a/Cargo.toml": crate("a"),
    },
}
# `**` also matches the source folders, which cargo refuses, so this one stays as a plain path.
TREES["default-members"] = {
    **TREES["default-members"],
    "Cargo.toml": '[workspace]\nmembers = ["c/?", "d/*/e"]\ndefault-members = ["c/a"]\nresolver = "2"',
    "c/b/Cargo.toml": crate("b"),
    "d/x/e/Cargo.toml": crate("xe"),
}


@pytest.mark.parametrize("name", sorted(TREES))
def test_every_crate_is_described_as_cargo_describes_it(name: str, tmp_path: Path) -> None:
    root = tmp_path
    write_tree(root, TREES[name])
    model = load_cargo_model(manifests_of(TREES[name]))
    assert not model.problems
    assert model.workspaces
    for directory, workspace in model.workspaces.items():
        described = metadata(root / directory)
        assert described is not None
        packages = {_directory(package, root): package for package in described["packages"]}
        assert sorted(packages) == list(workspace.members)
        files = set(_files(root))
        for member, package in packages.items():
            assert _ours(model.crates[member], files) == _cargos(package, root)
        if "workspace_default_members" in described:
            default = {
                _directory(package, root)
                for package in described["packages"]
                if package["id"] in described["workspace_default_members"]
            }
            assert set(workspace.default_members) == default


BROKEN: dict[str, Tree] = {
    "not-toml": {"Cargo.toml": '[package\nname = "x"'},
    "no-name": {"Cargo.toml": '[package]\nversion = "0.1.0"'},
    "neither-package-nor-workspace": {"Cargo.toml": "[profile.release]\nlto = true"},
    "inherits-without-workspace": {
        "Cargo.toml": '[package]\nname = "x"\nversion.workspace = true',
    },
    "inherits-what-is-not-there": {
        "Cargo.toml": '[workspace]\nmembers = ["a"]',
        "a/Cargo.toml": '[package]\nname = "x"\nversion.workspace = true',
    },
    "inherits-an-unknown-dependency": {
        "Cargo.toml": '[workspace]\nmembers = ["a"]',
        "a/Cargo.toml": crate("a", "[dependencies]\nlog.workspace = true"),
    },
    "version-is-no-version": {"Cargo.toml": '[package]\nname = "x"\nversion = "1.0"'},
    "name-is-no-name": {"Cargo.toml": '[package]\nname = "1x"\nversion = "1.0.0"'},
    "dependency-is-a-number": {"Cargo.toml": crate("x", "[dependencies]\nlog = 4")},
    "dependency-that-does-not-inherit": {
        "Cargo.toml": crate("x", "[dependencies]\nlog.workspace = false"),
    },
    "version-that-does-not-inherit": {
        "Cargo.toml": '[package]\nname = "x"\nversion.workspace = false',
    },
    "dependency-from-nowhere": {"Cargo.toml": crate("x", "[dependencies]\nlog = {}")},
    "features-is-a-list": {"Cargo.toml": 'features = ["a"]\n' + crate("x")},
    "member-is-missing": {"Cargo.toml": '[workspace]\nmembers = ["gone"]'},
    "two-roots": {
        "Cargo.toml": '[workspace]\nmembers = ["a"]',
        "a/Cargo.toml": crate("a", "[workspace]"),
    },
    "pointer-to-no-root": {
        "Cargo.toml": '[package]\nname = "x"\nversion = "1.0.0"\nworkspace = "a"',
        "a/Cargo.toml": crate("a"),
    },
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_what_cargo_refuses_is_a_problem_of_the_manifest_at_fault(
    name: str, tmp_path: Path
) -> None:
    write_tree(tmp_path, BROKEN[name])
    assert metadata(tmp_path) is None
    model = load_cargo_model(manifests_of(BROKEN[name]))
    assert model.problems
    for path, finding in model.problems.items():
        assert finding.code == "CW-MANIFEST-SYNTAX"
        assert finding.place.startswith(path)


def test_a_syntax_error_names_its_line_and_leaves_the_others_alone() -> None:
    model = load_cargo_model(
        {
            "Cargo.toml": b'[workspace]\nmembers = ["good", "bad"]',
            "good/Cargo.toml": crate("good", '[dependencies]\nbad = { path = "../bad" }').encode(),
            "bad/Cargo.toml": b'[package]\nname = "bad"\nversion = 1.0.0\n',
            "other/Cargo.toml": crate("other", "[workspace]").encode(),
        }
    )
    assert model.problems["bad/Cargo.toml"].place.startswith("bad/Cargo.toml:3")
    assert set(model.crates) == {"good", "other"}
    assert [f.place for f in model.findings_for(["other"])] == []
    assert "bad/Cargo.toml:3" in str(model.findings_for(["good"]))


DIRECTORIES = ("", "a", "a/x", "b", "b/y", "c")


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Any arrangement of crates, workspaces and path dependencies over a few directories."""
    present = draw(st.lists(st.sampled_from(DIRECTORIES), min_size=1, unique=True))
    tree: dict[str, str] = {}
    for number, directory in enumerate(present):
        up = "../" * (directory.count("/") + 1 if directory else 0)
        text = ""
        is_root = draw(st.booleans()) if directory else draw(st.integers(0, 3)) > 0
        is_package = not is_root or draw(st.booleans())
        if is_package:
            text += f'[package]\nname = "p{number}"\nversion = "0.1.{number}"\n'
            if not is_root and draw(st.integers(0, 5)) == 0:
                text += f'workspace = "{up or "."}"\n'
            paths = draw(st.lists(st.sampled_from(present), max_size=2, unique=True))
            for table in ("dependencies", "dev-dependencies"):
                text += f"[{table}]\n"
                for path in paths:
                    if path != directory and draw(st.booleans()):
                        name = f"p{present.index(path)}"
                        text += f'{name} = {{ path = "{up}{path}" }}\n'
        if is_root:
            patterns = st.lists(
                st.sampled_from(("a", "b", "a/*", "*", "b/y", "c", "../c", "x", "y")),
                max_size=2,
                unique=True,
            )
            members, exclude = draw(patterns), draw(patterns)
            text += f"[workspace]\nmembers = {members}\nexclude = {exclude}\n"
        tree[f"{directory}/Cargo.toml".lstrip("/")] = text.replace("'", '"')
    return tree


@settings(
    max_examples=int(os.environ.get("CRATEWHEEL_DIFFERENTIAL_EXAMPLES", "40")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(trees())
@example(
    {
        "Cargo.toml": crate(
            "top", '[dev-dependencies]\nfar = { path = "b/y" }', "[workspace]\nmembers = []"
        ),
        "b/Cargo.toml": "[workspace]\nmembers = []\nexclude = []",
        "b/y/Cargo.toml": crate("far"),
    }
)
def test_any_arrangement_has_the_members_cargo_finds(arrangement: Tree) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write_tree(root, arrangement)
        model = load_cargo_model(manifests_of(arrangement))
        for directory, workspace in model.workspaces.items():
            described = metadata(root / directory)
            if described is None:
                continue
            packages = [_directory(package, root) for package in described["packages"]]
            assert sorted(packages) == list(workspace.members)
            assert workspace.path not in model.problems
            for member in packages:
                own = model.crates[member].workspace_root
                # Started below a second root cargo stops at that one; started here it never reads it.
                is_deeper = own != directory and is_within(own, directory)
                assert is_deeper or own == directory
                assert is_deeper or model.is_member(member)


def _ours(manifest: CrateManifest, files: set[str]) -> dict[str, Any]:
    library = library_of(manifest, files)
    targets = {("lib", library.name, library.path, library.crate_types)} if library else set()
    targets |= {
        ("bin", binary.name, binary.path, ("bin",)) for binary in binaries_of(manifest, files)
    }
    script = build_script_of(manifest, files)
    return {
        "name": manifest.name,
        "version": manifest.version or "0.0.0",
        "publish": _publish(manifest),
        "edition": manifest.edition,
        "description": manifest.description,
        "license": manifest.license,
        "license_file": manifest.license_file,
        "readme": readme_path(manifest, files),
        "repository": manifest.repository,
        "homepage": manifest.homepage,
        "documentation": manifest.documentation,
        "keywords": list(manifest.keywords),
        "categories": list(manifest.categories),
        "links": manifest.links,
        "rust_version": manifest.rust_version,
        "features": {name: list(values) for name, values in manifest.features.items()},
        "targets": targets,
        "build": script,
        "dependencies": {
            (
                entry.package,
                entry.key if entry.key != entry.package else None,
                entry.table,
                entry.target,
                entry.path,
                _requirement(entry.requirement),
                entry.optional,
                entry.default_features,
                entry.features,
            )
            for entry in manifest.dependencies
        },
    }


def _cargos(package: dict[str, Any], root: Path) -> dict[str, Any]:
    directory = Path(package["manifest_path"]).parent

    def within(path: Optional[str]) -> Optional[str]:
        if path is None:
            return None
        return os.path.relpath(os.path.normpath(directory / path), root).replace("\\", "/")

    targets = package["targets"]
    optional = {
        entry["rename"] or entry["name"] for entry in package["dependencies"] if entry["optional"]
    }
    return {
        **{
            key: package[key]
            for key in [
                "name",
                "version",
                "description",
                "license",
                "repository",
                "homepage",
                "documentation",
                "keywords",
                "categories",
                "links",
                "rust_version",
                "edition",
            ]
        },
        "publish": package["publish"],
        "license_file": within(package["license_file"]),
        "readme": within(package["readme"]),
        # cargo adds a feature for an optional dependency that no `dep:` names.
        "features": {
            name: values
            for name, values in package["features"].items()
            if not (name in optional and values == [f"dep:{name}"])
        },
        "targets": {
            (
                "bin" if target["kind"] == ["bin"] else "lib",
                target["name"],
                within(target["src_path"]),
                tuple(target["crate_types"]),
            )
            for target in targets
            if target["kind"] != ["custom-build"]
        },
        "build": next(
            (
                within(target["src_path"])
                for target in targets
                if target["kind"] == ["custom-build"]
            ),
            None,
        ),
        "dependencies": {
            (
                entry["name"],
                entry["rename"],
                KINDS[entry["kind"]],
                entry["target"],
                _within_or_none(entry.get("path"), root),
                entry["req"],
                entry["optional"],
                entry["uses_default_features"],
                tuple(dict.fromkeys(entry["features"])),
            )
            for entry in package["dependencies"]
        },
    }


def _within_or_none(path: Optional[str], root: Path) -> Optional[str]:
    if path is None:
        return None
    found = os.path.relpath(path, root)
    return "" if found == "." else found


def _publish(manifest: CrateManifest) -> Optional[list[str]]:
    if isinstance(manifest.publish, tuple):
        return list(manifest.publish)
    return None if manifest.publish and manifest.version else []


def _requirement(written: Optional[str]) -> str:
    if written is None:
        return "*"
    return f"^{written}" if written[0].isdigit() else written


def _directory(package: dict[str, Any], root: Path) -> str:
    found = os.path.relpath(Path(package["manifest_path"]).parent, root)
    return "" if found == "." else found


def _files(root: Path) -> Iterator[str]:
    for path in root.rglob("*"):
        if path.is_file():
            yield path.relative_to(root).as_posix()
