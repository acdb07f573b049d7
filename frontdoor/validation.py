"""Checks settings with pydantic and says what is wrong in the words of whoever wrote them."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from frontdoor.problems import Problem
from frontdoor.yaml_file import Location

Model = TypeVar("Model", bound=BaseModel)

_EXPECTED = {
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "int_from_float": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not text",
    "tuple_type": "is not a list",
    "list_type": "is not a list",
    "dict_type": "is not a group of settings",
    "model_type": "is not a group of settings",
    "model_attributes_type": "is not a group of settings",
    "missing": "is missing",
}


def check_model(
    model: type[Model], values: Mapping[str, Any], where: Callable[[Location], str]
) -> tuple[Model | None, list[Problem]]:
    """`values` as a `model`, or None and everything that is wrong. `where` names the place of a field."""
    try:
        return model.model_validate(values), []
    except ValidationError as error:
        return None, [_problem(model, details, where) for details in error.errors(include_url=False)]


def _problem(model: type[BaseModel], details: ErrorDetails, where: Callable[[Location], str]) -> Problem:
    location = details["loc"]
    place = where(location)
    if details["type"] == "frontdoor":
        return Problem(where=place, what=details["ctx"]["what"], remedy=details["ctx"]["remedy"])
    if details["type"] == "extra_forbidden":
        return Problem(where=place, what="is not a setting", remedy=_known(model, location))
    what = _EXPECTED.get(details["type"]) or f"is not allowed: {details['msg'].removeprefix('Value error, ').lower()}"
    return Problem(where=place, what=what, remedy=_remedy(model, location))


def _known(model: type[BaseModel], location: Location) -> str:
    section = _section(model, location[:-1])
    names = [field.alias or name for name, field in section.model_fields.items()]
    close = difflib.get_close_matches(str(location[-1]), names, n=1)
    return f"Did you mean {close[0]}?" if close else f"Remove it, or use one of: {', '.join(names)}."


def _remedy(model: type[BaseModel], location: Location) -> str:
    names = [part for part in location if isinstance(part, str)]
    if not names:
        return "See docs/configuration.md."
    section = _section(model, tuple(names[:-1]))
    field = next((field for name, field in section.model_fields.items() if (field.alias or name) == names[-1]), None)
    if field is None or not field.description:
        return "Write its settings below it, indented; see docs/configuration.md."
    default = "" if field.is_required() else f" Default: {plain(field.get_default(call_default_factory=True))}."
    return f"It means: {' '.join(field.description.split())}{default}"


def _section(model: type[BaseModel], location: Location) -> type[BaseModel]:
    """The group of settings at `location`."""
    for part in location:
        field = model.model_fields.get(str(part))
        model = (nested_section(field) if field else None) or model
    return model


def nested_section(field: FieldInfo) -> type[BaseModel] | None:
    """The group of settings that a field holds (also when it may be left out), or None for a plain value."""
    kinds = get_args(field.annotation) or (field.annotation,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def plain(value: object) -> str:
    """A default as a reader of the documentation writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "empty" if str(value) in {"", "**********"} else str(value)
