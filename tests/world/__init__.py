"""Support that several tests share: worlds, servers, libraries, processes, ways to inspect them."""
