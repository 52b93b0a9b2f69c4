"""What people say of events: verdicts from the journal, cards to judge many at once, and the promise they allow."""
