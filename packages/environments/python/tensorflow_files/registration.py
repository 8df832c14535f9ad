"""Registers a scheme's file system with TensorFlow.

A plug-in is normally a shared library that TensorFlow loads; the function that takes the tables which such a library
fills in is exported, so that none is needed.
"""

import ctypes
import glob
import os
from ctypes import c_char_p, c_int, c_void_p

from tensorflow_files.c_interface import PluginInfo, PluginOps, Room
from tensorflow_files.memory import ALLOCATE, FREE, c_string, copied

_REGISTER = "_ZN10tensorflow23filesystem_registration28RegisterFilesystemPluginImplEPK23TF_FilesystemPluginInfo"


def register(tensorflow, scheme, binding, files):
    """Gives the files, a `Reading` or a `Writing` by a binding, to whoever names ``<scheme>://``: letters and digits.

    Returns False where the scheme has a file system, or TensorFlow takes none.
    """
    library = _library(os.path.dirname(tensorflow.__file__))
    if library is None or scheme in tensorflow.io.gfile.get_registered_schemes():
        return False
    tables = binding(library.TF_SetStatus, files).tables()
    # TensorFlow closes files until the very end, when Python has taken its modules down: never free the functions.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(tables))
    ops = PluginOps(scheme=c_string(scheme))
    for name, table in tables.items():
        setattr(ops, f"{name}_ops_size", ctypes.sizeof(table))
        setattr(ops, f"{name}_ops", copied(table))
    getattr(library, _REGISTER)(ctypes.byref(PluginInfo(1, copied(ops), ALLOCATE, FREE)))
    return scheme in tensorflow.io.gfile.get_registered_schemes()


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
