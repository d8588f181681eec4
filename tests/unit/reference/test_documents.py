"""What links documents together, and what must not be in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_pages import PAGES, read

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    targets = [link for link in LINK.findall(read(page)) if not link.startswith("https://")]
    missing = [link for link in targets if not (Path(page).parent / link).resolve().exists()]
    assert missing == []


def test_every_document_is_reached_from_the_readme() -> None:
    reached = {"README.md"}
    waiting = ["README.md"]
    while waiting:
        page = waiting.pop()
        for link in LINK.findall(read(page)):
            path = Path(page).parent.joinpath(link)
            if link.endswith(".md") and "://" not in link:
                name = path.resolve().relative_to(Path().resolve()).as_posix()
                if name not in reached and name in PAGES:
                    reached.add(name)
                    waiting.append(name)
    assert set(PAGES) - reached == set()


@pytest.mark.parametrize("page", PAGES)
def test_no_path_of_anybodys_machine(page: str) -> None:
    assert re.findall(r"(?:^|[\s\"'(=])/(?:home|root|Users|work|tmp)/\S*", read(page)) == []
