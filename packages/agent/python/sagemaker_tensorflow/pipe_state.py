"""Which epoch of a channel comes next, kept over iterators, datasets and programs."""

import contextlib
import fcntl
import os


class PipeState:
    """The number of the next epoch, in ``<directory>/.<channel>-pipe_mode-state``."""

    def __init__(self, directory, channel):
        os.makedirs(directory, exist_ok=True)
        self._state_path = os.path.join(directory, f".{channel}-pipe_mode-state")
        self._lock_path = os.path.join(directory, f".{channel}-pipe_mode-lock")
        with self._locked():
            if not os.path.exists(self._state_path):
                self._write(0)

    def take(self):
        """The number of an epoch that nobody else gets."""
        with self._locked():
            with open(self._state_path, encoding="ascii") as file:
                epoch = int(file.read() or 0)
            self._write(epoch + 1)
            return epoch

    def _write(self, epoch):
        with open(self._state_path, "w", encoding="ascii") as file:
            file.write(str(epoch))

    @contextlib.contextmanager
    def _locked(self):
        with open(self._lock_path, "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
