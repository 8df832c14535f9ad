"""Exports model1 (x / 2 + 3) and model2 (x / 2 + 2) as AWS's sample models are made: predict, regress, classify."""
import os

import tensorflow as tf

v1 = tf.compat.v1


def signature(inputs, outputs, method):
    info = v1.saved_model.build_tensor_info
    return v1.saved_model.build_signature_def(
        {name: info(tensor) for name, tensor in inputs.items()},
        {name: info(tensor) for name, tensor in outputs.items()},
        f"tensorflow/serving/{method}",
    )


def export(name, addend):
    with v1.Graph().as_default(), v1.Session() as session:
        a, b = v1.get_variable("a", initializer=0.5), v1.get_variable("b", initializer=addend)
        serialized = v1.placeholder(tf.string, [None], name="tf_example")
        x = tf.identity(v1.parse_example(serialized, {"x": v1.FixedLenFeature([1], tf.float32)})["x"], name="x")
        y = tf.add(tf.multiply(a, x), b, name="y")
        session.run(v1.global_variables_initializer())
        saved = v1.saved_model.builder.SavedModelBuilder(os.path.join(os.environ["SM_MODEL_DIR"], name, "1"))
        signatures = {
            "serving_default": signature({"x": x}, {"y": y}, "predict"),
            "tensorflow/serving/regress": signature({"inputs": serialized}, {"outputs": y}, "regress"),
            "classify_x_to_y": signature({"inputs": serialized}, {"scores": y}, "classify"),
        }
        saved.add_meta_graph_and_variables(session, ["serve"], signature_def_map=signatures)
        saved.save()


export("model1", 3.0)
export("model2", 2.0)
