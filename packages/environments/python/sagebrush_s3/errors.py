"""What botocore's errors are among TensorFlow's status codes."""

from tensorflow_files.errors import (
    FAILED_PRECONDITION,
    NOT_FOUND,
    PERMISSION_DENIED,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNKNOWN,
    FileSystemError,
)


def translated(error, uri):
    """The FileSystemError for an exception of boto3's."""
    code = code_of(error)
    return FileSystemError(code, f"{uri}: {error}")


def code_of(error):
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        http_status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        by_status = {404: NOT_FOUND, 401: UNAUTHENTICATED, 403: PERMISSION_DENIED, 412: FAILED_PRECONDITION}
        return by_status.get(http_status, UNAVAILABLE if http_status >= 500 else UNKNOWN)
    name = type(error).__name__
    if name in ("NoCredentialsError", "PartialCredentialsError"):
        return UNAUTHENTICATED
    return UNAVAILABLE if name.endswith(("ConnectionError", "TimeoutError")) else UNKNOWN
