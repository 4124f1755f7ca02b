"""Where, and who of us: triage, the playbook, tasks. Meets identity and engagement through contracts and events only."""
