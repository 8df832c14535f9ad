"""RecordIO: ``<u4 0xced7230a> <u4 part << 29 | length> payload, padded to 4 bytes``, little endian.

Part 0 is a whole record, 1, 2 and 3 are the first, a middle and the last part of one.
"""

import struct

import numpy as np

MAGIC = 0xCED7230A
HEADER = struct.Struct("<II")
LENGTH = (1 << 29) - 1
#: From this size on, one copy less of a record is worth more than a quicker slice.
LARGE_BYTES = 4096


def parse(data, is_last, place):
    """All whole records of a block. Raises ValueError, which tells the place, where no record is."""
    heads, lengths, parts, end = outline(data, place)
    if is_last and end < len(data):
        raise ValueError(f"the last RecordIO record is cut off at {place(end)}")
    if parts is None and len(heads) and end >= LARGE_BYTES * len(heads):
        stops = heads + lengths
        records = [bytes(data[start:stop]) for start, stop in zip(heads.tolist(), stops.tolist())]
        data.release()
        return records, end
    # Small pieces are cut sooner from bytes than from a view of them.
    block = data.tobytes()
    data.release()
    if parts is None:
        stops = heads + lengths
        return [block[start:stop] for start, stop in zip(heads.tolist(), stops.tolist())], end
    return joined(block, heads, lengths, parts, place)


def outline(block, place):
    """Payload starts, lengths, parts (None where all are whole) and the end of the last whole record."""
    words = np.frombuffer(block, "<u4", len(block) // 4)
    at = np.flatnonzero(words[:-1] == MAGIC)
    sizes = words[at + 1]
    lengths = (sizes & LENGTH).astype(np.int64)
    following = at + 2 + (lengths + 3) // 4
    # Payload may hold the magic number too: then the records have to be followed one by one.
    if not is_chain(at, following):
        at = np.array(walk(block, place), np.int64)
        sizes = words[at + 1]
        lengths = (sizes & LENGTH).astype(np.int64)
        following = at + 2 + (lengths + 3) // 4
    if len(at) and following[-1] * 4 > len(block):
        at, sizes, lengths, following = at[:-1], sizes[:-1], lengths[:-1], following[:-1]
    end = int(following[-1]) * 4 if len(at) else 0
    if len(block) - end >= 4 and words[end // 4] != MAGIC:
        raise no_record(place, end)
    parts = sizes >> 29
    return at * 4 + 8, lengths, (parts if parts.any() else None), end


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
    return found


def joined(block, heads, lengths, parts, place):
    """Records of which some come in parts; a record whose last part is not here yet is left over."""
    records = []
    pieces = []
    end = 0
    for start, length, part in zip(heads.tolist(), lengths.tolist(), parts.tolist()):
        if part > 3 or (part in (0, 1)) != (not pieces):
            raise ValueError(f"the parts of a RecordIO record do not fit together at {place(start - 8)}")
        pieces.append(block[start : start + length])
        if part in (0, 3):
            records.append(b"".join(pieces))
            pieces = []
            end = start + (length + 3) // 4 * 4
    return records, end


def no_record(place, position):
    return ValueError(f"Invalid magic number: no RecordIO record begins at {place(position)}")
