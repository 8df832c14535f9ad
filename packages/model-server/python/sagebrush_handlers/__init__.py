"""Runs a model's inference.py for the model server, in the SageMaker TensorFlow Serving container's way."""
