"""`config.yaml` as typed values: every mistake at once, each with its place and its mend."""

from botcore.config.model import Config
from botcore.config.reading import Loaded, load_config
from botcore.config.validate import validate
from botcore.config.yaml_source import Document, parse_yaml, read_yaml

__all__ = ["Config", "Document", "Loaded", "load_config", "parse_yaml", "read_yaml", "validate"]
