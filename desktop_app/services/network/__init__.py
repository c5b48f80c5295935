"""What goes over the network: the hub, downloads, newer releases, and the ledger of all that."""
