"""File systems for TensorFlow that are written in Python: paths of a scheme of one's own, wherever TensorFlow takes paths."""
