"""From a message to an `Understanding`: language, candidates and the one encoder pass."""
