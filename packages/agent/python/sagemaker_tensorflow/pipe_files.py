"""Streams as files that TensorFlow's own datasets read: of the scheme ``pipemode``, opened anew by each iterator."""

import itertools

import tensorflow as tf
from tensorflow_files.binding import Reading
from tensorflow_files.errors import CANCELLED, DATA_LOSS, FAILED_PRECONDITION, FileSystemError
from tensorflow_files.registration import register

from .fifo import ENDING, ProgramEnds

SCHEME = "pipemode"


class PipeFiles:
    """Each path stands for a function that opens a stream."""

    def __init__(self):
        self._openers = {}
        self._units = {}
        self._numbers = itertools.count()

    def path_of(self, opener, unit_bytes=1):
        """The path of what it opens: an object with ``read_into(view)``, which gives 0 at the end and
        raises ValueError for data that it cannot read, and ``close()``.

        The size that TensorFlow is told is a multiple of the unit. A dataset can be iterated over for as long as the
        program runs, and so long the opener is kept.
        """
        path = f"{SCHEME}://{next(self._numbers)}"
        self._openers[path] = opener
        self._units[path] = unit_bytes
        return path

    def size(self, path):
        """As good as endless."""
        return self._units[path] << 40

    def reader(self, path):
        return Stream(self._openers[path]())

    def end(self):
        ENDING.come()


class Stream:
    """What TensorFlow takes for a file, and reads from its begin to its end."""

    def __init__(self, source):
        self._source = source
        self._position = 0

    def read_into(self, view, offset):
        if offset != self._position:
            raise FileSystemError(FAILED_PRECONDITION, "the stream of a pipe cannot be read from another position")
        try:
            count = self._source.read_into(view)
        except ProgramEnds as error:
            raise FileSystemError(CANCELLED, str(error)) from error
        except ValueError as error:
            raise FileSystemError(DATA_LOSS, str(error)) from error
        self._position += count
        return count, count == 0

    def close(self):
        self._source.close()


FILES = PipeFiles()
if not register(tf, SCHEME, Reading, FILES):
    raise ImportError(f"TensorFlow {tf.__version__} takes no file systems")
