"""The benchmarks: figures of this machine, never assertions."""
