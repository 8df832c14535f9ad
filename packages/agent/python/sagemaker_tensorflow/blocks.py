"""A stream in large blocks: what a parser leaves over comes again at the head of the next one."""

FIRST_BYTES = 64 << 10
#: A slow stream is parsed as it comes: a block that is not full waits no longer than this for more.
PATIENCE_MILLISECONDS = 5


class Blocks:
    """Iterates over (bytes so far, whether these are the last). The consumer says what it consumed of them.

    A block grows when nothing of it could be consumed: a record may be of any size. Else it has `most_bytes`.
    """

    def __init__(self, fifo, most_bytes, measure):
        self._most_bytes = most_bytes
        self._fifo = fifo
        self._measure = measure
        self._buffer = bytearray(FIRST_BYTES)
        self._filled = 0
        self._offset = 0
        self._ended = False

    def place(self, position):
        """Where in the stream a position of the current block is, for a person."""
        return f"byte {self._offset + position} of {self._fifo.path}"

    def consume(self, count):
        """The first bytes are done with; any view of the block is void from now on."""
        rest = self._filled - count
        size = len(self._buffer)
        wanted = size if size >= max(self._most_bytes, 2 * rest) else 2 * size
        if count or wanted != size:
            left = self._buffer[count : self._filled]
            self._buffer = self._buffer if wanted == size else bytearray(wanted)
            self._buffer[:rest] = left
        self._filled = rest
        self._offset += count

    def __iter__(self):
        while not self._ended:
            with self._measure.reading():
                self._fill()
            yield memoryview(self._buffer)[: self._filled], self._ended

    def _fill(self):
        patience = None
        with memoryview(self._buffer) as view:
            while self._filled < len(view):
                count = self._fifo.read_into(view[self._filled :], patience)
                if count is None:
                    return
                if count == 0:
                    self._ended = True
                    return
                self._filled += count
                patience = PATIENCE_MILLISECONDS
