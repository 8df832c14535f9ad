"""A pair as small as they come: JSON through, errors raised."""


def input_handler(data, context):
    if context.request_content_type == "application/json":
        return data.read().decode("utf-8")
    raise ValueError("unsupported content type {}".format(context.request_content_type))


def output_handler(response, context):
    if response.status_code != 200:
        raise ValueError(response.content.decode("utf-8"))
    return response.content, "application/json"
