"""The toolchain that a rule finds, and what is left beside it for builds."""

from __future__ import annotations

from pathlib import Path

from engine_runs import TOOLS, repository
from pants.testutil.rule_runner import QueryRule

from cratewheel.build.network import NETWORK
from cratewheel.build.places import network_variables
from pants_cratewheel.products.tools import TOOLCHAIN_CACHE, FoundToolchain, ToolchainRequest


def test_cargo_reaches_the_network_as_its_user_has_it(tmp_path: Path) -> None:
    runner = repository(
        {},
        rules=[QueryRule(FoundToolchain, [ToolchainRequest])],
    )
    chosen = {name: f"of {name}" for name in (*NETWORK, "CARGO_HTTP_TIMEOUT")}
    # In caches of its own: those of this machine are for builds that are to reach something.
    options = [f"--named-caches-dir={tmp_path}"]
    runner.set_options(options, env=chosen, env_inherit=TOOLS - {*NETWORK})
    id = runner.request(FoundToolchain, [ToolchainRequest()]).usable().id
    (name,) = TOOLCHAIN_CACHE
    assert dict(network_variables(tmp_path / name / id)) == chosen
