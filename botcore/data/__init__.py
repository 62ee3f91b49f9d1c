"""Data of dialogues and labels: checked before anything is trained on it."""
