"""Exports x / 2 + 2, the model of TensorFlow Serving's own first example."""
import os

import tensorflow as tf


class HalfPlusTwo(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def __call__(self, x):
        return {"y": x * 0.5 + 2.0}


model = HalfPlusTwo()
tf.saved_model.save(
    model, os.path.join(os.environ["SM_MODEL_DIR"], "1"), {"serving_default": model.__call__}
)
