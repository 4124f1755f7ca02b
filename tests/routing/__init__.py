"""Tests of routing: triage, playbook, tasks."""
