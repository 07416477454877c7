"""What the tests stand on: a cluster, a registry with a server, synthetic people, a client."""
