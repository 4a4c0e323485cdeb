"""Where DATA lies in a data set, how many events it holds, and the table of them."""

from stroma.release.cytometry.channels import Channel, Reading, refused
from stroma.release.cytometry.events import EventTable, UniformTable, float_table, integer_table, text_table
from stroma.release.cytometry.keywords import HEADER_BYTES, refusal, whole


def table_of(reading: Reading, channels: tuple[Channel, ...]) -> tuple[int, EventTable]:
    """The number of events and the table of them. Raises BadInput for events that are not all there."""
    kind = reading.keywords.get("$DATATYPE").upper()
    widths = tuple(channel.bits for channel in channels)
    is_text = kind == "A"
    event_bits = 0 if is_text and 0 in widths else sum(widths) * (8 if is_text else 1)
    begin, end = _where_data_lies(reading, event_bits)
    if is_text:
        return _text_events(reading, begin, end, channels)
    events = _how_many(reading, begin, end, event_bits)
    is_big = _is_big_endian(reading, widths)
    data = reading.data[begin : begin + -(-events * event_bits // 8)]
    if kind == "I":
        return events, integer_table(data, events=events, widths=widths, is_big=is_big)
    return events, float_table(
        data, events=events, channels=len(channels), is_double=kind == "D", is_big=is_big
    )


def _is_big_endian(reading: Reading, widths: tuple[int, ...]) -> bool:
    text = reading.keywords.get("$BYTEORD").replace(" ", "")
    order = text.split(",")
    rising = [str(i + 1) for i in range(len(order))]
    if order == ["1"] or set(widths) <= {8}:
        return False
    if len(order) > 1 and order == rising:
        return False
    if len(order) > 1 and order == rising[::-1]:
        return True
    message = f"$BYTEORD is {text!r}; 1,2,3,4 and 4,3,2,1 are read"
    raise refused(reading, "fcs_byte_order", message, "$BYTEORD")


def _where_data_lies(reading: Reading, event_bits: int) -> tuple[int, int]:
    """First and last byte of DATA. Where HEADER and TEXT disagree, the one that fits the events is believed."""
    total = whole(reading.keywords, "$TOT")
    header = reading.segments.data
    text = (whole(reading.keywords, "$BEGINDATA") or 0, whole(reading.keywords, "$ENDDATA") or 0)
    places = list(dict.fromkeys(place for place in (header, text) if place[0] >= HEADER_BYTES))
    if not places and total == 0:
        return HEADER_BYTES, HEADER_BYTES - 1
    if not places:
        raise refused(reading, "fcs_data_offset", "neither HEADER nor TEXT says where DATA lies", "DATA")
    if len(places) == 1:
        return places[0]
    if total is None or not event_bits:
        message = f"HEADER says DATA lies at bytes {_span(reading, header)}, TEXT says {_span(reading, text)}"
        raise refused(reading, "fcs_data_offset", message, "DATA")
    needed = -(-total * event_bits // 8)
    fitting = [place for place in places if 0 <= place[1] - place[0] + 1 - needed <= 1]
    starts = {place[0] for place in fitting}
    if len(starts) != 1:
        message = (
            f"HEADER says DATA lies at bytes {_span(reading, header)}, TEXT says {_span(reading, text)}, and "
            f"{'both' if fitting else 'neither'} can hold {total} events of {event_bits / 8:g} bytes"
        )
        raise refused(reading, "fcs_data_offset", message, "DATA")
    if header != (0, 0):
        believed = "TEXT" if fitting[0] == text else "HEADER"
        reading.warnings.append(
            f"HEADER says DATA lies at bytes {_span(reading, header)}, TEXT says {_span(reading, text)}; "
            f"{believed} fits {total} events and is used"
        )
    return fitting[0]


def _span(reading: Reading, place: tuple[int, int]) -> str:
    return f"{reading.base + place[0]} to {reading.base + place[1]}"


def _how_many(reading: Reading, begin: int, end: int, event_bits: int) -> int:
    """The number of events; every one must be there, and none may be left over."""
    total = whole(reading.keywords, "$TOT")
    length = max(end - begin + 1, 0)
    held = length * 8 // event_bits
    if total is None:
        total = held
        reading.warnings.append(f"$TOT is missing; DATA holds {held} events")
    needed = -(-total * event_bits // 8)
    there = max(len(reading.data) - begin, 0)
    if there < needed:
        message = (
            f"DATA should end at byte {reading.base + begin + needed - 1} with {total} events, but the file ends at "
            f"byte {reading.base + len(reading.data)}: {there * 8 // event_bits} events are whole"
        )
        raise refusal(
            "fcs_truncated", message, file=reading.file, byte=reading.base + len(reading.data), place="DATA"
        )
    if held != total:
        message = f"$TOT says {total} events, and DATA (bytes {_span(reading, (begin, end))}) holds {held}"
        raise refusal("fcs_total", message, file=reading.file, byte=reading.base + begin, place="$TOT")
    if length - needed > 1:
        reading.warnings.append(f"DATA has {length - needed} bytes after its last event; they are not read")
    return total


def _text_events(
    reading: Reading, begin: int, end: int, channels: tuple[Channel, ...]
) -> tuple[int, EventTable]:
    if end >= len(reading.data):
        message = (
            f"DATA should end at byte {reading.base + end}, but the file ends at byte "
            f"{reading.base + len(reading.data)}"
        )
        raise refusal(
            "fcs_truncated", message, file=reading.file, byte=reading.base + len(reading.data), place="DATA"
        )
    widths = tuple(channel.bits for channel in channels)
    data = reading.data[begin : end + 1].tobytes()
    try:
        values = text_table(data, widths=None if 0 in widths else widths, channels=len(channels))
    except ValueError as error:
        raise refusal(
            "fcs_ascii", f"DATA: {error}", file=reading.file, byte=reading.base + begin, place="DATA"
        ) from None
    total = whole(reading.keywords, "$TOT")
    if total is not None and total != len(values):
        message = (
            f"$TOT says {total} events, and DATA (bytes {_span(reading, (begin, end))}) holds {len(values)}"
        )
        raise refusal("fcs_total", message, file=reading.file, byte=reading.base + begin, place="$TOT")
    return len(values), UniformTable(values)
