"""Gateway traffic of a made-up customer, with labelled attacks in it: the same for the same seed.

    python -m tests.traffic_simulator --seed 3 --out traffic

Five to seven APIs of all kinds of clients: users with tokens (one API by JSON Web Token, one by header), sessions by
cookie with a login, partners by API key, addresses without credentials, sometimes an app whose one key thousands share.
Seeds differ like customers differ (`parameters`). The background holds what makes detection hard: offices and mobile
carriers behind one address, people who roam, several devices, updates of browsers, forgotten passwords, nightly jobs,
outages with retries, flash crowds, crawlers, old apps that ask for what is gone, large documents. `attacks` says of
each type of attack what the attacker does, gently and blatantly.
"""

from tests.traffic_simulator.labels import Label
from tests.traffic_simulator.parameters import Parameters, draw
from tests.traffic_simulator.simulation import Simulation

__all__ = ["Label", "Parameters", "Simulation", "draw"]
