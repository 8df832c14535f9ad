"""Where the blocks of a stream lie."""

import collections
import mmap
import os


class Heap:
    """One buffer, used again and again: for who copies what it takes."""

    def first(self, size):
        return bytearray(size)

    def grown(self, buffer, size):
        """A larger buffer with the same content."""
        return buffer + bytes(size - len(buffer))

    def following(self, buffer, size):
        """The buffer of the next block."""
        return buffer if len(buffer) == size else bytearray(size)


class MemoryFiles:
    """Each block lies in a file in memory, which others can read by its path while the next ones are filled.

    There are ``count`` files: the one of a block is written again ``count`` blocks later.
    """

    def __init__(self, count):
        self._files = collections.deque(os.memfd_create("pipe-mode", os.MFD_CLOEXEC) for _ in range(count))
        self._maps = {}

    @property
    def current(self):
        """Descriptor of the block's file."""
        return self._files[0]

    def first(self, size):
        return self._mapped(size)

    def grown(self, _buffer, size):
        return self._mapped(size)

    def following(self, _buffer, size):
        self._files.rotate(-1)
        return self._mapped(size)

    def close(self):
        self._maps.clear()
        for file in self._files:
            os.close(file)

    def _mapped(self, size):
        file = self.current
        os.ftruncate(file, size)
        found = self._maps.get(file)
        if found is None or len(found) != size:
            found = self._maps[file] = mmap.mmap(file, size)
        return found


def path_of(file):
    return f"/proc/self/fd/{file}"
