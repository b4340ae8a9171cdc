"""What tests share: worlds, servers, libraries, processes, and how to look at them."""
