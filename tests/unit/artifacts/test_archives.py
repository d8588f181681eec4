from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from wheel_building import write_tar_gz, write_zip

from cratewheel.artifacts import limits
from cratewheel.artifacts.archives import open_zip, read_tar_gz, refuse_size
from cratewheel.errors import CratewheelError

UNSAFE_NAMES = [
    "/etc/passwd",
    "../outside",
    "a/../../outside",
    "a//b",
    "./a",
    "C:/windows",
    "back\\slash",
    "bell\x07",
]


def zip_codes(path: Path) -> tuple[str, ...]:
    with pytest.raises(CratewheelError) as caught, open_zip(path):
        pass
    return caught.value.codes


def tar_codes(path: Path, limit: int = 1 << 20) -> tuple[str, ...]:
    with pytest.raises(CratewheelError) as caught:
        read_tar_gz(path, unpacked_limit=limit)
    return caught.value.codes


def test_an_honest_zip_is_opened(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.whl", {"a/b.txt": b"b", "ü.txt": b"c"})
    with open_zip(path) as archive:
        assert archive.read("ü.txt") == b"c"


@pytest.mark.parametrize("name", UNSAFE_NAMES)
def test_a_zip_with_an_unsafe_name_is_refused(tmp_path: Path, name: str) -> None:
    path = write_zip(tmp_path / "a.whl", {"good": b"", name: b""})
    assert zip_codes(path) == ("CW-ARCHIVE-UNSAFE",)


def test_every_fault_is_said(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.whl", {"/abs": b"", "../up": b""})
    with pytest.raises(CratewheelError) as caught, open_zip(path):
        pass
    assert len(caught.value.findings) == 2


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"one")
        archive.writestr("a", b"two")
    assert zip_codes(path) == ("CW-ARCHIVE-UNSAFE",)


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.whl"
    link = zipfile.ZipInfo("link")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, b"/etc/passwd")
    assert zip_codes(path) == ("CW-ARCHIVE-UNSAFE",)


