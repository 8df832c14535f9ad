"""TFRecord: ``<u8 length> <u4 checksum of it> payload <u4 checksum of it>``, little endian.

TensorFlow parses and verifies. Here the stream is only cut between records; each piece becomes a file in memory, whose
path TensorFlow gets.
"""

import contextlib
import os
import re
import struct

import tensorflow as tf

from .memory import path_of

#: How many pieces lie ready while TensorFlow parses another.
AHEAD = 1
#: One more is being filled, and one is as good as done with.
FILES = AHEAD + 3
#: Opening a piece costs as much as reading 100 kB.
BLOCK_BYTES = 4 << 20
LENGTH = struct.Struct("<Q")
HEADER_BYTES = 12
FOOTER_BYTES = 4
#: A file of no records.
NOTHING = "/dev/null"
#: From this mean size on, TensorFlow reads records without a buffer of its own: one copy less.
LARGE_BYTES = 16 << 10
#: As ``TFRecordDataset`` has it by itself.
BUFFER_BYTES = 256 << 10


def segments(stream, files, measure, skips):
    """Path and buffer size of the pieces, in order. A piece lasts until its file's turn comes again."""
    with contextlib.closing(Skips(skips)) as left:
        for data, is_last in stream:
            with measure.reading():
                starts, end = outline(data)
                # What is wrong with a length or an end is TensorFlow's to tell.
                handed = len(data) if is_last or is_hopeless(data, end) else end
                file = files.current
                sound = left.sound_bytes(data[:handed], starts) if skips else None
                data.release()
                stream.consume(handed)
                shorten(file, handed, sound) if handed else None
                measure.count(len(starts), end - (HEADER_BYTES + FOOTER_BYTES) * len(starts))
            if handed:
                yield path_of(file), 0 if handed >= LARGE_BYTES * max(1, len(starts)) else BUFFER_BYTES
        # Asking for these says that the last pieces are done with.
        yield from [(NOTHING, 0)] * (FILES - 2)


def shorten(file, size, content):
    """Leaves so many bytes of a file, or this content where there is one."""
    if content is not None:
        os.pwrite(file, content, 0)
    os.ftruncate(file, size if content is None else len(content))


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
        """The data without such records, None if it has none; one that is too much stays, for TensorFlow to tell."""
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
        return b"".join([*pieces, data[first:]]) if pieces else None

    def _first_corrupted(self, data):
        """Where the payload of the first record is that TensorFlow refuses."""
        try:
            shorten(self._scratch, len(data), bytes(data))
            count_records(tf.constant(path_of(self._scratch)))
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
