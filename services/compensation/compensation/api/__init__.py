"""HTTP in: parse, execute, answer."""

from compensation.api import awards, bulk, cycles, explain, setup, todo

ROUTERS = [
    setup.router,
    cycles.router,
    bulk.router,
    awards.router,
    explain.router,
    todo.router,
]
