"""GitHub's REST API as far as releases go, with the refusals of the real one."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Optional
from urllib.parse import parse_qs

from marked_secrets import secret

from cratewheel.registries.server import Answer, Request, json_answer

TOKEN = secret("ghs_release_writer")
REPOSITORY = "octo/demo"


@dataclass
class FakeGitHub:
    """One repository.

    Args:
        root: of this server, where files are sent, too.
        digests: whether files are listed with their sha256, as older servers do not.
        may_write: whether the token has `contents: write`.
    """

    root: str = ""
    digests: bool = True
    may_write: bool = True
    releases: list[dict[str, Any]] = field(default_factory=list)
    data: dict[int, bytes] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    before: Callable[[Request], Optional[Answer]] = lambda request: None
    lock: Any = field(default_factory=threading.RLock)

    def __call__(self, request: Request) -> Answer:
        intercepted = self.before(request)
        if intercepted is not None:
            return intercepted
        with self.lock:
            self.asked.append(request)
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return json_answer({"message": "Bad credentials"}, 401)
            base = f"/repos/{REPOSITORY}/releases"
            if not request.path.startswith(base):
                return json_answer({"message": "Not Found"}, 404)
            if request.method != "GET" and not self.may_write:
                return json_answer({"message": "Resource not accessible by integration"}, 403)
            return self._route(request, request.path[len(base) :].strip("/").split("/"))

    def release(self, tag: str) -> dict[str, Any]:
        (found,) = [each for each in self.releases if each["tag_name"] == tag]
        return found

    def add(self, tag: str, *, draft: bool, body: str = "") -> dict[str, Any]:
        number = len(self.releases) + 1
        made = {
            "id": number,
            "tag_name": tag,
            "draft": draft,
            "body": body,
            "prerelease": False,
            "upload_url": f"{self.root}/repos/{REPOSITORY}/releases/{number}/assets{{?name,label}}",
            "html_url": f"{self.root}/page/{tag}",
            "assets": [],
        }
        self.releases.append(made)
        return made

    def attach(
        self, release: dict[str, Any], name: str, data: bytes, state: str = "uploaded"
    ) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}" if self.digests else None
        number = len(self.data) + 1
        made = {
            "id": number,
            "name": name,
            "state": state,
            "size": len(data),
            "digest": digest,
        }
        self.data[number] = data
        release["assets"].append(made)
        return made

    def _route(self, request: Request, parts: list[str]) -> Answer:
        query = parse_qs(request.query)
        page = slice(100 * (int(query.get("page", ["1"])[0]) - 1), None)
        if parts[0] == "tags":
            found = [
                each
                for each in self.releases
                if each["tag_name"] == "/".join(parts[1:]) and not each["draft"]
            ]
            return json_answer(found[0]) if found else json_answer({"message": "Not Found"}, 404)
        if parts == [""] and request.method == "GET":
            return json_answer(self.releases[page][:100])
        if parts == [""]:
            asked = json.loads(request.body)
            made = self.add(asked["tag_name"], draft=asked["draft"], body=asked["body"])
            made["prerelease"] = asked["prerelease"]
            return json_answer(made, 201)
        if parts[0] == "assets":
            return self._asset(request, int(parts[1]))
        (release,) = [each for each in self.releases if each["id"] == int(parts[0])]
        if parts[1:] == ["assets"] and request.method == "GET":
            return json_answer(release["assets"][page][:100])
        if parts[1:] == ["assets"]:
            name = query["name"][0].replace("~", ".")
            if any(each["name"] == name for each in release["assets"]):
                errors = [{"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}]
                return json_answer({"message": "Validation Failed", "errors": errors}, 422)
            self.uploads.append(name)
            return json_answer(self.attach(release, name, request.body), 201)
        release.update(json.loads(request.body))
        return json_answer(release)

    def _asset(self, request: Request, number: int) -> Answer:
        if request.method == "GET":
            return Answer(200, self.data[number])
        for release in self.releases:
            release["assets"] = [each for each in release["assets"] if each["id"] != number]
        return Answer(204)
