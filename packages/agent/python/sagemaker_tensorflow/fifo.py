"""The FIFO of an epoch."""

import atexit
import contextlib
import fcntl
import os
import select
import time

#: More than a pipe has by itself, so that writer and reader wake each other less often.
PIPE_BYTES = 1 << 20
SET_PIPE_SIZE = 1031


class ProgramEnds(Exception):
    """There is no use in waiting any longer."""


class Ending:
    """Ends all waiting when the program ends."""

    def __init__(self):
        self._descriptor, self._other_end = os.pipe()
        self._process = os.getpid()

    def come(self):
        # A forked process has the same pipe, and its end is not its parent's.
        if os.getpid() == self._process:
            os.write(self._other_end, b"!")

    def wait(self, milliseconds=None, descriptor=None):
        """False when so much time has passed; true when the descriptor, if one is given, can be read."""
        poll = select.poll()
        for each in (self._descriptor, descriptor):
            if each is not None:
                poll.register(each, select.POLLIN)
        ready = poll.poll(milliseconds)
        if any(each == self._descriptor for each, _ in ready):
            raise ProgramEnds("the program is ending")
        return bool(ready)


ENDING = Ending()
# Python would wait for a generator that waits for a pipe. What was waiting needs a moment to say so.
atexit.register(time.sleep, 0.1)
atexit.register(ENDING.come)


class Fifo:
    """The reading end of a FIFO. Waits until it is there."""

    def __init__(self, path):
        self.path = path
        wait_for(path)
        # Without waiting, not even for somebody who writes: that is done in a way that can be ended.
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._descriptor, SET_PIPE_SIZE, PIPE_BYTES)

    def read_into(self, view, patience_milliseconds=None):
        """How many bytes came: as soon as some are there, 0 at the end, None when none came in time."""
        if not ENDING.wait(patience_milliseconds, self._descriptor):
            return None
        return os.readv(self._descriptor, [view])

    def close(self):
        os.close(self._descriptor)


def wait_for(path):
    """Looks for the file at growing intervals, for about two hours. Raises FileNotFoundError."""
    for seconds in waits():
        if os.path.exists(path):
            return
        ENDING.wait(seconds * 1000)
    if not os.path.exists(path):
        raise FileNotFoundError(f"File does not exist: {path}")


def waits():
    """One second in small steps, then 1, 2, 3 … 119 seconds, as the original package."""
    yield from [0.01] * 100
    yield from range(1, 120)
