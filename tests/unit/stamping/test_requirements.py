"""Requirements mean what cargo says they mean, and are raised no further than needed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cratewheel.stamping.requirements import admits, raised
from cratewheel.versions import Version, parse_version


def version(text: str) -> Version:
    found = parse_version(text)
    assert found is not None
    return found


NUMBER = st.integers(0, 4)
VERSION = st.builds(
    Version, NUMBER, NUMBER, NUMBER, st.one_of(st.just(()), st.tuples(st.just("rc"), NUMBER))
)
COMPARATOR = st.one_of(
    st.builds(
        lambda operator, gap, it, parts: (
            f"{operator}{gap}{'.'.join(map(str, it.core[:parts]))}"
            + (f"-{'.'.join(map(str, it.pre))}" if it.pre and parts == 3 else "")
        ),
        st.sampled_from(["", "^", "~", "=", ">", ">=", "<", "<="]),
        st.sampled_from(["", " "]),
        VERSION,
        st.integers(1, 3),
    ),
    st.sampled_from(["*", "1.*", "0.3.*", "2.x"]),
)
REQUIREMENT = st.lists(COMPARATOR, min_size=1, max_size=3).map(", ".join)


@given(REQUIREMENT, VERSION)
def test_a_raised_requirement_admits_the_version(requirement: str, it: Version) -> None:
    new = raised(requirement, it)
    assert admits(new, it) is True
    if admits(requirement, it):
        assert new == requirement


@given(st.text(max_size=20), VERSION)
def test_what_is_no_requirement_stays(text: str, it: Version) -> None:
    if admits(text, it) is None:
        assert raised(text, it) == text


@pytest.mark.parametrize(
    ("requirement", "to", "expected"),
    [
        ("0.3.0", "0.3.9", "0.3.0"),
        ("0.3", "0.4.0", "0.4.0"),
        ("^1.2", "2.0.0", "^2.0.0"),
        ("~1.2.3", "1.3.0", "~1.3.0"),
        ("=0.3.0", "0.3.1", "=0.3.1"),
        ("= 0.3.0", "0.3.1", "= 0.3.1"),
        (">=0.3, <0.4", "0.3.7", ">=0.3, <0.4"),
        (">=0.3, <0.4", "0.4.1", ">=0.3, <0.5.0"),
        (">=1, <2", "2.1.0", ">=1, <3.0.0"),
        ("0.3.*", "0.4.2", "0.4.*"),
        ("*", "7.0.0", "*"),
        ("0.3.0", "0.3.1-rc.1", "0.3.1-rc.1"),
        (">=0.3, <0.4", "0.3.1-rc.1", ">=0.3.1-rc.1, <0.4"),
        ("0.3.1-rc.1", "0.3.1-rc.2", "0.3.1-rc.1"),
        ("0.3.1-rc.1", "0.3.1", "0.3.1-rc.1"),
        ("2", "1.0.0", "1.0.0"),
    ],
)
def test_operators_stay(requirement: str, to: str, expected: str) -> None:
    assert raised(requirement, version(to)) == expected


@pytest.mark.parametrize(
    "requirement", ["1-rc", "1.2-rc.1", "=1.*", "1.*.2-rc", "", "x y", "99999999999999999999999"]
)
def test_what_is_no_requirement_becomes_the_version(requirement: str) -> None:
    assert raised(requirement, version("1.2.0")) in ("1.2.0", requirement)


REQUIREMENTS = [
    "1", "1.2", "1.2.3", "0.3", "0.3.1", "0.0.3", "0.0", "0", "~1", "~1.2", "~1.2.3", "=1", "=1.2",
    "=1.2.3", ">1", ">1.2", ">1.2.3", ">=1.2", ">=1.2.3", "<1", "<1.2", "<1.2.3", "<=1", "<=1.2",
    "<=1.2.3", "*", "1.*", "1.2.*", ">=1, <2", "1.2.3-rc.1", ">=1.2.3-rc.1, <2", "~1.2.3-rc.2",
    "=1.2.3-rc.1", "<1.2.3-rc.2", "^0.0.3-rc.1",
]  # fmt: skip
VERSIONS = [
    "0.0.3", "0.0.4", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.2.2", "1.2.3", "1.2.9", "1.3.0",
    "2.0.0", "1.2.3-rc.1", "1.2.3-rc.2", "1.2.4-rc.1", "0.0.3-rc.2",
]  # fmt: skip


def test_cargo_agrees(tmp_path: Path) -> None:
    """One workspace for each version: its crates require the same crate in every way, and cargo names
    those that it cannot resolve. Cargo stops at the first, so a crate at a time is asked."""
    wrong = []
    for text in VERSIONS:
        root = tmp_path / text
        write(root / "lib" / "Cargo.toml", f'[package]\nname = "lib"\nversion = "{text}"\n')
        write(root / "lib" / "src" / "lib.rs", "")
        write(root / "user" / "src" / "lib.rs", "")
        # Accepted requirements can stand side by side in one manifest under different names.
        accepted = [r for r in REQUIREMENTS if admits(r, version(text))]
        refused = [r for r in REQUIREMENTS if not admits(r, version(text))]
        if not resolves(root, accepted):
            wrong += [(text, r, "refused") for r in accepted if not resolves(root, [r])]
        if text in ("1.2.3", "0.3.1", "1.2.3-rc.2"):
            wrong += [(text, r, "accepted") for r in refused if resolves(root, [r])]
    assert wrong == []


def resolves(root: Path, requirements: list[str]) -> bool:
    manifest = '[package]\nname = "user"\nversion = "0.1.0"\n[workspace]\n'
    for at, requirement in enumerate(requirements):
        table = (
            "dependencies"
            if len(requirements) == 1
            else f"target.'cfg(feature=\"f{at}\")'.dependencies"
        )
        manifest += f'[{table}]\nlib = {{ path = "../lib", version = "{requirement}" }}\n'
    write(root / "user" / "Cargo.toml", manifest)
    (root / "user" / "Cargo.lock").unlink(missing_ok=True)
    done = subprocess.run(
        ["cargo", "generate-lockfile", "--offline", "--quiet"],
        cwd=root / "user",
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
