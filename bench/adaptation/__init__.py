"""What a bed's model gains from a few reviewed events."""
