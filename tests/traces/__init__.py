"""Traces: what a device sent, and what the decoder must make of it; a folder each.

``trace.jsonl`` is the input, ``expected.jsonl`` the output, ``README.md`` says what it is about. Read the
difference after ``pytest tests/drivers/test_traces.py --regenerate``, and commit it with its reason.
"""
