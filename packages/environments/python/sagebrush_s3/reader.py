"""Reads an object in blocks, of which the last few are kept: TensorFlow reads little by little, and from several threads."""

import threading
from collections import OrderedDict

from sagebrush_s3.errors import translated

_BLOCK_BYTES = 4 << 20
_KEPT_BLOCKS = 2


class Reader:
    def __init__(self, client, bucket, key, length):
        self._client = client
        self._place = {"Bucket": bucket, "Key": key}
        self._length = length
        self._blocks = OrderedDict()
        self._lock = threading.Lock()

    def read_into(self, view, offset):
        """How many bytes were read from there on, and whether the object ends there."""
        end = min(offset + len(view), self._length)
        position = offset
        while position < end:
            index, start = divmod(position, _BLOCK_BYTES)
            part = memoryview(self._block(index))[start : start + end - position]
            if not part:
                break
            view[position - offset : position - offset + len(part)] = part
            position += len(part)
        count = max(0, position - offset)
        return count, count < len(view)

    def close(self):
        self._blocks.clear()

    def _block(self, index):
        with self._lock:
            block = self._blocks.get(index)
            if block is None:
                block = self._blocks[index] = self._fetch(index * _BLOCK_BYTES)
                if len(self._blocks) > _KEPT_BLOCKS:
                    self._blocks.popitem(last=False)
            else:
                self._blocks.move_to_end(index)
            return block

    def _fetch(self, start):
        last = min(start + _BLOCK_BYTES, self._length) - 1
        try:
            return self._client.get_object(Range=f"bytes={start}-{last}", **self._place)["Body"].read()
        except Exception as error:
            raise translated(error, "s3://{Bucket}/{Key}".format(**self._place)) from error
