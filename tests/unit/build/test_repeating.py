"""Where only the text of Rust files has changed, cargo is asked again and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from workbench import Workbench

from cratewheel.build.processes import BuildFailed
from cratewheel.build.request import CompileBuild, WheelBuild

CORE = "core/src/lib.rs"


def asked(capfd: pytest.CaptureFixture[str]) -> bool:
    """Whether maturin was started since the last look: it says so."""
    return "Found pyo3 bindings" in capfd.readouterr().err


def compiled(workbench: Workbench, wheel: WheelBuild | None = None) -> Path:
    sandbox = workbench.sandbox()
    workbench.build(CompileBuild(wheel or workbench.wheel), sandbox)
    return sandbox / "out"


def library(out: Path) -> bytes:
    (found,) = out.glob("target/*/*/lib_it.*")
    return found.read_bytes()


def answer(text: str) -> str:
    return f'pub const ANSWER: &str = "{text}";\n'


def test_another_text_is_compiled_without_maturin(
    workbench: Workbench, capfd: pytest.CaptureFixture[str]
) -> None:
    compiled(workbench)
    assert asked(capfd)
    for text in ("another", "a third", "another"):
        workbench.tree[CORE] = answer(text)
        out = compiled(workbench)
        assert not asked(capfd)
        assert text.encode() in library(out)
    again = workbench.pack(workbench.wheel, out).read_bytes()
    fresh = Workbench(
        workbench.folder / "fresh",
        workbench.tools,
        workbench.toolchain,
        workbench.wheel.passes[0].interpreters[0],
    )
    fresh.tree = workbench.tree
    assert fresh.pack(fresh.wheel, compiled(fresh)).read_bytes() == again


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("core/src/bin/tool.rs", "fn main() {}\n"),
        ("wheel/build.toml", "x = 1\n"),
        (".cargo/config.toml", '[build]\nrustflags = ["--cfg", "salted"]\n'),
    ],
)
def test_another_file_is_a_question_for_maturin(
    workbench: Workbench, capfd: pytest.CaptureFixture[str], file: str, text: str
) -> None:
    compiled(workbench)
    workbench.tree[file] = text
    asked(capfd)
    compiled(workbench)
    assert asked(capfd)
    workbench.tree[CORE] = answer("another")
    compiled(workbench)
    assert not asked(capfd)
    del workbench.tree[file]
    compiled(workbench)
    assert asked(capfd)


def test_another_manifest_is_read(workbench: Workbench, capfd: pytest.CaptureFixture[str]) -> None:
    compiled(workbench)
    workbench.tree["core/Cargo.toml"] += "[features]\ndefault = []\n"
    asked(capfd)
    compiled(workbench)
    assert asked(capfd)


def test_other_settings_are_a_question_for_maturin(
    workbench: Workbench, capfd: pytest.CaptureFixture[str]
) -> None:
    wheel = workbench.wheel
    compiled(workbench)
    others = [
        replace(wheel, settings=replace(wheel.settings, env=(("FLAVOUR", "sweet"),))),
        replace(wheel, passes=(replace(wheel.passes[0], profile="dev"),)),
        replace(wheel, settings=replace(wheel.settings, source_date_epoch=1700000000)),
    ]
    for other in others:
        asked(capfd)
        compiled(workbench, other)
        assert asked(capfd)


def test_what_does_not_compile_says_so_in_maturin_s_words_and_once(
    workbench: Workbench, capfd: pytest.CaptureFixture[str]
) -> None:
    compiled(workbench)
    good = workbench.tree[CORE]
    workbench.tree[CORE] = "pub const ANSWER: &str = 42;\n"
    capfd.readouterr()
    with pytest.raises(BuildFailed):
        compiled(workbench)
    said = capfd.readouterr().err
    assert said.count("mismatched types") == 1
    assert "maturin failed" in said
    workbench.tree[CORE] = good
    assert b"forty-two" in library(compiled(workbench))


def test_warnings_are_still_seen(workbench: Workbench, capfd: pytest.CaptureFixture[str]) -> None:
    compiled(workbench)
    workbench.tree[CORE] += "fn unused() {}\n"
    capfd.readouterr()
    compiled(workbench)
    assert "never used" in capfd.readouterr().err
