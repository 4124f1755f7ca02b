"""What members and programs say of people: kinds, labels, attributes, notes. Called by the edges, in their transaction.

A fact is kept on a profile and read through its membership, so whatever merges or parts contacts moves no fact.
"""
