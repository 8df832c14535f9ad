"""Lines that end in a line feed, which is taken off; a carriage return is kept."""


def parse(data, is_last, _place):
    """All whole lines of a block, and the last one of the stream as it is, unless it is empty."""
    block = data.tobytes()
    end = len(block) if is_last else block.rfind(b"\n") + 1
    lines = block[:end].split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines, end
