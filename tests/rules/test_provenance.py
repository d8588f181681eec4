"""What is said of every file: built in this run, or reused, whatever became of the others of its row."""

from __future__ import annotations

from pants.engine.fs import EMPTY_DIGEST, CreateDigest, Digest, DigestEntries, MergeDigests
from pants.engine.internals.session import RunId
from pants.engine.platform import Platform
from pants.engine.process import ProcessExecutionEnvironment, ProcessResultMetadata
from pants.testutil.rule_runner import MockGet, run_rule_with_mocks

from cratewheel.build.request import AbiBuild, Settings, WheelBuild
from pants_cratewheel.artifacts import ReleaseArtifact
from pants_cratewheel.extension import build_row
from pants_cratewheel.products.builds import (
    CargoTree,
    Extension,
    ExtensionRequest,
    JobRequest,
    JobResult,
    PackRequest,
    RowRequest,
    Step,
)
from pants_cratewheel.provenance import phrases, summary

RUN = RunId(7)
COMPILED, CACHED = "demo-1-cp311-cp311-linux_x86_64.whl", "demo-1-cp312-cp312-linux_x86_64.whl"
BUILD = WheelBuild(
    Settings("root", "py"),
    "x86_64-unknown-linux-gnu",
    "linux",
    "native",
    (AbiBuild("cp311"), AbiBuild("cp312")),
)


def step(source: str, milliseconds: int, *files: str, reason: str = "") -> Step:
    environment = ProcessExecutionEnvironment(
        environment_name=None,
        platform=Platform.create_for_localhost().value,
        docker_image=None,
        remote_execution=False,
        remote_execution_extra_platform_properties=[],
    )
    return Step(ProcessResultMetadata(milliseconds, environment, source, RUN), reason, files)


def row() -> JobResult:
    """A row of two families, of which this run compiled and packed the first one."""

    def compiled(request: ExtensionRequest) -> Extension:
        ran = request.wheel.passes[0].name == "cp311"
        made = step("ran", 4000, "lib.so", reason="src/lib.rs changed")
        return Extension(
            EMPTY_DIGEST, "lib.so", steps=(made if ran else step("hit_locally", 9000, "lib.so"),)
        )

    def packed(request: PackRequest) -> JobResult:
        ran = request.wheel.passes[0].name == "cp311"
        file = COMPILED if ran else CACHED
        made = step("ran" if ran else "hit_locally", 500, file)
        return JobResult(EMPTY_DIGEST, (file,), steps=(made,))

    def nothing(request: JobRequest) -> JobResult:
        raise AssertionError("both steps are steps of their own")

    result: JobResult = run_rule_with_mocks(
        build_row,
        rule_args=[RowRequest(BUILD, True, CargoTree(EMPTY_DIGEST, EMPTY_DIGEST), "rust", "Build")],
        mock_gets=[
            MockGet(output_type=Extension, input_types=(ExtensionRequest,), mock=compiled),
            MockGet(output_type=JobResult, input_types=(PackRequest,), mock=packed),
            MockGet(output_type=JobResult, input_types=(JobRequest,), mock=nothing),
            MockGet(output_type=Digest, input_types=(MergeDigests,), mock=lambda _: EMPTY_DIGEST),
            # The programs of a wheel are put beside it; this one has none.
            MockGet(output_type=Digest, input_types=(CreateDigest,), mock=lambda _: EMPTY_DIGEST),
            MockGet(output_type=DigestEntries, input_types=(Digest,), mock=lambda _: ()),
        ],
    )
    return result


def artifacts() -> list[ReleaseArtifact]:
    result = row()
    return [ReleaseArtifact(relpath=file, steps=result.steps_of(file)) for file in result.files]


def test_a_reused_wheel_is_not_built_because_another_of_its_row_was() -> None:
    built, reused = artifacts()
    assert phrases(built, RUN, why=True) == ("  built in 4.5 s", "    because src/lib.rs changed")
    assert phrases(reused, RUN, why=True) == ("  reused, nothing that it is made from has changed",)


def test_the_summary_has_each_file_once_under_what_became_of_it() -> None:
    assert summary(artifacts(), RUN, why=True) == (
        f"Built: {COMPILED} in 4.5 s",
        f"Reused, nothing that it is made from has changed: {CACHED}",
        f"  {COMPILED}: src/lib.rs changed",
    )


def test_the_next_run_in_the_same_process_has_built_nothing() -> None:
    for each in artifacts():
        assert phrases(each, RunId(8), why=False) == (
            "  reused, nothing that it is made from has changed",
        )
