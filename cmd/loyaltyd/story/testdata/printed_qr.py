"""Reads an ESC/POS job and prints the QR code that it asks for, as JSON.

Written from Epson's description of GS ( k alone, so that a mistake of ours in
the commands is not made twice. What is no GS ( k is skipped by its length.
"""
import json
import sys

job = sys.stdin.buffer.read()
code, stored, at = {}, None, 0
while at < len(job):
    command = job[at:at + 2]
    if command == b"\x1d(":  # GS ( function, length in two bytes
        length = int.from_bytes(job[at + 3:at + 5], "little")
        body = job[at + 5:at + 5 + length]
        assert len(body) == length, "the job ends within a command"
        if job[at + 2:at + 3] == b"k" and body[0] == 49:  # of a QR code
            function, rest = body[1], body[2:]
            if function == 65:
                code["model"] = rest[0] - 48
            elif function == 67:
                code["dots"] = rest[0]
            elif function == 69:
                code["level"] = "LMQH"[rest[0] - 48]
            elif function == 80:
                stored = rest[1:].decode("ascii")
            elif function == 81:
                code["text"] = stored
        at += 5 + length
    elif command in (b"\x1b@", b"\x1c."):
        at += 2
    elif command == b"\x1dV":
        at += 4
    elif job[at] in (0x1b, 0x1c, 0x1d):  # the rest of them have one argument
        at += 3
    else:
        at += 1
json.dump(code, sys.stdout)
