"""Finds the functions of inference.py and calls them."""
import importlib
import json
import os
import sys
import traceback


class UnfitScript(Exception):
    """The script cannot serve: its message is for who wrote it."""


class UserScript:
    """
    `handler` alone, or `input_handler` and `output_handler`.
    Source: SageMaker TensorFlow Serving container, python_service.py.
    """

    def __init__(self, path):
        self.module = imported(path)
        self.handler = getattr(self.module, "handler", None)
        self.input_handler = getattr(self.module, "input_handler", None)
        self.output_handler = getattr(self.module, "output_handler", None)
        if self.handler is None and (self.input_handler is None or self.output_handler is None):
            raise UnfitScript(
                "Handlers are not implemented correctly in user script: "
                + "inference.py must have handler, or both input_handler and output_handler; it has "
                + (", ".join(self._present()) or "neither")
            )

    def _present(self):
        return [name for name in ("input_handler", "output_handler") if hasattr(self.module, name)]


def imported(path):
    folder = os.path.dirname(path)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        module = importlib.import_module("inference")
    except Exception as error:
        traceback.print_exc()
        raise UnfitScript(summary(error)) from error
    return module


def summary(error):
    """The last line of a traceback, with the place for what cannot be compiled."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        place = "{}, line {}".format(os.path.basename(error.filename), error.lineno)
        return "{}: {} ({})".format(type(error).__name__, error.msg, place)
    return "{}: {}".format(type(error).__name__, error)


def output_of(value):
    """Body and content type of what a handler returned. Throws what the container's own unpacking does."""
    body, content_type = value
    if isinstance(body, str):
        body = body.encode("utf-8")
    elif isinstance(body, (bytearray, memoryview)):
        body = bytes(body)
    elif body is None:
        body = b""
    if not isinstance(body, bytes):
        raise TypeError("the body that a handler returns must be str or bytes, not " + type(body).__name__)
    return body, None if content_type is None else str(content_type)


def error_body(error):
    return json.dumps({"error": str(error)}).encode("utf-8")
