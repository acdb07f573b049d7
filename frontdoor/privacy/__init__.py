"""Privacy per desk: what is masked before anything leaves to a helpdesk, and how the originals come back."""
