"""
The threads of a worker. All requests are handled on the main thread as long as none keeps it busy for long; the model
server, which sees that others wait meanwhile, asks for another hand.
"""
import os
import threading
import time

#: So many calls for a hand a busy processor is let work instead: threads of one process share it.
PATIENT_CALLS = 20


class Hands:
    """`work` reads a frame and handles it; it says False at the end. Only one thread reads at a time."""

    def __init__(self, work, limit):
        self._work = work
        self._limit = limit
        self._reading = threading.Lock()
        self._idle = threading.Condition()
        self._parked = 0
        self._called = 0
        self._count = 1
        self._is_reader_waiting = False

    def run(self):
        """On the main thread, to the end."""
        while self._turn(0):
            pass

    def listen(self, descriptor):
        """Adds a hand for each byte that comes while the process waits for something, and for some while it computes."""
        threading.Thread(target=self._listen, args=(descriptor,), daemon=True).start()

    def _listen(self, descriptor):
        calls, wall, processor = 0, time.monotonic(), time.process_time()
        while os.read(descriptor, 1):
            wall_before, wall = wall, time.monotonic()
            processor_before, processor = processor, time.process_time()
            is_computing = processor - processor_before > (wall - wall_before) / 2
            calls = calls + 1 if is_computing else PATIENT_CALLS
            if calls >= PATIENT_CALLS:
                calls = 0
                self._add()

    def _add(self):
        with self._idle:
            if self._parked > self._called:
                self._called += 1
                self._idle.notify()
            elif self._count < self._limit:
                threading.Thread(target=self._help, args=(self._count,), daemon=True).start()
                self._count += 1

    def _help(self, slot):
        while self._turn(slot):
            if self._is_reader_waiting:
                self._park()

    def _park(self):
        with self._idle:
            self._parked += 1
            self._idle.wait_for(lambda: self._called > 0)
            self._called -= 1
            self._parked -= 1

    def _turn(self, slot):
        with self._reading:
            self._is_reader_waiting = True
            try:
                frame = self._work.read()
            finally:
                self._is_reader_waiting = False
        if frame is None:
            return False
        self._work.handle(slot, frame)
        return True
