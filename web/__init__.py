"""The pages and the API: a front end beside ``cli``, which parses, calls and renders.

Owns what a person sees in a browser, and what another program is answered. Refuses to decide
anything or to know a table: whatever a page does is a function below. One module a page in
``pages/``, one a noun in ``api/v1/``.
"""
