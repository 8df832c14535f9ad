"""What has to happen before the process ends.

A thread of TensorFlow that calls Python while Python ends takes the whole process down. Pipelines of ``tf.data`` have
such threads for as long as their iterators live, which is often to the very end. So first everything that was written is
stored, then every call is refused: the pipelines fill their buffers with errors that nobody reads, and fall silent.
"""

import atexit
import threading
import time

from tensorflow_files.errors import CANCELLED, FileSystemError

_SILENCE_SECONDS = 0.1
_PATIENCE_SECONDS = 10


class Calls:
    """Counts the calls from TensorFlow that are under way."""

    def __init__(self, is_idle, before_end):
        self._is_idle = is_idle
        self._before_end = before_end
        self._lock = threading.Lock()
        self._running = 0
        self._last = 0.0
        self._is_ending = False
        self._is_watched = False

    def __enter__(self):
        with self._lock:
            self._last = time.monotonic()
            if self._is_ending:
                raise FileSystemError(CANCELLED, "the program is ending")
            self._running += 1
            if not self._is_watched:
                # Late, so that what others registered for the end comes after it.
                self._is_watched = True
                atexit.register(self._end)

    def __exit__(self, *error):
        with self._lock:
            self._running -= 1
            self._last = time.monotonic()

    def _end(self):
        self._before_end()
        self._is_ending = True
        limit = time.monotonic() + _PATIENCE_SECONDS
        while not self._is_silent() and time.monotonic() < limit:
            time.sleep(_SILENCE_SECONDS / 5)

    def _is_silent(self):
        with self._lock:
            return self._running == 0 and (
                self._is_idle() or time.monotonic() - self._last > _SILENCE_SECONDS
            )
