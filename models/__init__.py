"""Everything that is not live: networks, signal processing, simulation, training and the zoo of weights."""
