"""Collects what is written to an object and stores it as a whole when flushed or closed: S3 cannot append."""

import os
import tempfile
import weakref

from sagebrush_s3.errors import translated

_MEMORY_BYTES = 8 << 20
_open = weakref.WeakSet()


class Writer:
    def __init__(self, client, bucket, key):
        self._client = client
        self._place = (bucket, key)
        self._process = os.getpid()
        self._file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)
        self._is_stored = False
        _open.add(self)

    def append(self, data):
        self._file.write(data)
        self._is_stored = False

    def tell(self):
        return self._file.tell()

    def flush(self):
        """Stores all that was written so far. Does nothing when that was done."""
        if self._is_stored or self._process != os.getpid():
            return
        from boto3.s3.transfer import TransferConfig

        self._file.seek(0)
        try:
            # One thread: at the end of a process Python starts no other.
            config = TransferConfig(use_threads=False)
            self._client.upload_fileobj(_Unclosable(self._file), *self._place, Config=config)
        except Exception as error:
            raise translated(error, "s3://{}/{}".format(*self._place)) from error
        finally:
            self._file.seek(0, os.SEEK_END)
        self._is_stored = True

    def close(self):
        try:
            self.flush()
        finally:
            _open.discard(self)
            self._file.close()


class _Unclosable:
    """boto3 closes what it has read."""

    def __init__(self, file):
        self._file = file

    def read(self, size=-1):
        return self._file.read(size)

    def seek(self, *place):
        return self._file.seek(*place)

    def tell(self):
        return self._file.tell()


def close_all():
    """At the end of the process: TensorBoard's writers are often left open."""
    writers = list(_open)
    if writers:
        _flush_summaries()
    for writer in writers:
        writer.flush()


def _flush_summaries():
    import gc

    import tensorflow

    for thing in gc.get_objects():
        if isinstance(thing, tensorflow.summary.SummaryWriter):
            thing.flush()
