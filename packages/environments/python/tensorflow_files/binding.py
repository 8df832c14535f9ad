"""Turns calls from C into calls of a file system's methods, and its errors into statuses."""

import ctypes

from tensorflow_files.c_interface import FileSystemTable, ReaderTable, WriterTable
from tensorflow_files.ending import Calls
from tensorflow_files.errors import OUT_OF_RANGE, UNKNOWN, FileSystemError
from tensorflow_files.memory import allocated, c_string


class Reading:
    """Files that can be read and no more.

    By ``files.reader(path)`` and ``files.size(path)``; ``files.end()`` is called when the program ends.
    """

    def __init__(self, set_status, files):
        self._set_status = set_status
        self._files = files
        self._open = {}
        self._calls = Calls(is_idle=lambda: not self._open, before_end=files.end)

    def tables(self):
        return {
            "filesystem": _filled(FileSystemTable, self._filesystem_functions()),
            "random_access_file": _filled(ReaderTable, self._reader_functions()),
        }

    def _filesystem_functions(self):
        files = self._files
        return {
            "init": lambda filesystem, status: None,
            "cleanup": lambda filesystem: None,
            "new_random_access_file": self._answered(
                lambda _, path, file: self._opened(file, files.reader(_text(path)))
            ),
            "get_file_size": self._answered(lambda _, path: files.size(_text(path)), -1),
            "translate_name": lambda _, path: c_string(_text(path)),
        }

    def _reader_functions(self):
        return {"cleanup": lambda file: self._forget(file).close(), "read": self._read}

    def _answered(self, function, failure=None):
        """The last argument of every function is the status."""

        def call(*arguments):
            status = arguments[-1]
            try:
                with self._calls:
                    result = function(*arguments[:-1])
                self._set_status(status, 0, b"")
                return result
            except BaseException as error:  # An exception must not go on into C.
                self._set_status(status, *_told(error))
            return failure

        return call

    def _read(self, file, offset, size, buffer, status):
        try:
            with self._calls:
                view = memoryview((ctypes.c_char * size).from_address(buffer)).cast("B")
                count, is_end = self._of(file).read_into(view, offset)
            self._set_status(status, *((OUT_OF_RANGE, b"EOF reached") if is_end else (0, b"")))
            return count
        except BaseException as error:
            self._set_status(status, *_told(error))
        return -1

    def _opened(self, file, opened):
        self._open[id(opened)] = opened
        file.contents.value = id(opened)

    def _of(self, file):
        return self._open[file.contents.value]

    def _forget(self, file):
        return self._open.pop(file.contents.value)


class Writing(Reading):
    """Files and folders with all that TensorFlow does to them."""

    def tables(self):
        return {**super().tables(), "writable_file": _filled(WriterTable, self._writer_functions())}

    def _filesystem_functions(self):
        files, answered = self._files, self._answered
        return {
            **super()._filesystem_functions(),
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
            "get_children": answered(self._children, -1),
        }

    def _writer_functions(self):
        answered = self._answered
        return {
            "cleanup": lambda file: self._forget(file) and None,
            "append": answered(lambda file, data, size: self._of(file).append(ctypes.string_at(data, size))),
            "tell": answered(lambda file: self._of(file).tell(), -1),
            "flush": answered(lambda file: self._of(file).flush()),
            "sync": answered(lambda file: self._of(file).flush()),
            "close": answered(lambda file: self._of(file).close()),
        }

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
        array = allocated(max(1, len(names)) * ctypes.sizeof(ctypes.c_void_p))
        pointers = ctypes.cast(array, ctypes.POINTER(ctypes.c_void_p))
        for index, name in enumerate(names):
            pointers[index] = c_string(name)
        entries[0] = array
        return len(names)


def _told(error):
    """Code and message of a status."""
    if isinstance(error, FileSystemError):
        return error.code, str(error).encode("utf-8", "replace")
    return UNKNOWN, f"{type(error).__name__}: {error}".encode("utf-8", "replace")


def _filled(table, functions):
    types = dict(table._fields_)
    return table(**{name: types[name](function) for name, function in functions.items()})


def _text(path):
    return path.decode("utf-8", "surrogateescape")
