"""Area tree (行政区划): twelve-digit codes with validity periods."""
