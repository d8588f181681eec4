"""ABI families of wheels: what can be asked for, and the wheel tags each one yields.

A family is one pass of maturin and one wheel a target: `abi3` (PEP 384), `abi3-py311` (the
same for a later Python than the oldest one admitted), `abi3t` (PEP 803),
`3.12` and `3.14t` for one CPython (the latter free-threaded, PEP 703), `pypy3.10`, `graalpy3.11`,
and `bin`, `cffi` and `uniffi` for wheels that do not link against a Python at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional, Union

from cratewheel.errors import Finding
from cratewheel.pythons import CPYTHONS, FREE_THREADED_SINCE, GRAALPYS, PYPYS, Python
from cratewheel.spelling import nearest

#: The first CPython whose stable ABI covers free-threaded builds.
ABI3T_SINCE: Python = (3, 15)

_KINDS = {"cp": "cpython", "pypy": "pypy", "pp": "pypy", "graalpy": "graalpy"}
_VERSIONLESS = ("abi3", "abi3t", "bin", "cffi", "uniffi")
_INTERPRETER = re.compile(r"(cp|pypy|pp|graalpy)3\.?(\d{1,2})(t?)")


@dataclass(frozen=True)
class AbiFamily:
    """One ABI family.

    Args:
        kind: `abi3`, `abi3t`, `cpython`, `pypy`, `graalpy`, `bin`, `cffi` or `uniffi`.
        python: the Python it is for, such as `(3, 12)`; None for those that are for many. Of a stable
            ABI the oldest Python, where the family says it: `abi3-py311`.
        free_threaded: whether it is a CPython without the global interpreter lock.
    """

    kind: str
    python: Optional[Python] = None
    free_threaded: bool = False

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The one right spelling of the family."""
        if self.python is None:
            return self.kind
        if self.is_stable:
            return f"{self.kind}-py{self.python[0]}{self.python[1]}"
        version = f"{self.python[0]}.{self.python[1]}"
        if self.kind == "cpython":
            return version + ("t" if self.free_threaded else "")
        return self.kind + version

    @property
    def is_stable(self) -> bool:
        """Whether its wheels serve later Pythons, too."""
        return self.kind in {"abi3", "abi3t"}

    @property
    def needs_python(self) -> bool:
        """Whether a Python interpreter takes part in the build."""
        return self.kind not in {"bin", "uniffi"}


@dataclass(frozen=True)
class AbiTag:
    """The first two parts of a wheel's tag.

    Args:
        python: the python tag, such as `cp39`.
        abis: the abi tags; more than one for `abi3t`, whose wheels serve both kinds of CPython.
    """

    python: str
    abis: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.python}-{'.'.join(self.abis)}"


def check_abi(text: str, place: str = "") -> Union[AbiFamily, Finding]:
    """The family that `text` names, or what is wrong with it and the nearest right spelling.

    Tags are understood too: `cp312`, `pp310`.

    Args:
        place: where it was written, for the finding.
    """
    if text in _VERSIONLESS:
        return AbiFamily(text)
    stable = re.fullmatch(r"(abi3t?)-py3(\d{1,2})", text)
    if stable is not None:
        python = (3, int(stable[2]))
        if python in CPYTHONS and (stable[1] == "abi3" or python >= ABI3T_SINCE):
            return AbiFamily(stable[1], python)
    found = re.fullmatch(r"3\.(\d{1,2})(t?)", text)
    kind = "cpython"
    if found is None:
        tag = _INTERPRETER.fullmatch(text)
        if tag is not None:
            kind = _KINDS[tag[1]]
            found = re.fullmatch(r"3\.(\d{1,2})(t?)", f"3.{tag[2]}{tag[3]}")
    if found is not None:
        family = AbiFamily(kind, (3, int(found[1])), bool(found[2]))
        if family in _known():
            return family
    meant = nearest(text, [each.name for each in _known()])
    return Finding(
        "CW-ABI-UNKNOWN",
        place,
        f"`{text}` is not an ABI family that wheels can be built for",
        f"write `{meant}`" if meant else "",
    )


def _known() -> tuple[AbiFamily, ...]:
    return (
        *(AbiFamily(kind) for kind in _VERSIONLESS),
        *(AbiFamily("cpython", python) for python in CPYTHONS),
        *(
            AbiFamily("cpython", python, True)
            for python in CPYTHONS
            if python >= FREE_THREADED_SINCE
        ),
        *(AbiFamily("pypy", python) for python in PYPYS),
        *(AbiFamily("graalpy", python) for python in GRAALPYS),
    )


def is_abi3_wheel(filename: str) -> bool:
    """Whether a wheel's name claims the stable ABI of PEP 384, and no other beside it."""
    parts = filename[: -len(".whl")].rsplit("-", 3)
    return filename.endswith(".whl") and len(parts) == 4 and parts[2] == "abi3"


def abi_tag(family: AbiFamily, lowest: Optional[Python] = None) -> AbiTag:
    """The tags that maturin gives a family's wheel.

    Args:
        lowest: for `abi3` and `abi3t`, the oldest Python of the wheel (`abi3_floor`).

    Raises:
        ValueError: a stable ABI without its lowest Python.
    """
    if family.kind in {"bin", "cffi", "uniffi"}:
        return AbiTag("py3", ("none",))
    if family.kind in {"abi3", "abi3t"}:
        if lowest is None:
            raise ValueError(f"{family.kind} wheels are for a lowest Python")
        if family.kind == "abi3":
            return AbiTag(f"cp{lowest[0]}{lowest[1]}", ("abi3",))
        major, minor = max(lowest, ABI3T_SINCE)
        return AbiTag(f"cp{major}{minor}", ("abi3", "abi3t"))
    assert family.python is not None, "every other family is for one Python"
    digits = f"{family.python[0]}{family.python[1]}"
    if family.kind == "pypy":
        return AbiTag(f"pp{digits}", (f"pypy{digits}_pp73",))
    if family.kind == "graalpy":
        release = "".join(map(str, GRAALPYS[family.python]))
        return AbiTag(f"graalpy{digits}", (f"graalpy{release}_{digits}_native",))
    return AbiTag(f"cp{digits}", (f"cp{digits}{'t' if family.free_threaded else ''}",))
