"""Floor 8. Claims, runs and figures as one page."""
