"""TensorFlow Serving's own clients against a model server of its own."""
