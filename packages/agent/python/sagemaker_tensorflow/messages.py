"""Records in messages of one size, which TensorFlow's own operations read and take apart.

Python only says where records are: a generator of ``tf.data`` costs 0.2 ms for each block, and nobody else can run
Python while it makes strings TensorFlow's. A message is a ``TensorProto``: records are its ``string_val``, or its
``tensor_content`` is the ticket of a list that waits in Python.
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
#: So many are read ahead.
MESSAGES_AHEAD = 4
#: The rest of a message stands after the block.
MESSAGE_BYTES = BLOCK_BYTES + 64

# Source: tensorflow/core/framework/tensor.proto.
MESSAGE, RECORDS, TICKETS = "tensorflow.TensorProto", "string_val", "tensor_content"
RECORD, TICKET = b"\x42", b"\x22"
#: A field that no TensorProto has: whatever it holds is passed over.
UNKNOWN, UNKNOWN_LENGTH_BYTES = b"\xa2\x06", 5


class Fields(NamedTuple):
    """Records that a block was made the fields of a message of: each with ``RECORD`` and its length before it."""

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
        counts, (fields, tickets) = tf.io.decode_proto(message, MESSAGE, [RECORDS, TICKETS], [tf.string] * 2)
        listed = lambda: tf.numpy_function(self.take, [tickets[0]], tf.string)
        records = tf.ensure_shape(tf.cond(counts[1] > 0, listed, lambda: fields), [None])
        return records, tf.reduce_any(counts > 0)


def records_of(open_stream, parse):
    """A dataset of scalar strings.

    Args:
        open_stream: Gives a FIFO and its `Benchmark`; called once for each iterator.
        parse: (block, whether it is the last, place) → (`Fields` or a list of bytes, how many bytes of the block that is).
    """
    lists = Lists()
    path = FILES.path_of(lambda: Messages(*open_stream(), parse, lists), MESSAGE_BYTES)
    messages = tf.data.FixedLengthRecordDataset(path, MESSAGE_BYTES, buffer_size=MESSAGE_BYTES)
    found = messages.prefetch(MESSAGES_AHEAD).map(lists.taken_apart)
    # Functions that only choose an argument are not even called: a call goes to another thread and back.
    return found.take_while(lambda _, are_some: are_some).map(lambda records, _: records).unbatch()


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
        while found := self._blocks.next(view[:BLOCK_BYTES]):
            with self._measure.reading():
                count, payload_bytes = self._write(view, *found)
            self._measure.count(count, payload_bytes)
            if count:
                return MESSAGE_BYTES
        self._reading.close()
        pass_over(view)
        return MESSAGE_BYTES

    def _write(self, view, block, is_last):
        """How many records, and their bytes: these only where they are wanted."""
        records, consumed = self._parse(block, is_last, self._blocks.place)
        self._blocks.consume(block, consumed)
        if isinstance(records, Fields):
            pass_over(view[records.end :])
            return records.count, records.payload_bytes
        if not records:
            return 0, 0
        field = self._ticket(records)
        view[: len(field)] = field
        pass_over(view[len(field) :])
        return len(records), sum(map(len, records)) if self._measure.is_wanted else 0

    def _ticket(self, records):
        ticket = self._lists.keep(records)
        self._tickets.append(ticket)
        return TICKET + varint(len(ticket)) + ticket

    def close(self):
        self._reading.close()
        for ticket in self._tickets:
            self._lists.take(ticket)


def pass_over(view):
    """Makes all of the view a field that nobody knows."""
    head_bytes = len(UNKNOWN) + UNKNOWN_LENGTH_BYTES
    view[:head_bytes] = UNKNOWN + varint(len(view) - head_bytes, UNKNOWN_LENGTH_BYTES)


def varint(number, size=1):
    """Seven bits a byte, the lowest first; of so many bytes at least."""
    found = bytearray()
    while number > 127 or len(found) < size - 1:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)
