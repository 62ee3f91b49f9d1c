"""botcore: a chat-platform bot plugin framework for customer service.

Everything that plugins and adapters may import is here, and nothing deeper is theirs to use.
Importing this package loads neither torch nor sqlalchemy. What reads files with their places (`read_yaml`, `validate`,
`did_you_mean`, `Document`), and what reads Markdown, is loaded when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botcore.channel import Adapter, Host, Kept
from botcore.errors import (
    AuthFailed,
    BadInput,
    BotcoreError,
    ConfigError,
    ModelError,
    NotReady,
    Overloaded,
    PluginError,
    Problem,
)
from botcore.hookspecs import hookimpl, hookspec
from botcore.messages import (
    Act,
    Attachment,
    Button,
    Card,
    Carousel,
    Content,
    Delivery,
    Event,
    Fact,
    Failed,
    File,
    Image,
    KnowledgeEntry,
    Message,
    Preview,
    Quote,
    Reply,
    Retry,
    Say,
    SendResult,
    Sent,
    Unknown,
    User,
)
from botcore.plugin import Plugin
from botcore.skill import Conversation, Turn
from botcore.understanding import Cue, Entity, Match, Part, Understanding

if TYPE_CHECKING:
    from botcore.config.validate import did_you_mean, validate
    from botcore.config.yaml_source import Document, read_yaml
    from botcore.markup import Formatted, Span, read_markdown

__version__ = "0.1.0"

__all__ = [
    "Act",
    "Adapter",
    "Attachment",
    "AuthFailed",
    "BadInput",
    "BotcoreError",
    "Button",
    "Card",
    "Carousel",
    "ConfigError",
    "Content",
    "Conversation",
    "Cue",
    "Delivery",
    "Document",
    "Entity",
    "Event",
    "Fact",
    "Failed",
    "File",
    "Formatted",
    "Host",
    "Image",
    "Kept",
    "KnowledgeEntry",
    "Match",
    "Message",
    "ModelError",
    "NotReady",
    "Overloaded",
    "Part",
    "Plugin",
    "PluginError",
    "Preview",
    "Problem",
    "Quote",
    "Reply",
    "Retry",
    "Say",
    "SendResult",
    "Sent",
    "Span",
    "Turn",
    "Understanding",
    "Unknown",
    "User",
    "did_you_mean",
    "hookimpl",
    "hookspec",
    "read_markdown",
    "read_yaml",
    "validate",
]

_LATER = {
    "Document": "botcore.config.yaml_source",
    "Formatted": "botcore.markup",
    "Span": "botcore.markup",
    "read_markdown": "botcore.markup",
    "did_you_mean": "botcore.config.validate",
    "read_yaml": "botcore.config.yaml_source",
    "validate": "botcore.config.validate",
}


def __getattr__(name: str) -> Any:
    """What is loaded late, so that `import botcore` stays light."""
    if name not in _LATER:
        raise AttributeError(f"module 'botcore' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_LATER[name]), name)
