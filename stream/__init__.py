"""The live side of Spikewatch: acquire -> condition -> frame -> infer -> merge -> publish."""
