"""Seed 001 as it is written, with the SageMaker Python SDK: what its other examples, in the tests beside, leave open."""
import jobs
import pytest
from test_sagemaker_sdk import execute

#: "Adapting your local TensorFlow script": `--model_dir` in S3, `train_and_evaluate`, two channels, the model for `deploy`.
ADAPTED = """
import argparse, os
import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument('--epochs', type=int, default=10)
parser.add_argument('--shuffle', type=bool, default=False)
parser.add_argument('--model_dir', type=str)
parser.add_argument('--train', type=str, default=os.environ.get('SM_CHANNEL_TRAIN'))
parser.add_argument('--eval', type=str, default=os.environ.get('SM_CHANNEL_EVAL'))
args, _ = parser.parse_known_args()

def my_model_fn(features, labels, mode):
    answers = tf.compat.v1.layers.dense(features['x'], 1)
    if mode == tf.estimator.ModeKeys.PREDICT:
        outputs = {'serving_default': tf.estimator.export.PredictOutput({'y': answers})}
        return tf.estimator.EstimatorSpec(mode, predictions=answers, export_outputs=outputs)
    loss = tf.compat.v1.losses.mean_squared_error(labels, answers)
    step = tf.compat.v1.train.get_global_step()
    training = tf.compat.v1.train.GradientDescentOptimizer(0.2).minimize(loss, step)
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=training)

def points(folder):
    table = np.loadtxt(os.path.join(folder, 'points.csv'), delimiter=',', dtype='float32')
    return tf.data.Dataset.from_tensor_slices(({'x': table[:, :1]}, table[:, 1:])).repeat().batch(20)

def receiver():
    x = tf.compat.v1.placeholder(tf.float32, [None, 1])
    return tf.estimator.export.ServingInputReceiver({'x': x}, {'x': x})

if __name__ == '__main__':
    estimator = tf.estimator.Estimator(model_fn=my_model_fn, model_dir=args.model_dir)
    train_spec = tf.estimator.TrainSpec(lambda: points(args.train), max_steps=100 * args.epochs)
    eval_spec = tf.estimator.EvalSpec(lambda: points(args.eval), steps=1)
    results, _ = tf.estimator.train_and_evaluate(estimator, train_spec, eval_spec)
    print('evaluated', results['global_step'], round(float(results['loss']), 3), args.shuffle)
    estimator.export_saved_model(os.environ['SM_MODEL_DIR'], receiver)
"""
#: "For TensorFlow versions 1.11-1.15.2, 2.0-2.1": a shell script that calls pip and then the training script.
SHELL = 'pip install -r requirements.txt\npython train.py "$@"\n'
INSTALLED = "import six, sys, tensorflow as tf\nprint('installed', six.__version__, tf.__version__, sys.argv[1:])\n"
#: "Training with MKL-DNN disabled".
MKL = """
import os

os.environ['TF_DISABLE_MKL'] = '1'
os.environ['TF_DISABLE_POOL_ALLOCATOR'] = '1'
import tensorflow as tf
from tensorflow.python.util import _pywrap_util_port
print('oneDNN', _pywrap_util_port.IsMklEnabled(), tf.reduce_sum(tf.matmul(tf.ones([64, 64]), tf.ones([64, 64]))).numpy())
"""
PROGRAM = """
import os
import sagemaker
from sagemaker.tensorflow import TensorFlow

session = sagemaker.Session()
your_input_data = {
    name: session.upload_data('points.csv', key_prefix=f'seed-001/{name}') for name in ('train', 'eval')
}
tf_estimator = TensorFlow(
    entry_point='adapted.py', role='SageMakerRole', instance_count=1, instance_type='ml.p2.xlarge',
    framework_version='2.2', py_version='py37', hyperparameters={'epochs': 2, 'shuffle': True},
)
tf_estimator.fit(your_input_data, wait=False)
shell = TensorFlow(
    entry_point='train.sh', source_dir='shell', role='SageMakerRole', instance_count=1, instance_type='ml.c5.xlarge',
    framework_version='2.1', py_version='py3', hyperparameters={'name': 'a b'}, model_dir=False,
)
shell.fit(job_name='seed-001-pip', wait=False)
# Images are named by `image_name` in the seed, by `image_uri` since version 2 of the SDK, which takes the others' old names.
mkl = TensorFlow(
    entry_point='mkl.py', role='SageMakerRole', train_instance_count=1, train_instance_type='ml.c5.xlarge',
    image_uri='763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.19.0-cpu-py312-ubuntu22.04',
)
mkl.fit(job_name='seed-001-mkl', wait=False)
training_job_name = tf_estimator.latest_training_job.name

tf_estimator = TensorFlow.attach(training_job_name=training_job_name)
print('attached to', training_job_name)
predictor = tf_estimator.deploy(initial_instance_count=1, instance_type='ml.c5.xlarge')
answer = predictor.predict({'instances': [[1.0], [10.0]]})
print('asked', [round(y) for y, in answer['predictions']])
predictor.delete_endpoint()
"""


@pytest.mark.long
def test_seed_001_adapted_scripts_shell_scripts_and_the_mkl_switch(platform, aws, tmp_path):
    (tmp_path / "points.csv").write_text("".join(f"{x / 10},{x / 5 + 1}\n" for x in range(-10, 10)))
    (tmp_path / "adapted.py").write_text(ADAPTED)
    (tmp_path / "mkl.py").write_text(MKL)
    (tmp_path / "shell").mkdir()
    (tmp_path / "shell/train.sh").write_text(SHELL)
    (tmp_path / "shell/train.py").write_text(INSTALLED)
    (tmp_path / "shell/requirements.txt").write_text("six==1.16.0\n")
    code, output = execute(platform, PROGRAM, tmp_path)
    assert code == 0, output[-4000:]
    assert "asked [3, 21]" in output
    attached = output.rsplit("attached to ", 1)[1].split()[0]
    assert "evaluated 200 0.0 True" in completed(aws, attached)
    where = "sagemaker-us-west-2-123456789012"
    saved = aws("s3").list_objects_v2(Bucket=where, Prefix=f"{attached}/model/")["Contents"]
    names = {entry["Key"].rpartition("/")[2].partition(".")[0] for entry in saved}
    assert {"checkpoint", "events", "graph", "model"} <= names
    assert "installed 1.16.0 2.12.0 ['--name', 'a b']" in completed(aws, "seed-001-pip")
    log = completed(aws, "seed-001-mkl")
    assert "oneDNN False 262144.0" in log
    assert any("oneDNN (formerly MKL-DNN) is off" in line for line in log)


def completed(aws, name):
    job = jobs.wait_for_job(aws, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    return jobs.job_log(aws, name)
