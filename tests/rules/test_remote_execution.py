"""What is built needs folders that outlive a process, so remote execution is refused with a code."""

from __future__ import annotations

from engine_runs import repository
from pants.testutil.rule_runner import QueryRule, RuleRunner

from pants_cratewheel.products.tools import (
    FoundInterpreters,
    FoundToolchain,
    RowMachine,
    RowMachineRequest,
    ToolchainRequest,
)

SERVER = (
    "--remote-execution",
    "--remote-execution-address=grpc://127.0.0.1:1",
    "--remote-store-address=grpc://127.0.0.1:1",
)


def engine(*options: str) -> RuleRunner:
    return repository(
        {"BUILD": 'remote_environment(name="far")\nlocal_environment(name="near")\n'},
        *options,
        rules=[
            QueryRule(FoundInterpreters, []),
            QueryRule(FoundToolchain, [ToolchainRequest]),
            QueryRule(RowMachine, [RowMachineRequest]),
        ],
    )


def test_remote_execution_of_everything_is_refused_before_a_process_starts() -> None:
    runner = engine(*SERVER)
    (finding,) = runner.request(FoundToolchain, [ToolchainRequest()]).findings
    assert finding.code == "CW-ENVIRONMENT-REMOTE"
    assert finding.place == "[GLOBAL].remote_execution"
    assert runner.request(FoundInterpreters, []).interpreters == ()


def test_an_environment_of_remote_execution_is_refused_and_a_local_one_beside_it_is_not() -> None:
    runner = engine(*SERVER, "--environments-preview-names={'far': '//:far', 'near': '//:near'}")
    far = runner.request(RowMachine, [RowMachineRequest("far", "here")])
    (finding,) = far.toolchain.findings
    assert (finding.code, finding.place) == ("CW-ENVIRONMENT-REMOTE", "//:far")
    near = runner.request(RowMachine, [RowMachineRequest("near", "here")])
    assert "CW-ENVIRONMENT-REMOTE" not in {each.code for each in near.toolchain.findings}
