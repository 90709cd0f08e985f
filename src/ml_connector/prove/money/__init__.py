"""Attack the arithmetic and the plans: many random orders, each posted in steps and at once.

For each order, drawn from a seed: the plan is carried out against a stand-in for Zoho that refuses what Zoho refuses
and adds every document up by an arithmetic of its own, under one of the ways in which Zoho may round. The same order
again must ask for nothing; goods, payments, money back, tax by rate and what is owed must be what a bookkeeper makes of
Shopify's events; and looking after every event, after some, or once must end in the same net amounts. A hold is an
answer, but only for a reason that is on the list.

    python -m ml_connector.prove.money --plans 100000 --seed 1
"""

from ml_connector.prove.money.attack import HOLDS, LEFT_OUT, Tally, attack
from ml_connector.prove.money.proving import prove, prove_one

__all__ = ["HOLDS", "LEFT_OUT", "Tally", "attack", "prove", "prove_one"]
