"""botcore: a chat-platform bot plugin framework for customer service.

Everything that plugins and adapters may import is here, and nothing deeper is theirs to use.
Importing this package loads neither torch nor sqlalchemy.
"""

from botcore.channel import Adapter, Host
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
    Delivery,
    Event,
    Failed,
    KnowledgeEntry,
    Match,
    Message,
    Quote,
    Reply,
    Retry,
    Say,
    SendResult,
    Sent,
    Understanding,
    Unknown,
    User,
)
from botcore.plugin import Plugin
from botcore.skill import Conversation, Turn

__version__ = "0.1.0"

__all__ = [
    "Act",
    "Adapter",
    "Attachment",
    "AuthFailed",
    "BadInput",
    "BotcoreError",
    "Button",
    "ConfigError",
    "Conversation",
    "Delivery",
    "Event",
    "Failed",
    "Host",
    "KnowledgeEntry",
    "Match",
    "Message",
    "ModelError",
    "NotReady",
    "Overloaded",
    "Plugin",
    "PluginError",
    "Problem",
    "Quote",
    "Reply",
    "Retry",
    "Say",
    "SendResult",
    "Sent",
    "Turn",
    "Understanding",
    "Unknown",
    "User",
    "hookimpl",
    "hookspec",
]
