"""Whatever an archive holds, it is read or refused with codes of ours: nothing else comes out."""

from __future__ import annotations

import contextlib
import gzip
import io
import stat
import tarfile
import tempfile
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import pytest
from elf_writing import shared_object
from foreign_code_writing import ARM64, X86_64, fat, mach_o, pe
from hypothesis import given, settings
from hypothesis import strategies as st
from made_packages import make_crate, make_sdist, make_wheel
from mutations import mutated_bytes, tried
from wheel_building import write_wheel

from cratewheel.artifacts import limits
from cratewheel.artifacts.archives import open_zip, read_tar_gz
from cratewheel.artifacts.crate import read_crate
from cratewheel.artifacts.mach_o import mach_objects
from cratewheel.artifacts.metadata import metadata_faults, pypi_faults
from cratewheel.artifacts.pe import portable_executables
from cratewheel.artifacts.sdist import read_sdist
from cratewheel.artifacts.shared_objects import shared_objects
from cratewheel.artifacts.wheel import read_wheel
from cratewheel.publishing.differences import crate_difference
from cratewheel.registries import crate_file

WHEEL_NAME, WHEEL = make_wheel("demo-pkg", "1.2.0", metadata="Summary: a demonstration\n")
SDIST_NAME, SDIST = make_sdist("demo-pkg", "1.2.0")
CRATE = make_crate("demo", "1.2.0", tables='[dependencies]\nserde = "1"\n')

REFUSALS = ("CW-ARCHIVE-UNSAFE", "CW-ARCHIVE-BROKEN")

SEGMENTS = st.sampled_from(
    ["a", "b", "..", ".", "", "C:", "c:x", "\\", "a\\b", "\x00", "\n", "é", "ÿ", "con", "x" * 300]
)
NAMES = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
TAR_KINDS = st.sampled_from(
    [
        tarfile.REGTYPE,
        tarfile.AREGTYPE,
        tarfile.DIRTYPE,
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.CHRTYPE,
        tarfile.BLKTYPE,
        tarfile.FIFOTYPE,
        tarfile.CONTTYPE,
        b"Z",
    ]
)
ZIP_KINDS = st.sampled_from(
    [0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK]
)


def tar_of(members: list[tuple[str, bytes, str]], form: int) -> tuple[bytes, set[bytes]]:
    """A gzipped tar, and the kinds of the members that are in it."""
    kinds = set()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name, kind, link in members:
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, link
            # The oldest of the formats cannot hold every name; then nobody can send it either.
            with contextlib.suppress(ValueError):
                archive.addfile(entry)
                kinds.add(kind)
    return gzip.compress(stream.getvalue(), 1, mtime=0), kinds


def zip_of(members: list[tuple[str, int, bytes]]) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")
        for name, kind, content in members:
            entry = zipfile.ZipInfo(name)
            # The constructor tidies names; an attacker does not.
            entry.filename, entry.create_system = name, 3
            entry.external_attr = (kind | 0o777) << 16
            archive.writestr(entry, content)
    return stream.getvalue()


def names_of(path: Path) -> list[str]:
    with open_zip(path) as archive:
        return archive.namelist()


def written(folder: str, name: str, content: bytes) -> Path:
    path = Path(folder, name)
    path.write_bytes(content)
    return path


def is_harmless(name: str) -> bool:
    """Whether a name can be joined to a folder on any system without leaving it."""
    parts = name.rstrip("/").split("/")
    return (
        not {"", ".", ".."} & set(parts)
        and "\\" not in name
        and ":" not in parts[0][1:2]
        and all(ord(character) >= 32 for character in name)
    )


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(NAMES, TAR_KINDS, NAMES), max_size=4),
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_a_tar_of_anything_gives_plain_files_or_a_refusal(
    members: list[tuple[str, bytes, str]], form: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        content, kinds = tar_of(members, form)
        path = written(folder, "a.crate", content)
        files = tried(lambda: read_tar_gz(path, unpacked_limit=1 << 20), *REFUSALS)
    if files is None:
        return
    assert all(is_harmless(name) for name in files)
    assert not kinds & {tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAMES, ZIP_KINDS, st.binary(max_size=4)), max_size=4))
def test_a_zip_of_anything_gives_plain_files_or_a_refusal(
    members: list[tuple[str, int, bytes]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, "a.whl", zip_of(members))
        names = tried(lambda: names_of(path), *REFUSALS)
    if names is None:
        return
    assert len(names) == len(set(names)) == len(members)
    assert all(is_harmless(name) for name in names)
    assert {kind for _, kind, _ in members} <= {0, stat.S_IFREG, stat.S_IFDIR}


@settings(max_examples=150, deadline=None)
@given(mutated_bytes(WHEEL))
def test_a_damaged_wheel_is_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, WHEEL_NAME, content)
        wheel = tried(lambda: read_wheel(path), *REFUSALS)
    if wheel is None:
        return
    if content != WHEEL and wheel.files:
        # What can be read in spite of the damage says of every file that is not as recorded.
        assert wheel.header("Name") is not None or wheel.record_faults
    if wheel.metadata is not None and not metadata_faults(wheel.metadata):
        pypi_faults(wheel.metadata)


