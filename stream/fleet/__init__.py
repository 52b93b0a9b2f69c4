"""A fleet of engines for many hosts with beds: windows go out, scores come back; all that remembers stays there."""
