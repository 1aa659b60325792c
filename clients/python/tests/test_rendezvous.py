from __future__ import annotations

from collections import Counter

from headgate.backoff import Backoff
from headgate.rendezvous import rendezvous

NODES = ["10.0.0.1:7420", "10.0.0.2:7420", "10.0.0.3:7420"]
CLIENTS = [f"client-{number}" for number in range(3000)]


def test_the_order_is_the_same_in_every_process():
    # The other clients of this fleet find the same one; see the module for the rule.
    assert rendezvous("alice", NODES) == rendezvous("alice", NODES[::-1])
    assert rendezvous("alice", NODES) == ("10.0.0.1:7420", "10.0.0.2:7420", "10.0.0.3:7420")


def test_clients_spread_evenly():
    shares = Counter(rendezvous(client, NODES)[0] for client in CLIENTS)
    assert all(900 < shares[node] < 1100 for node in NODES)


def test_a_node_that_goes_moves_only_its_own_clients():
    for client in CLIENTS:
        order = rendezvous(client, NODES)
        assert rendezvous(client, [node for node in NODES if node != order[0]]) == order[1:]


def test_backoff_doubles_from_50_ms_to_2_s_and_starts_over():
    bounds = []
    backoff = Backoff(lambda least, most: bounds.append((least, most)) or most)
    for _ in range(8):
        backoff.delay()
    assert bounds == [(0, bound) for bound in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0)]
    backoff.reset()
    assert backoff.delay() == 0.05


def test_backoff_has_full_jitter():
    delays = {Backoff().delay() for _ in range(100)}
    assert len(delays) > 90 and all(0 <= delay <= 0.05 for delay in delays)
