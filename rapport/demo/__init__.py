"""`rapport demo`: a small company's afternoon, played through the public doors against simulated platforms, shown and checked.

`performance.perform` is the entry; the command line calls it, tests run it as a process. Uses nothing that a customer could not.
"""