def test_a_zip_bomb_is_refused_unopened(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.whl", {"zeros": bytes(limits.RATIO_APPLIES_ABOVE + limits.MIB)})
    assert zip_codes(path) == ("CW-ARCHIVE-UNSAFE",)


@pytest.mark.parametrize("where", ["before", "behind"])
def test_bytes_that_only_some_readers_see_are_refused(tmp_path: Path, where: str) -> None:
    path = write_zip(tmp_path / "a.whl", {"a": b"one"})
    content = path.read_bytes()
    path.write_bytes(b"hidden" + content if where == "before" else content + b"hidden")
    assert zip_codes(path) == ("CW-ARCHIVE-UNSAFE",)


def test_a_member_with_another_name_in_its_own_header_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.whl", {"abc": b"one"})
    content = path.read_bytes()
    path.write_bytes(content.replace(b"abc", b"xyz", 1))
    assert zip_codes(path) == ("CW-ARCHIVE-UNSAFE",)


def test_a_member_that_the_directory_does_not_list_is_refused(tmp_path: Path) -> None:
    first = write_zip(tmp_path / "first", {"a": b"one"}).read_bytes()
    two = write_zip(tmp_path / "two", {"a": b"one", "b": b"two"})
    data = two.read_bytes()
    # The directory of the archive with one member, behind the members of the one with two.
    members = data[: data.index(b"PK\x01\x02")]
    directory = bytearray(first[first.index(b"PK\x01\x02") :])
    end = directory.index(b"PK\x05\x06")
    directory[end + 16 : end + 20] = len(members).to_bytes(4, "little")
    two.write_bytes(members + bytes(directory))
    assert zip_codes(two) == ("CW-ARCHIVE-UNSAFE",)


def test_a_data_descriptor_is_refused_as_pypi_does(tmp_path: Path) -> None:
    class Pipe(io.RawIOBase):
        """Cannot seek, so that sizes come behind the data."""

        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.content += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        archive.writestr("a", b"one")
    path = tmp_path / "a.whl"
    path.write_bytes(pipe.content)
    assert zip_codes(path) == ("CW-ARCHIVE-UNSAFE",)


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 and no more"])
def test_what_is_no_archive_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.whl"
    path.write_bytes(content)
    assert zip_codes(path) == ("CW-ARCHIVE-BROKEN",)
    assert tar_codes(path) == ("CW-ARCHIVE-BROKEN",)


def test_half_an_archive_is_said(tmp_path: Path) -> None:
    zipped = write_zip(tmp_path / "a.whl", {"a": bytes(range(256)) * 100})
    zipped.write_bytes(zipped.read_bytes()[:-40])
    assert zip_codes(zipped) == ("CW-ARCHIVE-BROKEN",)
    packed = write_tar_gz(tmp_path / "a.crate", {"a/b": bytes(range(256)) * 100})
    packed.write_bytes(packed.read_bytes()[:-40])
    assert tar_codes(packed) == ("CW-ARCHIVE-BROKEN",)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert zip_codes(tmp_path / "none.whl") == ("CW-ARTIFACT-MISSING",)
    assert tar_codes(tmp_path / "none.crate") == ("CW-ARTIFACT-MISSING",)


def test_an_honest_tar_is_read_with_its_modes(tmp_path: Path) -> None:
    path = tmp_path / "a.crate"
    with tarfile.open(path, "w:gz") as archive:
        folder = tarfile.TarInfo("demo")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        script = tarfile.TarInfo("demo/run.sh")
        script.mode, script.size = 0o755, 2
        archive.addfile(script, io.BytesIO(b"hi"))
    files = read_tar_gz(path, unpacked_limit=1 << 20)
    assert {name: (file.content, file.mode) for name, file in files.items()} == {
        "demo/run.sh": (b"hi", 0o755)
    }


@pytest.mark.parametrize("name", UNSAFE_NAMES)
def test_a_tar_with_an_unsafe_name_is_refused(tmp_path: Path, name: str) -> None:
    assert tar_codes(write_tar_gz(tmp_path / "a.crate", {name: b"x"})) == ("CW-ARCHIVE-UNSAFE",)


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_a_tar_with_anything_but_files_is_refused(tmp_path: Path, kind: bytes) -> None:
    path = tmp_path / "a.crate"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("demo/odd")
        member.type, member.linkname = kind, "../../etc/passwd"
        archive.addfile(member)
    assert tar_codes(path) == ("CW-ARCHIVE-UNSAFE",)


def test_a_tar_bomb_is_refused_at_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.crate"
    with gzip.open(path, "wb") as stream:
        stream.write(bytes(3 * limits.MIB))
    assert tar_codes(path, limit=2 * limits.MIB) == ("CW-ARCHIVE-UNSAFE",)


def test_a_file_above_the_registrys_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.crate"
    with path.open("wb") as stream:
        stream.truncate(limits.CRATE + 1)
    with pytest.raises(CratewheelError, match=r"CW-ARTIFACT-TOO-LARGE.*takes 10 MiB"):
        refuse_size(path, limits.CRATE)
    refuse_size(path, limits.DISTRIBUTION)


def test_an_archive_of_too_many_members_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MEMBERS", 3)
    four = dict.fromkeys("abcd", b"")
    assert zip_codes(write_zip(tmp_path / "a.whl", four)) == ("CW-ARCHIVE-UNSAFE",)
    assert tar_codes(write_tar_gz(tmp_path / "a.crate", four)) == ("CW-ARCHIVE-UNSAFE",)


def test_an_archive_that_unpacks_to_more_than_any_wheel_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WHEEL_UNPACKED", 1000)
    path = write_zip(tmp_path / "a.whl", {"a": bytes(600), "b": bytes(600)})
    assert zip_codes(path) == ("CW-ARCHIVE-UNSAFE",)


def test_what_pip_could_not_unpack_is_refused(tmp_path: Path) -> None:
    packed = tmp_path / "packed.whl"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", b"text")
    assert zip_codes(packed) == ("CW-ARCHIVE-UNSAFE",)
    content = bytearray(write_zip(tmp_path / "a.whl", {"a": b"text"}).read_bytes())
    # The first of the flags, in the directory: encrypted.
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "secret.whl").write_bytes(content)
    assert zip_codes(tmp_path / "secret.whl") == ("CW-ARCHIVE-UNSAFE",)
