"""Memory that TensorFlow frees, by the allocator whose counterpart it is told."""

import ctypes
from ctypes import POINTER, c_size_t, c_void_p

_libc = ctypes.CDLL(None)
_libc.malloc.restype = c_void_p
_libc.malloc.argtypes = [c_size_t]
#: Addresses of the two functions.
ALLOCATE, FREE = (ctypes.cast(function, c_void_p) for function in (_libc.malloc, _libc.free))


def allocated(size):
    place = _libc.malloc(size)
    if not place:
        raise MemoryError
    return place


def copied(structure):
    """A pointer to a copy."""
    place = ctypes.cast(allocated(ctypes.sizeof(structure)), POINTER(type(structure)))
    ctypes.memmove(place, ctypes.byref(structure), ctypes.sizeof(structure))
    return place


def c_string(text):
    """The address of a copy."""
    data = text.encode("utf-8", "surrogateescape") + b"\0"
    place = allocated(len(data))
    ctypes.memmove(place, data, len(data))
    return place
