"""What a process that asks registries is given, and what of it Pants gets to see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from unittest.mock import Mock

from marked_secrets import check_text, secret
from pants.engine.env_vars import EnvironmentVars, EnvironmentVarsRequest
from pants.engine.fs import EMPTY_DIGEST, CreateDigest, Digest
from pants.engine.process import FallibleProcessResult, Process
from pants.testutil.rule_runner import MockGet, run_rule_with_mocks

from cratewheel.handed_variables import take_over
from cratewheel.plan.package import ReleasePackage
from pants_cratewheel.options import CratewheelSubsystem
from pants_cratewheel.products.plans import RegistryFactsAnswer, RegistryFactsRequest
from pants_cratewheel.products.tools import LibraryProcess, PublisherTool
from pants_cratewheel.registry_facts import registry_facts

ADDRESS = "https://crates.example"
TOKEN = "CARGO_REGISTRIES_CRATES_EXAMPLE_TOKEN"


def test_what_opens_a_private_registry_reaches_the_process_and_no_environment() -> None:
    variables = {TOKEN: secret("private registry"), "NO_PROXY": "localhost"}
    given: dict[str, str] = {}

    def start(request: LibraryProcess) -> Process:
        check_text(repr(request), "the process")
        given.update(request.env)
        take_over(given)
        return Process(["ask"], description="Ask")

    def ask(_: Process) -> FallibleProcessResult:
        (version,) = [{"version": "1.0.0", "files": [], "hashes": []}]
        answer = {"crate:core": {"versions": [version], "silence": ""}}
        return Mock(exit_code=0, stdout=json.dumps(answer).encode())

    def chosen(request: EnvironmentVarsRequest) -> Mapping[str, str]:
        return {name: variables[name] for name in request.requested if name in variables}

    options = Mock(spec=CratewheelSubsystem, crates_registry="", python_repository="")
    package = ReleasePackage("crate:core", "core", "crate", "core:core", ADDRESS)
    answer: RegistryFactsAnswer = run_rule_with_mocks(
        registry_facts,
        rule_args=[RegistryFactsRequest((package,)), options, Mock(spec=PublisherTool, pex=None)],
        mock_gets=[
            MockGet(output_type=Digest, input_types=(CreateDigest,), mock=lambda _: EMPTY_DIGEST),
            MockGet(
                output_type=EnvironmentVars,
                input_types=(EnvironmentVarsRequest,),
                mock=lambda request: EnvironmentVars(chosen(request)),
            ),
            MockGet(output_type=Process, input_types=(LibraryProcess,), mock=start),
            MockGet(output_type=FallibleProcessResult, input_types=(Process,), mock=ask),
        ],
    )
    assert given == variables
    ((_, facts),) = answer.by_id
    assert [each.version for each in facts.versions or ()] == ["1.0.0"]
