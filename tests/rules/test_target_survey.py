"""What the doctor learns of the machine from every target."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from engine_runs import TOOLS, crate, pyproject, repository, target
from pants.testutil.rule_runner import QueryRule

from pants_cratewheel.products.doctor import TargetSurvey, TargetSurveyRequest

ENVIRONMENTS = "--environments-preview-names={'near': '//:near', 'container': '//:container'}"
GNU, MUSL = "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl"
BINDING = '[lib]\ncrate-type = ["cdylib"]\n[workspace]\n'


@pytest.mark.skipif(shutil.which("rustc") is None, reason="needs Rust")
def test_every_target_is_asked_about_with_its_own_toolchain_environments_and_tools(
    tmp_path: Path,
) -> None:
    runner = repository(
        {
            "BUILD": """
            local_environment(name="near")
            docker_environment(name="container", image="cw-e2e-no-such-image:1")
            """,
            "pinned/BUILD": "cargo_workspace()\ncrate_package(name='crate')",
            "pinned/Cargo.toml": crate("pinned", "[workspace]"),
            "pinned/rust-toolchain": "of pinned",
            "wheel/BUILD": f"""
            cargo_workspace()
            maturin_wheel(
                name="py",
                abis=[wheel_abi("3.9", tools=["cw-no-tool"])],
                platforms=[
                    wheel_platform("{GNU}", environment="near"),
                    wheel_platform("{MUSL}", environment="container"),
                    wheel_platform("aarch64-unknown-linux-gnu", environment="nowhere"),
                ],
            )
            """,
            "wheel/Cargo.toml": crate("bound", BINDING),
            "wheel/pyproject.toml": pyproject("bound", '[tool.maturin]\nbindings = "bin"\n'),
        },
        rules=[QueryRule(TargetSurvey, [TargetSurveyRequest])],
    )
    question = ["rustc", "--print", "sysroot"]
    sysroot = subprocess.run(question, capture_output=True, text=True, check=True).stdout.strip()
    rustup = tmp_path / "rustup"
    rustup.write_text(
        "#!/bin/sh\n"
        "[ ! -e rust-toolchain ] || { cat rust-toolchain >&2; exit 1; }\n"
        f'echo "{sysroot}/bin/$2"\n'
    )
    rustup.chmod(0o755)
    for name in ("cargo", "rustc"):
        (tmp_path / name).symlink_to("rustup")
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    runner.set_options([ENVIRONMENTS], env={"PATH": path}, env_inherit=TOOLS - {"PATH"})

    def survey(spec: str) -> TargetSurvey:
        address = target(runner, spec).address
        return runner.request(TargetSurvey, [TargetSurveyRequest(address)])

    (missing,) = survey("pinned:crate").machine
    assert (missing.code, missing.place, missing.message) == (
        "CW-TOOLCHAIN-MISSING",
        "cargo",
        "of pinned",
    )
    wheel = survey("wheel:py")
    assert [(each.code, each.place) for each in wheel.machine] == [
        ("CW-TOOL-MISSING", "cw-no-tool")
    ]
    near, container = wheel.rows
    assert (near.row.triple, near.build is not None) == (GNU, True)
    assert (container.row.triple, container.build) == (MUSL, None)
    assert "cannot be started here" in container.missing[0].reason
    (unknown,) = wheel.findings
    assert unknown.code == "CW-ENVIRONMENT-UNKNOWN"
    assert "nowhere" in unknown.message
