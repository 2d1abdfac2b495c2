"""The frozen contracts: what events and APIs promise to those who read them."""
