"""What the scripts that make models for tests share."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import tensorflow as tf

v1 = tf.compat.v1
builders = {}


def builder(function):
    builders[function.__name__] = function
    return function


def save_graph(path, session, signatures, initializer=None):
    """The initializer is run when the model is loaded: it fills tables."""
    saved = v1.saved_model.builder.SavedModelBuilder(path)
    saved.add_meta_graph_and_variables(
        session, ["serve"], signature_def_map=signatures, main_op=initializer
    )
    saved.save()


def signature(inputs, outputs, method):
    info = v1.saved_model.build_tensor_info
    return v1.saved_model.build_signature_def(
        {name: info(tensor) for name, tensor in inputs.items()},
        {name: info(tensor) for name, tensor in outputs.items()},
        method,
    )


def ask(path, requests, method="predict"):
    """Each request: (signature, {input: array}, the REST body that says the same)."""
    loaded = tf.saved_model.load(path)
    answers = []
    for name, inputs, body in requests:
        outputs = loaded.signatures[name](**{k: tf.constant(v) for k, v in inputs.items()})
        shown = {k: described(v.numpy()) for k, v in outputs.items()}
        answers.append({"method": method, "request": body, "outputs": shown})
    return answers


def described(array):
    values = [v.decode() if isinstance(v, bytes) else v for v in array.ravel().tolist()]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": values}
