"""`pants tailor` where there are targets already."""

from __future__ import annotations

from engine_runs import crate, pyproject, repository
from pants.core.goals.tailor import TailorGoal


def tailored(*, python_sources: bool) -> str:
    """The BUILD file that a binding gets."""
    runner = repository(
        {
            "Cargo.toml": crate("binding", '[lib]\ncrate-type = ["cdylib"]\n'),
            "src/lib.rs": "",
            "pyproject.toml": pyproject("binding"),
            "binding/__init__.py": "",
            **({"binding/BUILD": "python_sources()\n"} if python_sources else {}),
        }
    )
    result = runner.run_goal_rule(TailorGoal, args=["::"], env_inherit={"HOME", "PATH"})
    assert result.exit_code == 0, result.stderr
    with open(f"{runner.build_root}/BUILD") as file:
        return file.read()


def test_files_that_other_targets_own_stay_among_the_sources_of_a_package() -> None:
    build = tailored(python_sources=True)
    assert "maturin_wheel(" in build
    assert build == tailored(python_sources=False)


def test_targets_at_the_top_have_the_names_of_what_they_are() -> None:
    build = tailored(python_sources=False)
    assert 'maturin_wheel(\n    name="binding"' in build
    assert 'cargo_workspace(\n    name="cargo"' in build
