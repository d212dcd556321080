"""Charts of a run: values in, Vega-Lite's description out, and SVG without a script from that."""
