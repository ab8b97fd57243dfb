# SPDX-License-Identifier: Apache-2.0
"""What the host knows of a network and the core does not, as a JSON object: name, read-out, labels, encoding."""

import json
from dataclasses import asdict
from typing import Any

from model.encoding import Encoding
from model.network import Network, Readout
from support.errors import InputError

Info = dict[str, Any]


def describe(network: Network) -> Info:
    """The object for a network, without ``order``, which is the compiler's to add."""
    encoding = network.encoding
    return {
        "name": network.name,
        "readout": {"kind": str(network.readout.kind), "neurons": list(network.readout.neurons)},
        "labels": list(network.labels),
        "encoding": asdict(encoding) | {"counts": list(encoding.counts)} if encoding else None,
    }


def restore(info: Info, what: str) -> Info:
    """The keyword arguments ``name``, ``readout``, ``labels`` and ``encoding`` of Network.

    ``what`` names the origin in the message of the InputError that a missing or malformed key raises.
    """
    _expect(isinstance(info, dict), what, "a JSON object", info)
    for key in ("name", "readout", "labels", "encoding"):
        _expect(key in info, what, f"a key {key!r}", sorted(info))
    name, readout, labels, encoding = info["name"], info["readout"], info["labels"], info["encoding"]
    _expect(isinstance(name, str), what, "a string as name", name)
    _expect(
        isinstance(readout, dict) and set(readout) == {"kind", "neurons"} and isinstance(readout["neurons"], list),
        what,
        "a read-out of kind and neurons",
        readout,
    )
    _expect(
        isinstance(labels, list) and all(isinstance(label, str) for label in labels),
        what,
        "a list of strings as labels",
        labels,
    )
    fields = set(Encoding.__dataclass_fields__)
    if isinstance(encoding, dict):
        # Images from before there were counts are binarised.
        counts = encoding.get("counts", [1])
        _expect(isinstance(counts, list), what, "a list as counts of the encoding", counts)
        encoding = encoding | {"counts": tuple(counts)}
    _expect(
        encoding is None or (isinstance(encoding, dict) and set(encoding) == fields),
        what,
        f"an encoding that is null or has the fields {', '.join(sorted(fields))}",
        encoding,
    )
    return {
        "name": name,
        "readout": Readout(neurons=tuple(readout["neurons"]), kind=readout["kind"]),
        "labels": tuple(labels),
        "encoding": None if encoding is None else Encoding(**encoding),
    }


def to_json(info: Info) -> bytes:
    """The object as UTF-8 JSON without spaces."""
    return json.dumps(info, ensure_ascii=False, separators=(",", ":")).encode()


def from_json(data: bytes, what: str) -> Info:
    """The object of UTF-8 JSON; InputError if it is none, or holds what could not be written again as such."""
    try:
        info = json.loads(data.decode(), parse_constant=_refuse)
        # Escapes can stand for halves of characters.
        to_json(info)
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{what}: expected a JSON object in UTF-8 ({reason:.200})") from None
    _expect(isinstance(info, dict), what, "a JSON object", info)
    return dict(info)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _expect(right: bool, what: str, expected: str, got: object) -> None:
    if not right:
        raise InputError(f"{what}: expected {expected}, not {got!r:.80}")
