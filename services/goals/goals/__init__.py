"""The goals service: plans that two people agree, and the progress made against them."""
