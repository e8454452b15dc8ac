"""Give the schema of the files of a prompt pack to editors, as JSON Schema (draft 2020-12)."""

from typing import Any

from bot.config.pack_schema import PackFile
from bot.config.translation_schema import TranslationFile


def pack_json_schema() -> dict[str, Any]:
    """Return the schema of one file of a pack: a part of it, or a translation, which has no ``id``.

    Only the loader finds problems between files, such as duplicate ids and unknown topics.
    """
    part, translation = PackFile.model_json_schema(), TranslationFile.model_json_schema()
    items = part["$defs"]["PromptSection"]["properties"]["items"]
    alone = part["$defs"]["ItemSection"]["properties"]["text"]  # a statement may be plain text, without keys
    items["items"] = {"anyOf": [alone, items["items"]]}
    definitions = {**part.pop("$defs"), **translation.pop("$defs")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A prompt pack of Belonging Bot, or one file of it",
        "if": {"required": ["language"], "not": {"required": ["id"]}},
        "then": translation,
        "else": part,
        "$defs": definitions,
    }
