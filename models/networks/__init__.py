"""The networks: windows of derivations in, logits out."""
