"""Which versions the registries have: the question and the answer, two JSON documents.

The process that plans writes the one and reads the other; `cratewheel.publishing.facts` is between them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Optional

from cratewheel.plan.inputs import PublishedVersion, RegistryFacts
from cratewheel.publishing.credentials import Endpoint


@dataclass(frozen=True)
class Asked:
    """A package that is asked for.

    Args:
        tagged: the highest version that is tagged, None when none is. Where versions above it came
            from is looked into more closely than the registry's list of versions says.
    """

    id: str
    name: str
    endpoint: Endpoint
    tagged: Optional[str] = None


def dumps(packages: Iterable[Asked]) -> str:
    """The question as text."""
    return json.dumps([asdict(asked) for asked in packages])


def loads(text: str) -> tuple[Asked, ...]:
    """Reads what `dumps` wrote."""
    return tuple(
        Asked(**{**entry, "endpoint": Endpoint(**entry["endpoint"])}) for entry in json.loads(text)
    )


def dumps_answers(answers: Mapping[str, RegistryFacts]) -> str:
    """What the registries have, by the id of the package, as text."""
    return json.dumps({package: asdict(facts) for package, facts in answers.items()})


def loads_answers(text: str) -> dict[str, RegistryFacts]:
    """Reads what `dumps_answers` wrote."""
    return {package: _facts(entry) for package, entry in json.loads(text).items()}


def _facts(entry: Mapping[str, Any]) -> RegistryFacts:
    if entry["versions"] is None:
        return RegistryFacts(None, entry["silence"])
    return RegistryFacts(
        tuple(
            PublishedVersion(
                **{**each, "files": tuple(each["files"]), "hashes": tuple(each["hashes"])}
            )
            for each in entry["versions"]
        )
    )
