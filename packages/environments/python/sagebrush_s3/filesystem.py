"""A file system over S3: objects are files, and what their keys have in common up to a ``/`` are directories.

A directory exists while an object lies in it. One that was made stays known to this process until then, so that what
TensorFlow makes first and fills later is there in between; nothing is stored for it.
"""

import os
import threading
from collections import namedtuple

from sagebrush_s3.client import make_client
from sagebrush_s3.errors import code_of, translated
from sagebrush_s3.reader import Reader
from sagebrush_s3.writer import Writer, flush_all
from tensorflow_files.errors import FAILED_PRECONDITION, NOT_FOUND, FileSystemError

Statistics = namedtuple("Statistics", "length modified_nanoseconds is_directory")
_DIRECTORY = Statistics(0, 0, True)


class FileSystem:
    def __init__(self):
        self._lock = threading.Lock()
        self._clients = {}
        self._made = set()

    def end(self):
        """Everything that was written is stored."""
        flush_all()

    def reader(self, uri):
        bucket, key = _split(uri)
        found = self.stat(uri)
        if found.is_directory:
            raise FileSystemError(FAILED_PRECONDITION, f"{uri} is a directory")
        return Reader(self._client(), bucket, key, found.length)

    def writer(self, uri):
        bucket, key = _split(uri)
        if not key or key.endswith("/"):
            raise FileSystemError(FAILED_PRECONDITION, f"{uri} is a directory")
        return Writer(self._client(), bucket, key)

    def appender(self, uri):
        writer = self.writer(uri)
        try:
            length = self.size(uri)
        except FileSystemError as error:
            if error.code != NOT_FOUND:
                raise
        else:
            reader = Reader(self._client(), *_split(uri), length)
            block = memoryview(bytearray(8 << 20))
            for offset in range(0, length, len(block)):
                writer.append(block[: reader.read_into(block, offset)[0]])
        return writer

    def stat(self, uri):
        bucket, key = _split(uri)
        if key and not key.endswith("/"):
            found = self._head(bucket, key, uri)
            if found is not None:
                return found
        prefix = _directory(key)
        if (bucket, prefix) in self._made or self._any_below(bucket, prefix, uri):
            return _DIRECTORY
        raise FileSystemError(NOT_FOUND, f"{uri} does not exist")

    def size(self, uri):
        found = self.stat(uri)
        if found.is_directory:
            raise FileSystemError(FAILED_PRECONDITION, f"{uri} is a directory")
        return found.length

    def check_directory(self, uri):
        """TensorFlow takes an answer without an error for yes."""
        if not self.stat(uri).is_directory:
            raise FileSystemError(FAILED_PRECONDITION, f"{uri} is not a directory")

    def children(self, uri):
        bucket, key = _split(uri)
        prefix = _directory(key)
        names = []
        for page in self._pages(uri, Bucket=bucket, Prefix=prefix, Delimiter="/"):
            names += [entry["Prefix"][len(prefix) : -1] for entry in page.get("CommonPrefixes", ())]
            names += [entry["Key"][len(prefix) :] for entry in page.get("Contents", ())]
        made = [below[len(prefix) :] for owner, below in self._made if owner == bucket and below.startswith(prefix)]
        names += [name.split("/")[0] for name in made]
        if not names and key:
            self.stat(uri)
        return sorted({name for name in names if name})

    def make_directory(self, uri):
        bucket, key = _split(uri)
        parts = _directory(key).split("/")[:-1]
        with self._lock:
            self._made.update((bucket, "/".join(parts[: end + 1]) + "/") for end in range(len(parts)))

    def delete_file(self, uri):
        bucket, key = _split(uri)
        self.size(uri)
        self._call(uri, "delete_object", Bucket=bucket, Key=key)

    def delete_directory(self, uri):
        if self.children(uri):
            raise FileSystemError(FAILED_PRECONDITION, f"{uri} is not empty")
        self.delete_recursively(uri)

    def delete_recursively(self, uri):
        bucket, key = _split(uri)
        self.stat(uri)
        prefix = _directory(key)
        for page in list(self._pages(uri, Bucket=bucket, Prefix=prefix)):
            keys = [{"Key": entry["Key"]} for entry in page.get("Contents", ())]
            if keys:
                self._call(uri, "delete_objects", Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        with self._lock:
            self._made = {
                made for made in self._made if not (made[0] == bucket and made[1].startswith(prefix))
            }

    def copy(self, source, target):
        self._copy_object(_split(source), _split(target), source)

    def rename(self, source, target):
        """S3 cannot rename: copied, then deleted, an object or all below a directory."""
        bucket, key = _split(source)
        target_bucket, target_key = _split(target)
        if not self.stat(source).is_directory:
            self._copy_object((bucket, key), (target_bucket, target_key), source)
            self._call(source, "delete_object", Bucket=bucket, Key=key)
            return
        prefix, target_prefix = _directory(key), _directory(target_key)
        for page in list(self._pages(source, Bucket=bucket, Prefix=prefix)):
            for entry in page.get("Contents", ()):
                moved = target_prefix + entry["Key"][len(prefix) :]
                self._copy_object((bucket, entry["Key"]), (target_bucket, moved), source)
        self.make_directory(target)
        self.delete_recursively(source)

    def _copy_object(self, source, target, uri):
        from boto3.s3.transfer import TransferConfig

        self._call(
            uri,
            "copy",
            {"Bucket": source[0], "Key": source[1]},
            *target,
            Config=TransferConfig(use_threads=False),
        )

    def _head(self, bucket, key, uri):
        try:
            found = self._client().head_object(Bucket=bucket, Key=key)
        except Exception as error:
            if code_of(error) == NOT_FOUND:
                return None
            raise translated(error, uri) from error
        nanoseconds = int(found["LastModified"].timestamp()) * 1_000_000_000
        return Statistics(found["ContentLength"], nanoseconds, False)

    def _any_below(self, bucket, prefix, uri):
        if not prefix:
            self._call(uri, "head_bucket", Bucket=bucket)
            return True
        page = self._call(uri, "list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=1)
        return page.get("KeyCount", len(page.get("Contents", ()))) > 0

    def _pages(self, uri, **arguments):
        try:
            yield from self._client().get_paginator("list_objects_v2").paginate(**arguments)
        except FileSystemError:
            raise
        except Exception as error:
            raise translated(error, uri) from error

    def _call(self, uri, name, *arguments, **named):
        client = self._client()
        try:
            return getattr(client, name)(*arguments, **named)
        except Exception as error:
            raise translated(error, uri) from error

    def _client(self):
        """One for each process: what was made before a fork is not used after it."""
        with self._lock:
            process = os.getpid()
            if process not in self._clients:
                self._clients = {process: make_client()}
            return self._clients[process]


def _split(uri):
    """``s3://bucket/some/key`` → ``("bucket", "some/key")``, the key without empty steps."""
    bucket, _, key = uri[len("s3://") :].partition("/")
    if not bucket:
        raise FileSystemError(FAILED_PRECONDITION, f"{uri} names no bucket")
    ending = "/" if key.endswith("/") else ""
    steps = [step for step in key.split("/") if step]
    return bucket, "/".join(steps) + (ending if steps else "")


def _directory(key):
    return f"{key.rstrip('/')}/" if key else ""
