"""Makes the small SavedModels beside it, with TensorFlow: python make.py"""

import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import tensorflow as tf

v1 = tf.compat.v1
HERE = pathlib.Path(__file__).parent


def signature(inputs, outputs, method):
    info = v1.saved_model.build_tensor_info
    return v1.saved_model.build_signature_def(
        {name: info(tensor) for name, tensor in inputs.items()},
        {name: info(tensor) for name, tensor in outputs.items()},
        f"tensorflow/serving/{method}",
    )


def save(name, build):
    with v1.Graph().as_default(), v1.Session() as session:
        builder = v1.saved_model.builder.SavedModelBuilder(str(HERE / name / "1"))
        builder.add_meta_graph_and_variables(session, ["serve"], signature_def_map=build())
        builder.save()


def half_plus(addend):
    """x / 2 + addend, as TensorFlow Serving's own examples have it."""

    def build():
        serialized = v1.placeholder(tf.string, [None], name="tf_example")
        x = tf.identity(v1.parse_example(serialized, {"x": v1.FixedLenFeature([1], tf.float32)})["x"], name="x")
        y = tf.add(x * 0.5, addend, name="y")
        return {
            "serving_default": signature({"x": x}, {"y": y}, "predict"),
            "tensorflow/serving/regress": signature({"inputs": serialized}, {"outputs": y}, "regress"),
            "classify_x_to_y": signature({"inputs": serialized}, {"scores": y}, "classify"),
        }

    return build


def brightness():
    """Mean brightness of a PNG picture, from 0 to 1."""
    image_bytes = v1.placeholder(tf.string, [None], name="image_bytes")
    picture = tf.io.decode_png(image_bytes[0], channels=1)
    mean = tf.reshape(tf.reduce_mean(tf.cast(picture, tf.float32)) / 255.0, [1], name="brightness")
    return {"serving_default": signature({"image_bytes": image_bytes}, {"brightness": mean}, "predict")}


save("half_plus_two", half_plus(2.0))
save("half_plus_three", half_plus(3.0))
save("brightness", brightness)
