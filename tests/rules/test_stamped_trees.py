"""The tree that a package is built in, once the plan's versions are in it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from engine_runs import TOOLS, crate, repository, target
from pants.engine.fs import DigestContents
from pants.testutil.rule_runner import QueryRule

from cratewheel.plan.model import Plan, PlannedPackage
from pants_cratewheel.products.builds import (
    CargoTree,
    CargoTreeRequest,
    ResolvedLock,
    ResolvedLockRequest,
)

FILES = {
    "BUILD": 'cargo_workspace(name="cargo")\n',
    "Cargo.toml": """
        [workspace]
        members = ["one", "two"]
        resolver = "2"

        [workspace.package]
        version = "1.0.0"
    """,
    "Cargo.lock": """
        version = 4

        [[package]]
        name = "one"
        version = "1.0.0"

        [[package]]
        name = "two"
        version = "1.0.0"
        dependencies = [
         "one",
        ]
    """,
    "one/BUILD": 'crate_package(name="one", publish=True)\n',
    "one/Cargo.toml": crate("one").replace('version = "1.0.0"', "version.workspace = true"),
    "one/src/lib.rs": "",
    "two/BUILD": 'crate_package(name="two", publish=True)\n',
    "two/Cargo.toml": crate("two").replace('version = "1.0.0"', "version.workspace = true")
    + '[dependencies]\none = { path = "../one", version = "1.0.0" }\n',
    "two/src/lib.rs": "",
}


def test_stamping_the_workspace_s_manifest_keeps_those_of_its_members() -> None:
    runner = repository(FILES)
    plan = Plan(
        packages=tuple(
            PlannedPackage(
                f"crate:{each}",
                each,
                f"{each}:{each}",
                "crate",
                "crates.io",
                "1.1.0",
                crate_directory=each,
            )
            for each in ("one", "two")
        )
    )
    tree = runner.request(CargoTree, [CargoTreeRequest(target(runner, "two").address, plan)])
    assert tree.findings == ()
    files = {
        file.path: file.content.decode() for file in runner.request(DigestContents, [tree.digest])
    }
    assert 'version = "1.1.0"' in files["Cargo.toml"]
    assert {"one/Cargo.toml", "two/Cargo.toml", "one/src/lib.rs", "two/src/lib.rs"} <= set(files)


def test_a_workspace_is_built_by_the_toolchain_of_the_nearest_file_above_it() -> None:
    # Of two in one folder, rustup takes the one without an ending.
    pins = [
        "rust-toolchain.toml",
        "one/rust-toolchain",
        "one/rust-toolchain.toml",
        "no/rust-toolchain",
    ]
    workspaces = {"rust": pins[0], "one": pins[1], "one/more": pins[1]}
    runner = repository(
        {
            **{f"{each}/{name}": text for each in workspaces for name, text in FILES.items()},
            **{pin: f"of {pin}" for pin in pins},
        }
    )
    for workspace, pin in workspaces.items():
        request = CargoTreeRequest(target(runner, f"{workspace}/two").address, Plan())
        tree = runner.request(CargoTree, [request])
        assert tree.findings == ()
        (file,) = runner.request(DigestContents, [tree.toolchain_file])
        assert (file.path, file.content.decode()) == (Path(pin).name, f"of {pin}")


def test_of_two_configurations_in_one_folder_the_tree_has_the_one_that_cargo_takes() -> None:
    configurations = {
        f".cargo/{name}": f'[build]\ntarget-dir = "{name}-out"\n'
        for name in ("config", "config.toml")
    }
    runner = repository({**FILES, **configurations})
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps", "--offline"],
        cwd=runner.build_root,
        check=True,
        capture_output=True,
    )
    taken = Path(json.loads(metadata.stdout)["target_directory"]).name
    tree = runner.request(CargoTree, [CargoTreeRequest(target(runner, "two").address, Plan())])
    files = {
        file.path: file.content.decode() for file in runner.request(DigestContents, [tree.digest])
    }
    assert [text for path, text in files.items() if path in configurations] == [
        f'[build]\ntarget-dir = "{taken}"\n'
    ]


def test_a_lock_is_resolved_by_the_toolchain_of_its_workspace(tmp_path: Path) -> None:
    files = {f"rust/{name}": text for name, text in FILES.items() if name != "Cargo.lock"}
    runner = repository(
        {**files, "rust-toolchain": "of this repository"},
        rules=[QueryRule(ResolvedLock, [ResolvedLockRequest])],
    )
    rustup = tmp_path / "rustup"
    rustup.write_text("#!/bin/sh\necho $2 $(cat rust-toolchain) is not installed >&2\nexit 1\n")
    rustup.chmod(0o755)
    (tmp_path / "cargo").symlink_to("rustup")
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    runner.set_options((), env={"PATH": path}, env_inherit=TOOLS - {"PATH"})
    (finding,) = runner.request(ResolvedLock, [ResolvedLockRequest("rust")]).findings
    assert finding.code == "CW-TOOLCHAIN-MISSING"
    assert finding.message == "cargo of this repository is not installed"
