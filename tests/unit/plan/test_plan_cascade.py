"""Which packages ship, and the reasons the plan gives."""

from __future__ import annotations

from pathlib import Path

from release_project import Project, reasons, versions


def test_a_core_change_ships_the_core_and_everything_built_from_it(tmp_path: Path) -> None:
    project = Project(tmp_path / "r")
    project.released()
    change = project.repository.commit("Mend", {"crates/core/src/lib.rs": "pub fn a() {}\n"})
    plan = project.plan()
    assert versions(plan) == {
        "crate:core-lib": "0.3.1",
        "crate:app-lib": "0.1.1",
        "wheel:my-py": "0.3.1",
    }
    short = project.repository.id_of(change)[:7]
    assert reasons(plan, "crate:core-lib") == (f"crates/core/src/lib.rs changed in {short}",)
    assert reasons(plan, "wheel:my-py") == ("crate:core-lib 0.3.1 cascades",)


def test_documentation_ships_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path / "r")
    project.released()
    project.repository.commit("Explain", {"docs/index.md": "# More\n"})
    assert versions(project.plan()) == {}
