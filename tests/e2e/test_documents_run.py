"""Every command of the README and of docs/ does what its page says.

One repository serves all pages, put back before each: the example of `src/`, as somebody has it who has done
the tutorial. The tutorial itself starts from its bare manifests.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import tomlkit
from document_blocks import Block, blocks, missing_line
from markdown_pages import read
from pants_run import CHECKOUT, Repository, repository, run
from toml_files import merge

pytestmark = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")

TUTORIAL = "docs/tutorial.md"
PAGES = [
    page.as_posix()
    for page in [Path(TUTORIAL), Path("README.md"), *sorted(Path("docs").rglob("*.md"))]
    if any(block.language == "sh" and not block.not_run for block in blocks(read(page.as_posix())))
]
#: The program by which a page starts Pants, whether it says `pants` or `./pants`.
_PANTS = '#!/bin/sh\nexec "$DOCUMENTED_REPOSITORY/pants" "$@"\n'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """The example with its bare manifests, tagged `bare`, and after the tutorial, tagged `set-up`."""
    folder = tmp_path_factory.mktemp("documents")
    # A clone of cratewheel beside the user's repository, as the pages have it.
    (folder / "cratewheel").symlink_to(CHECKOUT)
    remote = folder / "remote.git"
    run(["git", "init", "--bare", "--quiet", str(remote)], folder).succeeded()
    root = folder / "textloc"
    shutil.copytree("src", root, ignore=shutil.ignore_patterns("BUILD", "target", "__pycache__"))
    program = folder / "bin" / "pants"
    program.parent.mkdir()
    program.write_text(_PANTS)
    program.chmod(0o755)
    with repository(root) as made:
        made.git("remote", "add", "origin", str(remote))
        made.git("push", "--quiet", "--set-upstream", "origin", "main")
        made.git("tag", "bare")
        yield made


@pytest.fixture(scope="module")
def after_the_tutorial(project: Repository) -> str:
    """The tag of the repository as the tutorial leaves it."""
    follow(project, TUTORIAL)
    project.git("tag", "set-up")
    return "set-up"


@pytest.mark.parametrize("page", [page for page in PAGES if page != TUTORIAL])
def test_a_page_does_what_it_says(project: Repository, after_the_tutorial: str, page: str) -> None:
    follow(project, page, after_the_tutorial)


def test_the_tutorial_does_what_it_says(after_the_tutorial: str) -> None:
    # It has been followed, and ends in a repository in which everything is committed.
    assert after_the_tutorial == "set-up"


def follow(project: Repository, page: str, start: str = "bare") -> None:
    """Does what a page says, from the top."""
    put_back(project, start)
    try:
        for block in blocks(read(page)):
            for name, text in block.files:
                write(project.root / name, text)
            if block.language == "sh" and block.not_run is None:
                perform(project, block, f"{page}:{block.line}")
    finally:
        for tag in project.git("tag").split():
            if tag not in ("bare", "set-up"):
                project.git("tag", "--delete", tag)


def put_back(project: Repository, start: str) -> None:
    project.git("checkout", "--quiet", "--force", "main")
    project.git("reset", "--quiet", "--hard", start)
    project.git("clean", "--quiet", "--force", "-d")
    shutil.rmtree(project.root / "dist", ignore_errors=True)


def perform(project: Repository, block: Block, where: str) -> None:
    environment = {
        "PATH": f"{project.root.parent / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "DOCUMENTED_REPOSITORY": str(project.root),
    }
    script = ["sh", "-euc", block.text]
    result = run(script, project.root, environment=environment)
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
