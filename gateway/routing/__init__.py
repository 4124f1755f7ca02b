"""Where, and who of us: triage, tasks, the playbook, as front-ends see them."""
