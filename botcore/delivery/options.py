"""What can be set on a delivery engine, with defaults for one customer-service bot on one machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Bounds and pauses.

    Attributes:
        parallel: Conversations answered at once.
        attempts: Tries before a message becomes a dead letter; a crash of the process counts as one.
        send_attempts: The same for sending a reply.
        recent: Events handed over with a claim.
        pause_s: Before the second try of a message; doubled for each further one up to `pause_max_s`.
        busy_timeout_s: How long to wait for another program that locks the database.
        keep_keys_days: How long repeats are recognised, and sent replies kept.
        keep_events_days: How long an idle conversation is kept.
        max_pages: SQLite's bound on the size of the database; None for no bound.
        read_only: Open beside a running bot, only to read.
    """

    parallel: int = 32
    attempts: int = 5
    send_attempts: int = 50
    recent: int = 50
    pause_s: float = 0.5
    pause_max_s: float = 60.0
    busy_timeout_s: float = 2.0
    keep_keys_days: float = 30.0
    keep_events_days: float = 365.0
    max_pages: int | None = None
    read_only: bool = False
