"""Reads the same records as a file and through pipes, in turn, and prints the seconds of each."""

import os
import sys
import time

import tensorflow as tf
from sagemaker_tensorflow import PipeModeDataset

SIZE = int(os.environ["RECORD_BYTES"])
spec = {"x": tf.io.FixedLenFeature([], tf.string)}


def drained(dataset):
    return dataset.batch(64)


def parsed(dataset):
    """As a training script does: batches, parsed."""
    return dataset.batch(64).map(lambda batch: tf.io.parse_example(batch, spec)["x"])


def measure(name, make, is_told=True):
    """Up to the last batch: the end of an iterator waits for tf.data's tuning thread, which sleeps for up to seconds."""
    for way in (drained, parsed):
        start = time.perf_counter()
        batches = iter(way(make()))
        count = 0
        while (batch := next(batches, None)) is not None:
            count += len(batch)
        seconds = time.perf_counter() - start
        if is_told:
            print("measured", name, way.__name__, count, seconds, flush=True)


folder = os.environ["SM_CHANNEL_FILE"]
path = os.path.join(folder, os.listdir(folder)[0])
for number in range(6):
    measure("file", lambda: tf.data.TFRecordDataset(path), number > 0)
    measure("TFRecord", lambda: PipeModeDataset("tfrecord", "TFRecord"), number > 0)
    measure("RecordIO", lambda: PipeModeDataset("recordio", "RecordIO"), number > 0)
