"""The tree that a package is built in, once the plan's versions are in it."""

from __future__ import annotations

from engine_runs import crate, repository, target
from pants.engine.fs import DigestContents

from cratewheel.plan.model import Plan, PlannedPackage
from pants_cratewheel.products.builds import CargoTree, CargoTreeRequest

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
