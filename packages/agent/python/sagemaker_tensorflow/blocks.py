"""A stream in large blocks, in memory that is given: what a parser leaves over comes again at the head of the next one."""

#: A slow stream is parsed as it comes: a block that is not full waits no longer than this for more.
PATIENCE_MILLISECONDS = 5


class Blocks:
    """The consumer says what it consumed of each block before it asks for the next one.

    A block of which nothing could be consumed comes again with twice the room, in memory of its own: a record may be of
    any size.
    """

    def __init__(self, fifo, measure):
        self._fifo = fifo
        self._measure = measure
        self._left = b""
        self._least_bytes = 0
        self._offset = 0
        self._ended = False

    def place(self, position):
        """Where in the stream a position of the current block is, for a person."""
        return f"byte {self._offset + position} of {self._fifo.path}"

    def next(self, view):
        """The bytes so far, in the view if it is large enough, and whether these are the last. None after them."""
        if self._ended:
            return None
        if self._least_bytes > len(view):
            view = memoryview(bytearray(self._least_bytes))
        with self._measure.reading():
            return view[: self._filled(view)], self._ended

    def consume(self, block, count):
        """The first bytes of the block are done with."""
        self._left = bytes(block[count:])
        self._least_bytes = 2 * len(self._left)
        self._offset += count

    def _filled(self, view):
        filled = len(self._left)
        view[:filled] = self._left
        patience = None
        while filled < len(view):
            count = self._fifo.read_into(view[filled:], patience)
            if count is None:
                break
            if count == 0:
                self._ended = True
                break
            filled += count
            patience = PATIENCE_MILLISECONDS
        return filled
