"""What to do about the refusals that registries are known for."""

from __future__ import annotations

_MENDS = (
    (
        "Trusted Publishing tokens do not support creating new crates",
        "set CARGO_REGISTRY_TOKEN for this one release; trusted publishing cannot create a crate",
    ),
    (
        "can only be published using Trusted Publishing",
        "release from the CI job that the crate trusts; it takes no tokens",
    ),
    (
        "The provided access token is not valid for crate",
        "register this job's workflow as trusted publisher on the crate's settings page; the token "
        "it got covers only the crates where that is done",
    ),
    (
        "Non-user identities cannot create new projects",
        "register a pending publisher with exactly this project name. PyPI keeps one pending "
        "publisher for a workflow and environment, so several new projects need one release each, "
        "or an environment each",
    ),
    (
        "isn't allowed to upload to project",
        "let the token's owner, or this job as trusted publisher, upload to the project",
    ),
    (
        "previously used by a file that has since been deleted",
        "raise the version; the name of a deleted file can never be used again",
    ),
    (
        "releases older than",
        "raise the version; a release that old cannot be completed",
    ),
    (
        "Only one sdist may be uploaded per release",
        "raise the version, or publish this one without a sdist",
    ),
    (
        "already uploaded",
        "raise the version; published bytes cannot be replaced",
    ),
    (
        "verified email",
        "verify the email address of the registry account, then run the same release again",
    ),
)


def mend_for_refusal(detail: str) -> str:
    """What to do about a registry's refusal; empty when it is not one of the known ones."""
    return next((mend for words, mend in _MENDS if words in detail), "")
