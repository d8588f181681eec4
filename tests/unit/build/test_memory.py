"""What programs said about themselves is asked again when they have changed, and only then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cratewheel.build.memory import Memory


class Program:
    """A program that counts how often it is asked."""

    def __init__(self, path: Path, content: bytes = b"\x7fELF") -> None:
        path.write_bytes(content)
        self.path = str(path)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        return f"answer {self.asked}"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "rustc")


def again(tmp_path: Path, program: Program, *question: str) -> str:
    memory = Memory(tmp_path / "memory.json")
    said = memory.answer(program.path, question, program)
    memory.save()
    return said


def test_a_program_is_asked_once(tmp_path: Path, program: Program) -> None:
    assert [again(tmp_path, program) for _ in range(3)] == ["answer 1"] * 3
    assert again(tmp_path, program, "another question") == "answer 2"


def test_a_program_that_was_replaced_is_asked_again(tmp_path: Path, program: Program) -> None:
    again(tmp_path, program)
    Program(tmp_path / "new", b"\x7fELF of another version")
    os.replace(tmp_path / "new", program.path)
    assert again(tmp_path, program) == "answer 2"


@pytest.mark.parametrize(
    ("name", "content"), [("rustc", b"#!/bin/sh\nexec other"), ("ccache", b"\x7fELF")]
)
def test_what_may_speak_for_another_program_is_asked_every_time(
    tmp_path: Path, name: str, content: bytes
) -> None:
    program = Program(tmp_path / "elsewhere", content)
    os.rename(program.path, tmp_path / name)
    program.path = str(tmp_path / name)
    assert [again(tmp_path, program) for _ in range(2)] == ["answer 1", "answer 2"]


def test_silence_is_not_remembered(tmp_path: Path, program: Program) -> None:
    memory = Memory(tmp_path / "memory.json")
    assert memory.answer(program.path, (), lambda: "") == ""
    assert memory.answer(program.path, (), program) == "answer 1"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}'])
def test_a_memory_that_cannot_be_read_is_empty(tmp_path: Path, program: Program, text: str) -> None:
    (tmp_path / "memory.json").write_text(text)
    assert again(tmp_path, program) == "answer 1"
    assert again(tmp_path, program) == "answer 1"
