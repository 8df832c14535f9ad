"""
Which requests are being handled right now, in memory that outlives the process: the model server looks there for what
has hung, and for what was running when a process ended. A slot for each thread:

    id 8 bytes, 0 for none | how many there were 8 bytes
"""
import mmap
import struct

SLOT = struct.Struct("=QQ")


class Ledger:
    def __init__(self, descriptor):
        self._memory = mmap.mmap(descriptor, 0)
        self.slots = len(self._memory) // SLOT.size
        self._counts = [0] * self.slots

    def begin(self, slot, number):
        self._counts[slot] += 1
        SLOT.pack_into(self._memory, slot * SLOT.size, number, self._counts[slot])

    def end(self, slot):
        SLOT.pack_into(self._memory, slot * SLOT.size, 0, self._counts[slot])
