"""What the doctor asks the registries, and what they answer: two JSON documents."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Optional, Union

from cratewheel.doctor.checkout import Checkout
from cratewheel.errors import Finding
from cratewheel.plan.package import ReleasePackage
from cratewheel.project import DeclaredPackage, Project
from cratewheel.publishing.credentials import Endpoint


@dataclass(frozen=True)
class Asked:
    """A package whose registry is asked.

    Args:
        first: whether it was never released from here, as far as tags tell.
        policy: the target's `trust_policy`.
    """

    id: str
    name: str
    endpoint: Endpoint
    first: bool
    policy: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Question:
    """What is asked.

    Args:
        remote: the address of the git remote.
        prove: whether tokens are minted, and thrown away.
        workflows: path and text of each workflow and each action of the repository, which say who publishes where no policy does.
    """

    packages: tuple[Asked, ...] = ()
    remote: Optional[str] = None
    prove: bool = False
    workflows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answer:
    """What was found.

    Args:
        names: of the packages' names.
        trust: of trusted publishing.
        proven: sentences on which registry trusts this job.
        silent: sentences on which did not answer.
    """

    names: tuple[Finding, ...] = ()
    trust: tuple[Finding, ...] = ()
    proven: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


def question(
    project: Project,
    packages: Iterable[DeclaredPackage],
    published: Iterable[tuple[ReleasePackage, Endpoint]],
    *,
    released: Collection[str],
    checkout: Checkout,
    prove: bool,
) -> Question:
    """What to ask of packages that are published from here, whether or not any is due now.

    Args:
        packages: those that are looked at.
        published: the packages that are published from here, with their registries.
        released: ids of those that a tag says were released from here.
    """
    policies = {project.package_id(each): each.trust_policy for each in packages if each.publish}
    return Question(
        tuple(
            Asked(
                package.id,
                package.name,
                endpoint,
                package.id not in released,
                policies[package.id],
            )
            for package, endpoint in published
            if package.id in policies
        ),
        checkout.remote,
        prove,
        tuple(
            (path, content.decode("utf-8", errors="replace"))
            for path, content in sorted(checkout.workflows.items())
        ),
    )


def dumps(document: Union[Question, Answer]) -> str:
    """A question or an answer as text."""
    return json.dumps(asdict(document))


def loads(text: str) -> Question:
    """Reads a question."""
    document = json.loads(text)
    return Question(
        tuple(
            Asked(
                **{
                    **entry,
                    "endpoint": Endpoint(**entry["endpoint"]),
                    "policy": tuple((field, value) for field, value in entry["policy"]),
                }
            )
            for entry in document["packages"]
        ),
        document["remote"],
        document["prove"],
        tuple((path, content) for path, content in document["workflows"]),
    )


def loads_answer(text: str) -> Answer:
    """Reads an answer."""
    document = json.loads(text)
    return Answer(
        names=tuple(Finding(**entry) for entry in document["names"]),
        trust=tuple(Finding(**entry) for entry in document["trust"]),
        proven=tuple(document["proven"]),
        silent=tuple(document["silent"]),
    )
