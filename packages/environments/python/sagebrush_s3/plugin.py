"""Registers a file system that is written in Python with TensorFlow.

A plug-in is normally a shared library that TensorFlow loads; the function that takes the tables which such a library
fills in is exported, so that none is needed.
"""

import ctypes
import glob
import importlib.util
import os
from ctypes import POINTER, c_char_p, c_int, c_size_t, c_void_p

from sagebrush_s3.c_interface import (
    FileSystemTable,
    PluginInfo,
    PluginOps,
    ReaderTable,
    Room,
    WriterTable,
)
from sagebrush_s3.ending import Calls
from sagebrush_s3.errors import UNKNOWN, FileSystemError
from sagebrush_s3.filesystem import FileSystem
from sagebrush_s3.writer import flush_all

_REGISTER = "_ZN10tensorflow23filesystem_registration28RegisterFilesystemPluginImplEPK23TF_FilesystemPluginInfo"
_libc = ctypes.CDLL(None)
_libc.malloc.restype = c_void_p
_libc.malloc.argtypes = [c_size_t]


def register(tensorflow):
    """Registers the scheme ``s3`` unless it is there or tensorflow-io, which brings its own, is installed.

    Returns whether it did.
    """
    library = _library(os.path.dirname(tensorflow.__file__))
    if library is None or importlib.util.find_spec("tensorflow_io") is not None:
        return False
    if "s3" in tensorflow.io.gfile.get_registered_schemes():
        return False
    info = _plugin_info(library, FileSystem())
    getattr(library, _REGISTER)(ctypes.byref(info))
    return "s3" in tensorflow.io.gfile.get_registered_schemes()


def _library(folder):
    names = glob.glob(os.path.join(folder, "libtensorflow_cc.so*"))
    names += glob.glob(os.path.join(folder, "libtensorflow_cc.*dylib"))
    if not names:
        return None
    library = ctypes.CDLL(sorted(names)[-1])
    if not hasattr(library, _REGISTER):
        return None
    # The result is a C++ object, which the caller gives the room for: as C does for a structure that is large.
    getattr(library, _REGISTER).restype = Room
    getattr(library, _REGISTER).argtypes = [c_void_p]
    library.TF_SetStatus.restype = None
    library.TF_SetStatus.argtypes = [c_void_p, c_int, c_char_p]
    return library


def _plugin_info(library, files):
    binding = _Binding(library, files)
    tables = {
        "filesystem": _filled(FileSystemTable, binding.filesystem_functions()),
        "random_access_file": _filled(ReaderTable, binding.reader_functions()),
        "writable_file": _filled(WriterTable, binding.writer_functions()),
    }
    # TensorFlow closes files until the very end, when Python has taken its modules down: never free the functions.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(tables))
    ops = ctypes.cast(_allocate(ctypes.sizeof(PluginOps)), POINTER(PluginOps))
    ctypes.memset(ops, 0, ctypes.sizeof(PluginOps))
    ops.contents.scheme = _c_string("s3")
    for name, table in tables.items():
        setattr(ops.contents, f"{name}_ops_size", ctypes.sizeof(table))
        setattr(ops.contents, f"{name}_ops", _copied(table))
    allocate, free = (ctypes.cast(function, c_void_p) for function in (_libc.malloc, _libc.free))
    return PluginInfo(1, ops, allocate, free)


def _filled(table, functions):
    types = dict(table._fields_)
    return table(**{name: types[name](function) for name, function in functions.items()})


def _copied(table):
    """TensorFlow frees the tables with our allocator's counterpart once it has copied them."""
    place = ctypes.cast(_allocate(ctypes.sizeof(table)), POINTER(type(table)))
    ctypes.memmove(place, ctypes.byref(table), ctypes.sizeof(table))
    return place


def _allocate(size):
    place = _libc.malloc(size)
    if not place:
        raise MemoryError
    return place


def _c_string(text):
    data = text.encode("utf-8", "surrogateescape") + b"\0"
    place = _allocate(len(data))
    ctypes.memmove(place, data, len(data))
    return place


def _text(path):
    return path.decode("utf-8", "surrogateescape")


