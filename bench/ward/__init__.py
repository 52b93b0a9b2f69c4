"""A live ward for benches of endurance: beds, their senders, a broker and who listens, in processes of their own."""