@settings(max_examples=200, deadline=None)
@given(mutated_bytes(gzip.decompress(SDIST)))
def test_a_damaged_source_distribution_is_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, SDIST_NAME, gzip.compress(content, 1, mtime=0))
        sdist = tried(lambda: read_sdist(path), *REFUSALS, "CW-SDIST-CONTENT")
    if sdist is None:
        return
    if not metadata_faults(sdist.metadata):
        pypi_faults(sdist.metadata)


@settings(max_examples=150, deadline=None)
@given(mutated_bytes(gzip.decompress(CRATE)))
def test_a_damaged_crate_is_read_or_refused_by_both_readers(content: bytes) -> None:
    packed = gzip.compress(content, 1, mtime=0)
    crate_difference(CRATE, packed)
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, "demo-1.2.0.crate", packed)
        ours = tried(lambda: read_crate(path), *REFUSALS, "CW-CRATE-CONTENT")
    if ours is None:
        return
    try:
        theirs = crate_file.read_crate(packed)
        crate_file.publish_body(theirs)
    except crate_file.MalformedCrateError:
        return
    assert (theirs.name, theirs.version) == (ours.name, ours.version)


@settings(max_examples=200, deadline=None)
@given(mutated_bytes(CRATE))
def test_a_damaged_gzip_is_read_or_refused(packed: bytes) -> None:
    crate_difference(CRATE, packed)
    with tempfile.TemporaryDirectory() as folder:
        path = written(folder, "demo-1.2.0.crate", packed)
        tried(lambda: read_crate(path), *REFUSALS, "CW-CRATE-CONTENT")


def test_a_registry_cannot_send_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CRATE_UNPACKED", 1 << 20)
    bomb = gzip.compress(bytes((1 << 20) + 1))
    for read in (crate_file.read_crate, crate_file.crate_contents):
        with pytest.raises(crate_file.MalformedCrateError, match="too large when decompressed"):
            read(bomb)
    assert crate_difference(CRATE, bomb) == "the published file cannot be read"


def test_a_bomb_is_not_unpacked_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CRATE_UNPACKED", 1 << 20)
    bomb = gzip.compress(bytes(256 << 20), 1)
    tracemalloc.start()
    try:
        with pytest.raises(crate_file.MalformedCrateError):
            crate_file.read_crate(bomb)
        (_, peak) = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 << 20


def test_a_sparse_file_of_any_size_takes_no_room() -> None:
    entry = tarfile.TarInfo("demo-1.2.0/Cargo.toml")
    entry.type = tarfile.GNUTYPE_SPARSE
    header = bytearray(entry.tobuf(tarfile.GNU_FORMAT))
    # One terabyte, all of it a hole: the first piece is at its end, and has no bytes.
    size = b"\x80" + (1 << 40).to_bytes(11, "big")
    header[386:410] = size + b"00000000000\x00"
    header[483:495] = size
    header[148:156] = b"%06o\x00 " % (256 + sum(header[:148]) + sum(header[156:512]))
    packed = gzip.compress(bytes(header) + bytes(1024))
    with pytest.raises(crate_file.MalformedCrateError):
        crate_file.read_crate(packed)


@settings(max_examples=200, deadline=None)
@given(mutated_bytes(shared_object()))
def test_a_damaged_shared_object_is_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wheel = write_wheel(Path(folder), content={"demo/demo.so": content})
        found = tried(lambda: shared_objects(wheel), "CW-ARCHIVE-BROKEN")
    for each in found or ():
        assert all(isinstance(library, str) for library in each.needed)
        sorted(map(str, each.glibc))


FOREIGN = (
    mach_o(ARM64, (11, 0)),
    mach_o(X86_64, (10, 12), since="min"),
    fat(mach_o(X86_64, (10, 12)), mach_o(ARM64, (11, 0))),
    fat(mach_o(ARM64, (14, 0)), wide=True),
    pe(0x8664),
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(FOREIGN).flatmap(mutated_bytes))
def test_a_damaged_library_of_another_system_is_read_or_left_out(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        wheel = write_wheel(Path(folder), content={"demo/demo.so": content})
        parts, libraries = mach_objects(wheel), portable_executables(wheel)
    assert not (parts and libraries)
    assert all(part.architecture for part in parts)
    assert all(library.machine for library in libraries)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(max_size=200), mutated_bytes(WHEEL).map(lambda raw: raw.decode("latin-1")))
)
def test_metadata_of_any_text_has_faults_or_none(text: str) -> None:
    if not metadata_faults(text):
        pypi_faults(text)
