"""What is dear to make, for all workers of a run."""
import contextlib
import fcntl
import shutil


@contextlib.contextmanager
def once(shared, name):
    """Yields a folder of that name and whether it has yet to be filled; workers of one run share it."""
    folder = shared / name
    with open(shared / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_new = not folder.exists()
        try:
            yield folder, is_new
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
