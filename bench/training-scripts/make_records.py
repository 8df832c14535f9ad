"""Writes the same records as TFRecord and as RecordIO: `make_records.py <folder> <record bytes> <megabytes>`."""

import os
import struct
import sys

import tensorflow as tf

folder, size, megabytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
value = tf.train.Feature(bytes_list=tf.train.BytesList(value=[os.urandom(size)]))
record = tf.train.Example(features=tf.train.Features(feature={"x": value})).SerializeToString()
count = (megabytes << 20) // len(record)
with tf.io.TFRecordWriter(os.path.join(folder, "tfrecord")) as writer:
    for _ in range(count):
        writer.write(record)
with open(os.path.join(folder, "recordio"), "wb") as file:
    framed = struct.pack("<II", 0xCED7230A, len(record)) + record + bytes(-len(record) % 4)
    for _ in range(count):
        file.write(framed)
