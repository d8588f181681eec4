"""`wheel_platform(...)` and `wheel_abi(...)`, the objects a BUILD file may use in `maturin_wheel`.

They take any keyword and check nothing: an error raised while a BUILD file is read carries no line
and no target, so the field that holds the object does the checking, with both. Annotations stay
unquoted here (no postponed evaluation) because `pants help` prints them.
"""

import inspect
from dataclasses import dataclass
from typing import Any, Dict, Optional, Sequence, Tuple

_BUILD_PARAMETERS: Dict[str, Any] = {
    "features": Optional[Sequence[str]],
    "no_default_features": Optional[bool],
    "profile": Optional[str],
    "env": Optional[Dict[str, str]],
    "rustflags": Optional[Sequence[str]],
    "cargo_args": Optional[Sequence[str]],
    "maturin_args": Optional[Sequence[str]],
    "tools": Optional[Sequence[str]],
}

PLATFORM_PARAMETERS: Dict[str, Any] = {
    "compatibility": Optional[str],
    "runner": Optional[str],
    "built_by": Optional[str],
    "job": Optional[str],
    "abis": Optional[Sequence[str]],
    "interpreters": Optional[Sequence[str]],
    **_BUILD_PARAMETERS,
    "binaries": Optional[Sequence[str]],
    "test_requires": Optional[Sequence[str]],
    "test_command": Optional[str],
    "environment": Optional[str],
    "linker": Optional[str],
}

ABI_PARAMETERS: Dict[str, Any] = {
    "interpreters": Optional[Sequence[str]],
    **_BUILD_PARAMETERS,
}


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(item)) for key, item in value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(item) for item in value)
    return value


@dataclass(frozen=True)
class WheelPlatform:
    """One target triple of a wheel, with what differs from the target's own fields.

    `overrides` holds the keywords as sorted pairs, every container in it a tuple.
    """

    triple: str
    overrides: Tuple[Tuple[str, Any], ...]

    def __init__(self, triple: str, **overrides: Any) -> None:
        object.__setattr__(self, "triple", triple)
        object.__setattr__(self, "overrides", _frozen(overrides))


@dataclass(frozen=True)
class WheelAbi:
    """One ABI family of a wheel, with what differs from the target's own fields.

    `overrides` holds the keywords as sorted pairs, every container in it a tuple.
    """

    abi: str
    overrides: Tuple[Tuple[str, Any], ...]

    def __init__(self, abi: str, **overrides: Any) -> None:
        object.__setattr__(self, "abi", abi)
        object.__setattr__(self, "overrides", _frozen(overrides))


def overrides(value: Any) -> Tuple[str, Tuple[Tuple[str, Any], ...]]:
    """A platform or family as (name, overrides), with the objects inside it taken apart as well."""
    name = value.triple if isinstance(value, WheelPlatform) else value.abi
    return name, tuple((key, _families(key, item)) for key, item in value.overrides)


def _families(key: str, value: Any) -> Any:
    if key != "abis" or not isinstance(value, tuple):
        return value
    return tuple(
        overrides(item if isinstance(item, WheelAbi) else WheelAbi(item)) for item in value
    )


def _signature(first: str, parameters: Dict[str, Any]) -> inspect.Signature:
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [
            inspect.Parameter(first, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=str),
            *(
                inspect.Parameter(name, keyword, default=None, annotation=kind)
                for name, kind in parameters.items()
            ),
        ]
    )


# What `pants help wheel_platform` shows instead of `**overrides`.
WheelPlatform.__signature__ = _signature("triple", PLATFORM_PARAMETERS)  # type: ignore[attr-defined]
WheelAbi.__signature__ = _signature("abi", ABI_PARAMETERS)  # type: ignore[attr-defined]
