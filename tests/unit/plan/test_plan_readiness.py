"""What keeps a plan from the registries."""

from __future__ import annotations

from dataclasses import replace

import pytest
from release_project import CORE, WHEEL, facts

from cratewheel.plan.answers import answered, unanswered
from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.plan.model import Plan, PlannedFile, PlannedPackage, UnfinishedRelease
from cratewheel.plan.readiness import findings_for_real_release
from cratewheel.records.values import Attempt, RecordedPackage, ReleaseRecord

CRATE = PlannedPackage(
    id=CORE.id,
    name=CORE.name,
    address=CORE.address,
    kind=CORE.kind,
    registry=CORE.registry,
    version="0.3.1",
    previous="0.3.0",
    tag="core-lib-v0.3.1",
    files=(PlannedFile("core-lib-0.3.1.crate"),),
)
BOUND = replace(
    CRATE,
    id=WHEEL.id,
    name=WHEEL.name,
    address=WHEEL.address,
    kind=WHEEL.kind,
    registry=WHEEL.registry,
    tag="my-py-v0.3.1",
    files=(
        PlannedFile("my_py-0.3.1.tar.gz"),
        PlannedFile("my_py-0.3.1-cp39-abi3-manylinux_2_28_x86_64.whl"),
    ),
)
PLAN = Plan(packages=(CRATE, BOUND), commit="head")
#: What PyPI had of the last release: one wheel more than this one has.
MORE = PublishedVersion(
    "0.3.0",
    files=(
        "my_py-0.3.0.tar.gz",
        "my_py-0.3.0-cp39-abi3-manylinux_2_28_x86_64.whl",
        "my_py-0.3.0-cp39-abi3-win_amd64.whl",
    ),
)
UNFINISHED = UnfinishedRelease(
    commit="earlier",
    record="refs/cratewheel/releases/my-py-v0.3.0",
    tags=("my-py-v0.3.0",),
    packages=(WHEEL.id,),
    live=("my_py-0.3.0.tar.gz",),
    missing=("my_py-0.3.0-cp39-abi3-win_amd64.whl",),
)


def test_a_plan_that_nothing_speaks_against_goes_on() -> None:
    assert findings_for_real_release(PLAN) == ()


@pytest.mark.parametrize(
    ("plan", "uncommitted", "code", "place"),
    [
        (replace(PLAN, commit=None), (), "CW-GIT-NO-COMMIT", ""),
        (replace(PLAN, dirty=True), (), "CW-TREE-DIRTY", ""),
        (PLAN, ("src/lib.rs",), "CW-TREE-DIRTY", "src/lib.rs"),
        (PLAN, tuple("abcdef"), "CW-TREE-DIRTY", "a, b, c, d and 2 more"),
        (replace(PLAN, unfinished=(UNFINISHED,)), (), "CW-RELEASE-UNFINISHED", WHEEL.id),
        (
            replace(PLAN, packages=(replace(CRATE, verdict="CONFLICT"), BOUND)),
            (),
            "CW-VERSION-CONFLICT",
            CORE.id,
        ),
        (
            replace(PLAN, packages=(CRATE, replace(BOUND, drops=("cp310 for win32",)))),
            (),
            "CW-FILES-DROPPED",
            f"{WHEEL.address}: drops",
        ),
    ],
)
def test_each_reason_against_it_has_its_code_and_place(
    plan: Plan, uncommitted: tuple[str, ...], code: str, place: str
) -> None:
    (finding,) = findings_for_real_release(plan, uncommitted)
    assert (finding.code, finding.place) == (code, place)


def test_all_reasons_are_told_at_once() -> None:
    packages = (replace(CRATE, verdict="CONFLICT"), replace(BOUND, drops=("sdist",)))
    plan = Plan(packages=packages, unfinished=(UNFINISHED,))
    assert [each.code for each in findings_for_real_release(plan, ("x",))] == [
        "CW-GIT-NO-COMMIT",
        "CW-TREE-DIRTY",
        "CW-RELEASE-UNFINISHED",
        "CW-VERSION-CONFLICT",
        "CW-FILES-DROPPED",
    ]


class TestAskedLater:
    """A plan that was frozen without the registries, and what they say when it is carried out."""

    def test_it_is_asked_about_what_nobody_has_answered(self) -> None:
        packages = (replace(CRATE, verdict="PUBLISH"), replace(BOUND, verdict="UNKNOWN"))
        assert unanswered(PLAN) == (CORE.id, WHEEL.id)
        assert unanswered(replace(PLAN, packages=packages)) == (WHEEL.id,)

    def test_what_it_drops_and_what_is_taken_comes_out(self) -> None:
        later = answered(
            PLAN,
            (CORE, WHEEL),
            {CORE.id: facts("0.3.0", "0.3.1", commit="other"), WHEEL.id: RegistryFacts((MORE,))},
            (),
        )
        assert [each.verdict for each in later.packages] == ["CONFLICT", "PUBLISH"]
        assert later.package(WHEEL.id).drops == ("cp39-abi3 for win_amd64",)
        acknowledged = replace(WHEEL, drops=("cp39-abi3 for win_amd64",))
        later = answered(PLAN, (acknowledged,), {WHEEL.id: RegistryFacts((MORE,))}, ())
        assert later.package(WHEEL.id).drops == ()
        assert later.package(CORE.id).verdict is None

    def test_a_registry_that_is_out_of_reach_is_named_in_a_note(self) -> None:
        later = answered(PLAN, (WHEEL,), {WHEEL.id: RegistryFacts(None)}, ())
        assert later.package(WHEEL.id).verdict == "UNKNOWN"
        (note,) = later.notes
        assert note.startswith(f"{WHEEL.id}: PyPI could not be asked, so nobody knows")
        later = answered(PLAN, (WHEEL,), {WHEEL.id: RegistryFacts(None, "timed out")}, ())
        (note,) = later.notes
        assert note.startswith(f"{WHEEL.id}: PyPI could not be asked (timed out), so nobody knows")

    def test_what_this_release_has_recorded_is_its_own(self) -> None:
        name = CRATE.files[0].filename
        package = RecordedPackage(CORE.id, "0.3.1", "core-lib-v0.3.1", {name: "aa"})
        record = ReleaseRecord("core-lib-v0.3.1", "object", (Attempt("head", (package,)),))
        for sha256, verdict in (("aa", "DONE"), ("bb", "CONFLICT")):
            live = PublishedVersion("0.3.1", files=(name,), hashes=(sha256,))
            later = answered(PLAN, (CORE,), {CORE.id: RegistryFacts((live,))}, (record,))
            assert later.package(CORE.id).verdict == verdict
