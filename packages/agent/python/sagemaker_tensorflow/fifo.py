"""Opening the FIFO of an epoch."""

import contextlib
import fcntl
import os
import time

#: More than a pipe has by itself, so that writer and reader wake each other less often.
PIPE_BYTES = 1 << 20
SET_PIPE_SIZE = 1031


@contextlib.contextmanager
def open_fifo(path):
    """Waits for the FIFO, opens it for reading and closes it. Yields its descriptor."""
    wait_for(path)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, SET_PIPE_SIZE, PIPE_BYTES)
        yield descriptor
    finally:
        os.close(descriptor)


def wait_for(path):
    """Looks for the file at growing intervals, for about two hours. Raises FileNotFoundError."""
    for seconds in waits():
        if os.path.exists(path):
            return
        time.sleep(seconds)
    if not os.path.exists(path):
        raise FileNotFoundError(f"File does not exist: {path}")


def waits():
    """One second in small steps, then 1, 2, 3 … 119 seconds, as the original package."""
    yield from [0.01] * 100
    yield from range(1, 120)
