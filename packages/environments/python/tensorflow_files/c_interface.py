"""The structures of TensorFlow's C interface for file systems.

Source: ``tensorflow/c/experimental/filesystem/filesystem_interface.h``, which is in every wheel; its tables and
version numbers are the same from TensorFlow 2.12 to 2.21.
"""

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_int, c_int64, c_size_t, c_uint64, c_void_p


class Room(ctypes.Structure):
    """More than fits into registers, so that the caller passes the address of the result."""

    _fields_ = [("bytes", c_int64 * 8)]


class Handle(ctypes.Structure):
    """TF_RandomAccessFile, TF_WritableFile, TF_Filesystem: one pointer of ours."""

    _fields_ = [("value", c_void_p)]


class Statistics(ctypes.Structure):
    _fields_ = [("length", c_int64), ("mtime_nsec", c_int64), ("is_directory", c_bool)]


_FILE, _STATUS, _FS = POINTER(Handle), c_void_p, c_void_p


def _table(name, *functions):
    fields = [(field, ctypes.CFUNCTYPE(result, *arguments)) for field, result, *arguments in functions]
    return type(name, (ctypes.Structure,), {"_fields_": fields})


ReaderTable = _table(
    "ReaderTable",
    ("cleanup", None, _FILE),
    ("read", c_int64, _FILE, c_uint64, c_size_t, c_void_p, _STATUS),
)
WriterTable = _table(
    "WriterTable",
    ("cleanup", None, _FILE),
    ("append", None, _FILE, c_void_p, c_size_t, _STATUS),
    ("tell", c_int64, _FILE, _STATUS),
    ("flush", None, _FILE, _STATUS),
    ("sync", None, _FILE, _STATUS),
    ("close", None, _FILE, _STATUS),
)
_OUT = POINTER(c_uint64)
FileSystemTable = _table(
    "FileSystemTable",
    ("init", None, POINTER(Handle), _STATUS),
    ("cleanup", None, POINTER(Handle)),
    ("new_random_access_file", None, _FS, c_char_p, _FILE, _STATUS),
    ("new_writable_file", None, _FS, c_char_p, _FILE, _STATUS),
    ("new_appendable_file", None, _FS, c_char_p, _FILE, _STATUS),
    ("new_read_only_memory_region_from_file", None, _FS, c_char_p, _FILE, _STATUS),
    ("create_dir", None, _FS, c_char_p, _STATUS),
    ("recursively_create_dir", None, _FS, c_char_p, _STATUS),
    ("delete_file", None, _FS, c_char_p, _STATUS),
    ("delete_dir", None, _FS, c_char_p, _STATUS),
    ("delete_recursively", None, _FS, c_char_p, _OUT, _OUT, _STATUS),
    ("rename_file", None, _FS, c_char_p, c_char_p, _STATUS),
    ("copy_file", None, _FS, c_char_p, c_char_p, _STATUS),
    ("path_exists", None, _FS, c_char_p, _STATUS),
    ("paths_exist", c_bool, _FS, POINTER(c_char_p), c_int, POINTER(c_void_p)),
    ("stat", None, _FS, c_char_p, POINTER(Statistics), _STATUS),
    ("is_directory", c_bool, _FS, c_char_p, _STATUS),
    ("get_file_size", c_int64, _FS, c_char_p, _STATUS),
    ("translate_name", c_void_p, _FS, c_char_p),
    ("get_children", c_int, _FS, c_char_p, POINTER(c_void_p), _STATUS),
    ("get_matching_paths", c_int, _FS, c_char_p, POINTER(c_void_p), _STATUS),
    ("flush_caches", None, _FS),
    # Transactions and options, which are optional.
    *((f"unused_{index}", None, _FS) for index in range(11)),
)


class PluginOps(ctypes.Structure):
    _fields_ = [("scheme", c_void_p)] + [
        field
        for name, table in [
            ("filesystem", FileSystemTable),
            ("random_access_file", ReaderTable),
            ("writable_file", WriterTable),
            ("read_only_memory_region", Handle),
        ]
        for field in [
            (f"{name}_ops_abi", c_int),
            (f"{name}_ops_api", c_int),
            (f"{name}_ops_size", c_size_t),
            (f"{name}_ops", POINTER(table)),
        ]
    ]


class PluginInfo(ctypes.Structure):
    _fields_ = [
        ("num_schemes", c_size_t),
        ("ops", POINTER(PluginOps)),
        ("plugin_memory_allocate", c_void_p),
        ("plugin_memory_free", c_void_p),
    ]
