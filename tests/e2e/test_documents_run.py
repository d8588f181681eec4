"""Every command of the README and of docs/ does what its page says, and every file on them is one that Pants reads.

One repository serves all pages, put back before each: the example of `src/`, as somebody has it who has done
the tutorial. The tutorial itself starts in the folder of a clone of cratewheel.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import tomlkit
from document_blocks import Block, blocks, missing_line
from markdown_pages import PAGES, read
from pants_run import Repository, copy_checkout, repository, run
from toml_files import merge

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

TUTORIAL = "docs/tutorial.md"
FOLLOWED = [page for page in PAGES if any(block.is_performed for block in blocks(read(page)))]
#: Programs of a page: Pants, whether it says `pants` or `./pants`, and what a user has installed with pip.
_PROGRAMS = {
    "pants": 'exec "$DOCUMENTED_REPOSITORY/pants" "$@"',
    "cratewheel": f'PYTHONPATH="{Path("pants-plugins").resolve()}" exec "{sys.executable}" -m cratewheel "$@"',
    "maturin": f'exec "{sys.executable}" -m maturin "$@"',
}
#: Whoever follows the pages has told git who they are.
_COMMITTER = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Reader"), ("EMAIL", "reader@example.org"))
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """The example as the tutorial leaves it, tagged `set-up`, beside the clone that it comes from."""
    folder = tmp_path_factory.mktemp("documents")
    served = folder / "served"
    served.mkdir()
    copy_checkout(served)
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=All"]):
        run(["git", *command], served, environment=_COMMITTER).succeeded()
    run(["git", "clone", "--quiet", str(served), "cratewheel"], folder).succeeded()
    for name, text in _PROGRAMS.items():
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    copying, *further = blocks(read(TUTORIAL))
    root = folder / "textloc"
    perform(folder, root, copying, TUTORIAL)
    with repository(root, commit=False) as made:
        remote = folder / "remote.git"
        run(["git", "init", "--bare", "--quiet", str(remote)], folder).succeeded()
        made.git("remote", "add", "origin", str(remote))
        made.git("push", "--quiet", "--set-upstream", "origin", "main")
        follow(made, TUTORIAL, further)
        remove_tags(made)
        made.git("tag", "set-up")
        yield made


@pytest.mark.parametrize("page", [page for page in FOLLOWED if page != TUTORIAL])
def test_a_page_does_what_it_says(project: Repository, page: str) -> None:
    put_back(project)
    follow(project, page, blocks(read(page)))


def test_the_tutorial_leaves_everything_committed(project: Repository) -> None:
    put_back(project)
    assert project.git("status", "--porcelain") == ""


def test_a_file_after_the_last_command_is_read_too(project: Repository) -> None:
    put_back(project)
    page = """
```python
# packages/python/BUILD
maturin_wheel(name="textloc")
```

```python
# packages/python/BUILD
maturin_wheel(name="textloc", plattforms=["x86_64-unknown-linux-gnu"])
```
"""
    with pytest.raises(AssertionError, match="plattforms"):
        follow(project, "a page", blocks(page))


def follow(project: Repository, page: str, further: Iterable[Block]) -> None:
    """Does what the blocks of a page say, from the top."""
    # What nothing has looked at yet.
    unread: set[str] = set()
    for block in further:
        where = f"{page}:{block.line}"
        for path, text in block.files:
            # The README's files are where its clone has them: the example lies in `src/` there.
            name = path[len("src/") :] if page == "README.md" else path
            if name in unread:
                load(project, where)
                unread.clear()
            write(project.root / name, text)
            unread.add(name)
        if block.is_performed and block.language == "sh":
            perform(project.root, project.root, block, where)
            unread.clear()
    if unread:
        load(project, page)


def load(project: Repository, where: str) -> None:
    """Has Pants read every BUILD file and the options."""
    listed = project.pants("list", "::")
    assert listed.exit_code == 0, f"{where}\n{listed.output}"


def put_back(project: Repository) -> None:
    remove_tags(project)
    project.git("checkout", "--quiet", "--force", "main")
    project.git("reset", "--quiet", "--hard", "set-up")
    project.git("clean", "--quiet", "--force", "-d")
    shutil.rmtree(project.root / "dist", ignore_errors=True)


def remove_tags(project: Repository) -> None:
    for tag in project.git("tag").split():
        if tag != "set-up":
            project.git("tag", "--delete", tag)


def perform(folder: Path, root: Path, block: Block, where: str) -> None:
    environment = {
        **_COMMITTER,
        "PATH": f"{root.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "DOCUMENTED_REPOSITORY": str(root),
    }
    result = run(["sh", "-euc", block.text], folder, environment=environment)
    assert result.exit_code == 0, f"{where}\n{block.text}\n{result.output}"
    missing = missing_line(block.expects or (), result.output)
    assert missing is None, f"{where}: {missing!r} is not in\n{result.output}"


def write(path: Path, text: str) -> None:
    """Writes a file of a page; what a TOML file has besides stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".toml" and path.exists():
        document = tomlkit.parse(path.read_text())
        merge(document, tomlkit.parse(text))
        text = tomlkit.dumps(document)
    path.write_text(text)
