"""The environments that targets run in. This file stays empty of imports: `lock` needs none."""
