"""TensorFlow's status codes."""

CANCELLED, UNKNOWN, NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION = 1, 2, 5, 7, 9
OUT_OF_RANGE, UNIMPLEMENTED, UNAVAILABLE, DATA_LOSS, UNAUTHENTICATED = 11, 12, 14, 15, 16


class FileSystemError(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
