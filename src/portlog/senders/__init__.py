"""Senders: what clients post, read into `Log`s. `wire` takes the call apart, `shapes` lists the foreign forms, a module each."""
