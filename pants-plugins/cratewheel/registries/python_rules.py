"""What PyPI demands of an upload, with its own messages.

Source: PyPI's upload endpoint, form and metadata validation, as of August 2026. Every rule raises
a `Refusal`, the first one broken, in the order in which PyPI checks.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import Union

from packaging.metadata import Metadata
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from cratewheel.registries.metadata_rules import SPECIFICATION, check_metadata
from cratewheel.registries.multipart import Form, Part
from cratewheel.registries.refusal import Refusal

MAX_FILE_BYTES = 100 * 1024 * 1024
_EXTENSIONS = {"sdist": (".tar.gz", ".zip"), "bdist_wheel": (".whl",)}
_NAME = re.compile(r"([A-Z0-9]|[A-Z0-9][A-Z0-9._-]*[A-Z0-9])", re.IGNORECASE)

_PLATFORMS = frozenset(
    [
        "any",
        "win32",
        "win_arm64",
        "win_amd64",
        "win_ia64",
        "manylinux1_x86_64",
        "manylinux1_i686",
        "manylinux2010_x86_64",
        "manylinux2010_i686",
        "manylinux2014_x86_64",
        "manylinux2014_i686",
        "manylinux2014_aarch64",
        "manylinux2014_armv7l",
        "manylinux2014_ppc64",
        "manylinux2014_ppc64le",
        "manylinux2014_s390x",
        "linux_armv6l",
        "linux_armv7l",
    ]
)
_MACOS_ARCHITECTURE = "(ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2)"
_LINUX_ARCHITECTURE = "(x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64)"
_PLATFORM_PATTERN = re.compile(
    "|".join(
        (
            rf"macosx_10_\d+_{_MACOS_ARCHITECTURE}",
            rf"macosx_(11|12|13|14|15|26)_0_{_MACOS_ARCHITECTURE}",
            rf"manylinux_\d+_\d+_({_LINUX_ARCHITECTURE}|ppc64)",
            rf"musllinux_\d+_\d+_{_LINUX_ARCHITECTURE}",
            r"ios_\d+_\d+_(arm64|x86_64)_(iphoneos|iphonesimulator)",
            r"android_\d+_(armeabi_v7a|arm64_v8a|x86|x86_64)",
            r"pyemscripten_\d+_\d+_wasm32",
        )
    )
)

Archive = Union[zipfile.ZipFile, tarfile.TarFile]


@dataclass(frozen=True)
class Upload:
    """A well-formed upload: the metadata of the form and the file with it."""

    metadata: Metadata
    filetype: str
    filename: str
    data: bytes

    @property
    def project(self) -> str:
        """The normalised project name."""
        return str(canonicalize_name(self.metadata.name))


def platform_accepted(tag: str) -> bool:
    """Whether PyPI takes wheels with this platform tag."""
    return tag in _PLATFORMS or _PLATFORM_PATTERN.fullmatch(tag) is not None


def check_form(form: Form) -> Upload:
    """Refuses a form that breaks a rule for which no other file of the project matters.

    Returns:
        The upload, its digests not checked yet.
    """
    if form.first("protocol_version", "1") != "1":
        raise Refusal(400, "Unknown protocol version.")
    filetype = _check_fields(form)
    metadata = check_metadata(form)
    content = form.file("content")
    if content is None:
        raise Refusal(400, "Upload payload does not have a file.")
    filename = _check_filename(content, filetype)
    if not content.content_type or content.content_type.startswith("image/"):
        raise Refusal(400, "Invalid distribution file.")
    if len(content.data) > MAX_FILE_BYTES:
        raise Refusal(
            400,
            f"File too large. Limit for project {metadata.name!r} is "
            f"{MAX_FILE_BYTES // 1024 // 1024} MB.",
        )
    return Upload(metadata, filetype, filename, content.data)


def check_archive(upload: Upload) -> None:
    """Refuses a file that is not what its name and the form say it is."""
    with _open(upload) as archive:
        if isinstance(archive, tarfile.TarFile):
            _check_sdist(upload, archive)
        elif upload.filetype == "bdist_wheel":
            _check_wheel(upload, archive)
        else:
            _check_sdist_filename(upload)


def _check_fields(form: Form) -> str:
    name = form.first("name")
    if not _NAME.fullmatch(name):
        raise Refusal(
            400,
            f"{name!r} is an invalid value for Name. Error: Start and end with a letter or numeral "
            f"containing only ASCII numeric and '.', '_' and '-'. {SPECIFICATION}",
        )
    filetype = form.first("filetype")
    if filetype not in _EXTENSIONS:
        raise Refusal(400, "Invalid value for filetype. Error: Use a known file type.")
    for digest, title in (("sha256_digest", "SHA256"), ("blake2_256_digest", "BLAKE2")):
        value = form.first(digest)
        if value and not re.fullmatch(r"[A-Fa-f0-9]{64}", value):
            raise Refusal(
                400,
                f"Invalid value for {digest}. Error: Use a valid, hex-encoded, {title} message "
                "digest.",
            )
    pyversion = form.first("pyversion")
    if filetype != "sdist" and not pyversion:
        raise Refusal(
            400,
            "Invalid value for pyversion. Error: Python version is required for binary "
            "distribution uploads.",
        )
    if filetype == "sdist" and pyversion not in ("", "source"):
        raise Refusal(
            400,
            "Invalid value for pyversion. Error: Use 'source' as Python version for an sdist.",
        )
    if not any(form.first(f"{name}_digest") for name in ("md5", "sha256", "blake2_256")):
        raise Refusal(400, "Error: Include at least one message digest.")
    return filetype


def _check_filename(content: Part, filetype: str) -> str:
    filename = content.filename or ""
    if any(ord(character) < 32 or ord(character) == 127 for character in filename):
        raise Refusal(
            400,
            "Cannot upload a file with non-printable characters (ordinals 0-31) "
            "or the DEL character (ordinal 127) in the name.",
        )
    if "/" in filename or "\\" in filename:
        raise Refusal(400, "Cannot upload a file with '/' or '\\' in the name.")
    extension = re.fullmatch(r".+?(\.(?:tar\.gz|zip|whl))", filename, re.IGNORECASE)
    if extension is None:
        raise Refusal(
            400,
            "Invalid file extension: Use .tar.gz, .whl or .zip extension. "
            "See https://www.python.org/dev/peps/pep-0527 "
            "and https://peps.python.org/pep-0715/ for more information",
        )
    if extension.group(1) not in _EXTENSIONS[filetype]:
        raise Refusal(
            400,
            f"Invalid file extension: Extension {extension.group(1)} is invalid for filetype "
            f"{filetype}. See https://www.python.org/dev/peps/pep-0527 for more information.",
        )
    return filename


def _open(upload: Upload) -> Archive:
    if upload.filename.endswith(".tar.gz"):
        try:
            return tarfile.open(fileobj=BytesIO(upload.data), mode="r:gz")
        except (tarfile.TarError, OSError, EOFError):
            raise Refusal(400, "Invalid distribution file. File is not a tarfile") from None
    try:
        return zipfile.ZipFile(BytesIO(upload.data))
    except zipfile.BadZipFile:
        raise Refusal(400, "Invalid distribution file. File is not a zipfile") from None


def _check_sdist(upload: Upload, archive: tarfile.TarFile) -> None:
    names = archive.getnames()
    roots = {name.split("/")[0] for name in names}
    if len(roots) != 1:
        raise Refusal(
            400,
            "Invalid distribution file. Incorrect number of top-level directories in sdist",
        )
    root = roots.pop()
    if any(member.issparse() for member in archive.getmembers()):
        raise Refusal(
            400,
            "Invalid distribution file. tar archive not accepted: Sparse members are not allowed.",
        )
    if f"{root}/PKG-INFO" not in names:
        raise Refusal(400, f"Invalid distribution file. PKG-INFO not found at {root}/PKG-INFO")
    _check_sdist_filename(upload)
    for licence in upload.metadata.license_files or ():
        if f"{root}/{licence}" not in names:
            raise Refusal(
                400,
                f"License-File {licence} does not exist in distribution file {upload.filename} "
                f"at {root}/{licence}",
            )


def _check_sdist_filename(upload: Upload) -> None:
    try:
        name, _ = parse_sdist_filename(upload.filename)
    except InvalidSdistFilename:
        raise Refusal(400, f"Invalid source distribution filename: {upload.filename}") from None
    _check_start(upload, name)
    expected = f"{_escaped(upload)}-{upload.metadata.version}.tar.gz"
    if upload.filename != expected:
        raise Refusal(400, f"Filename {upload.filename!r} is invalid, should be {expected!r}.")


def _check_wheel(upload: Upload, archive: zipfile.ZipFile) -> None:
    filename = upload.filename
    names = frozenset(archive.namelist())
    supported = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    if any(entry.compress_type not in supported for entry in archive.infolist()):
        raise Refusal(
            400, "Invalid distribution file. File does not use a supported compression type"
        )
    parts = filename.split("-", 2)
    if len(parts) < 3:
        raise Refusal(
            400,
            "Invalid distribution file. Unable to parse name and version from wheel filename",
        )
    info = f"{parts[0]}-{parts[1]}.dist-info"
    if f"{info}/WHEEL" not in names:
        raise Refusal(400, f"Invalid distribution file. WHEEL not found at {info}/WHEEL")
    try:
        name, version, _, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise Refusal(400, str(error)) from None
    for platform in sorted({tag.platform for tag in tags}):
        if not platform_accepted(platform):
            raise Refusal(
                400, f"Binary wheel '{filename}' has an unsupported platform tag '{platform}'."
            )
    _check_start(upload, name)
    if parts[0] != _escaped(upload):
        raise Refusal(
            400,
            f"Filename {filename!r} should contain the normalized project name "
            f"{_escaped(upload)!r}, not {parts[0]!r}.",
        )
    if version != upload.metadata.version:
        raise Refusal(
            400,
            f"Version in filename should be {str(upload.metadata.version)!r} not {str(version)!r}.",
        )
    for licence in upload.metadata.license_files or ():
        if f"{info}/licenses/{licence}" not in names:
            raise Refusal(
                400,
                f"License-File {licence} does not exist in distribution file {filename} "
                f"at {info}/licenses/{licence}",
            )
    for required in ("RECORD", "METADATA"):
        if f"{info}/{required}" not in names:
            raise Refusal(
                400,
                f"Wheel '{filename}' does not contain the required {required} file: "
                f"{info}/{required}",
            )


def _check_start(upload: Upload, name: str) -> None:
    if name != upload.project:
        raise Refusal(
            400, f"Start filename for {upload.metadata.name!r} with {_escaped(upload)!r}."
        )


def _escaped(upload: Upload) -> str:
    return upload.project.replace("-", "_")
