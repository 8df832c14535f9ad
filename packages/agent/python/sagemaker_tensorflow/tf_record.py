"""TFRecord: ``<u8 length> <u4 checksum of it> payload <u4 checksum of it>``, little endian.

TensorFlow parses and verifies. Here the stream is only cut between records; each piece becomes a file in memory, whose
path TensorFlow gets.
"""

import collections
import contextlib
import os
import re
import struct

import tensorflow as tf

#: How many pieces lie ready while TensorFlow parses another.
AHEAD = 1
READ_BYTES = 1 << 20
LENGTH = struct.Struct("<Q")
HEADER_BYTES = 12
FOOTER_BYTES = 4
#: A file of no records.
NOTHING = "/dev/null"


def segments(stream, measure, skips):
    """Paths of the pieces, in order. A piece lasts until the iterator asks for the one after the next but ``AHEAD``."""
    with contextlib.closing(Ring(AHEAD + 3)) as ring, contextlib.closing(Skips(skips)) as left:
        for data, is_last in stream:
            with measure.reading():
                starts, end = outline(data)
                # What is wrong with a length or an end is TensorFlow's to tell.
                handed = len(data) if is_last or is_hopeless(data, end) else end
                pieces = left.sound_pieces(data[:handed], starts) if skips else [data[:handed]]
                path = ring.write(pieces) if handed else None
                data.release()
                stream.consume(handed)
                measure.count(len(starts), end - (HEADER_BYTES + FOOTER_BYTES) * len(starts))
            if path is not None:
                yield path
        # Asking for these says that the last pieces are done with.
        yield from [NOTHING] * (AHEAD + 2)


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


class Ring:
    """Files in memory that are used again and again."""

    def __init__(self, count):
        self._files = collections.deque(os.memfd_create("pipe-mode", os.MFD_CLOEXEC) for _ in range(count))

    def write(self, pieces):
        """The path of the file that was written longest ago, with this content now."""
        file = self._files[0]
        self._files.rotate(-1)
        position = 0
        for piece in pieces:
            while piece:
                count = os.pwrite(file, piece, position)
                position += count
                piece = piece[count:]
        os.ftruncate(file, position)
        return f"/proc/self/fd/{file}"

    def close(self):
        for file in self._files:
            os.close(file)


class Skips:
    """Leaves out records whose payload is not what was written, as many as may be."""

    def __init__(self, most):
        self._left = most
        self._scratch = Ring(1)

    def sound_pieces(self, data, starts):
        """The data without such records; the one that is too much stays, for TensorFlow to tell."""
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
        return [*pieces, data[first:]]

    def close(self):
        self._scratch.close()

    def _first_corrupted(self, data):
        """Where the payload of the first record is that TensorFlow refuses."""
        try:
            count_records(tf.constant(self._scratch.write([data])))
            return None
        except tf.errors.DataLossError as error:
            found = re.search(r"corrupted record at (\d+)", str(error))
            return int(found[1]) if found else None


@tf.function(input_signature=[tf.TensorSpec([], tf.string)])
def count_records(path):
    records = tf.data.TFRecordDataset(path, buffer_size=READ_BYTES)
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
