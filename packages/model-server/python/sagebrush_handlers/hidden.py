"""Packages that AWS's container has not: a script that brings none of its own must not find ours."""
import sys
from importlib.machinery import PathFinder


def hide(names):
    """Has the packages not be found among what is installed; in folders of the script's own they are."""
    if names:
        hiding = HidingFinder(frozenset(names))
        sys.meta_path[:] = [hiding if finder is PathFinder else finder for finder in sys.meta_path]


class HidingFinder:
    """Python's own way to find modules, but for some."""

    def __init__(self, names):
        self._names = names

    def find_spec(self, name, path=None, target=None):
        spec = PathFinder.find_spec(name, path, target)
        is_hidden = spec is not None and name in self._names and "site-packages" in (spec.origin or "")
        return None if is_hidden else spec

    def __getattr__(self, name):
        return getattr(PathFinder, name)
