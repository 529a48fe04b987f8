"""Comments on pull requests and merge requests: what one says, where it goes, and that it is edited in place.

comment.py   the command               post.py      create, edit or be silent; the same for every forge
api.py       requests with a token     github.py    pull requests          gitlab.py   merge requests
artifact.py  what another job measured, which is trusted in nothing
"""
