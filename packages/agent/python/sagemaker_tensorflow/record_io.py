"""RecordIO: ``<u4 0xced7230a> <u4 part << 29 | length> payload, padded to 4 bytes``, little endian.

Part 0 is a whole record, 1, 2 and 3 are the first, a middle and the last part of one.
"""

import struct

import numpy as np

from .messages import BLOCK_BYTES, RECORD, Fields

MAGIC = 0xCED7230A
HEADER = struct.Struct("<II")
LENGTH = (1 << 29) - 1
#: The tag of a TensorProto's number that nobody asks for.
VERSION = 0x18
#: Records from this size on are sooner followed one by one than looked for.
LARGE_BYTES = 4096


def parse(block, is_last, place):
    """All whole records of a block. Raises ValueError, which tells the place, where no record is."""
    heads, lengths, parts, end = outline(block, place)
    if is_last and end < len(block):
        raise ValueError(f"the last RecordIO record is cut off at {place(end)}")
    if parts is not None:
        return joined(block, heads, lengths, parts, place)
    stops = heads + lengths
    if len(block) > BLOCK_BYTES:
        return [bytes(block[start:stop]) for start, stop in zip(heads.tolist(), stops.tolist())], end
    return fields(block, heads, lengths), end


def fields(block, heads, lengths):
    """The records as fields of a message: made of their headers and of the padding before, where they stand.

    That is ``<VERSION> <0 as a varint> <RECORD> <length as a varint of 5 bytes>``, of 8 to 11 bytes.
    """
    if not len(heads):
        return Fields(0, 0, 0)
    stops = heads + lengths
    padding = -lengths[:-1] & 3
    first = np.full(len(heads), VERSION, np.uint32)
    if padding.any():
        first[1:][padding > 0] = 0x80
        octets = np.frombuffer(block, np.uint8)
        for before, octet in enumerate((VERSION, 0x80, 0x80)):
            octets[stops[:-1][padding > before] + before] = octet
    sizes = lengths.astype(np.uint32)
    septets = [(sizes >> shift & 0x7F | 0x80) for shift in (0, 7, 14, 21)]
    words = np.frombuffer(block, "<u4", len(block) // 4)
    at = heads // 4 - 2
    words[at] = first | RECORD[0] << 16 | septets[0] << 24
    words[at + 1] = septets[1] | septets[2] << 8 | septets[3] << 16 | sizes >> 28 << 24
    return Fields(len(heads), int(lengths.sum()), int(stops[-1]))


def outline(block, place):
    """Payload starts, lengths, parts (None where all are whole) and the end of the last whole record."""
    words = np.frombuffer(block, "<u4", len(block) // 4)
    at = walk(block, place) if begins_large(words) else np.flatnonzero(words[:-1] == MAGIC)
    # Payload may hold the magic number too: then the records have to be followed one by one.
    if not is_chain(at, following(words, at)):
        at = walk(block, place)
    ends = following(words, at) * 4
    if len(at) and ends[-1] > len(block):
        at, ends = at[:-1], ends[:-1]
    end = int(ends[-1]) if len(at) else 0
    if len(block) - end >= 4 and words[end // 4] != MAGIC:
        raise no_record(place, end)
    parts = words[at + 1] >> 29
    return at * 4 + 8, lengths_of(words, at), (parts if parts.any() else None), end


def begins_large(words):
    return len(words) > 1 and words[1] & LENGTH >= LARGE_BYTES


def lengths_of(words, at):
    return (words[at + 1] & LENGTH).astype(np.int64)


def following(words, at):
    return at + 2 + (lengths_of(words, at) + 3) // 4


def is_chain(at, following):
    return not len(at) or (at[0] == 0 and np.array_equal(following[:-1], at[1:]))


def walk(block, place):
    """Positions, in words, of all records whose header is there."""
    found = []
    position = 0
    while position + 8 <= len(block):
        magic, size = HEADER.unpack_from(block, position)
        if magic != MAGIC:
            raise no_record(place, position)
        found.append(position // 4)
        position += 8 + ((size & LENGTH) + 3) // 4 * 4
    return np.array(found, np.int64)


def joined(block, heads, lengths, parts, place):
    """Records of which some come in parts; a record whose last part is not here yet is left over."""
    records = []
    pieces = []
    end = 0
    for start, length, part in zip(heads.tolist(), lengths.tolist(), parts.tolist()):
        if part > 3 or (part in (0, 1)) != (not pieces):
            raise ValueError(f"the parts of a RecordIO record do not fit together at {place(start - 8)}")
        pieces.append(bytes(block[start : start + length]))
        if part in (0, 3):
            records.append(b"".join(pieces))
            pieces = []
            end = start + (length + 3) // 4 * 4
    return records, end


def no_record(place, position):
    return ValueError(f"Invalid magic number: no RecordIO record begins at {place(position)}")
