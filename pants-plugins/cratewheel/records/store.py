"""Records in git: one ref a release tag, which leads to a commit of its own with the plan and the files.

The refs are below `refs/cratewheel/releases/`, where no clone fetches them unasked and no CI system
starts a job for them; writing them needs the permission that pushing a tag needs. Their commits have
no parent in the project's history, and their trees no file of the project. An attempt that replaces
another one has that as its parent, so none is forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Optional

from cratewheel.errors import CratewheelError, Finding
from cratewheel.git import Git, with_identity
from cratewheel.records.values import Attempt, ReleaseRecord, dumps, loads
from cratewheel.release_tags import has_remote

NAMESPACE = "refs/cratewheel/releases/"
_ATTEMPT = "release.json"
_PLAN = "plan.json"
_REFSPEC = f"+{NAMESPACE}*:{NAMESPACE}*"


def fetch_records(git: Git, remote: str) -> None:
    """Brings the remote's records here; does nothing where there is no such remote.

    Raises:
        CratewheelError: `CW-GIT-FAILED`.
    """
    if has_remote(git, remote):
        git.run(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", remote, _REFSPEC])


def read_records(git: Git, settled: Collection[str] = ()) -> tuple[ReleaseRecord, ...]:
    """The records that this repository has, by tag name.

    Args:
        settled: tags whose records are of no interest.

    Raises:
        CratewheelError: `CW-RECORD-INVALID`, all at once.
    """
    listing = git.run(["for-each-ref", "--format=%(refname) %(objectname)", NAMESPACE])
    refs = {}
    for line in filter(None, _text(listing).split("\n")):
        name, _, object_id = line.rpartition(" ")
        if name[len(NAMESPACE) :] not in settled:
            refs[name[len(NAMESPACE) :]] = object_id
    if not refs:
        return ()
    parents = _parents(git, set(refs.values()))
    texts = _texts(git, parents)
    findings: list[Finding] = []
    records: list[ReleaseRecord] = []
    for tag, object_id in sorted(refs.items()):
        try:
            attempts = tuple(
                attempt
                for each in _ancestry(object_id, parents)
                for attempt in [loads(texts.get(each, ""), place=f"{NAMESPACE}{tag}")]
                if any(package.tag == tag for package in attempt.packages)
            )
            if attempts:
                records.append(ReleaseRecord(tag, object_id, attempts))
        except CratewheelError as error:
            findings.extend(error.findings)
    if findings:
        raise CratewheelError(*findings)
    return tuple(records)


def untagged_records(git: Git) -> tuple[ReleaseRecord, ...]:
    """The records of releases that this repository has no tag of.

    Raises:
        CratewheelError: `CW-RECORD-INVALID`.
    """
    listing = git.run(["for-each-ref", "--format=%(refname)", "refs/tags"])
    return read_records(git, {line[len("refs/tags/") :] for line in _text(listing).split("\n")})


def read_recorded_plan(git: Git, ref: str) -> str:
    """The text of the plan of a record.

    Raises:
        CratewheelError: `CW-GIT-FAILED`.
    """
    return _text(git.run(["cat-file", "blob", f"{ref}:{_PLAN}"]))


def is_record(ref: str) -> bool:
    """Whether a name is that of a record's ref."""
    return ref.startswith(NAMESPACE)


def store_attempt(git: Git, attempt: Attempt, plan: str, replaced: Sequence[str]) -> str:
    """Writes an attempt as a git object, which no ref leads to yet.

    Args:
        plan: the text of the plan.
        replaced: the objects of the attempts that this one takes the place of.

    Returns:
        The id of the object.
    """
    entries = []
    for name, text in ((_PLAN, plan), (_ATTEMPT, dumps(attempt))):
        blob = git.run(["hash-object", "-w", "--stdin"], stdin=text.encode()).decode().strip()
        entries.append(f"100644 blob {blob}\t{name}\n")
    tree = git.run(["mktree"], stdin="".join(entries).encode()).decode().strip()
    tags = ", ".join(sorted({package.tag for package in attempt.packages}))
    parents = [argument for each in replaced for argument in ("-p", each)]
    made = with_identity(git).run(
        ["commit-tree", tree, *parents, "-m", f"Release of {tags} from {attempt.commit}"]
    )
    return made.decode().strip()


