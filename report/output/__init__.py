"""What a reader gets: page, markdown, terminal."""
