"""The JSON Schema of `config.yaml` with the sections of installed plugins: editors complete and underline by it."""

from __future__ import annotations

import logging
from typing import Any

from pydantic import BaseModel

from botcore.config import Config
from botcore.errors import PluginError
from botcore.plugins import LoadedPlugin, Plugins, installed

log = logging.getLogger(__name__)
PATH = {"type": "string", "description": "the plugin's Python file, from this file"}


def config_schema(plugins: Plugins) -> dict[str, Any]:
    """Draft 2020-12. Installed plugins are described even when the config does not name them yet."""
    schema = Config.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "botcore config.yaml"
    definitions = schema.setdefault("$defs", {})
    known = {plugin.name: plugin for plugin in plugins.loaded}
    for name, plugin in {**_installed(set(known)), **known}.items():
        section = _section(plugin, definitions)
        kind = "channels" if _is_channel(plugin) else "plugins"
        if kind == "plugins":
            section["properties"] = {"path": PATH, **section.get("properties", {})}
        elif name not in installed():
            section["properties"] = {"file": PATH, **section.get("properties", {})}
        target = schema["properties"][kind]
        target.setdefault("properties", {})[name] = {"anyOf": [section, {"type": "null"}]}
    _own_file(schema["properties"]["plugins"], "path")
    _own_file(schema["properties"]["channels"], "file")
    return schema


def _installed(without: set[str]) -> dict[str, LoadedPlugin]:
    """Installed plugins that the config does not name; one that cannot be imported is left out."""
    found = {}
    for name, entry in installed().items():
        if name in without:
            continue
        try:
            subject = entry.load()
        except (Exception, SystemExit) as wrong:  # the border to foreign code: a schema without it beats none
            log.debug("left out of the schema: %s: %s", name, wrong)
            continue
        found[name] = LoadedPlugin(name, entry.value, ("plugins", name), subject, None)
    return found


def _section(plugin: LoadedPlugin, definitions: dict[str, Any]) -> dict[str, Any]:
    alone = Plugins()
    try:
        alone.add(plugin.subject, plugin.name)
        model = alone.ask(alone.loaded[0], "botcore_settings")
    except PluginError:
        model = None
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return {"type": "object", "additionalProperties": False}
    section = model.model_json_schema(ref_template="#/$defs/" + plugin.name + "_{model}")
    for name, definition in section.pop("$defs", {}).items():
        definitions[f"{plugin.name}_{name}"] = definition
    for hidden in [name for name, field in model.model_fields.items() if field.exclude]:
        section.get("properties", {}).pop(hidden, None)
    return section


def _is_channel(plugin: LoadedPlugin) -> bool:
    return plugin.is_channel or getattr(plugin.subject, "_channel", None) is not None


def _own_file(sections: dict[str, Any], key: str) -> None:
    """Any other name is a file of one's own, with its path under `key`, and settings of any shape."""
    sections["additionalProperties"] = {
        "type": "object",
        "required": [key],
        "properties": {key: PATH},
    }
