"""The rows, the files, what the registry has of them, and what a release would drop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename
from release_project import APP, CORE, WHEEL, Project, facts

from cratewheel.errors import CratewheelError
from cratewheel.plan.compute import manifest_plan
from cratewheel.plan.files import dropped, filenames
from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.plan.model import Plan, Row
from cratewheel.plan.package import RowSpec
from cratewheel.plan.render.github import job_outputs
from cratewheel.plan.verdicts import verdict_on

WHEEL_FILE = "bindings/src/lib.rs"


class TestRows:
    """One row for every artifact job."""

    def test_every_artifact_of_the_plan_has_its_row(self) -> None:
        plan = manifest_plan((CORE, WHEEL))
        assert [
            (row.id, row.kind, row.artifact_name, row.artifact_path) for row in plan.matrix
        ] == [
            ("crate:core-lib", "crate", "core-lib-crate", "dist/core-lib-crate"),
            ("wheel:my-py", "sdist", "my-py-sdist", "dist/my-py-sdist"),
            (
                "wheel:my-py",
                "wheel",
                "my-py-wheel-x86_64-unknown-linux-gnu",
                "dist/my-py-wheel-x86_64-unknown-linux-gnu",
            ),
        ]
        row = plan.matrix[-1]
        assert (row.runs_on, row.libc, row.compatibility) == (
            "ubuntu-24.04",
            "gnu",
            "manylinux_2_28",
        )
        assert (row.abis, row.version, row.built_by) == (("abi3",), "0.3.0", "pants")

    def test_names_are_unique_even_where_a_target_has_two_rows(self) -> None:
        row = WHEEL.rows[1]
        others = [
            replace(row, compatibility=floor) for floor in ("manylinux_2_31", "manylinux_2_34")
        ]
        plan = manifest_plan((replace(WHEEL, rows=(row, *others)),))
        names = [row.artifact_name for row in plan.matrix]
        assert len(set(names)) == 3

    def test_a_crate_and_a_wheel_of_one_name_stay_apart(self) -> None:
        twin = replace(WHEEL, id="wheel:core-lib", name="core-lib")
        names = [row.artifact_name for row in manifest_plan((CORE, twin)).matrix]
        assert len(set(names)) == len(names) == 3

    def test_more_rows_than_a_job_matrix_takes_are_refused(self) -> None:
        row = Row(id="wheel:a", kind="wheel", name="a", address="a", version="1.0.0")
        with pytest.raises(CratewheelError) as raised:
            job_outputs(Plan(matrix=(row,) * 257))
        assert raised.value.codes == ("CW-MATRIX-TOO-LARGE",)
        job_outputs(Plan(matrix=(row,) * 256))


@given(
    st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?", fullmatch=True),
    st.sampled_from(["1.2.3", "1.2.0rc1", "2026.1.0", "1.0.0.post1", "1.0.0.dev2"]),
)
def test_file_names_are_what_packaging_reads_back(name: str, version: str) -> None:
    package = replace(WHEEL, name=name)
    tags = RowSpec(kind="wheel", wheel_tags=("cp39-abi3-macosx_11_0_arm64",))
    (wheel,) = filenames(package, tags, version)
    (sdist,) = filenames(package, RowSpec(kind="sdist"), version)
    assert parse_wheel_filename(wheel)[0] == canonicalize_name(name)
    assert str(parse_wheel_filename(wheel)[1]) == version
    read = parse_sdist_filename(sdist)
    assert (read[0], str(read[1])) == (canonicalize_name(name), version)


class TestDrops:
    """Kinds of files that the last release had."""

    @pytest.mark.parametrize(
        ("before", "now", "gone"),
        [
            (
                ["a-1-cp310-cp310-win32.whl"],
                ["a-2-cp310-cp310-win_amd64.whl"],
                ("cp310 for win32",),
            ),
            (["a-1-cp310-cp310-win32.whl"], ["a-2-cp310-cp310-win32.whl"], ()),
            # One stable-ABI wheel serves all later interpreters, but no free-threaded one.
            (["a-1-cp311-cp311-win32.whl"], ["a-2-cp39-abi3-win32.whl"], ()),
            (["a-1-cp38-cp38-win32.whl"], ["a-2-cp39-abi3-win32.whl"], ("cp38 for win32",)),
            (
                ["a-1-cp314-cp314t-win32.whl"],
                ["a-2-cp39-abi3-win32.whl"],
                ("cp314-cp314t for win32",),
            ),
            (["a-1-py3-none-any.whl"], ["a-2-py3-none-any.whl"], ()),
            # Another floor is no drop; another libc is.
            (
                ["a-1-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"],
                ["a-2-cp39-abi3-manylinux_2_28_x86_64.whl"],
                (),
            ),
            (
                ["a-1-cp39-abi3-musllinux_1_2_x86_64.whl"],
                ["a-2-cp39-abi3-manylinux_2_28_x86_64.whl"],
                ("cp39-abi3 for musllinux x86_64",),
            ),
            (
                ["a-1-cp39-abi3-macosx_10_12_x86_64.whl", "a-1-cp39-abi3-macosx_11_0_arm64.whl"],
                ["a-2-cp39-abi3-macosx_11_0_universal2.whl"],
                (),
            ),
            (["a-1.tar.gz"], [], ("sdist",)),
            (
                ["a-1.tar.gz", "a-1-3-cp39-abi3-win32.whl"],
                ["a-2.tar.gz", "a-2-cp39-abi3-win32.whl"],
                (),
            ),
        ],
    )
    def test_drops(self, before: list[str], now: list[str], gone: tuple[str, ...]) -> None:
        assert dropped(before, now) == gone

    def test_the_plan_names_them_until_the_target_acknowledges(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "repository")
        project.released()
        project.repository.commit("Mend", {WHEEL_FILE: "1"})
        earlier = (
            "my_py-0.3.0.tar.gz",
            "my_py-0.3.0-cp39-abi3-manylinux_2_17_x86_64.whl",
            "my_py-0.3.0-cp310-cp310-win32.whl",
        )
        published = PublishedVersion("0.3.0", files=earlier)
        project.registry = {"wheel:my-py": RegistryFacts((published,))}
        assert project.plan().package("wheel:my-py").drops == ("cp310 for win32",)
        project.packages = (CORE, APP, replace(WHEEL, drops=("cp310 for win32",)))
        assert project.plan().package("wheel:my-py").drops == ()

    def test_wheels_that_nobody_can_name_yet_are_a_question_of_their_platform_alone(
        self, tmp_path: Path
    ) -> None:
        project = Project(tmp_path / "repository")
        project.released()
        project.repository.commit("Mend", {WHEEL_FILE: "1"})
        later = RowSpec(kind="wheel", target="aarch64-apple-darwin", abis=("abi3",))
        project.packages = (CORE, APP, replace(WHEEL, rows=(*WHEEL.rows, later)))
        earlier = (
            "my_py-0.3.0.tar.gz",
            "my_py-0.3.0-cp39-abi3-manylinux_2_17_x86_64.whl",
            "my_py-0.3.0-cp310-cp310-macosx_11_0_arm64.whl",
            "my_py-0.3.0-cp310-cp310-win32.whl",
        )
        project.registry = {
            "wheel:my-py": RegistryFacts((PublishedVersion("0.3.0", files=earlier),))
        }
        plan = project.plan()
        assert plan.package("wheel:my-py").drops == ("cp310 for win32",)
        assert any("for macosx arm64" in note for note in plan.notes)

    @given(
        st.lists(st.text(alphabet="acp3-._x0123abi", max_size=30)), st.lists(st.text(max_size=20))
    )
    def test_no_file_name_breaks_the_comparison(self, before: list[str], now: list[str]) -> None:
        assert dropped(before, before) == ()
        dropped([f"{name}.whl" for name in before], [f"{name}.whl" for name in now])


class TestVerdicts:
    """What the registry has of the planned version."""

    FILES = ("my_py-1.0.0.tar.gz", "my_py-1.0.0-cp39-abi3-win32.whl")

    @pytest.mark.parametrize(
        ("published", "expected"),
        [
            (None, "UNKNOWN"),
            (RegistryFacts(None), "UNKNOWN"),
            (facts("0.9.0"), "PUBLISH"),
            (RegistryFacts(()), "PUBLISH"),
            (RegistryFacts((PublishedVersion("1.0.0", "other", FILES),)), "CONFLICT"),
            (RegistryFacts((PublishedVersion("1.0.0", "head", FILES),)), "DONE"),
            # Nothing says that it is of this commit.
            (RegistryFacts((PublishedVersion("1.0.0", None, FILES),)), "CONFLICT"),
            # A release of which a file is missing is not done.
            (RegistryFacts((PublishedVersion("1.0.0", "head", FILES[:1]),)), "PUBLISH"),
            (RegistryFacts((PublishedVersion("1.0", "other", FILES, yanked=True),)), "CONFLICT"),
        ],
    )
    def test_verdicts(self, published: RegistryFacts | None, expected: str) -> None:
        assert verdict_on(published, "1.0.0", self.FILES, "head") == expected

    @pytest.mark.parametrize(
        ("commit", "hashes", "expected"),
        [
            ("head", ("a1", "b1"), "DONE"),
            (None, ("a1", "b1"), "DONE"),
            # An earlier attempt from the same commit uploaded these.
            ("head", ("a2", "b1"), "DONE"),
            ("head", ("a3", "b1"), "CONFLICT"),
            (None, ("a3", "b1"), "CONFLICT"),
            ("other", ("a1", "b1"), "CONFLICT"),
            # A registry that tells no hashes is taken at its word about the commit.
            ("head", (), "DONE"),
        ],
    )
    def test_other_bytes_than_were_recorded_conflict(
        self, commit: str | None, hashes: tuple[str, ...], expected: str
    ) -> None:
        recorded = {self.FILES[0]: {"a1", "a2"}, self.FILES[1]: {"b1"}}
        published = PublishedVersion("1.0.0", commit, self.FILES, hashes=hashes)
        found = verdict_on(RegistryFacts((published,)), "1.0.0", self.FILES, "head", recorded)
        assert found == expected

    def test_offline_gives_none(self, tmp_path: Path) -> None:
        project = Project(tmp_path / "repository")
        project.released()
        project.repository.commit("Mend", {WHEEL_FILE: "1"})
        assert project.plan().package("wheel:my-py").verdict is None
        project.registry = {}
        assert project.plan().package("wheel:my-py").verdict == "UNKNOWN"
        project.registry = {"wheel:my-py": facts("0.3.0")}
        assert project.plan().package("wheel:my-py").verdict == "PUBLISH"
