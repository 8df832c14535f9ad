"""Packages that AWS's container has not: a script that brings none of its own must not find ours."""
import sys


def hide(names):
    """Makes imports of the packages fail, as if they were not installed, unless a folder of the script's has them."""
    if names:
        sys.meta_path.insert(0, Hider(names))


class Hider:
    def __init__(self, names):
        self._names = frozenset(names)

    def find_spec(self, name, path=None, target=None):
        if path is None and name in self._names and not self._brought(name):
            raise ModuleNotFoundError("No module named {!r}".format(name), name=name)
        return None

    @staticmethod
    def _brought(name):
        from importlib.machinery import PathFinder

        spec = PathFinder.find_spec(name)
        return spec is not None and "site-packages" not in (spec.origin or "")
