"""Nothing lost, nothing answered twice: inbox, outbox, timers and their engines."""
