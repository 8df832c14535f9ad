"""HDF5 and zip files at ``s3://`` paths, by way of a local file.

Keras opens ``.h5`` and, before version 3, ``.keras`` files without TensorFlow's file systems, so that an ``s3://`` path
would fail, or become a folder named ``s3:`` that nobody looks for.
"""

import os
import sys
import tempfile
import zipfile


def wrap_archives(tensorflow):
    """Makes ``zipfile`` and ``h5py`` take such paths. Every other path is left to them."""
    files = tensorflow.io.gfile
    _wrap_class(zipfile.ZipFile, files)
    h5py = sys.modules.get("h5py")
    if h5py is not None:
        _wrap_class(h5py.File, files)


def _is_remote(name):
    return isinstance(name, (str, os.PathLike)) and os.fspath(name).startswith("s3://")


def _wrap_class(archive, files):
    init, close = archive.__init__, archive.close

    def wrapped_init(self, file, mode="r", *arguments, **named):
        if not _is_remote(file):
            init(self, file, mode, *arguments, **named)
            return
        uri, local = os.fspath(file), _temporary_name()
        if mode.startswith("r") or (mode == "a" and files.exists(uri)):
            files.copy(uri, local, overwrite=True)
        init(self, local, mode, *arguments, **named)
        self._sagebrush_remote = (uri, local, mode)

    def wrapped_close(self):
        close(self)
        uri, local, mode = self.__dict__.pop("_sagebrush_remote", (None, None, None))
        if local is None:
            return
        if mode != "r":
            files.copy(local, uri, overwrite=True)
        os.remove(local)

    archive.__init__, archive.close = wrapped_init, wrapped_close


def _temporary_name():
    return os.path.join(tempfile.mkdtemp(prefix="sagebrush-s3-"), "archive")
