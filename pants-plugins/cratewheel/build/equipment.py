"""The tools of a machine where links to them cannot be made: notes of where they are.

Windows lets only some users make links, so there the folder of tools holds two files in place of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from cratewheel.build.interpreters import Interpreter
from cratewheel.build.network import NETWORK, pip_settings

SYSTEM = "system.json"
PYTHONS = "pythons.json"

# What Windows, Visual Studio's tools, cargo and rustup need. What else there is in an environment,
# RUSTFLAGS or PYO3_CONFIG_FILE say, would make a build depend on whoever started it.
_NEEDED = frozenset(
    (
        *("PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "TEMP", "TMP", "OS"),
        *("USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
        *("PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES"),
        *("NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "PROCESSOR_ARCHITEW6432"),
        *("INCLUDE", "LIB", "LIBPATH", "VSINSTALLDIR", "VCINSTALLDIR", "VCTOOLSINSTALLDIR"),
        *("VISUALSTUDIOVERSION", "WINDOWSSDKDIR", "WINDOWSSDKVERSION", "UNIVERSALCRTSDKDIR"),
        *("UCRTVERSION", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"),
    )
)


def note_equipment(
    tools: Path,
    toolchain: str,
    environment: Mapping[str, str],
    interpreters: Iterable[Interpreter],
) -> None:
    """Notes where the tools are.

    Args:
        tools: the folder that elsewhere has links in it.
        toolchain: the id of the toolchain.
        environment: the user's own.
    """
    folder = tools / toolchain
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SYSTEM).write_text(json.dumps(windows_variables(environment)), encoding="utf-8")
    # An index's address may have a password in it.
    (folder / "pip").touch(0o600)
    (folder / "pip").write_text(
        "\n".join(f"{name}={value}" for name, value in pip_settings(environment).items())
    )
    paths = {each.name: each.path for each in interpreters}
    (tools / PYTHONS).write_text(json.dumps(paths), encoding="utf-8")


def windows_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment the tools need, and nothing that decides how a build comes out."""
    return {
        name.upper(): value
        for name, value in environment.items()
        if name.upper() in _NEEDED or name.upper() in NETWORK
    }


def noted(file: Path) -> Mapping[str, str]:
    """What was noted in a file; nothing where there are links instead."""
    try:
        found: Mapping[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found