def publish_record(
    git: Git, tags: Iterable[str], object_id: str, before: Mapping[str, str], remote: str
) -> Optional[Finding]:
    """Points the refs of `tags` to a record, on the remote first and then here.

    Args:
        before: by tag, the object that the ref is known to lead to now; a ref that leads elsewhere
            on the remote has been moved by another run, and is left alone.

    Returns:
        Why the remote did not take it; then nothing has changed here.
    """
    refs = {tag: f"{NAMESPACE}{tag}" for tag in tags if before.get(tag) != object_id}
    if not refs:
        return None
    if has_remote(git, remote):
        leases = [
            f"--force-with-lease={ref}:{before.get(tag, '')}" for tag, ref in sorted(refs.items())
        ]
        pairs = [f"{object_id}:{ref}" for ref in sorted(refs.values())]
        code, _, errors = git.attempt(
            [
                "push",
                "--quiet",
                "--atomic",
                "--no-verify",
                "--no-follow-tags",
                *leases,
                remote,
                *pairs,
            ]
        )
        there = dict.fromkeys(refs, object_id) if code == 0 else _on_remote(git, remote, refs)
        # The push may have arrived and only its answer been lost.
        if there is None or any(there.get(tag) != object_id for tag in refs):
            message = errors.decode("utf-8", "replace").strip()
            # What git says of a lost race depends on the moment at which it was lost.
            raced = "stale info" in message or (
                there is not None and any(there.get(tag) != before.get(tag) for tag in refs)
            )
            place = ", ".join(sorted(refs))
            return Finding("CW-RECORD-RACED" if raced else "CW-RECORD-NOT-PUSHED", place, message)
    git.run(
        ["update-ref", "--stdin"],
        stdin="".join(f"update {ref} {object_id}\n" for ref in refs.values()).encode(),
    )
    return None


def _on_remote(git: Git, remote: str, refs: Mapping[str, str]) -> Optional[dict[str, str]]:
    """What these refs, given by tag, lead to on the remote; None when it cannot be asked."""
    code, output, _ = git.attempt(["ls-remote", "--quiet", remote, *sorted(refs.values())])
    if code != 0:
        return None
    pairs = (line.split("\t") for line in output.decode("utf-8", "replace").splitlines())
    there = {ref: object_id for object_id, ref in pairs}
    return {tag: there[ref] for tag, ref in refs.items() if ref in there}


def _parents(git: Git, starts: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    output = git.run(
        ["rev-list", "--parents", "--stdin"],
        stdin="".join(f"{each}\n" for each in sorted(starts)).encode(),
    )
    lines = (line.split() for line in output.decode().splitlines())
    return {first: tuple(rest) for first, *rest in lines}


def _ancestry(start: str, parents: Mapping[str, tuple[str, ...]]) -> list[str]:
    """A record and those it replaced, nearest first."""
    found = [start]
    for each in found:
        found.extend(parent for parent in parents.get(each, ()) if parent not in found)
    return found


def _texts(git: Git, objects: Iterable[str]) -> Mapping[str, str]:
    names = sorted(objects)
    output = git.run(
        ["cat-file", "--batch"],
        stdin="".join(f"{name}:{_ATTEMPT}\n" for name in names).encode(),
    )
    texts = {}
    at = 0
    for name in names:
        end = output.index(b"\n", at)
        header = output[at:end]
        at = end + 1
        if not header.endswith(b" missing"):
            size = int(header.split(b" ")[-1])
            texts[name] = _text(output[at : at + size])
            at += size + 1
    return texts


def _text(output: bytes) -> str:
    """What git printed; bytes that are no text are nothing that cratewheel wrote, and equal nothing of it."""
    return output.decode("utf-8", "replace")
