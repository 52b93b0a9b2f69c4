"""A bed over some hours as one page to print: what the journal holds, summed up by stage of sleep and by focus."""
