"""The JSON Schema of a plan file, rendered from the dataclasses by which one is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from cratewheel.plan.model import SCHEMA, PlanDocument
from cratewheel.shapes import json_key

#: The file that `render_schema` is for, relative to the repository.
SCHEMA_PAGE = "docs/reference/plan.schema.json"

_TYPES: Mapping[Any, str] = {str: "string", bool: "boolean", int: "integer", type(None): "null"}


def render_schema() -> str:
    """The schema as text: JSON Schema 2020-12, two-space indented, with a final newline."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A release plan of cratewheel, schema {SCHEMA}",
        **_of(PlanDocument),
    }
    schema["properties"]["schema"] = {"const": SCHEMA}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _of(hint: Any) -> dict[str, Any]:
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return {
            "type": "object",
            "description": (hint.__doc__ or "").split("\n", 1)[0],
            "properties": {json_key(field): _of(hints[field.name]) for field in fields(hint)},
            "required": [
                json_key(field)
                for field in fields(hint)
                if field.default is MISSING and field.default_factory is MISSING
            ],
        }
    if get_origin(hint) is Union:
        return {"type": [_TYPES[each] for each in get_args(hint)]}
    if get_origin(hint) is tuple:
        (item, _) = get_args(hint)
        if get_origin(item) is tuple:
            return {"type": "object", "additionalProperties": _of(get_args(item)[1])}
        return {"type": "array", "items": _of(item)}
    return {"type": _TYPES[hint]}
