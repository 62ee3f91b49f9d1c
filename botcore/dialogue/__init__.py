"""From an `Understanding` to acts: what to say and do, not yet in words."""
