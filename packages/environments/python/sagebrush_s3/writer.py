"""Collects what is written to an object and stores it as a whole when flushed or closed: S3 cannot append."""

import gc
import os
import sys
import tempfile
import threading
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
        # TensorFlow uses a file in one thread at a time; the end of the process is another.
        self._lock = threading.Lock()
        _open.add(self)

    def append(self, data):
        with self._lock:
            self._file.write(data)
            self._is_stored = False

    def tell(self):
        with self._lock:
            return self._file.tell()

    def flush(self):
        """Stores all that was written so far. Does nothing when that was done."""
        with self._lock:
            if not self._is_stored and self._process == os.getpid():
                self._store()

    def _store(self):
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
        self.read, self.seek, self.tell = file.read, file.seek, file.tell

    def close(self):
        pass


def flush_all():
    """At the end of the process: TensorBoard's writers are often left open. One that fails does not stop the others."""
    writers = list(_open)
    if not writers:
        return
    for summary in _summary_writers():
        _tried(summary.flush)
    for writer in writers:
        _tried(writer.flush)


def _summary_writers():
    import tensorflow

    return [thing for thing in gc.get_objects() if issubclass(type(thing), tensorflow.summary.SummaryWriter)]


def _tried(action):
    try:
        action()
    except Exception as error:
        print(f"sagebrush: at the end of the program: {error}", file=sys.stderr)
