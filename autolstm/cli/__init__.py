"""The command line: thin commands over library functions of the same names.

app                                the commands' table, and the one way in and out
study, one_knob, space, shelf, keeping, predict, datasets    the commands
options                            the options that commands share
watching                           which watcher a run gets: `live`, `plain` or none
board, wording                     what a running study has told so far, and the words for it
summary, tables                    what a study has found
table_files                        tables as files
output                             consoles, JSON, and text that stays literal
failures                           every failure becomes one message and an exit code
"""