class _Binding:
    """Turns calls from C into calls of the file system, and its errors into statuses."""

    def __init__(self, library, files):
        self._set_status = library.TF_SetStatus
        self._files = files
        self._open = {}
        self._calls = Calls(is_idle=lambda: not self._open, before_end=flush_all)

    def _answered(self, function, failure=None):
        """The last argument of every function is the status."""

        def call(*arguments):
            status = arguments[-1]
            try:
                with self._calls:
                    result = function(*arguments[:-1])
                self._set_status(status, 0, b"")
                return result
            except FileSystemError as error:
                self._set_status(status, error.code, str(error).encode("utf-8", "replace"))
            except BaseException as error:  # An exception must not go on into C.
                text = f"{type(error).__name__}: {error}"
                self._set_status(status, UNKNOWN, text.encode("utf-8", "replace"))
            return failure

        return call

    def filesystem_functions(self):
        files, answered = self._files, self._answered
        functions = {
            "init": lambda filesystem, status: None,
            "cleanup": lambda filesystem: None,
            "new_random_access_file": answered(lambda _, path, file: self._opened(file, files.reader(_text(path)))),
            "new_writable_file": answered(lambda _, path, file: self._opened(file, files.writer(_text(path)))),
            "new_appendable_file": answered(lambda _, path, file: self._opened(file, files.appender(_text(path)))),
            "create_dir": answered(lambda _, path: files.make_directory(_text(path))),
            "recursively_create_dir": answered(lambda _, path: files.make_directory(_text(path))),
            "delete_file": answered(lambda _, path: files.delete_file(_text(path))),
            "delete_dir": answered(lambda _, path: files.delete_directory(_text(path))),
            "delete_recursively": answered(self._delete_recursively),
            "rename_file": answered(lambda _, source, target: files.rename(_text(source), _text(target))),
            "copy_file": answered(lambda _, source, target: files.copy(_text(source), _text(target))),
            "path_exists": answered(lambda _, path: files.stat(_text(path)) and None),
            "stat": answered(self._stat),
            "is_directory": answered(lambda _, path: files.check_directory(_text(path)) or True, False),
            "get_file_size": answered(lambda _, path: files.size(_text(path)), -1),
            "translate_name": lambda _, path: _c_string(_text(path)),
            "get_children": answered(self._children, -1),
        }
        return functions

    def reader_functions(self):
        return {"cleanup": self._forget, "read": self._read}

    def writer_functions(self):
        answered = self._answered
        return {
            "cleanup": self._forget,
            "append": answered(lambda file, data, size: self._of(file).append(ctypes.string_at(data, size))),
            "tell": answered(lambda file: self._of(file).tell(), -1),
            "flush": answered(lambda file: self._of(file).flush()),
            "sync": answered(lambda file: self._of(file).flush()),
            "close": answered(lambda file: self._of(file).close()),
        }

    def _opened(self, file, opened):
        self._open[id(opened)] = opened
        file.contents.value = id(opened)

    def _of(self, file):
        return self._open[file.contents.value]

    def _forget(self, file):
        self._open.pop(file.contents.value, None)

    def _read(self, file, offset, size, buffer, status):
        def read(file, offset, size, buffer):
            data = self._of(file).read(offset, size)
            ctypes.memmove(buffer, data, len(data))
            if len(data) < size:
                outcome[:] = [FileSystemError.end_of_file(), len(data)]
            return len(data)

        outcome = []
        result = self._answered(read, -1)(file, offset, size, buffer, status)
        if outcome:
            self._set_status(status, outcome[0].code, str(outcome[0]).encode())
        return result

    def _stat(self, _, path, statistics):
        found = self._files.stat(_text(path))
        statistics.contents.length = found.length
        statistics.contents.mtime_nsec = found.modified_nanoseconds
        statistics.contents.is_directory = found.is_directory

    def _delete_recursively(self, _, path, undeleted_files, undeleted_directories):
        undeleted_files[0], undeleted_directories[0] = 0, 1
        self._files.delete_recursively(_text(path))
        undeleted_directories[0] = 0

    def _children(self, _, path, entries):
        names = self._files.children(_text(path))
        array = _allocate(max(1, len(names)) * ctypes.sizeof(c_void_p))
        pointers = ctypes.cast(array, POINTER(c_void_p))
        for index, name in enumerate(names):
            pointers[index] = _c_string(name)
        entries[0] = array
        return len(names)
