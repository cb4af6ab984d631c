"""The door through which another service's facts come in: once each, in order, none missing."""
