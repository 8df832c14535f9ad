"""How the C library treats memory that was freed."""

import numpy as np

#: glibc learns of blocks of up to 32 MiB (``DEFAULT_MMAP_THRESHOLD_MAX``), with what it adds to them.
LEARNED_BYTES = 31 << 20


def keep_freed_memory():
    """Has glibc keep memory for the next batch of strings that the last one freed, up to 62 MiB.

    Giving it back to the kernel, and taking it page by page again, costs a third of the processor time of reading
    records of 100 KB. glibc keeps twice as much as the largest block that was ever freed (mallopt(3),
    M_MMAP_THRESHOLD); who set its thresholds by environment variables keeps those.
    """
    np.empty(LEARNED_BYTES, np.uint8)
