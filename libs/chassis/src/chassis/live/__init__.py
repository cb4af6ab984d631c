"""Server-Sent Events: whoever watches is told what changes, for as long as they watch."""
