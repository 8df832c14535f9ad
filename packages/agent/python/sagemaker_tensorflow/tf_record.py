"""TFRecord: ``<u8 length> <u4 checksum of it> payload <u4 checksum of it>``, little endian.

TensorFlow itself parses and verifies. Here records are only found, where they are counted or may be left out.
"""

import os
import re
import struct

import tensorflow as tf

from .blocks import Blocks

BLOCK_BYTES = 4 << 20
LENGTH = struct.Struct("<Q")
HEADER_BYTES = 12
FOOTER_BYTES = 4


class Checked:
    """The stream of a channel, record by record: counted, and without those that may be left out."""

    def __init__(self, fifo, measure, skips):
        self._fifo = fifo
        self._blocks = Blocks(fifo, measure)
        self._room = memoryview(bytearray(BLOCK_BYTES))
        self._measure = measure
        self._skips = Skips(skips) if skips else None
        self._left = memoryview(b"")

    def read_into(self, view):
        while not self._left:
            found = self._blocks.next(self._room)
            if found is None:
                return 0
            self._take(*found)
        count = min(len(view), len(self._left))
        view[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    def _take(self, data, is_last):
        with self._measure.reading():
            starts, end = outline(data)
            # What is wrong with a length or an end is TensorFlow's to tell.
            size = len(data) if is_last or is_hopeless(data, end) else end
            taken = bytes(data[:size])
            self._left = memoryview(self._skips.sound_bytes(taken, starts) if self._skips else taken)
            self._blocks.consume(data, size)
            self._measure.count(len(starts), end - (HEADER_BYTES + FOOTER_BYTES) * len(starts))

    def close(self):
        self._fifo.close()
        self._measure.end()
        if self._skips:
            self._skips.close()


def outline(data):
    """Starts of the whole records, and the end of the last."""
    starts = []
    position = 0
    size = len(data)
    unpack, add = LENGTH.unpack_from, starts.append
    while position + HEADER_BYTES <= size:
        following = position + unpack(data, position)[0] + HEADER_BYTES + FOOTER_BYTES
        if following > size:
            break
        add(position)
        position = following
    return starts, position


def is_hopeless(data, position):
    """Whether the next record's length is not what was written: there is no use in waiting for so many bytes."""
    header = bytes(data[position : position + HEADER_BYTES])
    return len(header) == HEADER_BYTES and masked_checksum(header[:8]) != struct.unpack_from("<I", header, 8)[0]


class Skips:
    """Leaves out records whose payload is not what was written, as many as may be."""

    def __init__(self, most):
        self._left = most
        self._scratch = os.memfd_create("pipe-mode-check", os.MFD_CLOEXEC)

    def close(self):
        os.close(self._scratch)

    def sound_bytes(self, data, starts):
        """The data without such records; one that is too much stays, for TensorFlow to tell."""
        pieces = []
        first = 0
        while self._left > 0:
            corrupted = self._first_corrupted(data[first:])
            if corrupted is None or corrupted + first - HEADER_BYTES not in starts:
                break
            start = corrupted + first - HEADER_BYTES
            pieces.append(data[first:start])
            first = start + HEADER_BYTES + LENGTH.unpack_from(data, start)[0] + FOOTER_BYTES
            self._left -= 1
        return b"".join([*pieces, data[first:]]) if pieces else data

    def _first_corrupted(self, data):
        """Where the payload of the first record is that TensorFlow refuses."""
        try:
            os.ftruncate(self._scratch, os.pwrite(self._scratch, data, 0))
            count_records(tf.constant(f"/proc/self/fd/{self._scratch}"))
            return None
        except tf.errors.DataLossError as error:
            found = re.search(r"corrupted record at (\d+)", str(error))
            return int(found[1]) if found else None


@tf.function(input_signature=[tf.TensorSpec([], tf.string)])
def count_records(path):
    records = tf.data.TFRecordDataset(path)
    return records.reduce(tf.constant(0, tf.int64), lambda count, _: count + 1)


def masked_checksum(data):
    """CRC-32C as TFRecord files have it: rotated, with a constant added."""
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum ^= byte
        for _ in range(8):
            checksum = checksum >> 1 ^ (0x82F63B78 if checksum & 1 else 0)
    checksum ^= 0xFFFFFFFF
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
