"""A labelled city as a stranger would invent it: plain files in the agencies' layouts, every error drawn by a coin.

Nothing here is shared with the sample or the other populations but the city's villages: names, families, lists and
mistakes are its own, so that what it shows is not what linking was made with. `bench.identity.through_doors` brings it
in.
"""
