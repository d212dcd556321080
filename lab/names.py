"""Names of what is measured beside the targets."""

CONTROL = "control"
REFERENCE = "nginx"

# Names of what is measured beside the targets, and is none of them.
BESIDE = {
    CONTROL: "under it the baseline runs a second time",
    REFERENCE: "under it nginx runs as a reference",
}
