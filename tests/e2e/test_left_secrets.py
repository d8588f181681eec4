"""A secret that is put into a folder, an output or a program's surroundings is found there."""

from __future__ import annotations

import base64
from pathlib import Path

import left_secrets
import pytest
from marked_secrets import secret

TOKEN = secret("planted")


@pytest.mark.parametrize(
    "data",
    [
        TOKEN.encode(),
        b"\0\xff" + TOKEN.encode() + b"\0",
        base64.b64encode(f"__token__:{TOKEN}".encode()),
        base64.b64encode(f"robot:{TOKEN}".encode()),
        base64.b64encode(f"me:{TOKEN}".encode()),
    ],
)
def test_in_a_file(data: bytes, tmp_path: Path) -> None:
    left_secrets.check_folder(tmp_path)
    path = tmp_path / "deep" / ".hidden"
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(AssertionError):
        left_secrets.check_folder(tmp_path)


def test_in_an_output() -> None:
    left_secrets.check_text(f"::add-mask::{TOKEN}\nnothing")
    with pytest.raises(AssertionError):
        left_secrets.check_text(f"debug: env={{'TOKEN': '{TOKEN}'}}")


def test_one_that_is_too_short_to_be_found_is_an_error_of_the_test() -> None:
    with pytest.raises(AssertionError, match="UPLOAD_TOKEN is too short"):
        left_secrets.remember({"UPLOAD_TOKEN": "secret"})
