"""The version of this package, as the daemon's status page shows it."""

VERSION = "0.1.0"
