"""The trees that are drawn at the top of each errors.py are the trees that the code has."""

from __future__ import annotations

import inspect
import re
from types import ModuleType

import pytest

import bot.errors
import crm_api.errors
import storage.errors

_LINE = re.compile(r"^ {0,4}((?:[│ ] {3}|[├└]── )*)([A-Z]\w+)(?=\s|$)")


def drawn(module: ModuleType) -> dict[str, str]:
    """Each class of the drawing → the class that it hangs from ("" for a root)."""
    found: dict[str, str] = {}
    above: list[str] = []
    for line in (module.__doc__ or "").splitlines()[1:]:
        match = _LINE.match(line)
        if match is None or (not match[1] and not match[2].endswith(("Error", "Config"))):
            continue
        depth = len(match[1]) // 4
        above[depth:] = [match[2]]
        found[match[2]] = above[depth - 1] if depth else ""
    return found


def real(module: ModuleType) -> dict[str, str]:
    """The same, from the classes."""
    return {
        name: one.__mro__[1].__name__.removeprefix("Exception")
        for name, one in inspect.getmembers(module, inspect.isclass)
        if one.__module__ == module.__name__ and issubclass(one, BaseException)
    }


@pytest.mark.parametrize("module", [bot.errors, crm_api.errors, storage.errors])
def test_the_drawing_is_the_tree(module: ModuleType) -> None:
    assert drawn(module) == real(module)
    assert len(real(module)) > 1


@pytest.mark.parametrize("module", [bot.errors, crm_api.errors, storage.errors])
def test_every_error_says_what_it_means(module: ModuleType) -> None:
    for name, one in inspect.getmembers(module, inspect.isclass):
        assert one.__doc__, name
