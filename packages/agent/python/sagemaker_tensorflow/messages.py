"""Records in messages of one size, which TensorFlow's own operations read and take apart.

Python only says where records are: a generator of ``tf.data`` costs 0.2 ms for each block, and nobody else can run
Python while it makes strings TensorFlow's. A message is a ``TensorProto`` of strings: a vector of records, or a scalar,
the ticket of a list that waits in Python.
"""

import contextlib
import itertools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from .blocks import Blocks
from .pipe_files import FILES

#: Large enough that handing it over between threads costs little.
BLOCK_BYTES = 2 << 20
#: The rest of a message stands before and after the block.
HEAD_BYTES, MESSAGE_BYTES = 32, BLOCK_BYTES + 64

# Source: tensorflow/core/framework/tensor.proto and tensor_shape.proto.
STRINGS, SHAPE, DIMENSION, SIZE, STRING = b"\x08\x07", b"\x12", b"\x12", b"\x08", b"\x42"
#: A field that no TensorProto has: whatever it holds is passed over.
UNKNOWN, UNKNOWN_LENGTH_BYTES = b"\xa2\x06", 5


class Fields(NamedTuple):
    """Records that a block was made the fields of a message of: each with ``STRING`` and its length before it."""

    count: int
    payload_bytes: int
    #: Where the last one ends.
    end: int


class Lists:
    """Records for which a message has only a ticket."""

    def __init__(self):
        self._lists = {}
        self._numbers = itertools.count()

    def keep(self, records):
        ticket = b"%d" % next(self._numbers)
        self._lists[ticket] = records
        return ticket

    def take(self, ticket):
        return np.array(self._lists.pop(ticket, []), object)

    def taken_apart(self, message):
        """The records of a message, and whether there are any."""
        found = tf.io.parse_tensor(message, tf.string)
        listed = lambda: tf.numpy_function(self.take, [found], tf.string)
        records = tf.ensure_shape(tf.cond(tf.rank(found) == 0, listed, lambda: found), [None])
        return records, tf.size(records) > 0


def records_of(open_stream, parse):
    """A dataset of scalar strings.

    Args:
        open_stream: Gives a FIFO and its `Benchmark`; called once for each iterator.
        parse: (block, whether it is the last, place) → (`Fields` or a list of bytes, how many bytes of the block that is).
    """
    lists = Lists()
    path = FILES.path_of(lambda: Messages(*open_stream(), parse, lists), MESSAGE_BYTES)
    messages = tf.data.FixedLengthRecordDataset(path, MESSAGE_BYTES, buffer_size=MESSAGE_BYTES)
    found = messages.prefetch(2).map(lists.taken_apart)
    # Functions that only choose an argument are not even called: a call goes to another thread and back.
    records = found.take_while(lambda _, are_some: are_some).map(lambda records, _: records)
    return records.prefetch(1).unbatch()


class Messages:
    """A stream as messages. Such without records come after its end."""

    def __init__(self, fifo, measure, parse, lists):
        self._measure = measure
        self._parse = parse
        self._lists = lists
        self._blocks = Blocks(fifo, measure)
        self._tickets = []
        self._reading = contextlib.ExitStack()
        self._reading.callback(measure.end)
        self._reading.callback(fifo.close)

    def read_into(self, view):
        """Makes the view the next message."""
        body = view[HEAD_BYTES : HEAD_BYTES + BLOCK_BYTES]
        while found := self._blocks.next(body):
            with self._measure.reading():
                count, payload_bytes = self._write(view, *found)
            self._measure.count(count, payload_bytes)
            if count:
                return MESSAGE_BYTES
        self._reading.close()
        enclose(view, [0], 0)
        return MESSAGE_BYTES

    def _write(self, view, block, is_last):
        """How many records, and their bytes: these only where they are wanted."""
        records, consumed = self._parse(block, is_last, self._blocks.place)
        self._blocks.consume(block, consumed)
        if isinstance(records, Fields):
            enclose(view, [records.count], records.end)
            return records.count, records.payload_bytes
        if not records:
            return 0, 0
        ticket = self._lists.keep(records)
        self._tickets.append(ticket)
        field = delimited(STRING, ticket)
        view[HEAD_BYTES : HEAD_BYTES + len(field)] = field
        enclose(view, [], len(field))
        return len(records), sum(map(len, records)) if self._measure.is_wanted else 0

    def close(self):
        self._reading.close()
        for ticket in self._tickets:
            self._lists.take(ticket)


def enclose(view, shape, size):
    """Writes what stands before and after fields of that size."""
    dimensions = b"".join(delimited(DIMENSION, SIZE + varint(count)) for count in shape)
    head = STRINGS + delimited(SHAPE, dimensions)
    view[:HEAD_BYTES] = head + passed_over(HEAD_BYTES - len(head)).ljust(HEAD_BYTES - len(head), b"\0")
    end = HEAD_BYTES + size
    rest = passed_over(len(view) - end)
    view[end : end + len(rest)] = rest


def passed_over(size):
    """The begin of so many bytes that are a field which nobody knows."""
    return UNKNOWN + varint(size - len(UNKNOWN) - UNKNOWN_LENGTH_BYTES, UNKNOWN_LENGTH_BYTES)


def delimited(tag, content):
    return tag + varint(len(content)) + content


def varint(number, size=1):
    """Seven bits a byte, the lowest first; of so many bytes at least."""
    found = bytearray()
    while number > 127 or len(found) < size - 1:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)
