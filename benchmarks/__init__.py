"""What `make bench` runs: each figure beside what it is compared with, in one call, written to results.json. See docs/benchmarks.md."""
