"""Training beyond the heads: fine-tuning of whole encoders."""
