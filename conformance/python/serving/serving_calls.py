"""Runs in TensorFlow's own environment: calls by the stubs of tensorflow-serving-api, as its users write them."""
import json
import sys

if __name__ == "__channelexec__":
    sys.path.insert(0, channel.receive())  # noqa: F821
    import grpc
    import numpy as np
    import tensorflow as tf
    from google.protobuf import descriptor_pool, json_format, message_factory, text_format
    from grpc_health.v1 import health_pb2, health_pb2_grpc
    from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
    from tensorflow_serving.apis import (
        classification_pb2,
        get_model_metadata_pb2,
        get_model_status_pb2,
        inference_pb2,
        model_management_pb2,
        model_service_pb2_grpc,
        predict_pb2,
        prediction_service_pb2_grpc,
        regression_pb2,
    )

FEATURES = {float: "float_list", int: "int64_list", str: "bytes_list"}
channels = {}


def open_channel(address, roots=None, key=None, certificate=None):
    credentials = grpc.ssl_channel_credentials(*(bytes(part) if part else None for part in (roots, key, certificate)))
    channels[address] = grpc.secure_channel(address, credentials)


def channel_to(address):
    if address not in channels:
        channels[address] = grpc.insecure_channel(address, [("grpc.max_receive_message_length", -1)])
    return channels[address]


def close_channel(address):
    channels.pop(address).close()


def predictions(address):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel_to(address))


def models(address):
    return model_service_pb2_grpc.ModelServiceStub(channel_to(address))


def as_dict(message):
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def fill_spec(spec, model, signature="", version=None, label=None):
    spec.name = model
    spec.signature_name = signature
    if version is not None:
        spec.version.value = version
    if label is not None:
        spec.version_label = label


def predict(address, model, inputs, dtype="float32", timeout=120, output_filter=(), **spec):
    """inputs: {alias: nested list} by tf.make_tensor_proto → {alias: nested list} by tf.make_ndarray."""
    request = predict_pb2.PredictRequest(output_filter=output_filter)
    fill_spec(request.model_spec, model, **spec)
    for alias, values in inputs.items():
        request.inputs[alias].CopyFrom(tf.make_tensor_proto(values, dtype=dtype))
    response = predictions(address).Predict(request, timeout)
    outputs = {alias: tf.make_ndarray(tensor).tolist() for alias, tensor in response.outputs.items()}
    return {"outputs": outputs, "spec": as_dict(response.model_spec)}


def predict_file(address, model, alias, path):
    """An .npy file's array, too large for the way to here; tells the answer's shape and the request's size."""
    request = predict_pb2.PredictRequest()
    fill_spec(request.model_spec, model)
    request.inputs[alias].CopyFrom(tf.make_tensor_proto(np.load(path)))
    response = predictions(address).Predict(request, 120)
    (output,) = response.outputs.values()
    return list(tf.make_ndarray(output).shape), request.ByteSize()


def value_fields(address, model, inputs):
    """Which fields of the outputs' TensorProto are set: what clients read who do without TensorFlow."""
    request = predict_pb2.PredictRequest()
    fill_spec(request.model_spec, model)
    for alias, values in inputs.items():
        request.inputs[alias].CopyFrom(tf.make_tensor_proto(values, dtype="float32"))
    response = predictions(address).Predict(request, 120)
    return {alias: sorted(field.name for field, _ in tensor.ListFields()) for alias, tensor in response.outputs.items()}


def fill_examples(target, examples, context):
    kind = target.example_list_with_context if context else target.example_list
    for features in examples:
        fill_example(kind.examples.add(), features)
    if context:
        fill_example(kind.context, context)


def fill_example(example, features):
    for name, values in features.items():
        feature = getattr(example.features.feature[name], FEATURES[type(values[0])])
        feature.value.extend(value.encode() if isinstance(value, str) else value for value in values)


def classify(address, model, examples, context=None, **spec):
    request = classification_pb2.ClassificationRequest()
    fill_spec(request.model_spec, model, **spec)
    fill_examples(request.input, examples, context)
    return as_dict(predictions(address).Classify(request, 120))


def regress(address, model, examples, context=None, **spec):
    request = regression_pb2.RegressionRequest()
    fill_spec(request.model_spec, model, **spec)
    fill_examples(request.input, examples, context)
    return as_dict(predictions(address).Regress(request, 120))


def multi_inference(address, tasks, examples):
    """tasks: (model, signature, method) each."""
    request = inference_pb2.MultiInferenceRequest()
    for model, signature, method in tasks:
        fill_spec(request.tasks.add(method_name=f"tensorflow/serving/{method}").model_spec, model, signature)
    fill_examples(request.input, examples, None)
    return as_dict(predictions(address).MultiInference(request, 120))


def metadata(address, model, fields=("signature_def",)):
    request = get_model_metadata_pb2.GetModelMetadataRequest(metadata_field=fields)
    fill_spec(request.model_spec, model)
    response = predictions(address).GetModelMetadata(request, 120)
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    return {"spec": as_dict(response.model_spec), "signatures": as_dict(signatures)["signature_def"]}


def same_tensors(told, address, model):
    """Whether defaults in protobuf's JSON are those of the metadata by gRPC."""
    defaults = metadata(address, model)["signatures"]["serving_default"]["defaults"]

    def array(described):
        return tf.make_ndarray(json_format.ParseDict(described, tf.make_tensor_proto(0.0)))

    told = json.loads(told)
    return set(told) == set(defaults) and all(np.array_equal(array(told[name]), array(defaults[name])) for name in told)


