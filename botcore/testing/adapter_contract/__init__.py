"""What every channel must do, as tests: delivery, order, text, buttons, rich replies, crashes.

Describe the platform's side of a channel as a `Platform` and inherit the tests:

    class TestMine(AdapterContract):
        platform_type = MyPlatform

They run the real bot with that channel. Needed: pytest and anyio, both in the extra `botcore-framework[dev]`.
"""

from botcore.testing.adapter_contract.contract import AdapterContract
from botcore.testing.adapter_contract.platform import Mark, Platform, Shown

__all__ = ["AdapterContract", "Mark", "Platform", "Shown"]
