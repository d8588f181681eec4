"""The embedded Python index against the rules of PyPI, word for word."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Optional

import pytest
from fake_clock import FakeClock
from made_packages import make_sdist, make_wheel
from upload_forms import form

from cratewheel.registries.multipart import Form, MalformedFormError, Part, parse_form
from cratewheel.registries.python_index import PythonIndex
from cratewheel.registries.python_rules import platform_accepted
from cratewheel.registries.refusal import Refusal

DAY = 24 * 60 * 60


@pytest.fixture
def index(tmp_path: Path, clock: FakeClock) -> PythonIndex:
    return PythonIndex(tmp_path, clock)


def refusal(index: PythonIndex, filename: str, data: bytes, **fields: Any) -> str:
    with pytest.raises(Refusal) as caught:
        index.upload(form(filename, data, fields))
    assert caught.value.status == 400
    return caught.value.detail


def test_the_same_file_again_is_accepted_and_changes_nothing(
    index: PythonIndex, clock: FakeClock
) -> None:
    first = index.upload(form(*make_wheel("demo", "1.0")))
    clock.sleep(100 * DAY)
    assert index.upload(form(*make_wheel("demo", "1.0"))) == first
    assert len(index.project("demo").files) == 1


def test_other_bytes_under_the_name_are_refused(index: PythonIndex) -> None:
    index.upload(form(*make_wheel("demo", "1.0")))
    filename, data = make_wheel("demo", "1.0", module="VALUE = 2")
    blake2 = hashlib.blake2b(data, digest_size=32).hexdigest()
    detail = refusal(index, filename, data)
    assert detail == f"File already exists ('{filename}', with blake2_256 hash '{blake2}')."


def test_the_same_bytes_under_another_name_are_refused(index: PythonIndex) -> None:
    _, data = make_wheel("demo", "1.0")
    index.upload(form("demo-1.0-py3-none-any.whl", data))
    assert refusal(index, "demo-1.0-py2-none-any.whl", data).startswith("File already exists")


def test_a_deleted_name_is_burnt(index: PythonIndex) -> None:
    filename, data = make_wheel("demo", "1.0")
    index.upload(form(filename, data))
    index.delete("demo", filename)
    with pytest.raises(Refusal):
        index.project("demo")
    assert refusal(index, filename, data).startswith(
        "This filename was previously used by a file that has since been deleted."
    )


def test_a_release_is_closed_after_fourteen_days(index: PythonIndex, clock: FakeClock) -> None:
    index.upload(form(*make_wheel("demo", "1.0")))
    clock.sleep(14 * DAY)
    index.upload(form(*make_wheel("demo", "1.0", tag="py2-none-any")))
    clock.sleep(60)
    detail = "Uploading new files to releases older than 14 days is not allowed."
    assert refusal(index, *make_sdist("demo", "1.0")) == detail
    index.upload(form(*make_sdist("demo", "1.1")))


def test_one_sdist_a_release(index: PythonIndex) -> None:
    index.upload(form(*make_sdist("demo", "1.0")))
    zipped = make_wheel("demo", "1.0")[1]
    fields = {"name": "demo", "version": "1.0", "filetype": "sdist", "pyversion": "source"}
    detail = "Only one sdist may be uploaded per release."
    assert refusal(index, "demo-1.0.zip", zipped, **fields) == detail
    detail = "Filename 'demo-1.1.zip' is invalid, should be 'demo-1.1.tar.gz'."
    assert refusal(index, "demo-1.1.zip", zipped, **{**fields, "version": "1.1"}) == detail


@pytest.mark.parametrize(
    ("tag", "accepted"),
    [
        ("manylinux_2_28_x86_64", True),
        ("manylinux2014_aarch64", True),
        ("manylinux_2_17_ppc64", True),
        ("musllinux_1_2_armv7l", True),
        ("musllinux_1_2_ppc64", False),
        ("macosx_10_12_x86_64", True),
        ("macosx_11_0_arm64", True),
        ("macosx_11_1_arm64", False),
        ("macosx_26_0_universal2", True),
        ("macosx_16_0_arm64", False),
        ("win_arm64", True),
        ("linux_x86_64", False),
        ("linux_armv7l", True),
        ("ios_13_0_arm64_iphoneos", True),
        ("android_24_arm64_v8a", True),
        ("pyemscripten_2026_0_wasm32", True),
        ("pyodide_2024_0_wasm32", False),
        ("any", True),
    ],
)
def test_platform_tags(tag: str, accepted: bool) -> None:
    assert platform_accepted(tag) is accepted


def test_unsupported_platform(index: PythonIndex) -> None:
    filename, data = make_wheel("demo", "1.0", tag="cp39-abi3-linux_x86_64")
    detail = f"Binary wheel '{filename}' has an unsupported platform tag 'linux_x86_64'."
    assert refusal(index, filename, data) == detail


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"name": "-demo"}, "'-demo' is an invalid value for Name. Error: Start and end with a"),
        ({"filetype": "bdist_egg"}, "Invalid value for filetype. Error: Use a known file type."),
        (
            {"pyversion": None},
            "Invalid value for pyversion. Error: Python version is required for binary distribution "
            "uploads.",
        ),
        ({"sha256_digest": None}, "Error: Include at least one message digest."),
        (
            {"sha256_digest": "0" * 64},
            "The digest supplied does not match a digest calculated from the uploaded file.",
        ),
        (
            {"sha256_digest": "0"},
            "Invalid value for sha256_digest. Error: Use a valid, hex-encoded",
        ),
        ({"version": "1.0+local"}, "The use of local versions in '1.0+local' is not allowed."),
        ({"summary": "x" * 513}, "'summary' field must be 512 characters or less."),
        (
            {"requires_dist": ["a @ https://example.org/a.whl"]},
            # Releases of packaging differ in whether a space follows the name.
            "Can't have direct dependency: a",
        ),
        (
            {"project_urls": [f"{'x' * 33}, https://example.org"]},
            f"'{'x' * 33}' must be 32 characters or less.",
        ),
        (
            {"metadata_version": "2.4", "license": "MIT", "license_expression": "MIT"},
            "License is deprecated when License-Expression is present.",
        ),
        (
            {"classifiers": ["Programming Language :: Rust", "Topic :: Nonsense"]},
            "'Topic :: Nonsense' is not a valid classifier. See https://packaging.python.org",
        ),
        (
            {"classifiers": ["Private :: Do Not Upload"]},
            "'Private :: Do Not Upload' is not a valid classifier.",
        ),
        (
            {"classifiers": ["Natural Language :: Ukranian"]},
            "The classifier 'Natural Language :: Ukranian' has been deprecated, use one of "
            "['Natural Language :: Ukrainian'] instead.",
        ),
        ({"author_email": "A <nobody>"}, "'nobody' is not a valid email address: "),
        ({"home_page": "ftp://example.org"}, "'ftp://example.org' is not a valid url."),
        ({"project_urls": ["Code, nowhere"]}, "'nowhere' is not a valid url."),
        ({"project_urls": [", https://example.org"]}, "Must have a label"),
        ({"project_urls": ["Code,"]}, "Must have a URL"),
        ({":action": "submit"}, "Unknown action: submit"),
        ({"metadata_version": "2.0"}, "'2.0' is not a valid metadata version"),
        ({"protocol_version": "2"}, "Unknown protocol version."),
        ({"version": "1.1"}, "Version in filename should be '1.1' not '1.0'."),
        ({"name": "other"}, "Start filename for 'other' with 'other'."),
        (
            {"metadata_version": "2.4", "license_file": ["LICENSE"]},
            "License-File LICENSE does not exist in distribution file demo-1.0-py3-none-any.whl "
            "at demo-1.0.dist-info/licenses/LICENSE",
        ),
    ],
)
def test_form_rules(index: PythonIndex, fields: Any, detail: str) -> None:
    assert detail in refusal(index, *make_wheel("demo", "1.0"), **fields)


@pytest.mark.parametrize(
    ("filename", "content_type", "detail"),
    [
        (None, "", "Upload payload does not have a file."),
        ("demo-1.0.tar.gz", "", "Invalid distribution file."),
        ("demo-1.0.tar.gz", "image/png", "Invalid distribution file."),
        ("demo\x07-1.0.tar.gz", "application/gzip", "Cannot upload a file with non-printable"),
    ],
)
def test_the_file_of_a_form(
    index: PythonIndex, filename: Optional[str], content_type: str, detail: str
) -> None:
    name, data = make_sdist("demo", "1.0")
    *fields, _ = form(name, data).parts
    content = [] if filename is None else [Part("content", filename, content_type, data)]
    with pytest.raises(Refusal) as caught:
        index.upload(Form((*fields, *content)))
    assert detail in caught.value.detail


def tar_of(*names: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("names", "fields", "detail"),
    [
        (
            ["demo-1.0/PKG-INFO", "other/x"],
            {},
            "Incorrect number of top-level directories in sdist",
        ),
        (["demo-1.0/setup.py"], {}, "PKG-INFO not found at demo-1.0/PKG-INFO"),
        (["demo-1.0/PKG-INFO"], {"pyversion": "py3"}, "Use 'source' as Python version"),
        (
            ["demo-1.0/PKG-INFO"],
            {"metadata_version": "2.4", "license_file": ["LICENSE"]},
            "License-File LICENSE does not exist in distribution file",
        ),
    ],
)
def test_what_a_source_distribution_must_have(
    index: PythonIndex, names: list[str], fields: Any, detail: str
) -> None:
    assert detail in refusal(index, "demo-1.0.tar.gz", tar_of(*names), **fields)


def test_a_wheel_says_what_it_is_and_can_be_unpacked_everywhere(index: PythonIndex) -> None:
    name, data = make_wheel("demo", "1.0", omit="WHEEL")
    assert "WHEEL not found at demo-1.0.dist-info/WHEEL" in refusal(index, name, data)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("demo.py", "")
    assert "supported compression type" in refusal(index, name, stream.getvalue())


@pytest.mark.parametrize("missing", ["RECORD", "METADATA"])
def test_a_wheel_has_its_records(index: PythonIndex, missing: str) -> None:
    detail = f"does not contain the required {missing} file: demo-1.0.dist-info/{missing}"
    assert detail in refusal(index, *make_wheel("demo", "1.0", omit=missing))


def test_what_is_no_archive(index: PythonIndex) -> None:
    detail = refusal(index, "demo-1.0-py3-none-any.whl", b"text")
    assert detail == "Invalid distribution file. File is not a zipfile"
    assert refusal(index, "demo-1.0.tar.gz", b"text").endswith("File is not a tarfile")


@pytest.mark.parametrize(
    ("name", "filename", "detail"),
    [
        (
            "demo-pkg",
            "demo-pkg-1.0.tar.gz",
            "Filename 'demo-pkg-1.0.tar.gz' is invalid, should be 'demo_pkg-1.0.tar.gz'.",
        ),
        ("demo", "other-1.0.tar.gz", "Start filename for 'demo' with 'demo'."),
        (
            "demo",
            "demo-1.0.egg",
            "Invalid file extension: Use .tar.gz, .whl or .zip extension.",
        ),
        ("demo", "demo-1.0.whl", "Extension .whl is invalid for filetype sdist."),
        ("demo", "a/demo-1.0.tar.gz", "Cannot upload a file with '/' or '\\' in the name."),
    ],
)
def test_filenames(index: PythonIndex, name: str, filename: str, detail: str) -> None:
    fields = {"name": name, "version": "1.0", "filetype": "sdist", "pyversion": "source"}
    assert detail in refusal(index, filename, make_sdist(name, "1.0")[1], **fields)


def test_wheel_filename_is_normalised(index: PythonIndex) -> None:
    _, data = make_wheel("Demo", "1.0")
    detail = refusal(index, "Demo-1.0-py3-none-any.whl", data, name="Demo")
    assert detail == (
        "Filename 'Demo-1.0-py3-none-any.whl' should contain the normalized project name 'demo', "
        "not 'Demo'."
    )


def test_pages_name_every_file_with_its_hash(index: PythonIndex, tmp_path: Path) -> None:
    filename, data = make_wheel("demo-pkg", "1.0")
    index.upload(form(filename, data, {"name": "demo-pkg", "requires_python": ">=3.9"}))
    sha256 = hashlib.sha256(data).hexdigest()
    html = (tmp_path / "simple/demo-pkg/index.html").read_text()
    assert f'href="../../packages/demo-pkg/{filename}#sha256={sha256}"' in html
    assert 'data-requires-python="&gt;=3.9"' in html
    document = json.loads((tmp_path / "simple/demo-pkg/index.json").read_text())
    assert document["files"][0]["hashes"] == {"sha256": sha256}
    root = json.loads((tmp_path / "simple/index.json").read_text())
    assert root["projects"] == [{"name": "demo-pkg"}]


def test_an_upload_that_was_cut_off_did_not_happen(
    index: PythonIndex, tmp_path: Path, clock: FakeClock
) -> None:
    filename, data = make_wheel("demo", "1.0")
    index.upload(form(filename, data))
    (tmp_path / "packages/demo/project.json").unlink()
    again = PythonIndex(tmp_path, clock)
    assert again.names() == ()
    assert not (tmp_path / "packages/demo" / filename).exists()
    again.upload(form(filename, data))
    assert PythonIndex(tmp_path, clock).project("demo") == again.project("demo")


def test_a_form_keeps_every_byte() -> None:
    data = bytes(range(256)) + b"\r\n--not-the-boundary\r\n\r\n\n\r"
    body = (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n2\r\n'
        b'--B\r\nContent-Disposition: form-data; name="content"; filename="f.whl"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n--B--\r\n"
    )
    parsed = parse_form("multipart/form-data; boundary=B", body)
    assert parsed.all("a") == ("1", "2")
    content = parsed.file("content")
    assert content is not None
    assert (content.filename, content.data) == ("f.whl", data)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", b"{}"), ("multipart/form-data; boundary=B", b"--B\r\ncut")],
)
def test_what_is_no_form(content_type: str, body: bytes) -> None:
    with pytest.raises(MalformedFormError):
        parse_form(content_type, body)
