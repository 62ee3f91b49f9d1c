"""Documents to passages to a hybrid index: which approved answer, or which skill, a message asks for."""
