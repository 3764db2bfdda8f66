"""A provider for OpenTofu that knows a schema and does nothing: tofu starts it by itself, as `stub.py SCHEMA.json`.

With it `tofu validate` judges our HCL offline: unknown and missing arguments, wrong types, references to what is not there.
It is as right as the schema, which says what the real provider's documentation says, in this shorthand:

    {"source": "bpg/proxmox", "page": URL, "provider": BLOCK, "resources": {NAME: {"page": URL, "block": BLOCK}}, "data": {…}}

where a BLOCK maps `argument` (optional), `argument!` (required) or `argument=` (only computed) to a type and the sentence of the
documentation at `page` that says what the argument does; and `block[]` to a BLOCK that may be repeated. A type is `string`, `number`,
`bool`, `list(string)`, `map(…)`, `set(…)`, or a map for an object. What no module of ours uses is not here, so that an argument comes
in only by somebody who read about it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from tf import runner
from tf.gen import tfplugin_pb2 as pb
from tf.schema import Attribute, Block, NestedBlock, NestMode, Schema

MARKS = "!="


class Typed:
    """A type as OpenTofu writes it: `"string"`, or `["list", "string"]`; values pass through it untouched."""

    def __init__(self, word: Any) -> None:
        self.word = word

    def tf_type(self) -> bytes:
        return json.dumps(meaning(self.word)).encode()

    def encode(self, value: Any) -> Any:
        return value

    decode = encode


class Repeated(NestedBlock):
    """A block that may be repeated, in order: the library itself has sets and single ones only."""

    def to_pb(self) -> Any:
        block = super().to_pb()
        block.nesting = pb.Schema.NestedBlock.NestingMode.LIST
        return block


def meaning(word: Any) -> Any:
    """The type that a word of the shorthand stands for."""
    if isinstance(word, dict):
        names = {name.rstrip(MARKS): meaning(part) for name, part in word.items()}
        optional = [name.rstrip(MARKS) for name in word if not name.endswith("!")]
        return ["object", names, optional] if optional else ["object", names]
    if found := re.fullmatch(r"(list|set|map)\((.+)\)", word):
        return [found[1], meaning(found[2])]
    return word


def parts(block: dict[str, Any]) -> dict[str, Any]:
    """The arguments and the inner blocks of a block."""
    arguments = {name: word for name, word in block.items() if not name.endswith("[]")}
    inner = {name.removesuffix("[]"): word for name, word in block.items() if name.endswith("[]")}
    return {
        "attributes": [
            Attribute(
                name.rstrip(MARKS),
                Typed(word[0]),
                required=name.endswith("!"),
                optional=not name.endswith(("!", "=")),
                computed=not name.endswith("!"),
            )
            for name, word in arguments.items()
        ],
        "block_types": [Repeated(name, NestMode.Set, Block(**parts(word))) for name, word in inner.items()],
    }


def kind(name: str, block: dict[str, Any]) -> type:
    """A resource or data source that has a schema, agrees with everything and does nothing."""

    class Kind:
        def __init__(self, _provider: Stub) -> None:
            pass

        @classmethod
        def get_name(cls) -> str:
            return name

        @classmethod
        def get_schema(cls) -> Schema:
            return Schema(**parts(block))

        def validate(self, _diags: Any, _type_name: str, _config: Any) -> None:
            """Whatever fits the schema is good."""

    return Kind


class Stub:
    """The provider that a schema describes."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema

    def get_model_prefix(self) -> str:
        return ""

    def full_name(self) -> str:
        return str(self.schema["source"])

    def get_provider_schema(self, _diags: Any) -> Schema:
        return Schema(**parts(self.schema["provider"]))

    def validate_config(self, _diags: Any, _config: Any) -> None:
        """Whatever fits the schema is good."""

    configure_provider = validate_config

    def get_resources(self) -> list[type]:
        return [kind(name, of["block"]) for name, of in self.schema["resources"].items()]

    def get_data_sources(self) -> list[type]:
        return [kind(name, of["block"]) for name, of in self.schema["data"].items()]

    def get_functions(self) -> list[type]:
        return []

    def new_resource(self, cls: type) -> Any:
        return cls(self)

    new_data_source = new_resource


if __name__ == "__main__":
    runner.run_provider(Stub(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), sys.argv[:1])
