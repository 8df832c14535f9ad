"""Saves where `--model_dir` says, as most published scripts do."""
import argparse

import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--model_dir")
options, _ = parser.parse_known_args()


class Doubler(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def __call__(self, x):
        return {"y": x * 2.0}


tf.saved_model.save(Doubler(), f"{options.model_dir}/1")
assert tf.io.gfile.exists(f"{options.model_dir}/1/saved_model.pb")
