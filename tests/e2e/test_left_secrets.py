"""A secret that is put into a folder, an output or a program's surroundings is found there."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import left_secrets
import pytest
from marked_secrets import secret
from pants_run import CHECKOUT, run

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
    # Names of tests stand in reports, where the secret itself would be found.
    ids=["as it is", "among bytes", "in base64", "one byte later", "two bytes later"],
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


def test_in_what_a_run_of_all_tests_has_left(tmp_path: Path) -> None:
    scan = [sys.executable, str(CHECKOUT / "build-support" / "left-secrets"), str(tmp_path)]
    (tmp_path / "log").write_text("nothing\n")
    run(scan, tmp_path).succeeded()
    planted = tmp_path / "store" / "data.mdb"
    planted.parent.mkdir()
    planted.write_bytes(b"\0" * 5000 + TOKEN.encode())
    found = run(scan, tmp_path)
    assert found.exit_code == 1
    assert str(planted) in found.stdout
    assert TOKEN not in found.output
