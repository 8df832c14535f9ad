"""Gives an old switch its effect: ``TF_DISABLE_MKL=1`` turns oneDNN off.

Python runs this at its start. TensorFlow was once built so that it read that variable; today's reads
``TF_ENABLE_ONEDNN_OPTS`` alone. A script sets the former in its job's environment or by itself, at the latest before it
imports TensorFlow: so it is looked at then.
"""

import importlib.machinery
import importlib.util
import os
import sys


class OneDnnSwitch:
    """Looks at the switch when TensorFlow is imported; finds no module itself."""

    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            translate(os.environ)
        return None


def translate(variables):
    if variables.get("TF_DISABLE_MKL", "").lower() not in ("1", "true"):
        return
    if "TF_ENABLE_ONEDNN_OPTS" not in variables:
        variables["TF_ENABLE_ONEDNN_OPTS"] = "0"
        print("sagebrush: TF_DISABLE_MKL is set: oneDNN (formerly MKL-DNN) is off", file=sys.stderr, flush=True)


def run_next():
    """This module hides another of its name, which somebody else may rely on."""
    here = os.path.dirname(os.path.abspath(__file__))
    others = [path for path in sys.path if os.path.abspath(path or ".") != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)


sys.meta_path.insert(0, OneDnnSwitch())
run_next()
