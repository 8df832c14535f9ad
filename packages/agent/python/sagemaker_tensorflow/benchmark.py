"""What reading costs, printed in the original package's words."""

import contextlib
import time

PREFIX = "PipeModeDatasetOp::Dataset::Iterator"


class Benchmark:
    """Measures one iterator; prints the whole when it ends, and each interval of so many records if asked to."""

    def __init__(self, total, interval):
        self.is_wanted = bool(total or interval)
        self._total = total
        self._interval = interval
        self._nanoseconds = 0
        self._bytes = 0
        self._records = 0
        self._told = (0, 0, 0)

    @contextlib.contextmanager
    def reading(self):
        """Counts the time of reading and parsing."""
        start = time.perf_counter_ns()
        try:
            yield
        finally:
            self._nanoseconds += time.perf_counter_ns() - start

    def count(self, records, size):
        self._records += records
        self._bytes += size
        if self._interval and self._records // self._interval > self._told[0] // self._interval:
            self._tell_interval()

    def _tell_interval(self):
        _, nanoseconds, size = self._told
        print(f"{PREFIX} records: {self._records}")
        print(f"{PREFIX} records read_time_ns: {self._nanoseconds - nanoseconds}")
        print(f"{PREFIX} records read_bytes: {self._bytes - size}", flush=True)
        self._told = (self._records, self._nanoseconds, self._bytes)

    def end(self):
        if not self._total:
            return
        milliseconds = self._nanoseconds // 1_000_000
        rate = self._bytes / 1024**3 / max(self._nanoseconds / 1e9, 1e-9)
        print(f"{PREFIX} total read_time_ms: {milliseconds}")
        print(f"{PREFIX} total read_bytes: {self._bytes}")
        print(f"{PREFIX} total read_GB/s: {rate:g}", flush=True)
