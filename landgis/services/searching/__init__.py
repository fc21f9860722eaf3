"""Search: what people type, read in every sensible way and looked up, the likeliest first."""