def saved_signatures(directory):
    """The same as the SavedModel itself declares it."""
    from tensorflow.python.saved_model import loader_impl

    graph = loader_impl.parse_saved_model(directory).meta_graphs[0]
    return {name: as_dict(one) for name, one in graph.signature_def.items()}


def status(address, model, **spec):
    request = get_model_status_pb2.GetModelStatusRequest()
    fill_spec(request.model_spec, model, **spec)
    return as_dict(models(address).GetModelStatus(request, 120)).get("model_version_status", [])


def reload(address, config):
    request = model_management_pb2.ReloadConfigRequest()
    text_format.Parse(config, request.config)
    return as_dict(models(address).HandleReloadConfigRequest(request, 120).status)


def session_run(address):
    return channel_to(address).unary_unary("/tensorflow.serving.SessionService/SessionRun")(b"", timeout=120)


def check_health(address, service=""):
    stub = health_pb2_grpc.HealthStub(channel_to(address))
    response = stub.Check(health_pb2.HealthCheckRequest(service=service), 120)
    return health_pb2.HealthCheckResponse.ServingStatus.Name(response.status)


def list_health(address):
    statuses = health_pb2_grpc.HealthStub(channel_to(address)).List(health_pb2.HealthListRequest(), timeout=120).statuses
    return {name: health_pb2.HealthCheckResponse.ServingStatus.Name(one.status) for name, one in statuses.items()}


watches = {}


def watch_health(address, service=""):
    stub = health_pb2_grpc.HealthStub(channel_to(address))
    watches[address] = stub.Watch(health_pb2.HealthCheckRequest(service=service))
    return next_health(address)


def next_health(address):
    """None once the server has ended the call."""
    response = next(watches[address], None)
    return response and health_pb2.HealthCheckResponse.ServingStatus.Name(response.status)


def served(address):
    return sorted(ProtoReflectionDescriptorDatabase(channel_to(address)).get_services())


def unlike_fields(address):
    """What reflection tells of the messages, where it differs from the client library's own declarations."""
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel_to(address)))
    own = descriptor_pool.Default()
    seen, unlike = set(), []

    def outline(field):
        kind = field.message_type or field.enum_type
        oneof = field.containing_oneof and field.containing_oneof.name
        return (field.number, field.type, field.is_repeated, kind and kind.full_name, oneof, field.json_name)

    def compare(name):
        if name in seen:
            return
        seen.add(name)
        ours, theirs = pool.FindMessageTypeByName(name), own.FindMessageTypeByName(name)
        for field in ours.fields:
            known = theirs.fields_by_name.get(field.name)
            if known is None or outline(known) != outline(field):
                unlike.append(field.full_name)
            if field.message_type:
                compare(field.message_type.full_name)
            if field.enum_type:
                values = {value.name: value.number for value in field.enum_type.values}
                wanted = {value.name: value.number for value in own.FindEnumTypeByName(field.enum_type.full_name).values}
                if not values.items() <= wanted.items():
                    unlike.append(field.enum_type.full_name)

    for service in ("PredictionService", "ModelService"):
        for method in pool.FindServiceByName(f"tensorflow.serving.{service}").methods:
            compare(method.input_type.full_name)
            compare(method.output_type.full_name)
    compare("tensorflow.serving.SignatureDefMap")
    return {"messages": len(seen), "unlike": unlike}


def predict_by_reflection(address, model, values):
    """What a client does that has no stubs: the descriptors come from the server."""
    pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel_to(address)))
    method = pool.FindServiceByName("tensorflow.serving.PredictionService").FindMethodByName("Predict")
    request = message_factory.GetMessageClass(method.input_type)()
    request.model_spec.name = model
    tensor = request.inputs["x"]
    tensor.dtype = 1
    tensor.tensor_shape.dim.add(size=len(values))
    tensor.float_val.extend(values)
    answer = message_factory.GetMessageClass(method.output_type)
    call = channel_to(address).unary_unary(
        "/tensorflow.serving.PredictionService/Predict",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=answer.FromString,
    )
    return list(call(request, timeout=120).outputs["y"].float_val)


def cancelled_calls(address, model, count):
    """Begins calls and gives them up; tells how many ended as cancelled."""
    request = predict_pb2.PredictRequest()
    fill_spec(request.model_spec, model)
    request.inputs["x"].CopyFrom(tf.make_tensor_proto([1.0] * 1000))
    futures = [predictions(address).Predict.future(request, 120) for _ in range(count)]
    # The last one first: the server has hardly had the time to answer it.
    for future in reversed(futures):
        future.cancel()
    return sum(future.cancelled() for future in futures)


def parallel_predicts(address, model, count):
    """Many at once on one channel; tells whether each got its own answer."""
    stub = predictions(address)
    futures = []
    for number in range(count):
        request = predict_pb2.PredictRequest()
        fill_spec(request.model_spec, model)
        request.inputs["x"].CopyFrom(tf.make_tensor_proto([float(number)] * (1 + number % 700)))
        futures.append(stub.Predict.future(request, 120))
    return all(
        tf.make_ndarray(future.result().outputs["y"]).tolist() == [number * 0.5 + 2] * (1 + number % 700)
        for number, future in enumerate(futures)
    )


if __name__ == "__channelexec__":
    for name, arguments, named in channel:  # noqa: F821
        try:
            channel.send(globals()[name](*arguments, **named))  # noqa: F821
        except grpc.RpcError as error:
            channel.send({"error": error.code().name, "details": error.details()})  # noqa: F821
