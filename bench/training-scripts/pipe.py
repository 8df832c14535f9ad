"""Reads the same records as a file and through pipes, three times each, and prints the seconds."""

import os
import sys
import time

import numpy as np
import tensorflow as tf
from sagemaker_tensorflow import PipeModeDataset

SIZE = int(os.environ["RECORD_BYTES"])
spec = {"x": tf.io.FixedLenFeature([], tf.string)}


def drained(dataset):
    return dataset.reduce(np.int64(0), lambda count, _: count + 1)


def parsed(dataset):
    """As a training script does: batches, parsed."""
    dataset = dataset.batch(64).map(lambda batch: tf.io.parse_example(batch, spec)["x"])
    return dataset.reduce(np.int64(0), lambda count, batch: count + tf.size(batch, tf.int64))


def measure(name, make):
    for way in (drained, parsed):
        start = time.perf_counter()
        count = way(make()).numpy()
        print("measured", name, way.__name__, count, time.perf_counter() - start, flush=True)


folder = os.environ["SM_CHANNEL_FILE"]
path = os.path.join(folder, os.listdir(folder)[0])
drained(tf.data.TFRecordDataset(path))
for _ in range(3):
    measure("file", lambda: tf.data.TFRecordDataset(path))
    measure("TFRecord", lambda: PipeModeDataset("tfrecord", "TFRecord"))
    measure("RecordIO", lambda: PipeModeDataset("recordio", "RecordIO"))
