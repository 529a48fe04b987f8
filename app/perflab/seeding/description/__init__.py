"""The project's description of its data: what it leaves out, what its instances bring, and its mistakes.

building.py    calls the project's function
completing.py  what a description may leave out
instances.py   what archetypes bring themselves
mistakes.py    all mistakes, at once
handing.py     hands a description of a project in another process over: facts.py is what is told of it, standins.py what stands
               for models, instances and functions here, held.py what that process keeps
"""
