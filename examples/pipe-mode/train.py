"""Reads the TFRecords of a channel as they are streamed, and counts what it read."""

import os

import tensorflow as tf
from sagemaker_tensorflow import PipeModeDataset

features = {
    "data": tf.io.FixedLenFeature([], tf.string),
    "labels": tf.io.FixedLenFeature([], tf.int64),
}


def parse(record):
    parsed = tf.io.parse_single_example(record, features)
    return tf.io.decode_raw(parsed["data"], tf.float64), parsed["labels"]


dataset = PipeModeDataset(channel="training", record_format="TFRecord")
dataset = dataset.prefetch(10).map(parse, num_parallel_calls=4).batch(64)
count, total = 0, 0.0
for data, labels in dataset:
    count += int(labels.shape[0])
    total += float(tf.reduce_sum(data))
print(f"read {count} records, the sum of their numbers is {total:g}")
with open(os.path.join(os.environ["SM_MODEL_DIR"], "sum.txt"), "w") as file:
    file.write(f"{total:g}")
